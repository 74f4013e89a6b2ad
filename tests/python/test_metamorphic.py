"""Metamorphic relations: change the extract in a known way, and the tables must change in exactly the way the rules say.

No relation knows what the right tables are. Each takes the small synthetic extract, changes it, runs both in memory, and
compares whole marts: a mart that a relation does not name must stay as it was. What must happen follows from the rules and
decisions of DECISIONS.md, which each relation names. `RELATIONS` lists them; `CAUGHT` holds for each a rule broken on purpose
in the compiled SQL, and a test shows that the relation then fails.

The bounds of a closure date, what is expected between them, and when an authority returns next are compared only where nothing
at all may change.
"""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

import pytest
from conftest import PROJECT
from in_memory import Pipeline, Result, read_disabilities, read_extract

YEARS, MORE_YEARS = "2014-2016", "2014-2020"
FRACTION = 0.001  # of England, as the small extract states
ENGLAND = "E92000001"
SCHEMES = ["la_child_id", "pmr_first_id", "child_id"]
RATES = ["annual_prevalence", "annual_incidence"]
ACCOUNTS = ["local_authority_returns", "row_account", "disability_row_account", "missingness", "rejected_records"]
COHORTS = ["children", "child_identifiers", "link_conflicts", "episodes", "spells", "child_protection_plans", "child_years"]
MARTS = [*COHORTS, "child_disabilities", *RATES, "cohort_table_1", *ACCOUNTS, "variable_availability"]
WITH_IDS = [*COHORTS, "child_disabilities", "rejected_records"]
TABLE_1 = ["n_local_authorities", "n_pupil_matching_refs", "n_la_child_ids", "n_episodes", "n_records"]
UNPINNED = [
    "closure_date_earliest", "closure_date_latest", "closure_date_expected", "closure_date_likely_earliest",
    "closure_date_likely_latest", "next_year_returned",
]
DATES = ["death_date", "referral_date", "closure_date", "initial_conference_date", "plan_start_date", "plan_end_date"]
NOT_THROUGHOUT = ["822", "823", "835", "836", "837", "838", "839", "895", "896"]  # authorities made or ended from 2010 to 2020


class Broken(AssertionError):
    """A relation does not hold."""


class Break(NamedTuple):
    """A rule broken on purpose: in the compiled SQL of one model `old` becomes `new`. These marts show it."""

    rule: str
    what: str
    model: str
    old: str
    new: str
    marts: tuple[str, ...] = ("episodes",)


class Extract:
    """Rows of both files. Never changed: every change makes another extract."""

    def __init__(self, records: Iterable[dict], disabilities: Iterable[dict]):
        self.records = list(records)
        self.disabilities = list(disabilities)

    def __add__(self, other: "Extract") -> "Extract":
        return Extract(self.records + other.records, self.disabilities + other.disabilities)

    def with_records(self, *records: dict) -> "Extract":
        """With records added."""
        return Extract([*self.records, *records], self.disabilities)

    def where(self, keep: Callable[[dict], bool]) -> "Extract":
        """The rows of both files that are to be kept."""
        return Extract(filter(keep, self.records), filter(keep, self.disabilities))

    def changed(self, record: dict, **values) -> "Extract":
        """With values of one record changed."""
        return Extract([row | values if row is record else row for row in self.records], self.disabilities)

    def mapped(self, change: Callable[[str, str | None], str | None]) -> "Extract":
        """With every value changed by a function of the column's name and the value."""

        def mapped(row):
            return {name: value if name == "census_year" else change(name, value) for name, value in row.items()}

        return Extract(map(mapped, self.records), map(mapped, self.disabilities))


class Case(NamedTuple):
    """An episode of the base extract, to choose one that a change is to be made to."""

    name: str  # la_child_id
    region: str
    episode: dict
    child: dict
    others: list[dict]  # the other episodes of the child
    records: list[dict]  # of the episode, oldest first
    child_records: list[dict]

    @property
    def place(self) -> tuple[str, str]:
        """Authority and region."""
        return self.name[:3], self.region

    def is_single(self, year: int) -> bool:
        """One record, of that year, is all there is of the child."""
        return len(self.child_records) == 1 and self.records[0]["census_year"] == year

    def is_short(self, year: int) -> bool:
        """The child's only record, without a plan, is of a case that begins and is closed by date and reason within the year."""
        start, end = self.episode["referral_date"], self.episode["recorded_closure_date"]
        return (
            self.is_single(year) and end is not None and self.episode["closure_reason_code"] is not None
            and date(year - 1, 4, 1) <= start < end - timedelta(14) and end < date(year, 3, 31)
            and not self.episode["is_no_further_action"] and not self.episode["has_protection_plan"]
        )  # fmt: skip


class Base:
    """The small extract, what the sound pipeline makes of it, and cases to choose from."""

    def __init__(self, folder):
        self.extract = Extract(read_extract(folder), read_disabilities(folder))
        self.results = {self.extract: self.run(self.extract)}
        self.result = self.results[self.extract]
        self.regions = {row["local_authority_code"]: row["region_code"] for row in self.table("local_authority_returns")}

    def run(self, extract: Extract) -> Result:
        return Pipeline.compiled(YEARS).run(extract.records, extract.disabilities, sampling_fraction=FRACTION)

    def table(self, name: str) -> list[dict]:
        return self.result.table(name)

    def names(self, sql: str) -> set[str]:
        """The values of a query's only column."""
        return {name for (name,) in self.result.rows(sql)}

    @cached_property
    def undecided(self) -> set[str]:
        """The la_child_ids where a hash decides (D8): records of one year contradict each other."""
        child = "local_authority_code || '-' || local_child_id"
        facts = {
            "census_year": "sex_code, ethnicity_code, birth_year, birth_month",
            "census_year, referral_date": "primary_need_code, referral_source_code, is_no_further_action, closure_date, "
            "closure_reason_code, initial_conference_date",
            "census_year, plan_start_date": "referral_date, plan_end_date, initial_abuse_category_code, "
            "latest_abuse_category_code, n_previous_plans",
        }
        contradicted = [
            f"select {child} from cin_work.intermediate.int_cin__records where rejection_reason is null "
            f"group by {child}, {key} having count(distinct ({columns})) > 1"
            for key, columns in facts.items()
        ]
        same_day = """
            select unnest(list(la_child_id)) from episodes
            group by child_id, local_authority_code, referral_date having count(*) > 1
        """
        return self.names(" union ".join([*contradicted, same_day]))

    @cached_property
    def decided(self) -> Extract:
        """The extract without them: rewriting values changes the hash, and so what it decides."""
        extract = self.extract.where(lambda row: la_child_id(row) not in self.undecided)
        self.results[extract] = self.run(extract)
        return extract

    @cached_property
    def steady(self) -> set[str]:
        """The authorities that returned every year, and were neither made nor ended by 2020."""
        returned = "select local_authority_code from local_authority_returns group by all having bool_and(has_returned)"
        return self.names(returned) - set(NOT_THROUGHOUT)

    @cached_property
    def secluded(self) -> set[str]:
        """The steady authorities whose children are known nowhere else, by child_id or PMR."""
        return self.steady - self.names("""
            select local_authority_code from child_identifiers where has_link_conflict
            union
            select unnest(list(local_authority_code)) from child_identifiers group by child_id having count(*) > 1
            union
            select unnest(list(local_authority_code)) from child_identifiers group by pmr_first_id having count(*) > 1
        """)

    @cached_property
    def cases(self) -> list[Case]:
        """Episodes of children with one la_child_id, a PMR of their own or none, and records in order."""
        unsuitable = self.undecided | self.names("""
            select local_authority_code || '-' || local_child_id
            from (select *, greatest(*columns('_is_invalid$')) as is_invalid from cin_work.intermediate.int_cin__records)
            where rejection_reason is not null or is_invalid
            union
            select la_child_id from child_identifiers qualify has_link_conflict or count(*) over (partition by pmr_first_id) > 1
        """)
        children = {
            row["child_id"]: row for row in self.table("children")
            if row["n_la_child_ids"] == 1 and row["child_id"] not in unsuitable and row["child_id"][:3] in self.steady
        }  # fmt: skip
        records, episodes = {}, {}
        for record in self.extract.records:
            records.setdefault(la_child_id(record), []).append(record)
        for row in self.table("episodes"):
            episodes.setdefault(row["la_child_id"], []).append(row)
        return [
            Case(
                name, self.regions[name[:3]], episode, child, [row for row in episodes[name] if row is not episode],
                [record for record in records[name] if record["referral_date"] == str(episode["referral_date"])], records[name],
            )
            for name, child in children.items() for episode in episodes[name]
        ]  # fmt: skip

    def case(self, fits: Callable[[Case], bool]) -> Case:
        """The first case that fits."""
        found = next(filter(fits, self.cases), None)
        if found is None:
            raise LookupError("no case of the small extract fits")
        return found

    def returned_case(self) -> Case:
        """A child's only case, returned more than once with the same need and ethnic group."""
        return self.case(
            lambda case: not case.others and case.episode["n_returns"] == len(case.records) > 1
            and len({(record["primary_need_code"], record["ethnicity_code"]) for record in case.records}) == 1
            and case.episode["primary_need_code"] in ("N2", "N3", "N4") and case.child["ethnic_group"] != "Unknown"
        )  # fmt: skip


class Part(NamedTuple):
    """A change to the rows of which a condition is true. The rest stays, or is not compared."""

    where: str
    change: Callable[[list[dict]], list[dict]] | None = None
    the_rest_stays: bool = False


