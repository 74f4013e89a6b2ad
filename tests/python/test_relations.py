"""Are the relations of a release those that follow from what its measures count: all true, and none forgotten?

A second derivation: children, cases and plans are made up at random, counted by the definitions, and what holds in all of
thousands of such worlds must follow from the list of relations; and each relation of the list must hold in all of them.
"""

from __future__ import annotations

import csv
from itertools import combinations, product

import numpy as np
import pytest
from conftest import PROJECT
from disclosure.profiles import PROFILES
from release.definitions import CHILD, OWN, PMR, Definitions, Term
from release.relations import CELLS, relations_of
from release.source import Source
from scipy.optimize import linprog

YEARS = (2019, 2020)
PLACES = {"101": "R1", "102": "R1", "201": "R2"}
N_WORLDS = 4_000


def seed(name: str) -> list[dict]:
    with open(PROJECT / "seeds" / f"{name}.csv", encoding="utf-8", newline="") as lines:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)]


MEASURES, RELATIONS = seed("release_measures"), seed("release_relations")
DEFINITIONS = Definitions(MEASURES, RELATIONS)


def made_up_cases(rng: np.random.Generator) -> tuple[list[dict], list[dict]]:
    """Cases and plans of a few children. A day is a number; a year has 365, and 2019 begins on day 0. No child is referred by two
    authorities on one day, or by one twice: the exceptions that the release counts.
    """
    cases, plans = [], []
    for child in range(rng.integers(1, 7)):
        ids = [(child, place, int(number)) for place in PLACES for number in range(rng.choice([0, 1, 1, 2]))]
        days: set[int] = set()
        for _ in range(rng.integers(0, 6)) if ids else ():
            own = ids[rng.integers(len(ids))]
            day = int(rng.integers(-400, 730)) if rng.random() < 0.7 else int(rng.choice([0, 1, 364, 365, 366, 729]))
            if day not in days:
                days.add(day)
                end = day + int(rng.choice([0, 1, 30, 200, 500]))
                kind = rng.choice(["nfa", "not", "need"], p=[0.2, 0.2, 0.6])
                vanishes = rng.random() < 0.3  # open on 31 March, and never seen again
                cases.append(
                    {
                        "id": own,
                        "start": day,
                        "end": end // 365 * 365 + 364 if vanishes else end,
                        "kind": kind,
                        "vanishes": vanishes,
                    }
                )
        for _ in range(rng.integers(0, 3)) if ids else ():
            start = int(rng.integers(-200, 730))
            end = start + int(rng.choice([1, 100, 500]))
            end = end // 365 * 365 + 364 if rng.random() < 0.3 else end
            plans.append({"id": ids[rng.integers(len(ids))], "start": start, "end": end})
    return cases, plans


def keys_of(own: tuple) -> dict[str, tuple]:
    """The three ids of an id: a reference joins the first id of each authority."""
    return {CHILD: (own[0],), OWN: own, PMR: (own[0],) if own[2] == 0 else own}


def sets_of_year(cases: list[dict], plans: list[dict], year: int, scheme: str) -> dict[str, list[tuple]]:
    """For each counted set its members in a year: the id of the authority of each case or plan."""
    first, last = 365 * (year - YEARS[0]), 365 * (year - YEARS[0]) + 364
    found: dict[str, list[tuple]] = {row["counted_set"]: [] for row in MEASURES}
    for case in cases:
        own, day = case["id"], case["start"]
        if day > last or case["end"] < first:
            continue
        earlier = [c["start"] for c in cases if keys_of(c["id"])[scheme] == keys_of(own)[scheme] and c["start"] < day]
        names = ["cases_open"]
        if case["kind"] == "need":
            names += [
                "need_any_point",
                "need_31_march" if case["end"] > last or (case["end"] == last and case["vanishes"]) else "need_ended",
            ]
        if day >= first:
            names += [
                "referrals",
                {"nfa": "referrals_no_further_action", "not": "referrals_not_in_need"}.get(case["kind"], "need_started"),
            ]
            names += [] if earlier else ["first_referrals"]
            names += ["rereferrals"] if any(day - e <= 365 for e in earlier) else []
        for name in names:
            found[name].append(own)
    for plan in plans:
        if plan["start"] <= last and plan["end"] >= first:
            names = (
                ["plans_any_point"] + ["plans_31_march"] * (plan["end"] >= last) + ["plans_started"] * (plan["start"] >= first)
            )
            for name in names:
                found[name].append(plan["id"])
    return found


