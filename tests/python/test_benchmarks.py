"""Does the benchmark's competitor, Polars, make the same tables as the project?"""

import shutil

import cleaning_polars
import comparison
import duckdb
import polars as pl
import pytest


@pytest.fixture(scope="module")
def ties(small_extract, small_build, tmp_path_factory):
    """What the project decided where records tie, and how often it had to."""
    folder = tmp_path_factory.mktemp("ties")
    return folder, comparison.write_ties(small_extract, small_build.database, folder)


@pytest.fixture(scope="module")
def cleaned(small_extract, ties, tmp_path_factory):
    """The tables of the Polars program."""
    folder = tmp_path_factory.mktemp("polars")
    for name, table in cleaning_polars.clean(small_extract, ties[0]).items():
        table.write_parquet(folder / f"{name}.parquet")
    return folder


def test_polars_makes_the_same_tables(small_build, cleaned):
    assert sorted(path.stem for path in cleaned.iterdir()) == sorted(cleaning_polars.TABLES) == sorted(comparison.KEYS)
    assert comparison.differences(small_build.database, cleaned) == []


def test_one_changed_row_is_noticed(small_build, tmp_path):
    for part in ("", ".work"):
        shutil.copy(f"{small_build.database}{part}", f"{tmp_path / 'cin.duckdb'}{part}")
    assert comparison.tables_that_differ(small_build.database, tmp_path / "cin.duckdb") == []
    with duckdb.connect(str(tmp_path / "cin.duckdb")) as connection:
        connection.execute("update spells set n_days = n_days + 1 where spell_id = (select min(spell_id) from spells)")
    assert comparison.tables_that_differ(small_build.database, tmp_path / "cin.duckdb") == ["spells"]


def test_hardly_anything_is_decided_for_the_competitors(small_build, ties):
    (n_episodes,) = small_build.query("select count(*) from episodes")[0]
    assert sum(ties[1].values()) < n_episodes / 100


@pytest.mark.parametrize("table", cleaning_polars.TABLES)
def test_one_row_less_is_noticed(small_build, cleaned, tmp_path, table):
    changed(cleaned, tmp_path, table, lambda frame: frame.sort(pl.all())[:-1])
    (line,) = comparison.differences(small_build.database, tmp_path)
    assert line == f"{table}.rows: 1 differ"


def test_one_day_more_is_noticed_and_not_shown(small_build, cleaned, tmp_path):
    later = pl.when(pl.int_range(pl.len()) == 0).then(pl.col("referral_date").dt.offset_by("1d")).otherwise("referral_date")
    changed(cleaned, tmp_path, "episodes", lambda frame: frame.with_columns(later))
    assert comparison.differences(small_build.database, tmp_path) == ["episodes.referral_date: 1 differ"]


def changed(cleaned, folder, table, change):
    """Copies the tables to a folder, one of them changed."""
    for path in cleaned.iterdir():
        frame = pl.read_parquet(path)
        (change(frame) if path.stem == table else frame).write_parquet(folder / path.name)