class World:
    """What a relation is tried in: the base extract, and a pipeline, sound or broken, with the marts to compare."""

    def __init__(self, base: Base, broken: Break | None = None):
        self.base = base
        self.extract = base.extract
        self.broken = broken
        self.marts = broken.marts if broken else MARTS

    def run(self, extract: Extract, census_years=YEARS, years=None, fraction=FRACTION, until=MARTS) -> Result:
        """What the pipeline makes of an extract."""
        if not self.broken and (census_years, years, fraction) == (YEARS, None, FRACTION) and extract in self.base.results:
            return self.base.results[extract]
        pipeline = Pipeline.compiled(census_years)
        if self.broken:
            pipeline = pipeline.patched(self.broken.model, self.broken.old, self.broken.new)
            until = self.marts
        return pipeline.run(extract.records, extract.disabilities, years, until, fraction)

    def expect_the_same(self, after: Extract, before: Extract | None = None) -> None:
        """Not a row of any mart changes, those on quality included."""
        results = [self.run(extract, until=None) for extract in (before or self.extract, after)]
        one, other = (result.content(self.marts if self.broken else None) for result in results)
        if one != other:
            raise Broken(f"changed: {', '.join(name for name in one if one[name] != other[name])}")

    def expect(self, after: Extract | Result, changes: dict, before: Extract | Result | None = None) -> None:
        """Each mart changes as `changes` says, and no other changes.

        changes: for a mart, a function that makes of the rows before those that must be there afterwards, or a Part, or None
        where the relation says nothing. Where the function leaves columns out, those are not compared.
        """
        before = self.extract if before is None else before
        one, other = (state if isinstance(state, Result) else self.run(state) for state in (before, after))
        for mart in self.marts:
            change = changes.get(mart, Part("true"))
            if change is None:
                continue
            where, change, the_rest_stays = change if isinstance(change, Part) else Part("true", change)
            for same in [where] * (change is None) + [f"not coalesce({where}, false)"] * the_rest_stays:
                if one.content([mart], UNPINNED, same) != other.content([mart], UNPINNED, same):
                    raise Broken(f"{mart}: changed")
            if change is not None:
                compare(mart, change(one.table(mart, where)), other.table(mart, where))


def compare(mart: str, expected: list[dict], actual: list[dict]) -> None:
    """Fails unless the rows are the same, in any order, in the columns that all expected rows have. Shows no row."""
    columns = set(actual[0] if actual else ()).difference(UNPINNED)
    columns = sorted(columns.intersection(*(row.keys() for row in expected)))
    wanted, found = (Counter(tuple(map(row.__getitem__, columns)) for row in rows) for rows in (expected, actual))
    if wanted != found:
        lacking, surplus = list((wanted - found).elements()), list((found - wanted).elements())
        differing = [name for name, *values in zip(columns, *lacking, *surplus, strict=True) if len(set(values)) > 1]
        raise Broken(f"{mart}: {len(lacking)} rows are not there, {len(surplus)} should not be; look at {', '.join(differing)}")


# What may change in a mart: functions from the rows before to those that must be there afterwards.


def each(change: Callable[[dict], dict]):
    """Every row is changed by a function."""
    return lambda rows: [change(row) for row in rows]


def edit(values, **key):
    """The rows with this key, of which there must be one, get these values, given as a dict or by a function of the row."""

    def changed(rows):
        hits = [row for row in rows if all(row[name] == value for name, value in key.items())]
        if not hits:
            raise Broken("the row that should change is not there")
        for row in hits:
            row.update(values(row) if callable(values) else values)
        return rows

    return changed


def add(*more: dict):
    """Rows are added."""
    return lambda rows: [*rows, *more]


def drop(where: Callable[[dict], bool]):
    """Rows go."""
    return lambda rows: [row for row in rows if not where(row)]


def only(*columns: str):
    """Only these columns are compared."""
    return each(lambda row: {name: row[name] for name in columns})


def text(change: Callable[[str], str]):
    """Every text is changed by a function."""
    return each(lambda row: {name: change(value) if isinstance(value, str) else value for name, value in row.items()})


def times(factor: int, *columns: str):
    """These columns are multiplied."""
    return each(lambda row: row | {name: row[name] * factor for name in columns})


def more(n: int, *columns: str):
    """For `edit`: these columns are higher by a number."""
    return lambda row: {name: row[name] + n for name in columns}


def in_turn(*changes):
    """One change after the other."""

    def changed(rows):
        for change in changes:
            rows = change(rows)
        return rows

    return changed


def recount(row: dict, n_children: int, n_events: int | None, fraction: float = FRACTION) -> dict:
    """A row of the annual tables with other counts, and what follows from them (R23)."""
    row |= {"n_children": n_children, "n_events": n_events}
    rates = {"percent": (100.0, n_children), "rate_per_10000": (10000.0, n_children), "events_per_10000": (10000.0, n_events)}
    for rate, (factor, n) in rates.items():
        row[rate] = factor * n / row["population"] if row["population"] and n is not None else None
    for name, n in (("n_children", n_children), ("n_events", n_events)):
        published = row[f"published_{name}"]
        difference = 100.0 * (n / fraction - published) / published if published and n is not None else None
        row[f"percent_from_published_{name}"] = difference
    return row


def plus(count: int | None, n: int) -> int | None:
    """A count higher by n; one that does not apply stays so."""
    return None if count is None else count + n


def counted(place: tuple, year: int, n: dict[str, tuple[int, int]], schemes=SCHEMES) -> dict:
    """The annual tables count more in a year in an authority, its region and England: {measure: (children, events)} more."""

    def change(row):
        n_children, n_events = n.get(row["measure"], (0, 0))
        return recount(row, row["n_children"] + n_children, plus(row["n_events"], n_events))

    places = [ENGLAND, *filter(None, place)]
    where = f"census_year = {year} and geography_code in {listed(places)} and id_scheme in {listed(schemes)}"
    return dict.fromkeys(RATES, Part(where, each(change), the_rest_stays=True))


def table_1(years: Iterable[int] = (), **n: int):
    """The paper's Table 1 counts more in these years, and over all. Its percentages are not compared."""

    def change(row):
        is_touched = row["census_year"] is None or row["census_year"] in years
        return row | {name: row[name] + n[name] for name in n if is_touched}

    return in_turn(each(change), only("period", *TABLE_1))


def read_more(record: dict, fate: str, **n: int) -> dict:
    """What the accounts say of a record added, in which everything can be read."""
    place = {"census_year": record["census_year"], "local_authority_code": record["local_authority_code"]}

    def change(row):
        n_missing = not (record[row["variable"]] or "").strip()
        return shares(row | {"n_expected": row["n_expected"] + 1, "n_missing": row["n_missing"] + n_missing})

    returned = {"n_records": 1} | n
    where = f"census_year = {place['census_year']} and local_authority_code = '{place['local_authority_code']}'"
    return {
        "row_account": edit(more(1, "n_rows_read", fate), **place),
        "missingness": Part(where, each(change), the_rest_stays=True),
        "local_authority_returns": edit(lambda row: {name: row[name] + returned[name] for name in returned}, **place),
    }


def missing_more(records: list[dict], variables: list[str], n_missing: int = 1, n_invalid: int = 0) -> dict:
    """Missingness counts the variables of these records as missing, or as invalid, where it did not."""
    places = Counter((record["census_year"], record["local_authority_code"]) for record in records)

    def change(row):
        n = places[row["census_year"], row["local_authority_code"]]
        row |= {"n_missing": row["n_missing"] + n * n_missing, "n_invalid": row["n_invalid"] + n * n_invalid}
        return shares(row)

    return {"missingness": Part(f"variable in {listed(variables)}", each(change), the_rest_stays=True)}


def shares(row: dict) -> dict:
    """A row of missingness, with the shares that follow from its counts."""
    return row | {f"percent_{what}": 100.0 * row[f"n_{what}"] / row["n_expected"] for what in ("missing", "invalid")}


# Small things.


def listed(values: Iterable[str]) -> str:
    """Texts as a SQL list."""
    return "(" + ", ".join(f"'{value}'" for value in ["", *values]) + ")"


def la_child_id(row: dict) -> str:
    return f"{(row['local_authority_code'] or '').strip()}-{(row['local_child_id'] or '').strip()}"


def in_year(year: int) -> dict:
    """What places a record in a year's file."""
    return {"census_year": year, "academic_year_label": f"{year - 1}/{year}"}


def is_date(value: str | None) -> bool:
    return bool(re.fullmatch(r"\d{4}-(0\d|1[0-2])-([0-2]\d|3[01])", value or ""))


def later_than(day: date, row: dict) -> bool:
    """Some date of a record is later: an extract that ends on that day cannot read it (R4)."""
    return any(is_date(row[name]) and row[name] > str(day) for name in DATES)


def new_child(authority: str, year: int, referral_date: str, **values) -> dict:
    """A record of a child nobody knew: a referral without further action, with all that such a referral has."""
    record = dict.fromkeys(Pipeline.compiled(YEARS).headers["cin"][year]) | in_year(year)
    record |= {"local_authority_code": authority, "local_child_id": "NEW", "referral_date": referral_date}
    record |= {"birth_month": "5", "birth_year": "2009", "is_unborn": "0", "sex_code": "2", "ethnicity_code": "WBRI"}
    record |= {"has_disability": "0", "primary_need_code": "N1", "referral_source_code": "1A", "is_no_further_action": "1"}
    return record | values


# The relations.


class Relation(NamedTuple):
    """A change to the extract (its docstring says which), and what must happen."""

    check: Callable[[World], None]
    must: str


RELATIONS: dict[str, Relation] = {}


def relation(must: str):
    """Lists a relation under the name of its function."""

    def listed_too(check):
        RELATIONS[check.__name__] = Relation(check, must)
        return check

    return listed_too


# The same in another form.


@relation("Nothing changes: ties never fall by row order (R11, D8).")
def rows_in_another_order(world):
    """The rows of both files are shuffled; some children and cases are described in two ways within a year."""
    records = world.extract.records
    twins = [row | {"primary_need_code": "N8"} for row in records[::25]] + [row | {"sex_code": "1"} for row in records[7::25]]
    before = world.extract.with_records(*twins)
    after = before + Extract([], [])
    for rows in (after.records, after.disabilities):
        random.Random(11).shuffle(rows)
    world.expect_the_same(after, before)


@relation("Nothing changes: codes are upper-cased (R3).")
def codes_in_the_other_case(world):
    """Codes change between upper and lower case."""

    def other_case(name, value):
        return value.swapcase() if value and name.endswith("_code") and name != "local_authority_code" else value

    world.expect_the_same(world.base.decided.mapped(other_case), world.base.decided)


@relation("Nothing changes: a known legacy spelling is the code (R3).")
def needs_in_legacy_spelling(world):
    """Primary needs N2 to N5 and N0 change places with their legacy spellings A2 to A5 and NO."""
    spellings = {"N2": "A2", "N3": "A3", "N4": "A4", "N5": "A5", "N0": "NO"}
    spellings |= {legacy: code for code, legacy in spellings.items()}
    after = world.base.decided.mapped(lambda name, value: spellings.get(value, value) if name == "primary_need_code" else value)
    world.expect_the_same(after, world.base.decided)


# Rows that add nothing.