def made_up_rows(rng: np.random.Generator) -> dict[str, list[tuple]]:
    """Rows of a return: what became of each, and the cases and children in those that were kept."""
    found: dict[str, list[tuple]] = {name: [] for name in DEFINITIONS.joins if name.startswith(("rows", "returns"))}
    for child, place in product(range(rng.integers(1, 5)), PLACES):
        for case in range(rng.integers(0, 3)):
            own = (child, place, int(rng.integers(2)))
            ends = rng.choice(["rows_reconciled", "rows_duplicate", "rows_rejected"], rng.integers(1, 4))
            for end in ends:
                found[end].append(own)
                found["rows_read"].append(own)
                found["rows_without_reference"] += [own] * bool(rng.random() < 0.3)
            if "rows_reconciled" in ends and rng.random() < 0.5:
                found["returns_closed"].append((*own, case))
                found["returns_closed_without_date"] += [(*own, case)] * bool(rng.random() < 0.5)
    return found


def counts_of(rng: np.random.Generator) -> dict[tuple, int]:
    """The counts of one made-up world, by key of the release."""
    cases, plans = made_up_cases(rng)
    counts = {}
    for year in YEARS:
        rows = made_up_rows(rng)
        places = [
            ("National", "E92000001"),
            *(("Regional", r) for r in sorted(set(PLACES.values()))),
            *(("Local authority", p) for p in PLACES),
        ]
        sets = {scheme: sets_of_year(cases, plans, year, scheme) for scheme in (CHILD, OWN, PMR)}
        for (level, code), row in product(places, MEASURES):
            for scheme in (CHILD, OWN, PMR) if "Id scheme" in row["topics"] and level != "Local authority" else (CHILD,):

                def here(name: str, code: str = code, level: str = level, known: dict = sets[scheme] | rows) -> list[tuple]:
                    members = known[name]
                    return [own for own in members if level == "National" or code in (own[1], PLACES[own[1]])]

                if row["counts"] == "children":
                    children = {keys_of(own[:3])[scheme] for own in here(row["counted_set"])}
                    if row["counted_set"] == "later_referrals":
                        first = {keys_of(own)[scheme] for own in here("first_referrals")}
                        children = {keys_of(own)[scheme] for own in here("referrals")} - first
                    n = len(children)
                else:
                    n = len(here(row["counted_set"]))
                counts[(year, level, code, row["measure"], *CELLS[scheme])] = n
    return counts


@pytest.fixture(scope="module")
def worlds() -> list[dict[tuple, int]]:
    rng = np.random.default_rng(1)
    return [counts_of(rng) for _ in range(N_WORLDS)]


def source_of(counts: dict[tuple, int]) -> Source:
    places = sorted({key[:3] for key in counts})
    return Source(
        counts=counts,
        unavailable={},
        geographies=[
            {
                "census_year": y,
                "geography_level": level,
                "geography_code": code,
                "region_code": PLACES.get(code),
                "is_shown": True,
            }
            for y, level, code in places
        ],
        files=[],
        columns=[],
        measures=MEASURES,
        breakdowns=[],
        relations=RELATIONS,
    )


def test_every_relation_holds_in_every_world(worlds):
    """No exception at all: those of real data (one day, two authorities; a new authority) are not among the made-up."""
    for counts in worlds[:1_000]:
        related = relations_of(source_of(counts), PROFILES["ons_srs"])
        assert not related.n_exceptions


