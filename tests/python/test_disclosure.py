"""Is nothing that disclosure control withholds to be found from what it lets out? And does the attacker find what there is?"""

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from disclosure.attacker import Attacker, Contradiction, Interval, attack, recover
from disclosure.cells import Relation, Treatment
from disclosure.profiles import AUTHORITY, NATIONAL, PROFILES, REGION
from disclosure.secured import secured
from disclosure.suppression import protect, protect_primary
from releases import Shape, england, random_shape, release

DFE, SRS = PROFILES["dfe"], PROFILES["ons_srs"]
N_RANDOM, N_SLICES = 1_000, 10


def key(breakdown: str, code: str = "E09000001", level: str = AUTHORITY, measure: str = "any_point", year: int = 2024):
    return (year, level, code, measure, "Total" if breakdown == "Total" else "topic", breakdown)


def shown(n: int) -> Treatment:
    return Treatment(n, "", "released")


def hidden(reason: str = "primary") -> Treatment:
    return Treatment(None, "c", reason)


def row(*names: str, kind: str = "equal", **where) -> Relation:
    """The total of the first is the sum of the others."""
    return Relation(key(names[0], **where), tuple(key(name, **where) for name in names[1:]), kind)


def safe(treatments, relations, profile) -> bool:
    return not attack(treatments, relations, profile)


# The attacker finds what there is


def test_one_withheld_part_is_found_by_subtraction():
    treatments = {key("Total"): shown(20), key("a"): hidden(), key("b"): shown(17)}
    assert recover(treatments, [row("Total", "a", "b")], DFE) == {key("a"): Interval(3, 3)}
    (breach,) = attack(treatments, [row("Total", "a", "b")], DFE)
    assert (breach.key, breach.low, breach.high) == (key("a"), 3, 3)


def test_two_withheld_parts_with_a_small_sum_are_narrowed_down():
    """Zeros are shown, so each of two that sum up to 4 is from 1 to 3: 4 and 5 are ruled out."""
    treatments = {key("Total"): shown(20), key("a"): hidden(), key("b"): hidden(), key("c"): shown(16)}
    relations = [row("Total", "a", "b", "c")]
    assert set(recover(treatments, relations, DFE).values()) == {Interval(1, 3)}
    assert len(attack(treatments, relations, DFE)) == 2
    assert safe(treatments | {key("c"): shown(14)}, relations, DFE)


def test_rounded_counts_are_intervals():
    """England's 30 is 25 to 34, so one withheld authority beside 20 is from 5 to 14."""
    england, first, second = key("Total", "E92000001", NATIONAL), key("Total"), key("Total", "E09000002")
    treatments = {england: Treatment(30, "", "rounded"), first: shown(20), second: hidden()}
    relations = [Relation(england, (first, second))]
    assert recover(treatments, relations, DFE) == {second: Interval(5, 14)}
    assert not safe(treatments, relations, DFE)


def test_where_zeros_are_withheld_a_count_may_be_zero():
    parts = [key(name) for name in "abc"]
    relations = [Relation(key("Total"), tuple(parts))]
    treatments = {key("Total"): shown(20), parts[0]: hidden(), parts[1]: hidden(), parts[2]: shown(10)}
    # The total is 15 to 24; 10 is shown for 10 to 14, as anything below is withheld.
    assert recover(treatments, relations, SRS) == {parts[0]: Interval(0, 14), parts[1]: Interval(0, 14)}
    assert safe(treatments, relations, SRS)


def test_children_counted_once_are_an_inequality():
    england, first, second = key("Total", "E92000001", NATIONAL), key("Total"), key("Total", "E09000002")
    treatments = {england: Treatment(30, "", "rounded"), first: shown(20), second: hidden()}
    relations = [Relation(england, (first, second), "at_most")]
    # The authorities may share children: the second has 5 at least, and 34 at most, for it has no more than England.
    assert recover(treatments, relations, DFE) == {second: Interval(5, 34)}


