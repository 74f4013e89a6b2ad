"""What follows for the counts of one place from what the measures are: which add up, and which can be no more than others.

A measure counts children, cases, rows or events of one set (seed `release_measures`); the sets hang together (seed
`release_relations`). Nothing is said of two measures by name. Four thoughts make all the rules:

- a count is no more than one of the same or a wider set, or in the same or a finer unit: a child has at least one event;
- who has several events of a set has as many repeats in any wider one, so repeats (events less children) are no more either;
- a set in parts: events of the parts add up, and a child of the whole is a child of some part;
- what is open in a year started in it, or was open on the 31 March before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .source import Row

CHILD, OWN, PMR = "child_id", "la_child_id", "pmr_first_id"
SCHEMES = (CHILD, OWN, PMR)
EVENTS = "events"


class Term(NamedTuple):
    """A measure of a place, under one id, of the year at hand (0) or of the one before or after it."""

    measure: str
    scheme: str = CHILD
    year: int = 0


@dataclass(frozen=True)
class Rule:
    """As `Relation`, of any place that has these terms.

    `is_of_england`: of England alone, where no child comes from elsewhere. `is_count`: by how much the parts exceed the total is
    itself a count of children, cases or events, which anyone can take off.
    """

    name: str
    total: Term
    parts: tuple[Term, ...]
    kind: Literal["equal", "within"]
    beside: tuple[Term, ...] = ()
    is_of_england: bool = False
    is_count: bool = False


class Definitions:
    """The measures of the release, and all rules that follow from what they count."""

    def __init__(self, measures: Iterable[Row], relations: Iterable[Row]):
        self.measures = {row["measure"]: row for row in measures}
        self.statements: dict[str, list[Row]] = defaultdict(list)
        for row in relations:
            self.statements[row["relation"]].append(row)
        self.joins = {row["counted_set"]: row["when_ids_join"] for row in self.measures.values()}
        self.terms: dict[tuple[str, str], Term] = {}  # by unit, which is the id of children, and set
        for row in self.measures.values():
            for unit in self._units(row):
                self.terms[unit, row["counted_set"]] = Term(row["measure"], unit if unit in SCHEMES else CHILD)
        self.wider = self._wider({"subset", "partition", "children_apart"})  # by set: those that hold all its children
        self.wider_in_events = self._wider({"subset", "partition"})
        self.told_apart = {  # parts of which all others are told too, so that nothing is left over
            (unit, row["part_set"], row["whole_set"])
            for rows in self.statements.values()
            for row in rows
            for unit in {"partition": (EVENTS,), "children_apart": SCHEMES}.get(row["kind"], ())
        }

    def rules(self) -> list[Rule]:
        """All rules, no two of them saying the same."""
        return [*self._order(), *self._repeats(), *self._statements()]

    def falls(self, measure: str) -> bool:
        """Whether the count under a wider id, or of a wider place, has every child that any of its parts has."""
        return self.measures[measure]["when_ids_join"] != "either"

    def ordered_sets(self, units: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Each set and the next wider ones that are counted in all of these units."""
        counted = {name for unit, name in self.terms if all((other, name) in self.terms for other in units)}
        for part in sorted(counted):
            wider = self.wider_in_events[part] & counted
            yield from ((part, whole) for whole in sorted(wider) if not wider & self._narrower(whole))

    # What the measures are

    def _units(self, row: Row) -> list[str]:
        if row["counts"] != "children":
            return ["cases" if row["counts"] == "cases" else EVENTS]
        return list(SCHEMES) if "Id scheme" in row["topics"].split(";") else [CHILD]

    def _wider(self, kinds: set[str]) -> dict[str, set[str]]:
        wider: dict[str, set[str]] = defaultdict(set)
        pairs = [(r["part_set"], r["whole_set"]) for rows in self.statements.values() for r in rows if r["kind"] in kinds]
        for _ in pairs:  # as many rounds as the longest chain could have
            for part, whole in pairs:
                wider[part] |= {whole} | wider[whole]
        return wider

    def _narrower(self, whole: str) -> set[str]:
        return {part for part, wider in self.wider_in_events.items() if whole in wider}

    def _is_coarser(self, part: str, unit: str, whole: str, finer: str) -> bool:
        """Whether each of the first units that has the part is, or has, one of the finer units with the whole."""
        joins = {self.joins[part], self.joins[whole]}
        if unit == finer:
            return True
        if unit == CHILD and finer in (EVENTS, "cases"):
            return True
        if unit in (CHILD, PMR) and finer == OWN:
            return bool(joins & {"same", "fewer"})
        if unit == OWN and finer in (EVENTS, "cases"):
            return bool(joins & {"same", "more"})
        if unit == PMR and finer in (EVENTS, "cases"):
            return "same" in joins
        return (unit, finer) == ("cases", EVENTS)

    # The rules

    def _order(self) -> Iterator[Rule]:
        """Each count and the next larger ones."""
        above = {
            (unit, part): {
                (finer, whole)
                for finer, whole in self.terms
                if (whole == part or whole in self.wider[part])
                and (finer, whole) != (unit, part)
                and self._is_coarser(part, unit, whole, finer)
            }
            for unit, part in self.terms
        }
        for (unit, part), larger in above.items():
            for finer, whole in sorted(larger):
                # of authorities the other ids are not told, so no rule on one id may hang on them
                by_others = {unit, finer} & {OWN, PMR}
                steps = {node for node in larger if by_others or node[0] not in (OWN, PMR)}
                if any((finer, whole) in above[step] for step in steps) or (unit, part, whole) in self.told_apart:
                    continue
                is_count = unit == finer
                yield Rule("no_more_than", self.terms[unit, part], (self.terms[finer, whole],), "within", is_count=is_count)

    def _repeats(self) -> Iterator[Rule]:
        """Events less children, and ids of one authority less ids of all, are no more in a part than in the whole."""
        for coarse, fine in ((CHILD, EVENTS), (CHILD, OWN), (PMR, OWN), (OWN, EVENTS)):
            for part, whole in self.ordered_sets((coarse, fine)):
                if (coarse, fine) != (CHILD, EVENTS) and {self.joins[part], self.joins[whole]} != {"same"}:
                    continue
                of = {(unit, name): self.terms[unit, name] for unit in (coarse, fine) for name in (part, whole)}
                yield Rule(
                    "repeats_no_more_than", of[fine, part], (of[fine, whole], of[coarse, part]), "within", (of[coarse, whole],)
                )

    def _statements(self) -> Iterator[Rule]:
        for name, rows in self.statements.items():
            kind, whole, parts = rows[0]["kind"], rows[0]["whole_set"], [row["part_set"] for row in rows]
            yield from {
                "partition": self._partition,
                "subset": lambda *_: (),
                "children_apart": self._children_apart,
                "all_but_first": self._all_but_first,
                "carried_over": self._carried_over,
            }[kind](name, whole, parts)

    def _partition(self, name: str, whole: str, parts: list[str]) -> Iterator[Rule]:
        yield Rule(name, self.terms[EVENTS, whole], tuple(self.terms[EVENTS, part] for part in parts), "equal")
        for scheme in SCHEMES:
            if (scheme, whole) in self.terms:
                finest = tuple(self.terms.get((scheme, part)) or self.terms[EVENTS, part] for part in parts)
                yield Rule(f"{name}_of_children", self.terms[scheme, whole], finest, "within")

    def _children_apart(self, name: str, whole: str, parts: list[str]) -> Iterator[Rule]:
        for scheme in SCHEMES:
            yield Rule(name, self.terms[scheme, whole], tuple(self.terms[scheme, part] for part in parts), "equal")

    def _all_but_first(self, name: str, whole: str, parts: list[str]) -> Iterator[Rule]:
        again, first = parts
        events, children = self.terms[EVENTS, whole], self.terms[CHILD, whole]
        yield Rule(name, events, (self.terms[EVENTS, again], children), "within")
        yield Rule(name, self.terms[EVENTS, again], (events,), "within", (self.terms[CHILD, first],))
        yield Rule(
            f"{name}_or_the_year_before",
            self.terms[CHILD, again],
            (events, children._replace(year=-1)),
            "within",
            (children,),
            is_of_england=True,
        )

    def _carried_over(self, name: str, whole: str, parts: list[str]) -> Iterator[Rule]:
        before, started = parts
        for unit in (EVENTS, *SCHEMES):
            if all((unit, part) in self.terms for part in (whole, before, started)):
                yield Rule(
                    f"{name}_{unit}",
                    self.terms[unit, whole]._replace(year=1),
                    (self.terms[unit, before], self.terms[unit, started]._replace(year=1)),
                    "within",
                    is_count=unit == EVENTS,
                )
