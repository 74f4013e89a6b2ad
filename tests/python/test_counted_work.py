"""Does a table cost more work than it may? Counts rows, steps and bytes, never seconds: see scripts/count_work.py.

If the first test fails, a query has become more costly. Mend it; or, if the work is wanted, renew the file of allowed work
with `.venv/bin/python scripts/count_work.py` and say in the commit why.
"""

import count_work
import pytest
from count_work import Work, Workbench, complaints, read_allowed

RENEW = "If this is wanted, renew benchmarks/counted_work.csv with `.venv/bin/python scripts/count_work.py` and say why."
CSV_AGAIN = """
    select * from ({sql})
    where local_authority_code >= (select min(local_authority_code) from "cin_work"."staging"."stg_cin__2014")
"""
# Slips that are easily made, and hard to see in results: table, what becomes of its query, the count that tells.
SLIPS = {
    "a needless self join": (
        "int_cin__episodes_reconciled",
        "select one.* from ({sql}) as one inner join (select distinct la_child_key, referral_date from ({sql})) as other "
        "on one.la_child_key = other.la_child_key and one.referral_date = other.referral_date",
        "n_rows_read",
    ),
    "a window over wide rows": (
        "int_cin__rows_read",
        "select * from ({sql}) qualify row_number() over (partition by la_child_key, referral_date order by census_year) > 0",
        "n_bytes_sorted",
    ),
    "rows put in an order nobody asked for": ("episodes", "select * from ({sql}) order by referral_date", "n_bytes_sorted"),
    "a file read again": ("int_cin__rows_read", CSV_AGAIN, "n_rows_read"),
    "a join that is no equality": (
        "int_cin__plans_reconciled",
        'select * from ({sql}) as plans where exists (from "cin_work"."intermediate"."int_cin__episodes_reconciled" as episodes '
        "where plans.la_child_key = episodes.la_child_key and plans.plan_start_date >= episodes.referral_date)",
        "n_rows",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def workbench(small_build) -> Workbench:
    """The small build, done again with its work counted."""
    return Workbench(small_build.database, small_build.database.parent / "target")


def test_no_table_does_more_work_than_it_may(workbench):
    lines = complaints(workbench.work, read_allowed())
    assert not lines, "\n".join([*lines, RENEW])


def test_what_is_counted_is_the_build(workbench, small_build):
    for table in ("episodes", "annual_prevalence", "dq_summary", "cin_work.intermediate.int_cin__records"):
        ours = workbench.connection.execute(f"select count(*) from {table if '.' in table else f'cin.main.{table}'}").fetchall()
        assert ours == small_build.query(f"select count(*) from {table}"), table
    (n_records,) = small_build.query("select count(*) from cin_work.intermediate.int_cin__records")[0]
    assert workbench.work["int_cin__rows_read"].n_rows_read >= n_records


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_noticed(workbench, slip):
    table, changed, count = SLIPS[slip]
    _, sql = workbench.models[table]
    work = workbench.work | {table: workbench.count(changed.format(sql=sql))}
    (line,) = complaints(work, workbench.work)
    assert line.startswith(f"{table} does more work than it may: ")
    assert f"{count} " in line


def test_a_query_counted_again_does_the_same_work(workbench):
    """Nothing depends on the moment, or on what ran before."""
    for table in ("int_cin__rows_read", "int_cin__episodes_in_sequence", "episodes", "annual_prevalence"):
        assert workbench.count(workbench.models[table][1]) == workbench.work[table], table


def test_complaints_name_table_count_and_factor():
    allowed = {"one": Work(10, 1000, 5000, 100_000, 0), "gone": Work(1, 1, 1, 1, 1)}
    assert complaints({"one": Work(11, 1200, 5500, 109_000, 20_000), "gone": Work(1, 1, 1, 1, 1)}, allowed) == []
    assert complaints({"one": Work(20, 3000, 5000, 100_000, 50_000), "new": Work(1, 1, 1, 1, 1)}, allowed) == [
        "gone is no longer built, or no longer a table",
        "new is new: nothing says how much work it may cost",
        "one does more work than it may: n_steps 20 instead of 10 (x 2.00), n_rows_read 3,000 instead of 1,000 (x 3.00), "
        "n_bytes_sorted 50,000 instead of 0 (x 50000.00)",
    ]


def test_the_file_is_of_the_extract_that_the_tests_build(small_extract):
    about = (small_extract / "about_this_extract.csv").read_text(encoding="utf-8")
    share, years = count_work.EXTRACT[1], count_work.EXTRACT[3]
    first, last = map(int, years.split("-"))
    assert f"sampling_fraction,{share}\n" in about
    assert f"years,{' '.join(map(str, range(first, last + 1)))}\n" in about