def test_the_remainders_are_counts(worlds):
    for counts in worlds[:50]:
        related = relations_of(source_of(counts), PROFILES["dfe"])
        assert min(related.counts.values()) >= 0
        assert {key[1] for key in related.counts.keys() - counts.keys()} == {"Local authority"}


def follows(larger: list[int], smaller: list[int], rows: np.ndarray, is_equal: np.ndarray) -> bool:
    """Whether the rows (each at least 0) force the sum of the larger to be at least that of the smaller, for counts from 0 on."""
    cost = np.zeros(rows.shape[1])
    np.add.at(cost, larger, 1)
    np.add.at(cost, smaller, -1)
    result = linprog(
        cost,
        A_ub=-rows[~is_equal],
        b_ub=np.zeros((~is_equal).sum()),
        A_eq=rows[is_equal],
        b_eq=np.zeros(is_equal.sum()),
        bounds=(0, 1_000),
    )
    return result.fun > -1e-6


def system_of(keys: list[tuple], counts: dict[tuple, int]) -> tuple[np.ndarray, np.ndarray]:
    place = {key: number for number, key in enumerate(keys)}
    rows, equal = [], []
    for relation in relations_of(source_of(counts), PROFILES["ons_srs"]).relations:
        for added, taken, is_zero in relation.rows():
            if all(key in place for key in (*added, *taken)):
                row = np.zeros(len(keys))
                np.add.at(row, [place[key] for key in added], 1)
                np.add.at(row, [place[key] for key in taken], -1)
                rows.append(row)
                equal.append(is_zero)
    return np.array(rows), np.array(equal)


@pytest.mark.parametrize("part", ["authority", "region", "two years"])
def test_what_always_holds_follows_from_the_list(worlds, part):
    """All `a <= b`, and all `a + b <= c + d`, that no world contradicts."""
    sample = worlds[0]
    if part == "authority":
        keys = [key for key in sample if key[0] == YEARS[0] and key[2] == "101"]
    elif part == "region":
        keys = [key for key in sample if key[0] == YEARS[0] and key[2] == "R1" and key[3].startswith(("children", "e", "ref"))]
        keys = [key for key in keys if key[5] != CELLS[PMR][1]]
    else:
        keys = [
            key
            for key in sample
            if key[2] == "101"
            and key[3]
            in {
                "children_in_need_any_point",
                "children_in_need_31_march",
                "children_episodes_started",
                "episodes_any_point",
                "episodes_31_march",
                "episodes_started",
                "children_on_plan_any_point",
                "children_on_plan_31_march",
                "children_plans_started",
            }
        ]
    n = np.array([[world[key] for key in keys] for world in worlds])
    rows, is_equal = system_of(keys, sample)
    pairs = {(a, b) for a, b in product(range(len(keys)), repeat=2) if a != b and (n[:, a] <= n[:, b]).all()}
    forgotten = [(keys[a], keys[b]) for a, b in sorted(pairs) if not follows([b], [a], rows, is_equal)]
    assert not forgotten
    for a, b in combinations(range(len(keys)), 2):
        small = n[:, a] + n[:, b]
        for c in range(len(keys)):
            if c in (a, b) or (a, c) in pairs or (b, c) in pairs:
                continue
            left = (n[:, [c]] + n >= small[:, None]).all(axis=0)
            for d in np.flatnonzero(left).tolist():
                is_new = d >= c and d not in (a, b) and (a, d) not in pairs and (b, d) not in pairs
                if is_new and not follows([c, d], [a, b], rows, is_equal):
                    forgotten.append((keys[a][3:], keys[b][3:], "<=", keys[c][3:], keys[d][3:]))
    assert not forgotten, forgotten


def test_a_measure_is_described_once():
    assert {term.measure for term in DEFINITIONS.terms.values()} == {row["measure"] for row in MEASURES}
    assert all(isinstance(term, Term) for rule in DEFINITIONS.rules() for term in (rule.total, *rule.parts, *rule.beside))
