"""Plants faults in a clean synthetic extract, a few for every quality rule, and says what a build found of them.

    scripts/make_synthetic_extract.py --out data/clean --noise 0
    scripts/plant_faults.py --extract data/clean --out data/planted
    CIN_EXTRACT_DIR=data/planted CIN_DATABASE=data/planted.duckdb .venv/bin/dbt build --exclude test_type:unit
    scripts/plant_faults.py --out data/planted --report data/planted.duckdb

Each child has at most one fault. What was planted is in `truth/planted_faults.csv`, by the keys of `dq_results`.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from synthetic.delivered import LAST_CENSUS_YEAR, Extract, Row  # noqa: E402
from synthetic.output import ABOUT_FILE  # noqa: E402
from synthetic.plants import PLANTS, Plant  # noqa: E402
from synthetic.reference import FIRST_CENSUS_YEAR, read_rows  # noqa: E402

CATALOGUE = Path(__file__).resolve().parent.parent / "seeds" / "dq_rule_catalogue.csv"
KEYS_OF = {
    "child_record": ("la_child_id", "referral_date"),
    "referral_record": ("la_child_id", "referral_date"),
    "plan_record": ("la_child_id", "referral_date", "plan_start_date"),
    "episode_return": ("la_child_id", "referral_date"),
    "plan_return": ("la_child_id", "referral_date", "plan_start_date"),
    "episode": ("la_child_id", "referral_date"),
    "la_child": ("la_child_id",),
    "disability_return": ("la_child_id",),
    "authority_year": (),
}
COLUMNS = ("rule_id", "census_year", "local_authority_code", "la_child_id", "referral_date", "plan_start_date")
N_AUTHORITIES_SET_ASIDE = 12
PLANTED_FILE = "planted_faults.csv"


def unfit(folder: Path, out: Path) -> str | None:
    """Why faults cannot be planted in this extract; none if they can. What is planted must be all that is wrong."""
    if not (folder / ABOUT_FILE).is_file():
        return f"{folder} holds no synthetic extract"
    about = {row["key"]: row["value"] for row in read_rows(folder / ABOUT_FILE)}
    if about["noise"] != "0":
        return f"{folder} was not made with --noise 0"
    if about["format"] != "csv" or about["single_file"] != "false":
        return f"{folder} is not one plain CSV file per census year"
    if about["years"].split() != [str(year) for year in range(FIRST_CENSUS_YEAR, LAST_CENSUS_YEAR + 1)]:
        return f"{folder} does not hold every census year from {FIRST_CENSUS_YEAR} to {LAST_CENSUS_YEAR}"
    if (folder / "truth" / PLANTED_FILE).exists():
        return f"faults were planted in {folder} before"
    if folder.resolve() == out.resolve():
        return "--out must be another folder than --extract"
    return None


def entities() -> dict[str, str]:
    """The entity of every rule."""
    with CATALOGUE.open(newline="", encoding="utf-8") as file:
        return {row["rule_id"]: row["entity"] for row in csv.DictReader(file)}


def keys(rule_id: str, entity: str, row: Row) -> dict[str, str]:
    """The keys under which `dq_results` must list this row for this rule; empty where the entity has no such key."""
    known = {
        "la_child_id": f"{row['code']}-{row['local']}" if row["code"] and row["local"] else "",
        "referral_date": row["referral"],
        "plan_start_date": row.get("plan_start", ""),
    }
    own = {name: known[name] for name in KEYS_OF[entity]}
    return {"rule_id": rule_id, "census_year": str(row.census_year), "local_authority_code": row["code"], **own}


class Pools:
    """Groups of rows that plants may use, in an order given by the seed. No child is used twice."""

    def __init__(self, extract: Extract, seed: int) -> None:
        self.extract, self.rng, self.used = extract, random.Random(seed), set()
        of_year = Counter(row["code"] for rows in extract.main.values() for row in rows)
        # authorities whose whole return is changed: their children have no other fault
        self.set_aside = [code for code, _ in of_year.most_common(N_AUTHORITIES_SET_ASIDE)]
        # a child may lack its reference in some rows, so all of them are looked at
        references = {child: {row["pmr"] for row in rows if row["pmr"]} for child, rows in extract.rows_of.items()}
        n_children_of = Counter(pmr for own in references.values() for pmr in own)
        children = [
            rows
            for child, rows in sorted(extract.rows_of.items())
            if child[0] not in self.set_aside and all(n_children_of[pmr] == 1 for pmr in references[child])
        ]
        self.rng.shuffle(children)
        self.once = [rows for rows in children if len(rows) == 1]
        self.twice = [rows for rows in children if len(rows) == 2 and self._is_one_case(rows)]

    def is_used(self, rows: list[Row]) -> bool:
        """Whether these rows had a fault before. Rows are told by identity: a fault may change the child's id."""
        return any(id(row) in self.used for row in rows)

    @staticmethod
    def _is_one_case(rows: list[Row]) -> bool:
        first, second = rows
        return first["referral"] == second["referral"] and second.census_year == first.census_year + 1

    def groups(self, pool: str) -> Iterator[list[Row]]:
        """Groups of a pool, those not used yet."""
        if pool in ("once", "twice"):
            yield from (rows for rows in getattr(self, pool) if not self.is_used(rows))
        elif pool == "authority_year":
            years = sorted(self.extract.main)
            self.rng.shuffle(years)
            for year, code in zip(years, self.set_aside, strict=False):
                rows = [row for row in self.extract.main[year] if row["code"] == code]
                if code not in self.used:
                    yield rows
        else:
            waiting: dict[str, Row] = {}
            for (row,) in self.groups("once"):
                place = row["code"] if pool == "pair_in_authority" else "anywhere"
                if not row["pmr"]:
                    continue
                if place in waiting and not self.is_used([waiting[place], row]):
                    yield [waiting.pop(place), row]
                else:
                    waiting[place] = row