@relation("The accounts count the second ones as exact duplicates, or rejected again; no child, case or rate changes (R1).")
def every_row_twice(world):
    """Every row of both files stands there twice."""

    def twice(row):
        row = row | {name: 2 * row[name] for name in ("n_rows_read", "n_rejected")}
        return row | {"n_exact_duplicates": row["n_rows_read"] - row["n_rejected"] - row["n_reconciled"]}

    changes = {
        "row_account": each(twice),
        "disability_row_account": each(twice),
        "rejected_records": lambda rows: rows + rows,
        "local_authority_returns": times(2, "n_records"),
        "missingness": times(2, "n_expected", "n_missing", "n_invalid"),
        "cohort_table_1": times(2, "n_records"),
    }
    world.expect(world.extract + world.extract, changes)


def add_an_unusable_row(world, reason, **values):
    """A row like that of a known child, but for what makes it unusable: rejected and accounted for, and nothing else."""
    record = world.base.case(lambda case: case.is_single(2015)).records[0] | values
    rejected = {name: record[name] for name in ("census_year", "local_authority_code", "local_child_id")}
    rejected |= {"line_number": None, "reason": reason}
    world.expect(world.extract.with_records(record), read_more(record, "n_rejected") | {"rejected_records": add(rejected)})


@relation("It is rejected and accounted for; nothing else changes (R1, R13).")
def a_row_without_referral_date(world):
    """A row is added that gives no referral date."""
    add_an_unusable_row(world, "no_referral_date", referral_date=None)


@relation("It is rejected and accounted for; nothing else changes: a row without a child is no child (R1, R5).")
def a_row_without_child_id(world):
    """A row is added that names no child."""
    add_an_unusable_row(world, "no_local_child_id", local_child_id=None)


# Who is who.


@relation("The ids are the new ones; nothing else changes (R5, D7).")
def local_ids_renamed(world):
    """Every local child id becomes another, in the same order."""
    before = world.base.decided
    after = before.mapped(lambda name, value: f"Ab-{value}" if name == "local_child_id" and value else value)
    renamed = text(lambda value: re.sub(r"^(\d{3}-)?(SYN\d{9})(?!\d)", r"\1Ab-\2", value))
    world.expect(after, dict.fromkeys(WITH_IDS, renamed), before)


@relation("The PMRs are the new ones; nothing else changes (R6).")
def pmrs_renamed(world):
    """Every PMR becomes another, in the same order; some children have two that are seen equally often."""
    second = [row | {"pupil_matching_ref": f"SYN{n:015}"} for n, row in enumerate(world.base.decided.records[::10], 900)]
    before = world.base.decided.with_records(*second)
    after = before.mapped(lambda name, value: f"X{value}" if name == "pupil_matching_ref" and value else value)
    renamed = text(lambda value: re.sub(r"\b(SYN\d{15})\b", r"X\1", value))
    world.expect(after, dict.fromkeys(WITH_IDS, renamed), before)


@relation("The sexes of children are exchanged; nothing else changes (R3, R11).")
def sexes_exchanged(world):
    """Sex 1 becomes 2, and 2 becomes 1."""
    before = world.base.decided
    codes, words = {"1": "2", "2": "1"}, {"male": "female", "female": "male"}
    after = before.mapped(lambda name, value: codes.get(value, value) if name == "sex_code" else value)
    world.expect(after, {"children": each(lambda row: row | {"sex": words.get(row["sex"], row["sex"])})}, before)


@relation("What they hold changes places, but for names and populations; England and the region stay (R16, R24).")
def two_authorities_exchanged(world):
    """Two authorities of one region, whose children are known nowhere else, exchange their codes."""
    codes = sorted(world.base.regions)  # neighbours, so that no order by code changes
    pairs = [
        pair for pair in zip(codes, codes[1:], strict=False)
        if world.base.secluded.issuperset(pair) and len({world.base.regions[code] for code in pair}) == 1
    ]  # fmt: skip
    one, other = pairs[0]
    exchanged = {one: other, other: one}
    after = world.extract.mapped(lambda name, value: exchanged.get(value, value) if name == "local_authority_code" else value)

    def exchange(key, *of_the_code):
        """What stands under the two codes changes places, but for some columns."""

        def change(rows):
            def place(row):
                return tuple(row.get(name) for name in (key, "census_year", "id_scheme", "measure"))

            kept = {place(row): {name: row[name] for name in of_the_code} for row in rows}
            moved = [row | {key: exchanged.get(row[key], row[key])} for row in rows]
            return [row | kept.get(place(row), {}) for row in moved]

        return change

    counts = exchange("geography_code", "geography_name", "population", "published_n_children", "published_n_events")
    recounted = each(lambda row: recount(row, row["n_children"], row["n_events"]))
    ids = text(lambda value: re.sub(r"^(\d{3})(?=-|$)", lambda code: exchanged.get(code[1], code[1]), value))
    changes = dict.fromkeys([*WITH_IDS, *ACCOUNTS], ids) | dict.fromkeys(RATES, in_turn(counts, recounted))
    world.expect(after, changes | {"local_authority_returns": exchange("local_authority_code", "local_authority_name")})


@relation("The tables are those of both together, and counts add up (R5, R15, R24).")
def two_halves_side_by_side(world):
    """The authorities are dealt into two extracts that share no PMR, and these are put together."""

    def half(row):
        return int(row["local_authority_code"] or 0) % 2

    apart = [row | {"pupil_matching_ref": row["pupil_matching_ref"] and f"{row['pupil_matching_ref']}-{half(row)}"}
             for row in world.extract.records]  # fmt: skip
    halves = [Extract(apart, world.extract.disabilities).where(lambda row, n=n: half(row) == n) for n in (0, 1)]
    one, other = map(world.run, halves)

    def added_up(mart, key, *counts):
        def change(rows):
            others = {tuple(row[name] for name in key): row for row in other.table(mart)}
            pairs = [(row, others[tuple(row[name] for name in key)]) for row in rows]
            return [row | {name: plus(row[name], second[name] or 0) for name in counts} for row, second in pairs]

        return change

    changes = {mart: lambda rows, mart=mart: rows + other.table(mart) for mart in MARTS if mart != "variable_availability"}
    for mart in RATES:
        key = "census_year", "geography_code", "id_scheme", "measure"
        summed = added_up(mart, key, "n_children", "n_events", "n_local_authorities_returned")
        changes[mart] = in_turn(summed, each(lambda row: recount(row, row["n_children"], row["n_events"])))
    changes["cohort_table_1"] = in_turn(added_up("cohort_table_1", ["period"], *TABLE_1), only("period", *TABLE_1))
    world.expect(halves[0] + halves[1], changes, one)


@relation("Every row stands there again under the new ids, and every count doubles (R5, R10).")
def everything_again_under_new_ids(world):
    """All rows are added again, with other local child ids and PMRs."""
    before = world.base.decided.where(lambda row: row["local_child_id"])
    again = before.mapped(lambda name, value: value and re.sub(r"^SYN", "TYN", value))
    renamed = text(lambda value: re.sub(r"SYN(?=\d{9})", "TYN", value))
    account = times(2, "n_rows_read", "n_exact_duplicates", "n_rejected", "n_reconciled")
    twice = each(lambda row: recount(row, 2 * row["n_children"], row["n_events"] and 2 * row["n_events"]))
    changes = dict.fromkeys(WITH_IDS, lambda rows: rows + renamed(rows)) | dict.fromkeys(RATES, twice) | {
        "row_account": account,
        "disability_row_account": account,
        "local_authority_returns": times(2, "n_records", "n_la_child_ids"),
        "missingness": times(2, "n_expected", "n_missing", "n_invalid"),
        "cohort_table_1": in_turn(times(2, *TABLE_1[1:]), only("period", *TABLE_1)),
    }  # fmt: skip
    world.expect(before + again, changes, before)


@relation("The three ids are one, and so are the counts under them; no link is in doubt (R7, R8, R9).")
def without_pmrs(world):
    """No record gives a PMR."""

    def unlinked(row):
        ids = {"child_id": row["child_id"] and row["la_child_id"]}
        of_child = {name: row.get(name.replace("_of_child", "")) for name in row if name.endswith("_of_child")}
        return row | ids | of_child

    def without_pmr(row):
        nothing = {"pupil_matching_ref": None, "n_pupil_matching_refs": 0, "has_link_conflict": False}
        return unlinked(row) | nothing | {"pmr_first_id": row["la_child_id"]}

    def as_under_la_child_id(rows):
        key = "census_year", "geography_code", "measure"
        own = {tuple(row[name] for name in key): row for row in rows if row["id_scheme"] == "la_child_id"}
        own = {place: (row["n_children"], row["n_events"]) for place, row in own.items()}
        return [recount(row, *own[tuple(row[name] for name in key)]) for row in rows]

    alone = f"child_id in {listed(row['child_id'] for row in world.base.table('children') if row['n_la_child_ids'] == 1)}"
    no_pmr = each(lambda row: shares(row | {"n_missing": row["n_expected"]}))
    changes = dict.fromkeys(["episodes", "child_protection_plans", "child_disabilities"], each(unlinked))
    changes |= dict.fromkeys(["children", "spells", "child_years"], Part(alone)) | dict.fromkeys(RATES, as_under_la_child_id)
    changes |= {
        "child_identifiers": each(without_pmr),
        "link_conflicts": lambda rows: [],
        "missingness": Part("variable = 'pupil_matching_ref'", no_pmr, the_rest_stays=True),
        "cohort_table_1": in_turn(times(0, "n_pupil_matching_refs"), only("period", *TABLE_1)),
    }
    before = world.base.decided
    world.expect(before.mapped(lambda name, value: None if name == "pupil_matching_ref" else value), changes, before)


@relation("The id has the PMR, and the years count one PMR more; nothing else changes (R6, R9).")
def a_fresh_pmr_for_one_child(world):
    """A child without PMR gets one that no other child has."""
    case = world.base.case(lambda case: case.is_single(2015) and not case.records[0]["pupil_matching_ref"])
    ids = {"pupil_matching_ref": "FRESH", "pmr_first_id": "FRESH", "n_pupil_matching_refs": 1}
    changes = {"child_identifiers": edit(ids, la_child_id=case.name), "cohort_table_1": table_1([2015], n_pupil_matching_refs=1)}
    changes |= missing_more(case.records, ["pupil_matching_ref"], -1)
    world.expect(world.extract.changed(case.records[0], pupil_matching_ref="FRESH"), changes)


