"""Pseudonyms and encryption: right, in nobody's way, and their keys in no byte that is written."""

from __future__ import annotations

import hmac
import re
import shutil
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest
from canary import Search
from conftest import make_extract
from quiet import KeyProblem, hmac_pads, open_database
from test_quiet import NO_TESTS, SCRIPTS, Place

PSEUDONYM_KEY = "zqkey-of-pseudonyms-7f3a9c0e5b1d2846"
DATABASE_KEY = "zqkey-of-databases-'5b1d28467f3a9c0e"
MAIN = ("dbt", "build", "--quiet", *NO_TESTS, "--select", "+child_identifiers", "+episodes")
COUNTS = (
    "select count(*), count(distinct child_id), count(distinct la_child_id) from child_identifiers",
    "select count(*), count_if(closure_date is not null), sum(n_returns) from episodes",
    "select list(n order by n) from (select count(*) as n from child_identifiers group by child_id)",
    "select list(n order by n) from (select count(*) as n from child_identifiers group by pupil_matching_ref)",
)


def answers(database: Path) -> list[tuple]:
    """What a database that was built says of its structure, ids aside."""
    with open_database(database) as connection:
        return [connection.execute(query).fetchall() for query in COUNTS]


def bytes_with(text: str, root: Path, *left_out: str) -> list[str]:
    """The files below a folder in which a text stands, in any encoding; folders named in `left_out` are not searched."""
    search = Search()
    search.needles = [text.lower().encode(encoding) for encoding in ("utf-8", "utf-16-le")]
    files = [path for path in root.rglob("*") if path.is_file() and path.relative_to(root).parts[0] not in left_out]
    search.look(root, files)
    assert search.n_bytes > 1e6
    return sorted(search.hits)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """A synthetic extract of two census years."""
    folder = tmp_path_factory.mktemp("keys") / "extract"
    make_extract(folder, "--share", "0.0005", "--years", "2014-2015")
    return folder


@pytest.fixture(scope="module")
def plain(small, tmp_path_factory) -> Place:
    """The extract, built without a key."""
    return built(tmp_path_factory.mktemp("plain"), small)


def built(root: Path, extract: Path, like: Place | None = None, **settings: str) -> Place:
    """A place in which the extract was built anew: a file that was used before holds what it held in blocks set free."""
    place = Place.made(root / "place", extract, like)
    for path in place.database.parent.glob("cin.duckdb*"):
        path.unlink()
    place.run("build", *MAIN, CIN_CENSUS_YEARS="", **settings)
    assert place.surprises == []
    return place


# Pseudonyms


@pytest.fixture(scope="module")
def keyed(small, plain, tmp_path_factory) -> Place:
    return built(tmp_path_factory.mktemp("keyed"), small, plain, CIN_PSEUDONYM_KEY=PSEUDONYM_KEY)


def test_pseudonyms_are_pythons_hmac(plain, keyed):
    query = "select local_authority_code, la_child_id[5:], pupil_matching_ref from child_identifiers"
    with open_database(plain.database) as connection:
        raw = connection.execute(query).fetchall()
    with open_database(keyed.database) as connection:
        found = connection.execute(query).fetchall()

    def pseudonym(text):
        return text and hmac.new(PSEUDONYM_KEY.encode(), text.encode(), "sha256").hexdigest()

    expected = {(authority, pseudonym(local_id), pseudonym(reference)) for authority, local_id, reference in raw}
    assert len(expected) > 400 and len({reference for *_, reference in expected}) > 200
    assert {row[:2] for row in found} == {row[:2] for row in expected}
    differ = set(found) ^ expected  # of references seen equally often the smaller text is kept: that may be another one
    assert len(differ) <= 0.02 * len(found)


def test_pads_are_those_of_hmac_for_keys_of_any_length():
    for length in (32, 63, 64, 65, 200):
        key = "ä" + "k" * (length - 1)
        inner, outer = (pad.hex() for pad in hmac_pads(key))
        with duckdb.connect() as connection:
            query = f"select sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode('Möwe 1'))))"
            assert connection.execute(query).fetchone()[0] == hmac.new(key.encode(), "Möwe 1".encode(), "sha256").hexdigest()


def test_pseudonyms_link_as_ids_do(plain, keyed):
    assert answers(keyed.database) == answers(plain.database)


