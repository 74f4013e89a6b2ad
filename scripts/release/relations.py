"""How the counts of the release hang together: what anyone could work out who knows what they count.

Within a place, what follows from the definitions of the measures (`definitions`). Between places: England is its regions, a
region its authorities, and who is counted by two of them is a repeat. A total is its categories. Where counts are not rounded,
what is left of a count beside a part is a count too: no table shows it, but anyone can subtract, so it is protected like the
rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from disclosure.cells import Key, Relation
from disclosure.profiles import Profile

from .definitions import CHILD, OWN, PMR, Definitions, Rule, Term
from .source import Source

Place = tuple  # census_year, geography_level, geography_code
ENGLAND = "E92000001"
TOTAL = ("Total", "Total")
OWN_AUTHORITY = "Child of one authority"  # the id that belongs to one authority, so its counts add up
CELLS = {
    CHILD: TOTAL,
    OWN: ("Id scheme", OWN_AUTHORITY),
    PMR: ("Id scheme", "Pupil matching reference, else child of one authority"),
}


@dataclass
class Related:
    """All counts, what is left over among them; the relations; and how often a rule that should hold does not, by its name.

    A child referred on one day by two authorities, or a case that a new authority took over, is an exception to some rules. A
    rule that its counts break tells nothing true of them, so there it is left out.
    """

    counts: dict[Key, int]
    relations: list[Relation] = field(default_factory=list)
    n_exceptions: Counter[str] = field(default_factory=Counter)


def relations_of(source: Source, profile: Profile) -> Related:
    """Raises ValueError where counts that must add up do not: then they do not mean what they say, and nothing is safe."""
    related = Related(dict(source.counts))
    definitions = Definitions(source.measures, source.relations)
    parts = _parts_of_places(source)
    for relation in (*_of_places(source, definitions, parts), *_of_breakdowns(source)):
        if not relation.holds(related.counts):
            raise ValueError(f"counts break a relation: {relation.total[3]} ({relation.kind}), {relation.total[:3]}")
        related.relations.append(relation)
    between = _between_places(source, definitions, parts)
    for name, relation in (*_of_measures(source, definitions, profile, related.counts), *between):
        if relation.holds(related.counts):
            related.relations.append(relation)
        else:
            related.n_exceptions[name] += 1
    return related


def key_of(place: Place, term: Term) -> Key:
    """The cell of a measure in a place; the year of the term counts from that of the place."""
    return (place[0] + term.year, *place[1:3], term.measure, *CELLS[term.scheme])


def _parts_of_places(source: Source) -> dict[Place, list[Place]]:
    """The regions of England and the authorities of a region. Places in no region are part of England."""
    parts: dict[Place, list[Place]] = defaultdict(list)
    for row in source.geographies:
        year, level, code = row["census_year"], row["geography_level"], row["geography_code"]
        if level == "Regional" or level == "Local authority" and code == "x":
            parts[year, "National", ENGLAND].append((year, level, code))
        elif level == "Local authority":
            parts[year, "Regional", row["region_code"]].append((year, level, code))
    return parts


def _of_places(source: Source, definitions: Definitions, parts: dict[Place, list[Place]]) -> Iterator[Relation]:
    """England and its regions, a region and its authorities, cell by cell."""
    # the other ids are not told of authorities, so England is known to be its regions only where no child is outside them
    is_of_children = {row["measure"]: row["counts"] == "children" for row in source.measures}
    outside = {key[0] for key, n in source.counts.items() if key[2] == "x" and n > 0 and is_of_children[key[3]]}
    cells = sorted({key[3:] for key in source.counts})
    for place, inner in parts.items():
        for cell in cells:
            if cell[1] == "Id scheme" and (place[1] == "Regional" or place[0] in outside):
                continue
            total = (*place, *cell)
            keys = tuple(key for part in inner if (key := (*part, *cell)) in source.counts)
            if total not in source.counts or not keys:
                continue
            if not is_of_children[cell[0]] or cell[2] == OWN_AUTHORITY:
                yield Relation(total, keys, "equal")
            elif definitions.falls(cell[0]):
                yield Relation(total, keys, "at_most")
            else:
                yield Relation(total, keys, "within")


def _of_breakdowns(source: Source) -> Iterator[Relation]:
    """A total and its categories, topic by topic."""
    parts: dict[tuple[Key, str], list[Key]] = defaultdict(list)
    for key in source.counts:
        if key[4] not in ("Total", "Id scheme"):
            parts[(*key[:4], *TOTAL), key[4]].append(key)
    for (total, _), keys in parts.items():
        yield Relation(total, tuple(keys), "equal")


def _of_measures(
    source: Source, definitions: Definitions, profile: Profile, counts: dict[Key, int]
) -> Iterator[tuple[str, Relation]]:
    """What follows from the definitions, place by place. Adds what is left over to `counts`, where counts are not rounded."""
    places = sorted({key[:3] for key in source.counts}, key=str)
    for rule in definitions.rules():
        for place in places:
            if rule.is_of_england and place[1] != "National":
                continue
            relation = _placed(rule, place)
            if any(key not in source.counts for key in (relation.total, *relation.parts, *relation.beside)):
                continue
            if rule.is_count and profile.bases[place[1]] == 1 and relation.holds(counts):
                relation = _with_rest(relation, counts)
            yield rule.name, relation


def _placed(rule: Rule, place: Place) -> Relation:
    return Relation(
        key_of(place, rule.total),
        tuple(key_of(place, term) for term in rule.parts),
        rule.kind,
        tuple(key_of(place, term) for term in rule.beside),
    )


def _with_rest(relation: Relation, counts: dict[Key, int]) -> Relation:
    """The relation as a sum, with a new cell for what is left over."""
    name = f"{' and '.join(key[3] for key in relation.parts)} less {relation.total[3]}"
    rest = (*relation.parts[0][:3], name, *TOTAL)
    counts[rest] = sum(counts[key] for key in relation.parts) - counts[relation.total]
    return Relation(relation.total, relation.parts, "equal", (rest,))


def _between_places(source: Source, definitions: Definitions, parts: dict[Place, list[Place]]) -> Iterable[tuple[str, Relation]]:
    """Children of several places are counted by each and once together: at most as often as ids, and no oftener in a part."""
    is_shown = {
        (row["census_year"], row["geography_level"], row["geography_code"]): row["is_shown"] for row in source.geographies
    }
    for place, inner in parts.items():
        if shown := [part for part in inner if is_shown[part]] if not all(map(is_shown.get, inner)) else []:
            for cell in {key[3:] for key in source.counts if key[:3] == place}:
                keys = tuple(key for part in shown if (key := (*part, *cell)) in source.counts)
                if keys and cell[1] != "Id scheme":
                    yield "places_that_are_shown", Relation((*place, *cell), keys, "within")

        def inside(term: Term, inner: list[Place] = inner) -> tuple[Key, ...]:
            return tuple(key for part in inner if (key := key_of(part, term)) in source.counts)

        for (unit, name), term in definitions.terms.items():
            own = definitions.terms.get((OWN, name))
            if unit == CHILD and own and definitions.joins[name] in ("same", "fewer") and key_of(place, own) in source.counts:
                first, *others = inside(term)
                yield "children_of_places", Relation(first, (key_of(place, own),), "within", tuple(others))
        for part, whole in definitions.ordered_sets((CHILD,)):
            few, many = definitions.terms[CHILD, part], definitions.terms[CHILD, whole]
            if {*map(definitions.joins.get, (part, whole))} - {"same", "more"} or key_of(place, few) not in source.counts:
                continue
            first, *others = inside(few)
            yield (
                "repeats_of_places",
                Relation(first, (*inside(many), key_of(place, few)), "within", (*others, key_of(place, many))),
            )
            if (OWN, part) in definitions.terms and (OWN, whole) in definitions.terms:
                if {*map(definitions.joins.get, (part, whole))} != {"same"}:
                    continue
                few_own, many_own = (key_of(place, definitions.terms[OWN, name]) for name in (part, whole))
                if few_own in source.counts:
                    yield (
                        "repeats_of_ids_of_places",
                        Relation(few_own, (many_own, *inside(few)), "within", inside(many)),
                    )