@relation("They are one child, who enters once and re-enters; under la_child_id no count changes (R7, R22, R24).")
def a_fresh_pmr_for_two_ids(world):
    """Two ids of different authorities, two years apart, of the same birth month, sex and ethnicity, get one fresh PMR."""

    def fits(case, year):
        return case.is_short(year) and not case.records[0]["pupil_matching_ref"] and case.child["age_at_first_referral"]

    first = world.base.case(lambda case: fits(case, 2014))
    second = world.base.case(lambda case: fits(case, 2016) and case.name[:3] != first.name[:3])
    facts = "sex_code", "ethnicity_code", "birth_month", "birth_year", "is_unborn", "has_disability", "death_date"
    before = world.extract.changed(second.records[0], **{name: first.records[0][name] for name in facts})
    newer = next(row for row in before.records if la_child_id(row) == second.name)
    after = before.changed(first.records[0], pupil_matching_ref="FRESH").changed(newer, pupil_matching_ref="FRESH")
    child = {"child_id": first.name}
    ids = child | {"pupil_matching_ref": "FRESH", "pmr_first_id": "FRESH", "n_pupil_matching_refs": 1}
    both = {"n_episodes": 2, "n_local_authorities": 2, "n_la_child_ids": 2, "last_census_year": 2016}
    both["is_ever_in_need"] = first.child["is_ever_in_need"] or second.child["is_ever_in_need"]
    one_child = in_turn(drop(lambda row: row["child_id"] == second.name), edit(both, child_id=first.name))
    spell = edit(child, child_id=second.name), only("child_id", "start_date", "end_date", "n_days", "n_episodes")
    previous = {"previous_referral_date_of_child": first.episode["referral_date"]}
    changes = {
        "children": one_child,
        "child_identifiers": in_turn(edit(ids, la_child_id=first.name), edit(ids, la_child_id=second.name)),
        "episodes": edit(child | previous, la_child_id=second.name),
        "spells": in_turn(*spell),
        "child_years": edit(child | {"is_entered": False}, child_id=second.name),
        "child_disabilities": each(lambda row: row | child if row["la_child_id"] == second.name else row),
        "cohort_table_1": table_1([2014, 2016], n_pupil_matching_refs=1),
    }
    changes |= missing_more([first.records[0], newer], ["pupil_matching_ref"], -1)
    changes |= counted(second.place, 2016, {"entered": (-1, 0), "re_entered": (1, 0)}, ["pmr_first_id", "child_id"])
    world.expect(after, changes, before)


@relation("They are one child all the same (R7, R8).")
def a_move_with_weeks_of_overlap(world):
    """A child with a reference moves to another region; the new authority opens its case weeks before the old one closes."""
    first, second = sorted(world.base.steady)[0], sorted(world.base.steady)[-1]
    known = {"is_no_further_action": "0", "pupil_matching_ref": "FRESH"}
    old = new_child(first, 2015, "2014-06-10", closure_date="2014-12-01", closure_reason_code="RC4", **known)
    closed = {"closure_date": "2015-02-01", "closure_reason_code": "RC1"}
    new = [new_child(second, 2015, day, **closed, **known) for day in ("2014-12-20", "2014-10-20")]
    before, after = (world.extract.with_records(old, one) for one in new)
    ids = only("la_child_id", "child_id", "pmr_first_id", "pupil_matching_ref")
    children = only("child_id", "n_la_child_ids", "n_local_authorities", "n_episodes")
    world.expect(after, dict.fromkeys(MARTS) | {"child_identifiers": ids, "children": children}, before)
    joined = [row for row in world.run(after).table("children") if row["child_id"] == f"{first}-NEW"]
    if [row["n_la_child_ids"] for row in joined] != [2]:
        raise Broken("children: the child is not one")


@relation("The child, its spells and years, and England's counts under child_id and PMR stay (R7, R24).")
def a_case_moved_to_another_authority(world):
    """The later of two cases of a child with a PMR is returned by an authority of another region, which never knew the child."""
    facts = "sex_code", "ethnicity_code", "birth_month", "birth_year", "has_disability", "death_date", "pupil_matching_ref"
    case = world.base.case(
        lambda case: len(case.others) == 1 and case.child_records[0]["pupil_matching_ref"]
        and len({tuple(record[name] for name in facts) for record in case.child_records}) == 1
        and case.others[0]["closure_basis"] == "recorded" and case.others[0]["closure_date"] < case.episode["referral_date"]
        and case.others[0]["first_census_year"] < case.episode["first_census_year"]
        and not case.episode["has_protection_plan"]
    )  # fmt: skip
    code = min(code for code in world.base.steady if world.base.regions[code] != case.region)
    name = code + case.name[3:]
    after = world.extract
    for record in case.records:
        after = after.changed(record, local_authority_code=code)
    ids = {"la_child_id": name, "local_authority_code": code}
    episode = ids | {"episode_id": f"{name}-{case.episode['referral_date']}", "previous_referral_date": None}
    changes = dict.fromkeys(
        ["row_account", "missingness", "local_authority_returns"],
        Part(f"coalesce(local_authority_code not in {listed([code, case.name[:3]])}, true)"),
    ) | {
        "children": edit({"n_local_authorities": 2, "n_la_child_ids": 2}, child_id=case.name),
        "child_identifiers": lambda rows: rows + [row | ids for row in rows if row["la_child_id"] == case.name],
        "episodes": edit(episode, episode_id=case.episode["episode_id"]),
        "cohort_table_1": only("period", "n_episodes", "n_records", "n_pupil_matching_refs"),
    }  # fmt: skip
    england = Part(f"geography_code = '{ENGLAND}' and id_scheme <> 'la_child_id'")
    world.expect(after, changes | dict.fromkeys(RATES, england))


# Authorities and years.


@relation("Its rows go, and England and its region count less by what it counted; nothing else changes (R16, R24).")
def an_authority_left_out(world):
    """The rows of one authority, whose children are known nowhere else, are left out."""
    n_rows = Counter(row["local_authority_code"] for row in world.extract.records)
    code = max(sorted(world.base.secluded), key=n_rows.get)

    def goes(row):
        return any((row.get(name) or "")[:3] == code for name in ("local_authority_code", "la_child_id", "child_id"))

    def less(rows):
        key = "census_year", "id_scheme", "measure"
        own = {tuple(row[name] for name in key): dict(row) for row in rows if row["geography_code"] == code}
        pairs = [(row, own[tuple(row[name] for name in key)]) for row in rows]
        return [
            recount(row, row["n_children"] - gone["n_children"], plus(row["n_events"], -(gone["n_events"] or 0)))
            | {"n_local_authorities_returned": row["n_local_authorities_returned"] - 1}
            for row, gone in pairs
        ]

    counts = Part(f"geography_code in {listed([code, world.base.regions[code], ENGLAND])}", less, the_rest_stays=True)
    fixed = {"variable_availability": Part("true"), "cohort_table_1": None}
    changes = dict.fromkeys(MARTS, drop(goes)) | dict.fromkeys(RATES, counts) | fixed
    world.expect(world.extract.where(lambda row: row["local_authority_code"] != code), changes)


@relation("England counts the child as if nothing had changed, under every id, in every year (R7, R22, R24).")
def a_reorganisation_while_a_case_is_open(world):
    """A case is returned in 2019 by Poole and in 2020 by its successor; or both times by an authority that stays."""
    years = [2014, 2015, 2016, 2017, 2018, 2019, 2020]
    opened = {"is_no_further_action": "0", "plan_start_date": "2018-07-01", "initial_abuse_category_code": "NEG"}

    def with_case(first, second):
        returned = [new_child(code, year, "2018-06-10", **opened) for code, year in ((first, 2019), (second, 2020))]
        return world.extract.with_records(*returned)

    stays = min(world.base.steady)
    before, after = (world.run(with_case(*codes), MORE_YEARS, years) for codes in ((stays, stays), ("836", "839")))
    counts = "census_year", "id_scheme", "measure", "n_children", "n_events"
    england = Part(f"geography_code = '{ENGLAND}'", only(*counts))
    world.expect(after, dict.fromkeys(MARTS) | dict.fromkeys(RATES, england), before)


def without_a_return(world, year, code, unknown, cases):
    """An authority returns nothing in a year: its rows go from the accounts, its cases change, and other authorities stay.

    unknown: the la_child_ids of the authority of which the relation says nothing.
    """

    def is_gone(row):
        return (row["local_authority_code"], row["census_year"]) == (code, year)

    records = [row for row in world.extract.records if not is_gone(row)]
    nothing = {"has_returned": False, "n_records": 0, "n_la_child_ids": 0}
    changes = dict.fromkeys(["row_account", "missingness", "rejected_records"], drop(is_gone))
    changes |= dict.fromkeys(COHORTS, Part(f"child_id not in {listed(unknown)}"))
    changes |= dict.fromkeys(RATES, Part(f"geography_code not in {listed([code, world.base.regions[code], ENGLAND])}"))
    changes |= {
        "child_disabilities": Part(f"la_child_id not in {listed(unknown)}"),
        "link_conflicts": Part("true"),
        "local_authority_returns": edit(nothing, local_authority_code=code, census_year=year),
        "cohort_table_1": None,
    }
    world.expect(Extract(records, world.extract.disabilities), changes | cases)


def censored(code: str, year: int):
    """The cases of an authority that had vanished after a year are censored instead, on the same day."""

    def change(row):
        if row["local_authority_code"] == code and row["is_vanished"] and row["last_census_year"] == year:
            row |= {"closure_basis": "censored" if row["closure_basis"] == "last_return" else row["closure_basis"]}
            row |= {"is_vanished": False}
        return row

    return each(change)


@relation("Its cases that had vanished since are censored, on the same day; other authorities stay (R15, R16).")
def no_return_in_the_last_year(world):
    """An authority, whose children are known nowhere else, returns nothing in 2016."""
    vanished = [row["la_child_id"] for row in world.base.table("episodes") if row["is_vanished"]]
    in_2016 = {la_child_id(row) for row in world.extract.records if row["census_year"] == 2016}
    n_examples = Counter(name[:3] for name in vanished if name not in in_2016)
    code = max(sorted(world.base.secluded), key=lambda code: n_examples[code])
    unknown = {name for name in in_2016 if name[:3] == code}
    episodes = Part(f"la_child_id not in {listed(unknown)}", censored(code, 2015))
    without_a_return(world, 2016, code, unknown, {"episodes": episodes})