def test_the_key_and_the_ids_are_in_no_byte(small, keyed):
    assert bytes_with("zqkey", keyed.root) == []
    for pad in hmac_pads(PSEUDONYM_KEY):
        assert bytes_with(pad.hex(), keyed.root) == []
    assert bytes_with("SYN0000", keyed.root, "extract", "project") == []
    assert bytes_with("SYN0000", keyed.root, "project") != []


def test_without_the_key_nothing_is_read(keyed):
    """The views of the landing step stop with an error, where null would count as a missing id."""
    with duckdb.connect(str(keyed.database) + ".work", read_only=True) as connection:
        view = connection.execute("select sql from duckdb_views() where view_name = 'cin_2014'").fetchone()[0]
        assert "getvariable" in view
    with duckdb.connect() as connection, pytest.raises(duckdb.Error, match="CIN_PSEUDONYM_KEY is not set"):
        expression = re.sub(r"\bc[0-9]+\b", "id", re.search(r"CASE\s+WHEN.*?END", view)[0])
        connection.execute(f"select {expression} from (select 'a' as id)").fetchall()


@pytest.mark.parametrize("variable", ["CIN_PSEUDONYM_KEY", "CIN_DATABASE_KEY"])
def test_a_short_key_is_refused(variable, small, plain, tmp_path):
    place = Place.made(tmp_path / "place", small, plain)
    place.run("short key", *MAIN, meets=f"{variable} is too short", CIN_CENSUS_YEARS="", **{variable: "zqkey-short"})
    assert place.surprises == []
    assert bytes_with("zqkey", place.root) == []


# Encryption


def can_encrypt() -> bool:
    """Whether this DuckDB has what it needs to write encrypted files."""
    with duckdb.connect() as connection, suppress(duckdb.Error):
        connection.execute("load httpfs")
        return True
    return False


@pytest.mark.skipif(can_encrypt(), reason="the extension httpfs is installed here")
def test_where_encryption_cannot_work_the_build_says_what_to_install(small, plain, tmp_path):
    place = Place.made(tmp_path / "place", small, plain)
    before = place.database.read_bytes()
    place.run("no extension", *MAIN, meets="extension httpfs, which is not installed", CIN_DATABASE_KEY=DATABASE_KEY)
    assert place.surprises == []
    assert place.database.read_bytes() == before
    assert bytes_with("zqkey", place.root) == []


@pytest.fixture(scope="module")
def encrypted(small, plain, tmp_path_factory) -> Place:
    """The extract, built into encrypted databases. Without the extension, by DuckDB's own cipher, which is not meant for use."""
    place = Place.made(tmp_path_factory.mktemp("encrypted") / "place", small, plain)
    for path in place.database.parent.glob("cin.duckdb*"):
        path.unlink()
    if not can_encrypt():
        place.change("scripts/quiet.py", 'execute("load httpfs")', "execute(\"set force_mbedtls_unsafe = 'true'\")")
    place.run("build", "dbt", "build", "--quiet", *NO_TESTS, CIN_CENSUS_YEARS="", CIN_DATABASE_KEY=DATABASE_KEY)
    return place


def test_an_encrypted_database_holds_the_same(plain, encrypted, monkeypatch):
    assert encrypted.surprises == []
    expected = answers(plain.database)
    monkeypatch.setenv("CIN_DATABASE_KEY", DATABASE_KEY)
    assert answers(encrypted.database) == expected


def test_an_encrypted_database_opens_with_its_key_alone(encrypted, monkeypatch):
    with pytest.raises(duckdb.Error):
        open_database(encrypted.database)
    monkeypatch.setenv("CIN_DATABASE_KEY", DATABASE_KEY[::-1])
    with pytest.raises(KeyProblem, match="not this key, or not encrypted") as problem:
        open_database(encrypted.database)
    assert "zqkey" not in str(problem.getrepr(style="native")) and DATABASE_KEY[::-1] not in str(problem.value)


def test_scripts_read_an_encrypted_database(encrypted):
    for script in SCRIPTS:
        encrypted.run(script[0], *script, CIN_DATABASE_KEY=DATABASE_KEY)
    assert encrypted.surprises == []


def test_neither_ids_nor_the_key_are_readable(encrypted):
    shutil.rmtree(encrypted.root / "data" / "export", ignore_errors=True)
    assert bytes_with("SYN0000", encrypted.root, "extract", "project") == []
    assert bytes_with("zqkey", encrypted.root) == []
