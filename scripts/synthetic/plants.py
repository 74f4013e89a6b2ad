"""How each quality rule is broken on purpose: one function per rule, in the order of seeds/dq_rule_catalogue.csv.

A plant takes rows of one child, breaks its rule for certain, and gives the rows whose keys the rule must then list;
it gives nothing, and changes nothing, where the rows are not fit. `also` names other rules that the edit breaks too.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable
from dataclasses import dataclass

from .delivered import LAST_CENSUS_YEAR, Extract, Row

NOT_PLANTABLE = {
    "most_rows_rejected": "needs an authority with 20 rows in a year, most of them rejected; unit-tested",
    "old_cases_first_seen_now": "needs an authority whose ids change in a year; unit-tested, and in test_odd_deliveries.py",
    "dfe_2887q": "needs an authority with 200 disabled children in a year; unit-tested",
    "dfe_2888q": "needs an authority with 200 disabled children in a year; unit-tested",
}


@dataclass(frozen=True)
class Plant:
    """A way to break one rule. `pool`: `once` for children with one row in all, `twice` for one referral in two years."""

    rule_id: str
    pool: str
    also: tuple[str, ...]
    edit: Callable[[Extract, list[Row]], list[Row] | None]


PLANTS: list[Plant] = []


def plant(rule_id: str, pool: str = "once", also: str = ""):
    """Registers a plant."""

    def register(edit):
        PLANTS.append(Plant(rule_id, pool, tuple(also.split()), edit))
        return edit

    return register


def days(number: int) -> dt.timedelta:
    """So many days."""
    return dt.timedelta(number)


def edit_row(rule_id: str, fits: Callable[[Row], bool], changes: Callable[[Row], dict[str, str]], also: str = "") -> None:
    """Registers a plant that changes one row, the only one of its child."""

    def edit(extract: Extract, rows: list[Row]) -> list[Row] | None:
        row = rows[0]
        if not fits(row):
            return None
        row.update(changes(row))
        return [row]

    PLANTS.append(Plant(rule_id, "once", tuple(also.split()), edit))


def is_born(row: Row) -> bool:
    return row["unborn"] == "0" and row.birth is not None


def is_action(row: Row) -> bool:
    return row.get("nfa") == "0"


def is_closed(row: Row) -> bool:
    return bool(row["closure"] and row["reason"]) and is_action(row)


def has_plan(row: Row) -> bool:
    return bool(row.get("plan_start"))


def is_plain(row: Row) -> bool:
    """Closed after action, with no plan and no conference."""
    return is_closed(row) and not has_plan(row) and not row.get("conference")


def birth_of(day: dt.date) -> dict[str, str]:
    return {"birth_year": str(day.year), "birth_month": str(day.month)}


def age_in_days(row: Row) -> int:
    return (row.day("referral") - row.birth).days


# child_record

edit_row("dfe_8500", is_plain, lambda r: {"local": ""}, also="dfe_8590")
edit_row("authority_code_missing", is_plain, lambda r: {"code": ""}, also="dfe_8590")
edit_row(
    "another_census_year",
    is_plain,
    lambda r: {"year": f"{r.census_year}/{r.census_year + 1}"},
    also="dfe_8590",
)
edit_row("dfe_1570", lambda r: r.census_year == 2025, lambda r: {"local": r["local"] + "0" * 10}, also="dfe_8540 dfe_8590")
edit_row("dfe_1580", lambda r: r.census_year == 2025, lambda r: {"local": r["local"] + "/"}, also="dfe_8540 dfe_8590")
edit_row("birth_month_missing", is_born, lambda r: {"birth_month": ""})
edit_row(
    "dfe_8520",
    lambda r: is_born(r) and r.day("referral") > r.census_day - days(200),
    lambda r: birth_of(r.census_day + days(1)),
)
edit_row(
    "dfe_8530q",
    lambda r: r["unborn"] == "1" and not r["closure"] and r.get("nfa") != "1",
    lambda r: birth_of(r.census_day - days(70)),
)
edit_row(
    "dfe_8535q",
    lambda r: is_plain(r) and is_born(r) and r.birth > r.first_day + days(1) and r.day("referral") >= r.birth,
    lambda r: {"death": str(r.birth - days(1))},
    also="dfe_8555q",
)
edit_row(
    "dfe_8545q",
    lambda r: is_plain(r) and is_born(r) and age_in_days(r) > 3000,
    lambda r: {"death": str(r.first_day - days(400))},
    also="dfe_8555q",
)
edit_row(
    "dfe_8606",
    lambda r: is_plain(r) and is_born(r),
    lambda r: birth_of(r.day("referral") + days(312)),
    also="dfe_8520",
)
edit_row(
    "age_25_or_over_at_referral",
    lambda r: is_born(r) and is_plain(r),
    lambda r: {"birth_year": str(r.day("referral").year - 26)},
    also="dfe_8775q",
)
edit_row("dfe_4180", is_plain, lambda r: {"sex": ""})
edit_row("dfe_8750", lambda r: r["unborn"] == "1", lambda r: {"sex": "M" if r.census_year >= 2025 else "1"})
edit_row("sex_not_stated", is_born, lambda r: {"sex": "U" if r.census_year >= 2025 else "0"})
edit_row("dfe_4220", is_plain, lambda r: {"ethnicity": ""})


@plant("dfe_8540")
def no_disability_entry(extract, rows):
    row = rows[0]
    if not (is_born(row) and is_action(row)):
        return None
    extract.drop_disabilities(row)
    return [row]


edit_row(
    "disability_flag_contradicted",
    lambda r: is_born(r) and is_action(r),
    lambda r: {"disability": "0" if r["disability"] == "1" else "1"},
)

# referral_record

edit_row("dfe_8600", is_plain, lambda r: {"referral": ""}, also="dfe_8590")
edit_row(
    "dfe_8555q",
    lambda r: is_plain(r) and is_born(r) and age_in_days(r) > 500 and r.day("referral") > r.first_day + days(10),
    lambda r: {"death": str(r.day("referral") - days(10))},
)
edit_row("dfe_8866", lambda r: is_plain(r) and r.get("source"), lambda r: {"source": ""})
edit_row("dfe_8568", lambda r: is_plain(r) and r.day("referral") >= dt.date(2009, 4, 1), lambda r: {"nfa": ""})
edit_row(
    "dfe_8569q",
    lambda r: r.get("nfa") == "1" and is_born(r) and age_in_days(r) > 1000 and not has_plan(r),
    lambda r: {"referral": str(r.first_day - days(40))},
)
edit_row("dfe_8831", lambda r: r.get("nfa") == "1" and not has_plan(r), lambda r: {"conference": r["referral"]})
edit_row("dfe_8610", lambda r: is_plain(r) and r["need"], lambda r: {"need": ""})
edit_row("dfe_8650", lambda r: is_plain(r) and r["need"], lambda r: {"need": "X9"})
edit_row(
    "dfe_8620",
    lambda r: is_plain(r) and r.census_year < LAST_CENSUS_YEAR and r.birth and r.birth.year > r.census_year - 20,
    lambda r: {"closure": str(r.census_day + days(5))},
)
edit_row(
    "dfe_8630",
    lambda r: is_plain(r) and r.day("referral") > r.first_day + days(3),
    lambda r: {"closure": str(r.day("referral") - days(3))},
)
edit_row("dfe_8640", is_plain, lambda r: {"reason": "ZZ"})
edit_row("dfe_8805", is_plain, lambda r: {"reason": ""})
edit_row("dfe_8810", is_plain, lambda r: {"closure": ""}, also="closure_date_missing")
edit_row(
    "dfe_8585q",
    lambda r: is_plain(r) and r["reason"] == "RC7" and r.census_year >= 2010,
    lambda r: {"reason": "RC2"},
)
edit_row(
    "dfe_2990",
    lambda r: is_plain(r) and r["reason"] in ("RC8", "RC9") and r["closure"] > r["referral"],
    lambda r: {"conference": str(r.day("referral") + days(1))},
)
edit_row(
    "dfe_8565",
    lambda r: is_plain(r) and r["reason"] == "RC7" and r.day("closure") < r.census_day - days(10),
    lambda r: {"conference": str(r.day("closure") + days(5))},
)
edit_row(
    "dfe_8775q",
    lambda r: is_plain(r) and is_born(r) and (r.end - r.day("referral")).days > 300,
    lambda r: birth_of(r.day("referral") - days(9000)),
)
edit_row(
    "in_need_on_31_march_contradicted",
    lambda r: r.get("nfa") == "1" and r["in_need_31_march"] == "0",
    lambda r: {"in_need_31_march": "1"},
)

# plan_record

edit_row("dfe_8720", has_plan, lambda r: {"plan_start": ""})
edit_row("dfe_1105", has_plan, lambda r: {"plan_start": str(r.day("referral") - days(5))})
edit_row(
    "dfe_8840",
    lambda r: r.get("plan_end") and r.day("plan_start") >= r.first_day,
    lambda r: {"plan_end": r["plan_start"]},
)
edit_row(
    "dfe_8925",
    lambda r: r.get("plan_end") and r.day("plan_start") > r.first_day + days(2),
    lambda r: {"plan_end": str(r.day("plan_start") - days(2))},
)
edit_row(
    "dfe_8930",
    lambda r: has_plan(r) and r.day("plan_start") < r.first_day - days(10),
    lambda r: {"plan_end": str(r.first_day - days(3))},
)
edit_row(
    "dfe_8915",
    lambda r: has_plan(r) and is_born(r) and "death" in r and r.day("plan_start") > max(r.first_day, r.day("referral"), r.birth),
    lambda r: {"death": str(r.day("plan_start") - days(1))},
    also="dfe_8920 dfe_8535q",
)
edit_row(
    "dfe_8920",
    lambda r: r.get("plan_end") and is_born(r) and "death" in r and r.day("plan_end") > r.day("plan_start") + days(60),
    lambda r: {"death": str(r.day("plan_end") - days(1))},
    also="dfe_8545q",
)
edit_row("dfe_8905", has_plan, lambda r: {"category": ""})
edit_row("dfe_8910", lambda r: has_plan(r) and "latest_category" in r, lambda r: {"latest_category": ""})
edit_row("dfe_8730", has_plan, lambda r: {"n_previous": ""})
edit_row(
    "dfe_8832",
    lambda r: has_plan(r) and is_action(r) and r.day("referral") >= r.first_day,
    lambda r: {"nfa": "1"},
    also="dfe_8831 in_need_on_31_march_contradicted closure_date_missing",
)

# plan_return


@plant("dfe_8935", also="dfe_8940")
def two_open_plans(extract, rows):
    row = rows[0]
    if not has_plan(row) or row["closure"] or row.get("plan_end") or row.day("plan_start") > row.census_day - days(20):
        return None
    return [row, extract.add(row.copy(plan_start=str(row.day("plan_start") + days(10))))]


@plant("dfe_8940")
def overlapping_plans(extract, rows):
    row = rows[0]
    if not row.get("plan_end") or row.day("plan_end") < row.day("plan_start") + days(20):
        return None
    return [row, extract.add(row.copy(plan_start=str(row.day("plan_start") + days(10))))]


# episode_return


@plant("exact_duplicate")
def same_row_twice(extract, rows):
    extract.add(rows[0].copy())
    return rows


@plant("referral_described_in_two_ways")
def two_needs(extract, rows):
    row = rows[0]
    if not is_plain(row) or row["need"] not in ("N1", "N4"):
        return None
    extract.add(row.copy(need="N4" if row["need"] == "N1" else "N1"))
    return rows


edit_row("closure_date_missing", is_plain, lambda r: {"closure": ""}, also="dfe_8810")


@plant("case_vanished", pool="twice")
def not_returned_again(extract, rows):
    if rows[0]["closure"] or not is_action(rows[0]):
        return None
    extract.remove(rows[1])
    return rows[:1]


def second_open_case(extract: Extract, row: Row) -> Row | None:
    """The same case referred again while it is open, in the newest return."""
    if row["closure"] or has_plan(row) or not is_action(row) or row.day("referral") > row.census_day - days(20):
        return None
    return extract.add(row.copy(referral=str(row.day("referral") + days(15))))


OPEN_OVERLAPS = "dfe_8815 dfe_8816 dfe_8820 episode_overlaps overlap_by_missing_closure"
CLOSED_OVERLAPS = "dfe_8820 episode_overlaps overlap_by_rereferral_while_open"


@plant("dfe_8815", also=OPEN_OVERLAPS)
def two_open_cases(extract, rows):
    second = second_open_case(extract, rows[0])
    return [rows[0], second] if second else None


@plant("dfe_8816", also=OPEN_OVERLAPS)
def older_case_left_open(extract, rows):
    return rows if second_open_case(extract, rows[0]) else None


def second_closed_case(extract: Extract, row: Row) -> Row | None:
    """The same case referred again before it closed."""
    if not is_plain(row) or (row.day("closure") - row.day("referral")).days < 30:
        return None
    return extract.add(row.copy(referral=str(row.day("referral") + days(15))))


@plant("dfe_8820", also=CLOSED_OVERLAPS)
def overlap_in_one_return(extract, rows):
    second = second_closed_case(extract, rows[0])
    return [rows[0], second] if second else None


@plant("episode_overlaps", also=CLOSED_OVERLAPS)
def overlapping_episodes(extract, rows):
    second = second_closed_case(extract, rows[0])
    return [rows[0], second] if second else None


@plant("overlap_by_rereferral_while_open", also=CLOSED_OVERLAPS)
def referred_again_while_open(extract, rows):
    second = second_closed_case(extract, rows[0])
    return [second] if second else None


@plant("overlap_by_missing_closure", also="closure_date_missing dfe_8810 dfe_8820 episode_overlaps")
def referred_again_after_lost_closure(extract, rows):
    second = second_closed_case(extract, rows[0])
    if not second:
        return None
    rows[0]["closure"] = ""
    return [second]


# episode


@plant("no_further_action_changed", pool="twice", also="in_need_on_31_march_contradicted dfe_8569q closure_date_missing")
def flag_differs_between_years(extract, rows):
    if not all(is_action(row) and not has_plan(row) and not row.get("conference") for row in rows):
        return None
    rows[0]["nfa"] = "1"
    return rows[1:]


@plant("closure_date_changed", pool="twice", also="in_need_on_31_march_contradicted")
def closed_twice(extract, rows):
    first, second = rows
    if first["closure"] or not is_plain(second) or has_plan(first) or first.get("conference"):
        return None
    if first.day("referral") > first.census_day - days(10):
        return None
    first.update(closure=str(first.census_day - days(3)), reason="RC7")
    return [second]


@plant("closed_case_returned_again", also="dfe_8540 dfe_8620")
def returned_after_closure(extract, rows):
    row = rows[0]
    if not is_plain(row) or not 2014 <= row.census_year < 2024:
        return None
    year = row.census_year
    again = Row({**row, "year": f"{year}/{year + 1}"}, year + 1)
    return [extract.add(again)]


# la_child


@plant("several_pupil_matching_refs", pool="twice")
def another_reference(extract, rows):
    if not all(row["pmr"] for row in rows):
        return None
    rows[0]["pmr"] = "PLANT" + rows[0]["pmr"][5:]
    return rows[1:]


@plant("pupil_matching_ref_shared_in_authority", pool="pair_in_authority", also="pupil_matching_ref_link_cut")
def reference_of_another(extract, rows):
    if not all(row["pmr"] for row in rows):
        return None
    rows[1]["pmr"] = rows[0]["pmr"]
    return rows


@plant("pupil_matching_ref_link_cut", pool="pair")
def reference_of_a_stranger(extract, rows):
    known = all(row["pmr"] and row["sex"] in ("1", "2") and is_born(row) for row in rows)
    if not known or rows[0]["code"] == rows[1]["code"]:
        return None
    if rows[0].birth == rows[1].birth or rows[0]["sex"] == rows[1]["sex"]:
        return None
    rows[1]["pmr"] = rows[0]["pmr"]
    return rows


@plant("several_birth_months", pool="twice")
def another_birth_month(extract, rows):
    if not all(is_born(row) and age_in_days(row) > 1000 for row in rows):
        return None
    rows[0].set_birth(rows[0].birth + days(40))
    return rows[1:]


@plant("several_sexes", pool="twice")
def another_sex(extract, rows):
    if not all(row["sex"] in ("1", "2") and row["unborn"] == "0" for row in rows):
        return None
    rows[0]["sex"] = "2" if rows[0]["sex"] == "1" else "1"
    return rows[1:]


@plant("several_ethnicities", pool="twice")
def another_ethnicity(extract, rows):
    if not all(row["ethnicity"] in ("WBRI", "AIND", "BAFR") for row in rows):
        return None
    rows[0]["ethnicity"] = "WOTH"
    return rows[1:]


# disability_return


@plant("disability_code_missing", also="dfe_8540")
def blank_disability(extract, rows):
    found = extract.disabilities_of(rows[0])
    if len(found) != 1 or found[0]["disability_code"] != "NONE" or rows[0]["disability"] != "0":
        return None
    found[0]["disability_code"] = ""
    return rows


@plant("disability_code_not_in_force", also="dfe_8540")
def unknown_disability(extract, rows):
    found = extract.disabilities_of(rows[0])
    if len(found) != 1 or found[0]["disability_code"] != "NONE" or rows[0]["disability"] != "0":
        return None
    found[0]["disability_code"] = "XYZ"
    return rows


@plant("dfe_8590")
def disability_of_nobody(extract, rows):
    row = rows[0]
    stranger = row.copy(local="NOBODY" + row["local"][-6:])
    fields = {"year": row["year"], "code": row["code"], "local": stranger["local"], "disability_code": "NONE"}
    extract.disabilities[row.census_year].append(Row(fields, row.census_year))
    return [stranger]


@plant("dfe_8790")
def none_beside_a_disability(extract, rows):
    found = extract.disabilities_of(rows[0])
    if not found or any(row["disability_code"] == "NONE" for row in found):
        return None
    extract.disabilities[rows[0].census_year].append(found[0].copy(disability_code="NONE"))
    return rows


@plant("dfe_8794")
def disability_twice(extract, rows):
    found = extract.disabilities_of(rows[0])
    if not found:
        return None
    extract.disabilities[rows[0].census_year].append(found[0].copy())
    return rows


# authority_year


@plant("authority_did_not_return", pool="authority_year")
def nothing_returned(extract, rows):
    if len(rows) < 60:
        return None
    example = rows[0]
    year, code = example.census_year, example["code"]
    extract.main[year] = [row for row in extract.main[year] if row["code"] != code]
    extract.disabilities[year] = [row for row in extract.disabilities[year] if row["code"] != code]
    return [example]


@plant("authority_code_not_in_force")
def unknown_authority(extract, rows):
    for row in [*extract.disabilities_of(rows[0]), rows[0]]:
        row["code"] = "999"
    return rows


@plant("dfe_2886q", pool="authority_year", also="sex_not_stated")
def sex_left_out(extract, rows):
    born = [row for row in rows if row["unborn"] == "0"]
    if len(born) < 100:
        return None
    for row in born[: math.floor(0.02 * len(born)) + 1]:
        row["sex"] = "U" if row.census_year >= 2025 else "0"
    return rows[:1]