@relation("Its cases that come back stay open across the gap, those that do not are censored; other authorities stay (R16).")
def no_return_in_the_middle_year(world):
    """An authority, whose children are known nowhere else, returns nothing in 2015."""
    cases = [row for row in world.base.table("episodes") if row["local_authority_code"] in world.base.secluded]
    back = Counter(row["local_authority_code"] for row in cases if row["n_returns"] == 3 and row["closure_basis"] == "open")
    lost = Counter(
        row["local_authority_code"] for row in cases if row["last_census_year"] == 2014 and row["closure_basis"] == "last_return"
    )
    code = max(sorted(world.base.secluded), key=lambda code: (min(back[code], lost[code]), back[code]))
    unknown = {
        row["la_child_id"] for row in cases
        if row["local_authority_code"] == code and 2015 in (row["first_census_year"], row["last_census_year"])
    }  # fmt: skip
    columns = ["episode_id", "closure_date", "closure_basis", "is_closed", "is_vanished", "first_census_year"]
    columns += ["last_census_year", "n_returns", "overlaps_previous", "overlap_kind", "previous_referral_date"]

    def a_return_less(row):
        return row | {"n_returns": min(row["n_returns"], 2)} if row["local_authority_code"] == code else row

    known = f"la_child_id not in {listed(unknown)}"
    elsewhere = Part(f"child_id not like '{code}-%'")
    changes = {
        "episodes": Part(known, in_turn(censored(code, 2014), each(a_return_less), only(*columns))),
        "children": elsewhere,
        "child_years": elsewhere,
        "child_protection_plans": elsewhere,
        "child_identifiers": Part(known, only("la_child_id", "child_id")),
    }
    without_a_return(world, 2015, code, unknown, changes)


@relation("What earlier years hold stays. Of children not seen in 2016, only cases returned open in 2015 differ (R15, R16, D20).")
def the_last_year_left_out(world):
    """The census year 2016 is not delivered."""
    in_2016 = {la_child_id(row) for row in world.extract.records if row["census_year"] == 2016}
    late = {
        la_child_id(row) for row in world.extract.records if row["census_year"] < 2016 and later_than(date(2015, 3, 31), row)
    }
    before = world.extract.where(lambda row: la_child_id(row) not in late)
    after = world.run(before.where(lambda row: row["census_year"] < 2016), years=[2014, 2015])

    def reopened(row):
        if row["last_census_year"] == 2015 and not row["is_closed"]:
            row |= {"closure_date": None, "closure_basis": "open", "is_vanished": False}
        return {name: row[name] for name in row if name != "child_id" and not name.endswith("_of_child")}

    changes = dict.fromkeys(MARTS) | dict.fromkeys(ACCOUNTS, Part("census_year < 2016")) | {
        "episodes": Part(f"la_child_id not in {listed(in_2016)}", each(reopened)),
        "local_authority_returns": Part("census_year < 2016 and has_returned"),
        "annual_prevalence": Part("census_year < 2016 and measure = 'recorded' and id_scheme = 'la_child_id'"),
    }  # fmt: skip
    world.expect(after, changes, before)


@relation("What was open is censored at its last return, and counts as before; nobody is in the empty year (R16, D12).")
def a_year_without_rows(world):
    """The census year 2017 is delivered, and empty. Children referred again while open are left out (D19)."""
    children = {row["la_child_id"]: row["child_id"] for row in world.base.table("child_identifiers")}
    n_cases = Counter(row["la_child_id"] for row in world.base.table("episodes"))
    still_open = [row for row in world.base.table("episodes") if row["closure_basis"] == "open"]
    again = {row["child_id"] for row in still_open if n_cases[row["la_child_id"]] > 1}
    late = {la_child_id(row) for row in world.extract.records if later_than(date(2016, 3, 31), row)}
    before = world.extract.where(lambda row: la_child_id(row) not in late and children.get(la_child_id(row)) not in again)
    one, other = (world.run(before, MORE_YEARS, [2014, 2015, 2016, *more]) for more in ([], [2017]))
    day = date(2016, 3, 31)
    ended = {"plan_end_date_for_counting": day, "is_open_on_end_date": True}
    nothing = {"census_year": 2017, "has_returned": False, "n_records": 0, "n_la_child_ids": 0}

    def where_null(column, values):
        return each(lambda row: row | values(row) if row[column] is None else row)

    changes = dict.fromkeys(RATES, Part("census_year < 2017 or n_children > 0")) | {
        "episodes": where_null("closure_date", lambda row: {"closure_date": day, "closure_basis": "censored"}),
        "spells": where_null("end_date", lambda row: {"end_date": day, "n_days": (day - row["start_date"]).days}),
        "child_protection_plans": where_null("plan_end_date_for_counting", lambda row: ended),
        "local_authority_returns": lambda rows: rows + [row | nothing for row in rows if row["census_year"] == 2016],
        "variable_availability": Part("census_year <> 2017"),
    }  # fmt: skip
    world.expect(other, changes, one)


@relation("Every date and year is four years later, and every count the same (R4, R15, R16, R21, R22).")
def four_years_later(world):
    """Years, dates and births are four years later, leap days included; authorities made or ended since 2009 are left out."""
    before = world.base.decided.where(lambda row: row["local_authority_code"] not in NOT_THROUGHOUT)
    four_years = timedelta(4 * 365 + 1)

    def later(value, *_):
        return str(int(value[0]) + 4)

    def moved(name, value):
        if name in DATES and is_date(value):
            return str(date.fromisoformat(value) + four_years)
        return re.sub(r"\d{4}", later, value) if value and name in ("birth_year", "academic_year_label") else value

    after = before.mapped(moved)
    for row in after.records + after.disabilities:
        row["census_year"] += 4

    def shifted(name, value):
        if isinstance(value, date):
            return value + four_years
        if isinstance(value, str):  # an id ends in a date
            return re.sub(r"\d{4}-\d\d-\d\d$", lambda day: str(date.fromisoformat(day[0]) + four_years), value)
        return value + 4 if value and name.endswith("_year") else value

    all_shifted = each(lambda row: {name: shifted(name, value) for name, value in row.items()})
    counts = only("census_year", "geography_code", "id_scheme", "measure", "n_children", "n_events"), all_shifted
    in_force = Part(f"geography_code not in {listed(NOT_THROUGHOUT)}", in_turn(*counts))
    shares_of_cases = "percent_closure_date_missing", "percent_overlapping"
    changes = dict.fromkeys(MARTS, all_shifted) | dict.fromkeys(RATES, in_force) | {
        "cohort_table_1": in_turn(all_shifted, only("census_year", *TABLE_1, *shares_of_cases)),
        "variable_availability": only("variable", "census_year", "kind", "is_documented"),
    }  # fmt: skip
    one, other = world.run(before, MORE_YEARS, [2014, 2015, 2016]), world.run(after, MORE_YEARS, [2018, 2019, 2020])
    world.expect(other, changes, one)


@relation("Populations double and rates halve; no count changes (R23, D16).")
def a_sample_twice_as_large(world):
    """The extract says that it stands for twice the share of England."""

    def twice(row):
        row["population"] = row["population"] and 2 * row["population"]
        return recount(row, row["n_children"], row["n_events"], 2 * FRACTION)

    after = world.run(world.extract, fraction=2 * FRACTION)
    world.expect(after, dict.fromkeys(RATES, each(twice)) | {"cohort_table_1": table_1()})


# One child more.

ENTERED = {"recorded": (1, 0), "open": (1, 0), "referrals": (1, 1), "referred": (1, 0), "entered": (1, 0)}
NOT_IN_NEED = dict.fromkeys(["is_in_need_any_point", "is_in_need_31_march"], False)
NOT_ON_A_PLAN = dict.fromkeys(["is_protection_plan_any_point", "is_protection_plan_31_march"], False)


def rows_of_a_new_child(record: dict) -> dict:
    """The rows that `new_child` makes, in children, cases and years, if the referral is in June."""
    year, code, referral = record["census_year"], record["local_authority_code"], date.fromisoformat(record["referral_date"])
    name = la_child_id(record)
    child = {"child_id": name, "first_census_year": year, "last_census_year": year}
    own = {"la_child_id": name, "local_authority_code": code}
    return {
        "children": child | {
            "first_referral_date": referral, "n_episodes": 1, "n_local_authorities": 1, "n_la_child_ids": 1, "n_plans": 0,
            "sex": "female", "ethnicity_code": "WBRI", "ethnic_group": "White", "birth_month": 5, "birth_year": 2009,
            "death_date": None, "has_disability": False, "primary_need_code": "N1", "age_at_first_referral": year - 2010,
            "is_ever_in_need": False, "is_ever_on_protection_plan": False,
        },
        "child_identifiers": own | {
            "pupil_matching_ref": None, "pmr_first_id": name, "child_id": name, "n_pupil_matching_refs": 0,
            "has_link_conflict": False,
        },
        "episodes": own | child | {
            "episode_id": f"{name}-{referral}", "referral_date": referral, "closure_date": referral,
            "closure_basis": "no_further_action", "recorded_closure_date": None, "is_closed": True, "n_returns": 1,
            "is_closure_before_referral": False, "is_vanished": False, "is_no_further_action": True, "is_not_in_need": False,
            "is_in_need": False, "has_protection_plan": False, "referral_source_code": "1A", "primary_need_code": "N1",
            "closure_reason_code": None, "age_at_referral": year - 2010, "is_before_birth": False,
            "overlaps_previous": False, "overlap_kind": None, "previous_referral_date": None,
        },
        "spells": {"child_id": name, "start_date": referral, "end_date": referral, "n_days": 0, "n_episodes": 1},
        "child_years": NOT_IN_NEED | NOT_ON_A_PLAN | {
            "child_id": name, "census_year": year, "is_recorded": True, "is_open": True, "is_referred": True,
            "is_entered": True, "n_referrals": 1, "n_rereferrals_12_months": 0, "age_on_31_march": year - 2010,
        },
    }  # fmt: skip


@relation("The child has one row in each table, and counts once where it was referred (R5, R15, R20 to R22).")
def a_new_child_not_taken_further(world):
    """A referral without further action, and without a closure date, is added for a child nobody knew."""
    code = min(world.base.steady)
    record = new_child(code, 2015, "2014-06-10")
    changes = {mart: add(row) for mart, row in rows_of_a_new_child(record).items()}
    changes |= {"cohort_table_1": table_1([2015], n_la_child_ids=1, n_episodes=1, n_records=1)}
    changes |= read_more(record, "n_reconciled", n_la_child_ids=1) | counted((code, world.base.regions[code]), 2015, ENTERED)
    world.expect(world.extract.with_records(record), changes)