def plant_rule(plan: Plant, entity: str, pools: Pools, n_wanted: int) -> Iterator[dict[str, str]]:
    """Plants faults of one rule, in different census years as long as there are any."""
    years: Counter[int] = Counter()
    n_planted = 0
    for most_of_a_year in (1, n_wanted):
        for rows in pools.groups(plan.pool):
            if n_planted == n_wanted:
                return
            if years[rows[0].census_year] >= most_of_a_year:
                continue
            children = {row.child for row in rows}
            found = plan.edit(pools.extract, rows)
            if not found:
                continue
            n_planted += 1
            years[rows[0].census_year] += 1
            pools.used |= {id(row) for row in rows} | ({rows[0]["code"]} if plan.pool == "authority_year" else set())
            touched = {f"{code}-{local}" for code, local in children | {row.child for row in found}}
            for row in found:
                yield {
                    **keys(plan.rule_id, entity, row),
                    "touched": " ".join(sorted(touched)),
                    "also_breaks": " ".join(plan.also),
                }


def plant_all(extract: Extract, out: Path, seed: int, per_rule: int) -> Counter[str]:
    """Plants faults of every rule and writes the extract and the list of faults. Gives the number planted by rule."""
    entity_of, pools = entities(), Pools(extract, seed)
    faults = [fault for plan in PLANTS for fault in plant_rule(plan, entity_of[plan.rule_id], pools, per_rule)]
    extract.write(out)
    (out / "truth").mkdir(exist_ok=True)
    with (out / "truth" / PLANTED_FILE).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "touched", "also_breaks"], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(faults)
    return Counter(fault["rule_id"] for fault in faults)


def compare(planted_folder: Path, results: list[tuple]) -> dict[str, tuple[int, int, int]]:
    """For each rule: faults planted, of these found, and found although nothing was planted there.

    results: the rows of `dq_results`, as the columns of COLUMNS. A case counts as planted too if the fault of another
    rule in that child breaks this rule of necessity.
    """
    planted: dict[str, set[tuple]] = defaultdict(set)
    touched: dict[str, set[str]] = defaultdict(set)
    with (planted_folder / "truth" / PLANTED_FILE).open(newline="", encoding="utf-8") as file:
        for fault in csv.DictReader(file):
            planted[fault["rule_id"]].add(tuple(fault[name] for name in COLUMNS[1:]))
            for rule_id in fault["also_breaks"].split():
                touched[rule_id] |= set(fault["touched"].split())
            if not fault["la_child_id"]:
                touched[fault["rule_id"]] |= set(fault["touched"].split())
    found: dict[str, set[tuple]] = defaultdict(set)
    for rule_id, *rest in results:
        found[rule_id].add(tuple("" if value is None else str(value) for value in rest))
    return {
        rule_id: (
            len(planted[rule_id]),
            len(planted[rule_id] & found[rule_id]),
            sum(case[2] not in touched[rule_id] for case in found[rule_id] - planted[rule_id]),
        )
        for rule_id in entities()
    }


def results_of(database: Path) -> list[tuple]:
    """The rows of `dq_results` in a built database."""
    import duckdb

    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(f"select {', '.join(COLUMNS)} from dq_results").fetchall()


def main() -> int:
    """Plants, or reports: exit code 1 if a planted fault was not found or something else was."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extract", type=Path, help="a clean extract: plain CSV, made with --noise 0")
    parser.add_argument("--out", type=Path, required=True, help="folder for the extract with faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--per-rule", type=int, default=6, help="faults to plant for each rule (default 6)")
    parser.add_argument("--report", type=Path, help="a database built from --out: print what was found")
    options = parser.parse_args()
    if options.report:
        table = compare(options.out, results_of(options.report))
        print(f"{'rule':45} planted  found  false alarms")
        for rule_id, counts in sorted(table.items()):
            print(f"{rule_id:45} {counts[0]:7} {counts[1]:6} {counts[2]:13}")
        totals = [sum(column) for column in zip(*table.values(), strict=True)]
        print(f"{'all':45} {totals[0]:7} {totals[1]:6} {totals[2]:13}")
        return int(totals[0] != totals[1] or totals[2] > 0)
    if not options.extract:
        parser.error("--extract or --report is needed")
    if problem := unfit(options.extract, options.out):
        parser.error(problem)
    planted = plant_all(Extract(options.extract), options.out, options.seed, options.per_rule)
    print(f"{planted.total()} faults planted in {options.out}", file=sys.stderr)
    for plan in PLANTS:
        if planted[plan.rule_id] < options.per_rule:
            print(f"only {planted[plan.rule_id]} of {plan.rule_id}: the extract is too small for more", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
