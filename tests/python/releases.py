"""Made-up releases: counts and how they hang together, in the shapes that a release can have."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from disclosure.cells import Key, Relation
from disclosure.profiles import AUTHORITY, NATIONAL, REGION

SIZES = ("few", "mixed", "zeros", "one big", "large")


@dataclass(frozen=True)
class Shape:
    """What a made-up release holds."""

    n_authorities: int = 4
    n_regions: int = 0  # 0: no regions between authorities and England
    n_years: int = 0  # 0: one measure of one year; else any point, started, ended, at 31 March of that many years
    categories: tuple[int, ...] = (4,)  # how many each breakdown has
    is_crossed: bool = False  # the first two breakdowns also with each other
    is_linked_by_year: bool = False  # any point = at 31 March of the year before + started
    geography: str = "equal"
    size: str = "mixed"


def release(shape: Shape, seed: int) -> tuple[dict[Key, int], list[Relation]]:
    """The counts and relations of a made-up release.

    Each case starts in one year, ends in one, and has one category of each breakdown; all counts are sums of such cases, so
    that all relations hold.
    """
    rng = np.random.default_rng(seed)
    spans = [(s, e) for s in range(shape.n_years) for e in range(s, shape.n_years + 1)] or [(0, 0)]
    cases = _draw(rng, (shape.n_authorities, len(spans), *shape.categories), shape.size)
    places = _places(rng, cases, shape)
    counts: dict[Key, int] = {}
    relations: list[Relation] = []
    measures = _measures(spans, shape.n_years)
    for (level, code), numbers in places.items():
        for (year, measure), chosen in measures.items():
            table = numbers[chosen].sum(axis=0)
            total = (year, level, code, measure, "Total", "Total")
            counts[total] = int(table.sum())
            _break_down(total, table, shape, counts, relations)
    _link_measures(counts, relations, shape)
    _link_places(counts, relations, shape)
    return counts, relations


def random_shape(rng: np.random.Generator, most: int = 5) -> Shape:
    """A shape at random, with up to so many authorities and categories."""
    n_years = int(rng.choice([0, 0, 1, 2]))
    n_breakdowns = int(rng.choice([1, 2])) if n_years < 2 else 1
    n_authorities = int(rng.integers(2, most + 1))
    return Shape(
        n_authorities=n_authorities,
        n_regions=int(rng.choice([0, 2])) if n_authorities >= 3 else 0,
        n_years=n_years,
        categories=tuple(int(n) for n in rng.integers(2, most, n_breakdowns)),
        is_crossed=n_breakdowns == 2 and bool(rng.integers(2)),
        is_linked_by_year=n_years > 1,
        geography=str(rng.choice(["equal", "equal", "at_most"])),
        size=str(rng.choice(SIZES)),
    )


def _draw(rng: np.random.Generator, shape: tuple[int, ...], size: str) -> np.ndarray:
    few = rng.poisson(rng.choice([0.5, 2.0]), shape)
    if size == "few":
        return few
    if size == "zeros":
        return few * (rng.random(shape) < 0.3)
    if size == "one big":
        few[tuple(rng.integers(n) for n in shape)] = 5_000
        return few
    return np.floor(np.exp(rng.normal(1.2 if size == "mixed" else 4.0, 1.5, shape))).astype(int)


def _places(rng: np.random.Generator, cases: np.ndarray, shape: Shape) -> dict[tuple[str, str], np.ndarray]:
    """Cases by place. With `at_most`, a case of two authorities is one case of their region, and of England."""

    def together(parts: np.ndarray) -> np.ndarray:
        most, least = parts.sum(axis=0), parts.max(axis=0)
        return most if shape.geography == "equal" else most - rng.binomial(most - least, 0.1)

    places = {(AUTHORITY, f"E09{n:06}"): numbers for n, numbers in enumerate(cases)}
    if not shape.n_regions:
        return places | {(NATIONAL, "E92000001"): together(cases)}
    regions = [together(cases[n :: shape.n_regions]) for n in range(shape.n_regions)]
    places |= {(REGION, f"E12{n:06}"): numbers for n, numbers in enumerate(regions)}
    return places | {(NATIONAL, "E92000001"): together(np.array(regions))}


def _measures(spans: list[tuple[int, int]], n_years: int) -> dict[tuple[int, str], list[int]]:
    """Which spans count towards a measure of a year."""
    if not n_years:
        return {(2024, "any_point"): [0]}
    counted = {
        "any_point": lambda start, end, year: start <= year <= end,
        "at_31_march": lambda start, end, year: start <= year < end,
        "ended": lambda start, end, year: end == year,
        "started": lambda start, end, year: start == year,
    }
    return {
        (2024 + year, measure): [n for n, (start, end) in enumerate(spans) if counts(start, end, year)]
        for year in range(n_years)
        for measure, counts in counted.items()
    }


def _break_down(total: Key, table: np.ndarray, shape: Shape, counts: dict[Key, int], relations: list[Relation]) -> None:
    """The counts of one measure of one place and year by each breakdown, and crossed."""
    for axis, n in enumerate(shape.categories):
        numbers = table.sum(axis=tuple(other for other in range(table.ndim) if other != axis))
        parts = tuple((*total[:4], f"topic {axis}", f"category {part}") for part in range(n))
        counts |= dict(zip(parts, numbers.tolist(), strict=True))
        relations.append(Relation(total, parts))
    if not shape.is_crossed:
        return
    numbers = table.sum(axis=tuple(range(2, table.ndim)))
    cells = {(i, j): (*total[:4], "topics 0 and 1", f"{i} and {j}") for i, j in product(*map(range, numbers.shape))}
    counts |= {key: int(numbers[place]) for place, key in cells.items()}
    for axis, n in enumerate(numbers.shape):
        for part in range(n):
            parts = tuple(key for place, key in cells.items() if place[axis] == part)
            relations.append(Relation((*total[:4], f"topic {axis}", f"category {part}"), parts))


def _link_measures(counts: dict[Key, int], relations: list[Relation], shape: Shape) -> None:
    for key in counts if shape.n_years else ():
        year, level, code, measure, *rest = key
        if measure != "any_point":
            continue
        relations.append(Relation(key, ((year, level, code, "ended", *rest), (year, level, code, "at_31_march", *rest))))
        before = (year - 1, level, code, "at_31_march", *rest)
        if shape.is_linked_by_year and before in counts:
            relations.append(Relation(key, (before, (year, level, code, "started", *rest))))


def _link_places(counts: dict[Key, int], relations: list[Relation], shape: Shape) -> None:
    """England from its regions, regions from their authorities; or England from its authorities."""
    for key in counts:
        year, level, code, *rest = key

        def parts(part_level: str, codes: list[str], year=year, rest=rest) -> tuple[Key, ...]:
            return tuple((year, part_level, code, *rest) for code in codes)

        authorities = [f"E09{n:06}" for n in range(shape.n_authorities)]
        if level == NATIONAL and shape.n_regions:
            relations.append(Relation(key, parts(REGION, [f"E12{n:06}" for n in range(shape.n_regions)]), shape.geography))
        elif level == NATIONAL:
            relations.append(Relation(key, parts(AUTHORITY, authorities), shape.geography))
        elif level == REGION:
            relations.append(Relation(key, parts(AUTHORITY, authorities[int(code[3:]) :: shape.n_regions]), shape.geography))


TOPICS = {"sex": 3, "age": 6, "ethnicity": 7, "disability": 4, "need": 10, "duration": 9}
# Sets of measures: how often per child in need, and whether England counts a child once that two authorities count.
GROUPS = {
    "episodes": (1.0, "equal"),
    "referrals": (1.1, "equal"),
    "children": (0.95, "at_most"),
    "plans": (0.15, "equal"),
    "rereferred": (0.2, "at_most"),
}


def england(
    years: list[int], n_authorities: int = 153, n_regions: int = 9, seed: int = 1
) -> tuple[dict[Key, int], list[Relation]]:
    """A release of the size of England: five sets of a measure and its two parts, by six breakdowns, of each place."""
    rng = np.random.default_rng(seed)
    counts: dict[Key, int] = {}
    relations: list[Relation] = []
    sizes = np.exp(rng.normal(7.3, 0.7, n_authorities))
    shares = {topic: np.sort(rng.dirichlet(np.full(n, 0.6)))[::-1] for topic, n in TOPICS.items()}
    codes = {AUTHORITY: [f"E09{n:06}" for n in range(n_authorities)], REGION: [f"E12{n:06}" for n in range(n_regions)]}
    codes[NATIONAL] = ["E92000001"]
    breakdowns = [("Total", "Total"), *((topic, f"{n}") for topic, size in TOPICS.items() for n in range(size))]
    for year, (group, (rate, geography)) in product(years, GROUPS.items()):
        once = geography == "at_most"
        ended, still = (_england_leaf(rng, rng.poisson(sizes * rate * part), shares, n_regions, once) for part in (0.6, 0.4))
        names = (group, f"{group}_ended", f"{group}_open")
        for level, places in codes.items():
            for number, code in enumerate(places):
                for name, table in zip(names, (ended[level] + still[level], ended[level], still[level]), strict=True):
                    keys = [(year, level, code, name, *breakdown) for breakdown in breakdowns]
                    counts.update(zip(keys, table[number].tolist(), strict=True))
                    place = 1
                    for size in TOPICS.values():
                        relations.append(Relation(keys[0], tuple(keys[place : place + size])))
                        place += size
                for breakdown in breakdowns:
                    whole, *parts = ((year, level, code, name, *breakdown) for name in names)
                    relations.append(Relation(whole, tuple(parts)))
        for name, breakdown in product(names, breakdowns):
            regions = [(year, REGION, code, name, *breakdown) for code in codes[REGION]]
            relations.append(Relation((year, NATIONAL, "E92000001", name, *breakdown), tuple(regions), geography))
            for number, region in enumerate(regions):
                parts = tuple((year, AUTHORITY, code, name, *breakdown) for code in codes[AUTHORITY][number::n_regions])
                relations.append(Relation(region, parts, geography))
    return counts, relations


def _england_leaf(
    rng: np.random.Generator, totals: np.ndarray, shares: dict, n_regions: int, counts_once: bool
) -> dict[str, np.ndarray]:
    """One measure by breakdown (columns: the total, then each topic), for authorities, regions and England (rows)."""
    tables = {
        topic: np.array([rng.multinomial(n, rng.dirichlet(share * 40 + 0.02)) for n in totals]) for topic, share in shares.items()
    }

    def joined(groups: dict[str, list[np.ndarray]]) -> dict[str, np.ndarray]:
        """Each group of places as one place; some cases are of two places and count once."""
        n_groups = len(next(iter(groups.values())))
        out = {topic: [] for topic in groups}
        for number in range(n_groups):
            n = int(next(iter(groups.values()))[number].sum())
            room = min(int((t[number].sum(axis=0) - t[number].max(axis=0)).sum()) for t in groups.values())
            twice = min(int(rng.binomial(n, 0.01)), room) if counts_once else 0
            for topic, tables in groups.items():
                most = tables[number].sum(axis=0)
                out[topic].append(most - rng.multivariate_hypergeometric(most - tables[number].max(axis=0), twice))
        return {topic: np.array(rows) for topic, rows in out.items()}

    regions = joined({topic: [table[n::n_regions] for n in range(n_regions)] for topic, table in tables.items()})
    nation = joined({topic: [table] for topic, table in regions.items()})

    def wide(by_topic: dict[str, np.ndarray]) -> np.ndarray:
        first = next(iter(by_topic.values()))
        return np.hstack([first.sum(axis=1, keepdims=True), *by_topic.values()])

    return {AUTHORITY: wide(tables), REGION: wide(regions), NATIONAL: wide(nation)}