def test_linked_tables_and_years_are_attacked_together():
    """No row alone tells anything: the measures tie one table's cells to another's, and one year to the next."""
    old, new = {"year": 2024}, {"year": 2025}
    relations = [
        row("Total", "a", "b", "c", measure="at_31_march", **old),
        row("Total", "a", "b", "c", measure="started", **new),
        row("Total", "a", "b", "c", **new),
        *(
            Relation(key(x, **new), (key(x, measure="at_31_march", **old), key(x, measure="started", **new)))
            for x in ("Total", "a", "b", "c")
        ),
    ]
    values = {"Total": (30, 40), "a": (3, 12), "b": (7, 8), "c": (20, 20)}
    treatments = {}
    for name, (before, started) in values.items():
        treatments[key(name, measure="at_31_march", **old)] = shown(before)
        treatments[key(name, measure="started", **new)] = shown(started)
        treatments[key(name, **new)] = shown(before + started)
    for name in "ab":
        treatments[key(name, measure="at_31_march", **old)] = hidden("primary" if name == "a" else "secondary")
        treatments[key(name, **new)] = hidden("secondary")
    assert safe(treatments, relations, DFE)
    treatments[key("a", **new)] = shown(15)
    assert recover(treatments, relations, DFE)[key("a", measure="at_31_march", **old)] == Interval(3, 3)


def test_a_secondary_must_not_be_found_either():
    treatments = {key("Total"): shown(50), key("a"): hidden("secondary"), key("b"): shown(20)}
    assert [breach.rule for breach in attack(treatments, [row("Total", "a", "b")], DFE)] == ["one count only"]


def test_what_shown_zeros_give_away_is_no_breach():
    """A total of three that are not zero is at least 3 even if all is withheld. But it must not be known to be more."""
    relations = [row("Total", "a", "b", "c", "d")]
    treatments = {key(name): hidden() for name in ("Total", "a", "b", "c")} | {key("d"): shown(0)}
    assert recover(treatments, relations, DFE)[key("Total")] == Interval(3, None)
    assert safe(treatments, relations, DFE)
    assert not safe(treatments | {key("c"): shown(6)}, relations, DFE)


def test_reasons_tell_the_attacker_nothing():
    counts, relations = release(Shape(n_years=1), 5)
    treatments = protect(counts, relations, DFE)
    other = {k: replace(t, reason="primary") if t.symbol else t for k, t in treatments.items()}
    assert recover(treatments, relations, DFE) == recover(other, relations, DFE)


def test_a_release_that_contradicts_itself_is_refused():
    treatments = {key("Total"): shown(20), key("a"): hidden(), key("b"): shown(30)}
    with pytest.raises(Contradiction):
        attack(treatments, [row("Total", "a", "b")], DFE)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_the_true_counts_lie_in_the_intervals(profile):
    for seed in range(15):
        rng = np.random.default_rng(seed)
        counts, relations = release(random_shape(rng, most=3), seed)
        for treatments in (protect_primary(counts, profile), protect(counts, relations, profile)):
            for cell, interval in recover(treatments, relations, profile).items():
                assert interval.low <= counts[cell], seed
                assert interval.high is None or counts[cell] <= interval.high, seed


# What follows from the definitions, and no sum says


def count(measure: str, code: str = "E09000001", level: str = AUTHORITY, year: int = 2024, scheme: str = "Total"):
    return (year, level, code, measure, "Total" if scheme == "Total" else "Id scheme", scheme)