@relation("England counts it, no region does, and its authority stands without name and population (R23, R24).")
def a_child_of_an_unknown_authority(world):
    """A referral without further action is added from an authority that is in no list."""
    record = new_child("999", 2015, "2014-06-10")

    def one_more(row):
        n_children, n_events = ENTERED.get(row["measure"], (0, 0))
        row["n_local_authorities_returned"] += 1
        return recount(row, row["n_children"] + n_children, plus(row["n_events"], n_events))

    def of_its_own(row):
        unknown = dict.fromkeys(["geography_name", "population", "published_n_children", "published_n_events"])
        unknown |= {"geography_code": "999", "geography_level": "Local authority", "n_local_authorities_expected": 0}
        n_children, n_events = ENTERED.get(row["measure"], (0, 0))
        n_events = None if row["n_events"] is None else n_events
        return recount(row | unknown | {"n_local_authorities_returned": 1}, n_children, n_events)

    def counts(rows):
        england = [row for row in rows if row["geography_code"] == ENGLAND and row["census_year"] == 2015]
        authority = [of_its_own(dict(row)) for row in england]
        return [one_more(row) if row in england else row for row in rows] + authority

    def account(n):
        return {"n_rows_read": n, "n_exact_duplicates": 0, "n_rejected": 0, "n_reconciled": n}

    place = {"census_year": 2015, "local_authority_code": "999"}
    returned = dict.fromkeys(["local_authority_name", "region_code", "region_name"]) | place | {"is_in_force": False}
    returns = [
        returned | {"census_year": year, "has_returned": n > 0, "n_records": n, "n_la_child_ids": n}
        for year, n in ((2014, 0), (2015, 1), (2016, 0))
    ]
    missing = [
        shares(place | {"variable": name, "n_expected": 1, "n_missing": int(not value), "n_invalid": 0})
        for name, value in record.items() if name not in ("census_year", "academic_year_label")
    ]  # fmt: skip
    changes = {mart: add(row) for mart, row in rows_of_a_new_child(record).items()} | dict.fromkeys(
        RATES, Part(f"census_year = 2015 and geography_code in {listed([ENGLAND, '999'])}", counts, the_rest_stays=True)
    ) | {
        "cohort_table_1": table_1([2015], n_local_authorities=1, n_la_child_ids=1, n_episodes=1, n_records=1),
        "local_authority_returns": add(*returns),
        "row_account": add(place | account(1)),
        "missingness": Part("local_authority_code = '999'", add(*missing), the_rest_stays=True),
    }  # fmt: skip
    world.expect(world.extract.with_records(record), changes)


@relation("They overlap, and the two spells are one; no count changes (R18, R19).")
def a_referral_a_day_earlier(world):
    """A child's second referral moves from the day on which the first case closed to the day before."""
    taken_further = {"is_no_further_action": "0", "closure_reason_code": "RC1"}
    first = new_child(min(world.base.steady), 2015, "2014-05-01", closure_date="2014-09-01", **taken_further)
    second = first | {"referral_date": "2014-09-01", "closure_date": "2014-12-01"}
    name, day, day_before = la_child_id(first), date(2014, 9, 1), date(2014, 8, 31)
    kind = dict.fromkeys(["overlap_kind", "overlap_kind_of_child"], "rereferral_while_open")
    referral = {"episode_id": f"{name}-{day_before}", "referral_date": day_before}

    def overlapping(row):
        flags = {column: not row[column] for column in ("overlaps_previous", "overlaps_previous_of_child")}
        return flags | kind | referral

    spell = {"end_date": date(2014, 12, 1), "n_days": 214, "n_episodes": 2}
    one_spell = in_turn(drop(lambda row: (row["child_id"], row["start_date"]) == (name, day)), edit(spell, child_id=name))
    changes = {"episodes": edit(overlapping, episode_id=f"{name}-{day}"), "spells": one_spell, "cohort_table_1": table_1()}
    after = world.extract.with_records(first, second | {"referral_date": str(day_before)})
    world.expect(after, changes, world.extract.with_records(first, second))


@relation("It no longer counts as a referral within 12 months of another (R22).")
def a_second_referral_after_more_than_a_year(world):
    """A child's second referral moves from eleven months after the first to more than twelve, in the same census year."""
    code, early, late = min(world.base.steady), "2015-02-20", "2015-03-25"
    first = new_child(code, 2014, "2014-03-20")
    second = first | in_year(2015)
    name, day = la_child_id(first), date.fromisoformat(late)
    episode = {"episode_id": f"{name}-{late}", "referral_date": day, "closure_date": day}
    changes = {
        "episodes": edit(episode, episode_id=f"{name}-{early}"),
        "spells": edit({"start_date": day, "end_date": day}, child_id=name, start_date=date.fromisoformat(early)),
        "child_years": edit({"n_rereferrals_12_months": 0}, child_id=name, census_year=2015),
    }
    changes |= counted((code, world.base.regions[code]), 2015, {"rereferred_12_months": (-1, -1)})
    after, before = (world.extract.with_records(first, second | {"referral_date": referral}) for referral in (late, early))
    world.expect(after, changes, before)


# One case changed.


def a_year_more(case: Case, values: dict):
    """For child_years: the year 2016 is added to a child of 2015, in which nothing is true but what `values` say."""

    def change(rows):
        (row,) = (row for row in rows if (row["child_id"], row["census_year"]) == (case.name, 2015))
        nothing = {name: False if isinstance(value, bool) else 0 for name, value in row.items() if name != "child_id"}
        return [*rows, row | nothing | {"census_year": 2016, "age_on_31_march": row["age_on_31_march"] + 1} | values]

    return change


def returned_again(case: Case, record: dict) -> dict:
    """The accounts and the paper's Table 1 count a record more in 2016, of a known child and case; over all, only a record."""
    n = {"n_la_child_ids": 1, "n_episodes": 1, "n_records": 1, "n_pupil_matching_refs": int(bool(record["pupil_matching_ref"]))}
    of_year = edit(lambda row: {name: row[name] + n[name] for name in n}, period="2016")
    table = in_turn(of_year, edit(more(1, "n_records"), period=YEARS), only("period", *TABLE_1))
    return read_more(record, "n_reconciled", n_la_child_ids=1) | {"cohort_table_1": table}


@relation("It is open again and counts in that year; the years before stay (R15, R16, R21, D12).")
def a_vanished_case_returned_again(world):
    """A case last returned as open in 2015, the child's only one, is returned in 2016 too."""
    case = world.base.case(
        lambda case: case.is_single(2015) and case.episode["is_vanished"] and case.episode["is_in_need"]
        and not case.episode["has_protection_plan"] and case.child["age_at_first_referral"]
    )  # fmt: skip
    record = case.records[0] | in_year(2016)
    years = dict.fromkeys(["is_recorded", "is_open", "is_in_need_any_point", "is_in_need_31_march"], True)
    opened = {"closure_date": None, "closure_basis": "open", "is_vanished": False, "last_census_year": 2016, "n_returns": 2}
    changes = {
        "episodes": edit(opened, la_child_id=case.name),
        "children": edit({"last_census_year": 2016}, child_id=case.name),
        "spells": edit({"end_date": None, "n_days": None}, child_id=case.name),
        "child_years": a_year_more(case, years),
    }
    changes |= returned_again(case, record) | counted(case.place, 2016, {name.removeprefix("is_"): (1, 0) for name in years})
    world.expect(world.extract.with_records(record), changes)


@relation("It has one return more, and the child is recorded in that year, but not open (R10, R11, R21).")
def a_closed_case_returned_again(world):
    """A case closed in 2015, the child's only one, is returned in 2016 too, as it was."""
    case = world.base.case(lambda case: case.is_short(2015) and case.child["age_at_first_referral"])
    record = case.records[0] | in_year(2016)
    changes = {
        "episodes": edit({"last_census_year": 2016, "n_returns": 2}, la_child_id=case.name),
        "children": edit({"last_census_year": 2016}, child_id=case.name),
        "child_years": a_year_more(case, {"is_recorded": True}),
    }
    changes |= returned_again(case, record) | counted(case.place, 2016, {"recorded": (1, 0)})
    world.expect(world.extract.with_records(record), changes)


@relation("It ends on the same day, with one return more; the child is recorded in that year, but not open (R11, R15, R21).")
def a_closure_recorded_a_year_late(world):
    """A case closed in 2015, the child's only one, is returned without its closure that year, and with it in 2016."""
    case = world.base.case(lambda case: case.is_short(2015) and case.child["age_at_first_referral"])
    fields = ["closure_date", "closure_reason_code"]
    record = case.records[0] | in_year(2016)
    changes = {
        "episodes": edit({"last_census_year": 2016, "n_returns": 2}, la_child_id=case.name),
        "children": edit({"last_census_year": 2016}, child_id=case.name),
        "child_years": a_year_more(case, {"is_recorded": True}),
    }
    changes |= returned_again(case, record) | counted(case.place, 2016, {"recorded": (1, 0)}) | {"missingness": None}
    world.expect(world.extract.changed(case.records[0], **dict.fromkeys(fields)).with_records(record), changes)


def ended(case: Case, end: date, **values) -> dict:
    """The child's only case, and spell, ends on another day."""
    return {
        "episodes": edit({"closure_date": end} | values, la_child_id=case.name),
        "spells": edit({"end_date": end, "n_days": (end - case.episode["referral_date"]).days}, child_id=case.name),
        "cohort_table_1": table_1(),
    }


@relation("It is closed on 31 March of its last return (R14, R15).")
def a_closure_date_removed(world):
    """The closure date of a case that has a reason for closure is removed."""
    case = world.base.case(lambda case: case.is_short(2015))
    changes = ended(case, date(2015, 3, 31), closure_basis="last_return", recorded_closure_date=None)
    changes |= missing_more(case.records, ["closure_date"])
    world.expect(world.extract.changed(case.records[0], closure_date=None), changes)


@relation("It has vanished, and counts as in need on 31 March of its last return (R15, R16, R21, D12).")
def closure_removed_altogether(world):
    """Closure date and reason of a case last returned in 2015 are removed."""
    case = world.base.case(lambda case: case.is_short(2015) and case.episode["is_in_need"])
    fields = ["closure_date", "closure_reason_code"]
    closure = {"closure_basis": "last_return", "recorded_closure_date": None, "closure_reason_code": None}
    changes = ended(case, date(2015, 3, 31), is_closed=False, is_vanished=True, **closure)
    changes |= {"child_years": edit({"is_in_need_31_march": True}, child_id=case.name, census_year=2015)}
    changes |= missing_more(case.records, fields) | counted(case.place, 2015, {"in_need_31_march": (1, 0)})
    world.expect(world.extract.changed(case.records[0], **dict.fromkeys(fields)), changes)


