"""How the counts of the release hang together: what anyone could work out by adding and subtracting.

England is its regions, a region its authorities; a total is its categories; and measures are made of others (seed
`release_relations`). Where counts are not rounded, what is left of a total beside a part is a count too: no table shows it, but
anyone can subtract, so it is protected like the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from disclosure.cells import Key, Relation
from disclosure.profiles import Profile

from .source import Row, Source

Place = tuple  # census_year, geography_level, geography_code
ENGLAND = "E92000001"
TOTAL = ("Total", "Total")
OWN_AUTHORITY = "Child of one authority"  # the id that belongs to one authority, so its counts add up


def relations_of(source: Source, profile: Profile) -> tuple[dict[Key, int], list[Relation]]:
    """All counts, those of remainders among them, and all relations between them.

    Raises ValueError where the counts break a relation: then they do not mean what the relation says, and nothing is safe.
    """
    counts = dict(source.counts)
    relations = [*_of_places(source), *_of_breakdowns(source), *_of_measures(source, profile, counts)]
    for relation in relations:
        _check(relation, counts)
    return counts, relations


def _of_places(source: Source) -> Iterable[Relation]:
    """England and its regions, a region and its authorities, measure by measure. Places in no region are part of England."""
    parts: dict[Place, list[Place]] = defaultdict(list)
    for row in source.geographies:
        year, level, code = row["census_year"], row["geography_level"], row["geography_code"]
        if level == "Regional" or level == "Local authority" and code == "x":
            parts[year, "National", ENGLAND].append((year, level, code))
        elif level == "Local authority":
            parts[year, "Regional", row["region_code"]].append((year, level, code))
    adds_up = {row["measure"]: row["counts"] != "children" for row in source.measures}
    # the other ids are not told of authorities, so England is known to be its regions only where no child is outside them
    outside = {key[0] for key, n in source.counts.items() if key[2] == "x" and n > 0 and not adds_up[key[3]]}
    cells = {key[3:] for key in source.counts}
    for place, inner in parts.items():
        for cell in sorted(cells):
            measure, topic, breakdown = cell
            if topic == "Id scheme":
                if place[1] == "Regional" or place[0] in outside:
                    continue
                kind = "equal" if breakdown == OWN_AUTHORITY else "at_most"
            else:
                kind = "equal" if adds_up[measure] else "at_most"
            total = (*place, *cell)
            keys = tuple((*part, *cell) for part in inner)
            keys = tuple(key for key in keys if key in source.counts)
            if total in source.counts and keys:
                yield Relation(total, keys, kind)


def _of_breakdowns(source: Source) -> Iterable[Relation]:
    """A total and its categories, topic by topic."""
    parts: dict[tuple[Key, str], list[Key]] = defaultdict(list)
    for key in source.counts:
        if key[4] not in ("Total", "Id scheme"):
            parts[(*key[:4], *TOTAL), key[4]].append(key)
    for (total, _), keys in parts.items():
        yield Relation(total, tuple(keys), "equal")


def _of_measures(source: Source, profile: Profile, counts: dict[Key, int]) -> Iterable[Relation]:
    """Measures made of others, in the total and under every id. Adds the remainders to `counts`."""
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in source.relations:
        by_name[row["relation"]].append(row)
    with_remainder = {name for name, rows in by_name.items() if any(row["is_remainder"] for row in rows)}
    totals: dict[str, list[Key]] = defaultdict(list)
    for key in source.counts:
        if key[4] in ("Total", "Id scheme"):
            totals[key[3]].append(key)
    # remainders of a year come before relations that reach into the next one
    for name in sorted(by_name, key=lambda name: (max(row["part_year_offset"] for row in by_name[name]), name)):
        rows = by_name[name]
        for total in totals[rows[0]["total_measure"]]:
            if name in with_remainder and (profile.bases[total[1]] > 1 or total[4] != "Total"):
                continue  # rounding covers what is left over
            keys = {
                (total[0] + row["part_year_offset"], *total[1:3], row["part_measure"], *total[4:]): row["is_remainder"]
                for row in rows
            }
            if any(key not in counts for key, is_remainder in keys.items() if not is_remainder):
                continue
            remainder = next((key for key, is_remainder in keys.items() if is_remainder), None)
            if remainder is not None:
                left = counts[total] - sum(counts[key] for key in keys if key != remainder)
                if left < 0:
                    continue  # an authority that took over cases of another: not a part
                counts[remainder] = left
            yield Relation(total, tuple(keys), "equal" if rows[0]["is_exact"] else "at_most")


def _check(relation: Relation, counts: dict[Key, int]) -> None:
    total = counts[relation.total]
    parts = [counts[key] for key in relation.parts]
    holds = total == sum(parts) if relation.kind == "equal" else max(parts) <= total <= sum(parts)
    if not holds:
        raise ValueError(f"counts break a relation: {relation.total[3]} ({relation.kind}), {relation.total[:3]}")
