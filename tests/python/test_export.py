"""Does the Parquet export hold every public table, whole, in the right folder, and for its owner alone?"""

import os
import stat

import duckdb
import pytest
from comparison import contents
from export_marts import export, public_tables


@pytest.fixture(scope="module")
def manifest(small_build):
    return small_build.database.parent / "target" / "manifest.json"


@pytest.fixture(scope="module")
def files(small_build, manifest, tmp_path_factory):
    mask = os.umask(0o022)
    try:
        return export(small_build.database, manifest, tmp_path_factory.mktemp("export"))
    finally:
        os.umask(mask)


def test_every_mart_is_exported_whole(small_build, files):
    built = contents(small_build.database, "main")
    with duckdb.connect() as connection:
        exported = {
            name: connection.execute(f"select count(*), sum(hash(whole_row)::hugeint) from '{file}' as whole_row").fetchone()
            for name, file in files.items()
        }
    assert exported == built


def test_tables_of_children_lie_apart_and_only_their_owner_reads_them(files, manifest):
    tables = public_tables(manifest)
    assert {files[name].parent.name for name in tables if tables[name]["tier"] == "child_level"} == {"child_level"}
    assert {files[name].parent.name for name in tables if tables[name]["tier"] == "aggregate"} == {"aggregate"}
    modes = {stat.S_IMODE(path.stat().st_mode) for file in files.values() for path in (file, file.parent)}
    assert modes == {0o600, 0o700}


def test_a_file_says_what_it_holds_and_does_so_again(files, small_build, manifest, tmp_path):
    with duckdb.connect() as connection:
        metadata = dict(
            connection.execute(
                f"select decode(key), decode(value) from parquet_kv_metadata('{files['episodes']}')"
            ).fetchall()
        )
    assert metadata["description"].startswith("One row per referral episode")
    again = export(small_build.database, manifest, tmp_path, ("aggregate",))
    assert set(again) < set(files)
    assert all(again[name].read_bytes() == files[name].read_bytes() for name in again)
