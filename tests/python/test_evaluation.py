"""Is the evaluation there where the truth is, empty where it is not, and without an error where nothing went wrong?"""

import shutil
from pathlib import Path

import pytest
from comparison import contents
from conftest import PROJECT, Build, make_extract

WITH_TESTS = ("build", "--exclude-resource-type", "unit_test")
SUMMARY = "select figure, subject, value, target, target_is, is_target_met, n from evaluation.evaluation_summary"


@pytest.fixture(scope="module")
def faultless(tmp_path_factory) -> Build:
    """A small extract of six census years, recorded without a fault, built. It spans the reorganisation of 2010."""
    home = tmp_path_factory.mktemp("faultless")
    make_extract(home / "extract", "--share", "0.002", "--years", "2009-2014", "--noise", "0")
    build = Build(home / "extract", home)
    assert build.exit_code == 0, build.output
    return build


def n_rows(build: Build) -> list[int]:
    """The number of rows of every table of the evaluation, in both files."""
    return [n for n, _ in contents(build.database, "evaluation").values()]


def test_without_faults_everything_attainable_is_found(faultless):
    found = {(figure, subject): value for figure, subject, value, *_ in faultless.query(SUMMARY)}
    assert found["pairwise precision", "child_id"] == 100
    assert found["recall of the attainable pairs", "child_id"] == 100
    assert found["F1", "referrals"] == 100
    assert found["inside the bounds", "all"] == 100
    assert found["precision", "plans"] == found["recall of those in the extract", "plans"] == 100
    errors = {subject: value for (figure, subject), value in found.items() if figure == "England, largest error in any year"}
    assert len(errors) == 11
    assert set(errors.values()) == {0}


def test_without_faults_some_pairs_are_still_beyond_reach(faultless):
    """Adopted children, and children who move without a reference, keep the evaluation honest even at noise 0."""
    query = "select attainable_recall_percent < 100, n_pairs_attainable > 50 from evaluation.evaluation_links "
    assert faultless.query(query + "where breakdown = 'all' and id_scheme = 'child_id'") == [(True, True)]


def test_with_faults_targets_are_judged_as_they_say(small_build):
    rows = small_build.query(SUMMARY)
    assert {is_met for *_, is_met, _ in rows} >= {None, True}
    for _, _, value, target, target_is, is_met, _ in rows:
        if target is None or value is None:
            assert is_met is None
        else:
            assert is_met == (value >= target if target_is == "at least" else value <= target)


def test_empty_without_a_truth_and_no_command_stumbles(delivery, tmp_path):
    shutil.rmtree(delivery / "truth")
    build = Build(delivery, tmp_path, *WITH_TESTS)
    assert build.exit_code == 0, build.output
    assert set(n_rows(build)) == {0}
    for command in (("test",), ("build", "--select", "int_cin__annual_counts+")):
        again = Build(delivery, tmp_path, *command)
        assert again.exit_code == 0, again.output
    assert set(n_rows(again)) == {0}


def test_emptied_when_the_next_extract_has_no_truth(delivery, tmp_path):
    first = Build(delivery, tmp_path)
    assert min(n_rows(first)) > 0
    results = first.content()
    shutil.rmtree(delivery / "truth")
    second = Build(delivery, tmp_path)
    assert set(n_rows(second)) == {0}
    assert second.content() == results, "results rest on the truth"


def test_no_table_of_results_reads_the_truth():
    """Neither the records nor the marts may know the answer."""
    for folder in ("staging", "intermediate", "marts"):
        for path in (PROJECT / "models" / folder).rglob("*.sql"):
            text = Path(path).read_text()
            assert "source('truth'" not in text and "evaluation" not in text, path.name
