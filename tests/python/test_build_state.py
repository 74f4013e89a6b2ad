"""Does the database know whether its tables are those of one whole build, and are ids of two keys never mixed?

What reads results for people (export, codebook, report, release) opens the database with `open_results`.
"""

import pytest
from conftest import BUILD, YEARS, Build, copied
from quiet import open_results
from test_quality_gate import BUILD_WITH_RULES, without_child_ids

PART = ("run", "--select", "stg_cin__2015")  # the least that a command can renew
KEY = "a key of more than thirty-two characters"


def is_whole(build: Build) -> bool:
    """Whether the results may be read."""
    try:
        open_results(build.database).close()
    except SystemExit as refusal:
        assert "did not come to its end" in str(refusal)
        return False
    return True


@pytest.fixture
def home(small_build, tmp_path):
    """A folder with a copy of the small build's databases."""
    copied(small_build, tmp_path)
    return tmp_path


def test_a_whole_build_may_be_read_also_after_a_part_of_it_was_renewed(small_build, small_extract, home):
    assert is_whole(small_build)
    again = Build(small_extract, home, *PART)
    assert again.exit_code == 0 and "New or changed files" not in again.output
    assert is_whole(again)


def test_what_renews_a_part_from_other_files_says_so_and_may_not_be_read_until_all_is_built(delivery, home):
    with (delivery / "cin_2015.csv").open("a") as file:
        file.write((delivery / "cin_2015.csv").read_text().splitlines()[1] + "\n")
    part = Build(delivery, home, *PART)
    assert part.exit_code == 0 and "New or changed files, or another way of reading: 1." in part.output
    assert not is_whole(part)
    assert is_whole(Build(delivery, home, *BUILD))


def test_a_build_that_was_stopped_may_not_be_read(delivery, home):
    without_child_ids(delivery, share=0.1)
    stopped = Build(delivery, home, *BUILD_WITH_RULES)
    assert stopped.exit_code == 1 and "Not complete" in stopped.output
    assert not is_whole(stopped)


def test_the_years_read_and_the_years_that_leave_are_named(small_extract, home):
    last = YEARS[-1]
    fewer = Build(small_extract, home, *PART, census_years=f"{YEARS[0]}-{last - 1}")
    assert f"census years {YEARS[0]}-{last - 1}" in fewer.output
    assert f"No longer delivered, so they leave every table: census years {last}" in fewer.output


@pytest.mark.parametrize(
    "keys, sentence",
    [
        ((KEY, ""), "set that key again"),
        ((KEY, KEY[::-1]), "set that key again"),
        (("", KEY), "holds ids as they were delivered"),
    ],
    ids=["key forgotten", "another key", "key set later"],
)
def test_ids_of_two_keys_are_never_mixed(keys, sentence, small_extract, tmp_path, monkeypatch):
    for key, is_sound in zip(keys, (True, False), strict=True):
        monkeypatch.setenv("CIN_PSEUDONYM_KEY", key)
        build = Build(small_extract, tmp_path, *PART)
        assert (build.exit_code == 0) is is_sound, build.output
    assert sentence in build.output
    assert not any(key and key in build.output for key in keys)