FAMILIES = {  # relations, and counts of which the smallest are found through them
    "children are no more than events": (
        [
            row("children", "a", "b", "c", "d"),
            Relation(key("children"), (key("episodes"),), "within"),
        ],
        {key("children"): 7, key("a"): 1, key("b"): 2, key("c"): 2, key("d"): 2, key("episodes"): 7},
    ),
    "repeats in a part are no more than in the whole": (
        [Relation(count("again"), (count("referrals"),), "within", (count("entered"),))],
        {count("referrals"): 25, count("entered"): 24, count("again"): 1},
    ),
    "what one file tells is part of what another does": (
        [Relation(count("closed"), (count("good"),), "within"), Relation(count("rows"), (count("good"), count("bad")))],
        {count("rows"): 14, count("good"): 11, count("bad"): 3, count("closed"): 11},
    ),
    "children of authorities are no more than ids of the region": (
        [
            Relation(count("need"), (count("need", "R", REGION, scheme="id"),), "within", (count("need", "E09000002"),)),
            Relation(count("need", "R", REGION), (count("need"), count("need", "E09000002")), "at_most"),
        ],
        {
            count("need"): 12,
            count("need", "E09000002"): 2,
            count("need", "R", REGION): 14,
            count("need", "R", REGION, scheme="id"): 14,
        },
    ),
    "what is open was open at the end of the year before, or started": (
        [Relation(count("any", year=2025), (count("march"), count("started", year=2025)), "within")],
        {count("any", year=2025): 20, count("march"): 3, count("started", year=2025): 17},
    ),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_inequalities_are_found_and_guarded(family):
    relations, counts = FAMILIES[family]
    sums = [relation for relation in relations if relation.kind != "within"]
    assert not safe(protect(counts, sums, DFE), relations, DFE), "sums alone do not guard it"
    assert safe(protect(counts, relations, DFE), relations, DFE)


# Nothing is found of what is protected


@pytest.mark.parametrize("part", range(N_SLICES))
def test_random_releases_are_safe(part):
    """A thousand random releases: tables of two and three dimensions, hierarchies, linked measures, crossings, years."""
    n_before = 0
    for seed in range(part, N_RANDOM, N_SLICES):
        shape = random_shape(np.random.default_rng(seed), most=3)
        profile = (DFE, SRS)[seed // N_SLICES % 2]
        counts, relations = release(shape, seed)
        treatments = secured(counts, relations, profile).treatments
        assert attack(treatments, relations, profile) == [], (seed, shape, profile.name)
        for cell, treatment in treatments.items():
            own = profile.count(counts[cell], cell[1])
            if treatment.symbol:
                assert treatment.symbol == "c" and treatment.value is None
                assert treatment.reason == ("primary" if own == "c" else "secondary")
                assert counts[cell] or not profile.shows_zero, "a true zero is shown"
            else:
                assert treatment.value == own
        n_before += bool(attack(protect_primary(counts, profile), relations, profile))
    assert n_before > 20  # of 100: there was something to protect


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_a_release_in_the_form_of_england_is_safe(profile):
    counts, relations = england([2024], n_authorities=10, n_regions=2)
    treatments = secured(counts, relations, profile).treatments
    assert attack(treatments, relations, profile) == []
    reasons = Counter(treatment.reason for treatment in treatments.values())
    assert 0 < reasons["secondary"] < 1.5 * reasons["primary"]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_the_order_in_which_counts_come_does_not_matter(profile):
    for seed in range(12):
        counts, relations = release(random_shape(np.random.default_rng(seed), most=4), seed)
        mixed, shuffled = list(counts.items()), list(relations)
        random.Random(seed).shuffle(mixed)
        random.Random(seed).shuffle(shuffled)
        shuffled = [replace(r, parts=tuple(reversed(r.parts))) for r in shuffled + shuffled[:2]]
        assert protect(counts, relations, profile) == protect(dict(mixed), shuffled, profile), seed


def test_how_many_processes_work_on_it_does_not_matter(monkeypatch):
    monkeypatch.setattr("disclosure.suppression.LARGE", 0)
    counts, relations = england([2024, 2025], n_authorities=6, n_regions=2)
    alone = protect(counts, relations, DFE, processes=1)
    assert alone == protect(counts, relations, DFE, processes=2)
    assert attack(alone, relations, DFE) == []


def test_nothing_is_withheld_without_need():
    """Three small parts of a large total hide each other; a table without small counts loses nothing."""
    counts = {key("Total"): 60, key("a"): 2, key("b"): 3, key("c"): 5, key("d"): 50}
    treatments = protect(counts, [row("Total", "a", "b", "c", "d")], DFE)
    assert [k for k, t in treatments.items() if t.reason == "secondary"] == []
    counts = {key("Total"): 60, key("a"): 20, key("b"): 40, key("c"): 0}
    assert all(not t.symbol for t in protect(counts, [row("Total", "a", "b", "c")], DFE).values())


def test_the_cheapest_cell_is_withheld():
    counts = {key("Total"): 1_012, key("a"): 4, key("b"): 8, key("c"): 1_000}
    treatments = protect(counts, [row("Total", "a", "b", "c")], DFE)
    assert [k for k, t in treatments.items() if t.reason == "secondary"] == [key("b")]


def test_a_total_that_cannot_hide_its_parts_is_withheld_too():
    """7 in four parts, none zero: each is 4 at most, whatever is withheld, unless the total is."""
    counts = {key("Total"): 7, key("a"): 1, key("b"): 2, key("c"): 2, key("d"): 2}
    assert protect(counts, [row("Total", "a", "b", "c", "d")], DFE)[key("Total")] == Treatment(None, "c", "secondary")


def test_counts_that_do_not_keep_to_the_relations_are_refused():
    counts = {key("Total"): 60, key("a"): 23, key("b"): 41}
    with pytest.raises(ValueError, match="do not hold") as refusal:
        protect(counts, [row("Total", "a", "b")], DFE)
    assert not {"60", "23", "41"} & set(str(refusal.value).replace(",", " ").split())
    with pytest.raises(ValueError, match="no count"):
        protect(counts, [row("Total", "a", "c")], DFE)


def test_regions_are_rounded_like_england():
    region = key("Total", "E12000001", REGION)
    assert protect({region: 23}, [], DFE)[region] == Treatment(20, "", "rounded")
    assert protect({region: 25}, [], SRS)[region] == Treatment(30, "", "rounded")


# A protector that is broken is found out


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_an_attack_after_another_finds_what_a_fresh_one_finds(profile):
    n_found = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        counts, relations = release(random_shape(rng), seed)
        less = protect_primary(counts, profile)
        more = {k: hidden("secondary") if t.value and rng.random() < 0.2 else t for k, t in less.items()}
        first, second = Attacker(less, relations, profile), Attacker(more, relations, profile)
        first.breaches()
        fresh = [(breach.key, breach.rule) for breach in attack(more, relations, profile)]
        assert [(breach.key, breach.rule) for breach in second.breaches(after=first)] == fresh
        n_found += len(fresh)
    assert n_found > 10


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_primary_suppression_alone_is_found_out(profile):
    found = 0
    for seed in range(10):
        counts, relations = release(Shape(n_years=1, n_authorities=3), seed)
        found += not safe(protect_primary(counts, profile), relations, profile)
    assert found >= 8


@pytest.mark.parametrize("ignored", ["breakdowns", "geography", "measures"])
def test_a_protector_that_ignores_some_relations_is_found_out(ignored):
    def kind(relation: Relation) -> str:
        part, total = relation.parts[0], relation.total
        return "geography" if part[1] != total[1] else "measures" if part[3] != total[3] else "breakdowns"

    found = 0
    for seed in range(10):
        counts, relations = release(Shape(n_years=1, n_authorities=3, n_regions=0, categories=(3,)), seed)
        treatments = protect(counts, [r for r in relations if kind(r) != ignored], DFE)
        found += not safe(treatments, relations, DFE)
    assert found >= 5


def test_a_secondary_released_by_mistake_is_found_out():
    """Most secondaries are needed: without one, something is found."""
    needed = Counter()
    for seed in range(6):
        counts, relations = release(Shape(n_authorities=3, categories=(3,)), seed)
        treatments = protect(counts, relations, DFE)
        for cell, treatment in treatments.items():
            if treatment.reason == "secondary":
                leaky = treatments | {cell: replace(treatment, value=DFE.count(counts[cell], cell[1]), symbol="")}
                needed[not safe(leaky, relations, DFE)] += 1
    assert needed[True] > 10 and needed[False] == 0