@relation("It ends on the day before the next referral, which overlaps for want of a date (R15, R18, D11).")
def a_closure_date_removed_before_the_next_referral(world):
    """The closure date of a case that has a reason for closure is removed; the child was referred again that year."""
    case = world.base.case(
        lambda case: len(case.others) == len(case.records) == 1 and case.records[0]["closure_reason_code"]
        and case.episode["closure_basis"] == "recorded" and not case.episode["has_protection_plan"]
        and case.episode["closure_date"] < case.others[0]["referral_date"] <= date(case.episode["last_census_year"], 3, 31)
        and case.others[0]["first_census_year"] == case.episode["last_census_year"]
        and case.episode["referral_date"] >= date(case.episode["last_census_year"] - 1, 4, 1)
    )  # fmt: skip
    later, start = case.others[0], case.episode["referral_date"]
    end = later["referral_date"] - timedelta(1)
    closure = {"closure_date": end, "closure_basis": "next_referral", "recorded_closure_date": None}
    overlap = {"overlaps_previous": True, "overlap_kind": "missing_closure"}
    overlap |= {f"{column}_of_child": value for column, value in overlap.items()}
    episodes = edit(closure, episode_id=case.episode["episode_id"]), edit(overlap, episode_id=later["episode_id"])
    changes = {
        "episodes": in_turn(*episodes),
        "spells": edit({"end_date": end, "n_days": (end - start).days}, child_id=case.name, start_date=start),
        "cohort_table_1": table_1(),
    }
    changes |= missing_more(case.records, ["closure_date"])
    world.expect(world.extract.changed(case.records[0], closure_date=None), changes)


@relation("The case ends on the day it begins, is flagged, and keeps the recorded date beside (R17).")
def a_closure_before_the_referral(world):
    """The closure date of a case is set to ten days before its referral."""
    case = world.base.case(lambda case: case.is_short(2015))
    recorded = case.episode["referral_date"] - timedelta(10)
    changes = ended(case, case.episode["referral_date"], recorded_closure_date=recorded, is_closure_before_referral=True)
    world.expect(world.extract.changed(case.records[0], closure_date=str(recorded)), changes)


@relation("They are as good as missing, but count as invalid (R2, R4).")
def unusable_dates(world):
    """Closure dates before 1930, on no day, and after the last census day stand where there were none."""
    before = after = world.extract
    dates = {2014: "1929-12-31", 2015: "31/02/2015", 2016: "2016-04-01"}
    records = [world.base.case(lambda case, year=year: case.is_single(year)).records[0] for year in dates]
    for record in records:
        before = before.changed(record, closure_date=None)
        after = after.changed(record, closure_date=dates[record["census_year"]])
    world.expect(after, missing_more(records, ["closure_date"], -1, 1), before)


@relation("They are as good as missing, but count as invalid (R3).")
def unusable_codes(world):
    """Codes that are in no list, or in that of later years, stand where there were none."""
    record = world.base.case(lambda case: case.is_single(2015)).records[0]
    codes = {"primary_need_code": "N10", "closure_reason_code": "RC9", "ethnicity_code": "XXXX", "referral_source_code": "5D"}
    before, after = world.extract.changed(record, **dict.fromkeys(codes)), world.extract.changed(record, **codes)
    world.expect(after, missing_more([record], list(codes), -1, 1), before)


@relation("The case, and the child's first need, have the new code; nothing else changes (R11).")
def newest_need_changed(world):
    """The primary need in a case's newest record becomes N1."""
    case, need = world.base.returned_case(), {"primary_need_code": "N1"}
    changes = {"episodes": edit(need, la_child_id=case.name), "children": edit(need, child_id=case.name)}
    world.expect(world.extract.changed(case.records[-1], **need), changes)


@relation("Only missingness changes: the newest record that gives it counts (R11).")
def newest_need_removed(world):
    """The primary need in a case's newest record is removed; older ones give it."""
    record = world.base.returned_case().records[-1]
    world.expect(world.extract.changed(record, primary_need_code=None), missing_more([record], ["primary_need_code"]))


@relation("Nothing changes: what is not known gives way to older knowledge (R11).")
def ethnicity_refused_in_the_newest_record(world):
    """The ethnicity in a child's newest record becomes REFU, refused."""
    world.expect(world.extract.changed(world.base.returned_case().records[-1], ethnicity_code="REFU"), {})


@relation("The case is no longer in need, and does not count as such (R20 to R22).")
def no_further_action_after_all(world):
    """A case in need is marked as no further action."""
    case = world.base.case(lambda case: case.is_short(2015) and case.episode["is_in_need"])
    changes = {
        "episodes": edit({"is_no_further_action": True, "is_in_need": False}, la_child_id=case.name),
        "children": edit({"is_ever_in_need": False}, child_id=case.name),
        "child_years": edit({"is_in_need_any_point": False}, child_id=case.name, census_year=2015),
    }
    changes |= counted(case.place, 2015, {"in_need_any_point": (-1, 0), "episodes_started": (-1, -1)})
    world.expect(world.extract.changed(case.records[0], is_no_further_action="1"), changes)


def add_a_plan(world, case, n=None, episode=None, child=None, year=None):
    """A row with a plan within a case of 2015: a plan more, and what else is said to follow for the case, child and year."""
    start, end = case.episode["referral_date"] + timedelta(2), case.episode["closure_date"] - timedelta(2)
    plan = {"plan_start_date": start, "plan_end_date": end, "n_previous_plans": 0}
    plan |= {"initial_abuse_category_code": "NEG", "latest_abuse_category_code": "EMO"}
    record = case.records[0] | {name: str(value) for name, value in plan.items()}
    plan |= {"child_id": case.name, "la_child_id": case.name, "episode_id": case.episode["episode_id"]}
    plan |= {"local_authority_code": case.name[:3], "first_census_year": 2015, "last_census_year": 2015}
    changes = {
        "child_protection_plans": add(plan),
        "episodes": edit({"has_protection_plan": True} | (episode or {}), la_child_id=case.name),
        "children": edit({"n_plans": 1, "is_ever_on_protection_plan": True} | (child or {}), child_id=case.name),
        "child_years": edit({"is_protection_plan_any_point": True} | (year or {}), child_id=case.name, census_year=2015),
        "cohort_table_1": table_1([2015], n_records=1),
    }
    changes |= read_more(record, "n_reconciled")
    changes |= counted(case.place, 2015, {"protection_plan_any_point": (1, 0), "plans_started": (1, 1)} | (n or {}))
    world.expect(world.extract.with_records(record), changes)


@relation("There is one plan more, and the child counts as on a plan that year; nothing else changes (R12, R21, R22).")
def a_plan_added(world):
    """A row with a plan is added to a case in need."""
    add_a_plan(world, world.base.case(lambda case: case.is_short(2015) and case.episode["is_in_need"]))


@relation("With a plan the case is in need after all, and counts as such (R12, R20 to R22).")
def a_plan_added_to_an_assessment(world):
    """A row with a plan is added to a case that ended after the assessment (RC8)."""
    case = world.base.case(lambda case: case.is_short(2015) and case.episode["is_not_in_need"])
    n = {"in_need_any_point": (1, 0), "episodes_started": (1, 1)}
    episode = {"is_not_in_need": False, "is_in_need": True}
    add_a_plan(world, case, n, episode, {"is_ever_in_need": True}, {"is_in_need_any_point": True})


@relation("The child has one disability more; the main tables stay (R1, R5).")
def a_disability_added(world):
    """A code is added for a child in the disabilities file."""
    coded = {la_child_id(row) for row in world.extract.disabilities if (row["disability_code"] or "").strip().upper() == "AUT"}
    case = world.base.case(lambda case: case.is_single(2015) and case.name not in coded)
    keys = "census_year", "academic_year_label", "local_authority_code", "local_child_id"
    row = {name: case.records[0][name] for name in keys} | {"disability_code": "AUT"}
    added = {"la_child_id": case.name, "child_id": case.name, "disability_code": "AUT", "n_returns": 1}
    added |= {"first_census_year": 2015, "last_census_year": 2015}
    account = edit(more(1, "n_rows_read", "n_reconciled"), local_authority_code=case.name[:3], census_year=2015)
    changes = {"child_disabilities": add(added), "disability_row_account": account}
    world.expect(world.extract + Extract([], [row]), changes)


# Rules broken on purpose: what each relation catches.

STAGING = "stg_cin__20*"
CAUGHT = {
    "rows_in_another_order": Break(
        "D8", "ties within a year fall by row order", "int_cin__records",
        "+ (row_hash >> 33)::bigint as record_priority",
        "as record_priority",
    ),
    "codes_in_the_other_case": Break(
        "R3", "codes of ethnicity keep their case", STAGING,
        "upper(ethnicity_code) as",
        "ethnicity_code as",
        ("children",),
    ),
    "needs_in_legacy_spelling": Break(
        "R3", "a legacy spelling stands for itself", "int_cin__accepted_codes",
        "code_spellings.spelling,\n        code_spellings.code,",
        "code_spellings.spelling,\n        code_spellings.spelling as code,",
    ),
    "every_row_twice": Break(
        "R1", "exact duplicates are not told apart", "int_cin__episode_returns",
        "list_unique(list(row_hash))::bigint as n_distinct_records",
        "count(*) as n_distinct_records",
        ("row_account",),
    ),
    "a_row_without_referral_date": Break(
        "R13", "a row without a referral date is not rejected", "int_cin__records",
        "when referral_date is null then 'no_referral_date'",
        "",
        ("rejected_records",),
    ),
    "a_row_without_child_id": Break(
        "R1", "a row without a child is not rejected", "int_cin__records",
        "when local_child_id is null then 'no_local_child_id'",
        "",
        ("rejected_records",),
    ),
    "local_ids_renamed": Break(
        "D7", "a child is named by a hash, not by the smaller of its first ids", "int_cin__identifiers",
        "order by first_census_year, la_child_id) as child_id",
        "order by first_census_year, la_child_key) as child_id",
        ("child_identifiers",),
    ),
    "pmrs_renamed": Break(
        "R6", "of PMRs seen equally often, a hash decides", "int_cin__pmr_claims",
        "pupil_matching_ref asc",
        "pmr_key asc",
        ("child_identifiers",),
    ),
    "sexes_exchanged": Break(
        "R3", "girls are of unknown sex", "int_cin__la_children",
        "sexes.sex,",
        "if(sexes.sex = 'female', 'unknown', sexes.sex) as sex,",
        ("children",),
    ),
    "two_authorities_exchanged": Break(
        "R16", "which authority returned is a list: those with an even code", "local_authority_returns",
        "where local_authority_code is not null",
        "where local_authority_code similar to '.*[02468]'",
        ("local_authority_returns",),
    ),
    "two_halves_side_by_side": Break(
        "R15", "the next referral may be another child's", "int_cin__episodes_closed",
        "over (partition by la_child_key order by referral_date)",
        "over (order by referral_date, la_child_key)",
    ),
    "everything_again_under_new_ids": Break(
        "R5", "the first letters of a local child id do not count", "int_cin__rows_read",
        "hash(returns.local_authority_code, returns.local_child_id) as la_child_key",
        "hash(returns.local_authority_code, right(returns.local_child_id, 9)) as la_child_key",
    ),
    "without_pmrs": Break(
        "R9", "children without a PMR have one id in common", "int_cin__identifiers",
        "coalesce(id_groups.pmr_key, la_children.la_child_key) as pmr_first_key",
        "coalesce(id_groups.pmr_key, 0) as pmr_first_key",
        ("annual_prevalence",),
    ),
    "a_fresh_pmr_for_one_child": Break(
        "R9", "pmr_first_id is not the PMR", "int_cin__identifiers",
        "coalesce(id_groups.pupil_matching_ref, la_children.la_child_id) as pmr_first_id",
        "la_children.la_child_id as pmr_first_id",
        ("child_identifiers",),
    ),
    "a_fresh_pmr_for_two_ids": Break(
        "R22", "a child enters anew in every authority", "int_cin__la_child_years",
        "previous_referral_date_of_child_id is null as",
        "previous_referral_date_of_la_child_id is null as",
        ("child_years",),
    ),
    "a_move_with_weeks_of_overlap": Break(
        "R8", "being open in two authorities is taken as being two children", "int_cin__pmr_evidence",
        "compared.level = 'same_authority_together'",
        "compared.level like '%_together'",
        ("child_identifiers", "children"),
    ),
    "a_case_moved_to_another_authority": Break(
        "R7", "child_id does not follow a child across authorities", "int_cin__identifiers",
        "coalesce(components.component_key, id_groups.group_key) as child_key",
        "la_children.la_child_key as child_key",
        ("children",),
    ),
    "an_authority_left_out": Break(
        "R24", "England is its largest authority", "int_cin__annual_counts",
        "sum(columns('^n_'))::bigint",
        "max(columns('^n_'))::bigint",
        ("annual_prevalence",),
    ),
    "a_reorganisation_while_a_case_is_open": Break(
        "R24", "a continued case counts before its authority existed", "int_cin__la_child_years",
        "where not is_in_force and not has_returned",
        "where false",
        ("annual_prevalence",),
    ),
    "no_return_in_the_last_year": Break(
        "R16", "a case vanishes even if its authority returned nothing", "int_cin__episodes_closed",
        "when not episodes.is_closed and next_return.has_returned is not true then 'censored'",
        "",
    ),
    "no_return_in_the_middle_year": Break(
        "R16", "a case that was not returned in a year between counts as returned", "int_cin__episodes_reconciled",
        "bit_count(returned_years)::smallint as n_returns",
        "(last_census_year - first_census_year + 1)::smallint as n_returns",
    ),
    "the_last_year_left_out": Break(
        "R15", "a case vanishes on the last day of the extract", "int_cin__episodes_closed",
        "when 'last_return' then last_return_day",
        "when 'last_return' then last_census_day",
    ),
    "a_year_without_rows": Break(
        "D12", "a case returned as open on 31 March is closed that day", "int_cin__la_child_years",
        "= census_day and is_open_on_closure_date)",
        "= census_day and false)",
        ("child_years",),
    ),
    "four_years_later": Break(
        "R15", "the newest census is always that of 2016", "int_cin__episodes_closed",
        "episodes.last_census_year = extract_bounds.newest_census_year then 'open'",
        "episodes.last_census_year = 2016 then 'open'",
    ),
    "a_sample_twice_as_large": Break(
        "D16", "the sample counts as the whole of England", "int_cin__geography_years",
        "population.n_children_0_17 * extract.sampling_fraction as population",
        "population.n_children_0_17 as population",
        ("annual_prevalence",),
    ),
    "a_new_child_not_taken_further": Break(
        "R15", "no further action does not end a case", "int_cin__episodes_closed",
        "when episodes.is_no_further_action then 'no_further_action'",
        "",
    ),
    "a_child_of_an_unknown_authority": Break(
        "R24", "England is the sum of its regions", "int_cin__annual_counts",
        'left join "cin_work"."intermediate"."int_cin__authority_regions"',
        'inner join "cin_work"."intermediate"."int_cin__authority_regions"',
        ("annual_prevalence",),
    ),
    "a_referral_a_day_earlier": Break(
        "R18", "an episode that starts on the day the last one closed overlaps it", "int_cin__episodes_in_sequence",
        "coalesce(latest_end_of_la_child_id > referral_date, false) as overlaps_previous,",
        "coalesce(latest_end_of_la_child_id >= referral_date, false) as overlaps_previous,",
    ),
    "a_second_referral_after_more_than_a_year": Break(
        "R22", "re-referrals count within 24 months", "int_cin__la_child_years",
        "interval 12 months",
        "interval 24 months",
        ("child_years",),
    ),
    "a_vanished_case_returned_again": Break(
        "R15", "a case is never open", "int_cin__episodes_closed",
        "episodes.last_census_year = extract_bounds.newest_census_year then 'open'",
        "episodes.last_census_year > extract_bounds.newest_census_year then 'open'",
    ),
    "a_closed_case_returned_again": Break(
        "R21", "closed cases and plans stay open in later years", "int_cin__la_child_years",
        "closure_date_for_counting >= census_years.first_day",
        "closure_date_for_counting >= date '1900-01-01'",
        ("child_years",),
    ),
    "a_closure_recorded_a_year_late": Break(
        "R11", "the first return of a closure is the only one that counts", "int_cin__episodes_reconciled",
        "arg_max(closure_date, record_priority)",
        "arg_min_null(closure_date, record_priority)",
    ),
    "a_closure_date_removed": Break(
        "R15", "a case closed without a date ends when it begins", "int_cin__episodes_closed",
        "when 'last_return' then last_return_day",
        "when 'last_return' then referral_date",
    ),
    "closure_removed_altogether": Break(
        "D12", "a case that vanished does not count on 31 March", "int_cin__episodes_closed",
        " as is_open_on_closure_date",
        " and false as is_open_on_closure_date",
        ("child_years",),
    ),
    "a_closure_date_removed_before_the_next_referral": Break(
        "R15", "a case ends on the day of the next referral", "int_cin__episodes_closed",
        "then next_referral_date - 1",
        "then next_referral_date",
    ),
    "a_closure_before_the_referral": Break(
        "R17", "a closure before the referral is not flagged", "int_cin__episodes_closed",
        "closure_basis = 'recorded' and recorded_closure_date < referral_date as",
        "false as",
    ),
    "unusable_dates": Break(
        "R4", "dates count from 1900 on", "int_cin__records",
        "between date '1930-01-01' and",
        "between date '1900-01-01' and",
    ),
    "unusable_codes": Break(
        "R3", "codes count before they exist", "int_cin__accepted_codes",
        "codes.first_census_year <= census_years.census_year",
        "true",
    ),
    "newest_need_changed": Break(
        "R11", "the oldest record counts", "int_cin__episodes_reconciled",
        "arg_max(primary_need_code, record_priority)",
        "arg_min(primary_need_code, record_priority)",
    ),
    "newest_need_removed": Break(
        "R11", "the newest record counts even where it gives nothing", "int_cin__episodes_reconciled",
        "arg_max(primary_need_code, record_priority)",
        "arg_max_null(primary_need_code, record_priority)",
    ),
    "ethnicity_refused_in_the_newest_record": Break(
        "R11", "a refusal replaces what was known", "int_cin__la_children",
        "arg_max(known_ethnicity_code, record_priority)",
        "arg_max(ethnicity_code, record_priority)",
        ("children",),
    ),
    "no_further_action_after_all": Break(
        "R20", "a case without further action is in need", "int_cin__episodes_in_sequence",
        "not is_no_further_action and not is_not_in_need as is_in_need",
        "not is_not_in_need as is_in_need",
    ),
    "a_plan_added": Break(
        "R22", "no plan starts", "int_cin__la_child_years",
        "plans.plan_start_date >= census_years.first_day as is_plan_started",
        "false as is_plan_started",
        ("annual_incidence",),
    ),
    "a_plan_added_to_an_assessment": Break(
        "R20", "an assessment with a plan is not in need", "int_cin__episodes_in_sequence",
        "and not reconciled.has_protection_plan as is_not_in_need",
        "as is_not_in_need",
    ),
    "a_disability_added": Break(
        "R3", "autism is no disability", "int_cin__disability_records",
        "where code_list = 'disability_code'",
        "where code_list = 'disability_code' and code <> 'AUT'",
        ("child_disabilities",),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def base(small_extract) -> Base:
    return Base(small_extract)


def test_in_memory_gives_the_marts_that_dbt_builds(base, small_build):
    """The harness is dbt's equal on the small extract."""
    assert base.result.content() == small_build.content()


def test_each_relation_has_a_break():
    assert list(CAUGHT) == list(RELATIONS)


@pytest.mark.parametrize("name", RELATIONS)
def test_relation(name, base):
    """The docstring of the relation says what is changed, `must` what has to happen."""
    RELATIONS[name].check(World(base))


@pytest.mark.parametrize("name", CAUGHT)
def test_every_relation_catches_a_break(name, base):
    """With a rule broken on purpose, the relation fails."""
    with pytest.raises(Broken):
        RELATIONS[name].check(World(base, CAUGHT[name]))


def relation_table() -> str:
    """The relations as a table: what is changed, what must happen, and the broken rule that each was shown to catch."""
    lines = ["| relation | what is changed | what must happen | caught |", "|---|---|---|---|"]
    for name, (check, must) in RELATIONS.items():
        broken = CAUGHT[name]
        change = " ".join((check.__doc__ or "").split())
        lines.append(f"| `{name}` | {change} | {must} | {broken.rule}: {broken.what} |")
    return "\n".join(lines)


def test_the_list_of_relations_is_up_to_date():
    """tests/README.md holds the table. To renew it: `PYTHONPATH=scripts:benchmarks python tests/python/test_metamorphic.py`."""
    assert relation_table() in (PROJECT / "tests" / "README.md").read_text(encoding="utf-8"), "the table is out of date"


if __name__ == "__main__":
    page = PROJECT / "tests" / "README.md"
    before, _, _ = page.read_text(encoding="utf-8").partition("| relation |")
    page.write_text(before + relation_table() + "\n", encoding="utf-8")
