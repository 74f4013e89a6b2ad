"""Writes the codebook: one page to read and print, tables as CSV, and all of it as JSON.

    .venv/bin/python scripts/write_codebook.py                 target/codebook.html, .json, .csv and two more tables

What every variable means, its values with the years in which they hold, in which years it was collected, how much of it is
missing, what goes wrong with it, where it stands, and how sensitive it is. The words come from the tables `codebook`,
`codebook_values` and `codebook_years`, the descriptions of the tables from dbt's manifest. Shares of missing values go through
the same disclosure control as the report (R25): a share that rests on few rows is withheld, and written `c`.
"""

import argparse
import csv
import json
import os
import re
from itertools import groupby
from pathlib import Path

from census_spans import spans
from disclosure.profiles import ALL_BUT_FEW, PROFILES, WITHHELD, Profile
from export_marts import public_tables
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from quiet import open_results, run_script
from report.facts import is_synthetic, project_version, rows_of

PROJECT = Path(__file__).resolve().parent.parent
TEMPLATES = PROJECT / "scripts" / "codebook"
STYLE = PROJECT / "scripts" / "report" / "style.css"
VARIABLES = "select codebook.* from codebook inner join reference.variables using (variable) order by variables.rowid"
VALUES = "from codebook_values order by variable, sort_order, first_census_year"
YEARS = "from codebook_years order by variable, census_year"
TOPICS = {
    "identity": "Who is who",
    "child": "The child",
    "referral": "The referral",
    "need": "Need",
    "plan": "Child protection plans",
    "closure": "Closure",
    "services": "Services, asked in 2009 only",
    "year": "The census year",
    "linkage": "Links between ids",
}
RULES = "select rule_id, sentence, severity, marts, source, meaning_for_analyst from dq_rules order by rule_id"
EXTRACT = "select min(census_year), max(census_year) from codebook_years where n_expected is not null"


def by_variable(entries: list[dict]) -> dict[str, list[dict]]:
    """Rows that are in order of their variable, by variable, without that column."""
    return {
        variable: [{key: value for key, value in entry.items() if key != "variable"} for entry in group]
        for variable, group in groupby(entries, key=lambda entry: entry["variable"])
    }


def shares(years: list[dict], profile: Profile) -> dict:
    """The shares of years that were delivered and have the variable, as they may leave. None where there is no such year."""
    delivered = [year for year in years if year["n_expected"] is not None]
    whole = sum(year["n_expected"] for year in delivered)
    return {
        f"percent_{kind}": profile.share(sum(year[f"n_{kind}"] for year in delivered), whole).percent if delivered else None
        for kind in ("missing", "invalid")
    }


def publishable_year(year: dict, profile: Profile) -> dict:
    """A year of a variable with its shares as they may leave, and without its counts."""
    return {key: year[key] for key in ("census_year", "is_available", "header")} | shares([year], profile)


def read_codebook(database: Path, manifest: Path, profile: Profile) -> dict:
    """The whole codebook: the extract, the variables with values and years, the quality rules, the tables with their columns."""
    tables = public_tables(manifest)
    with open_results(database) as connection:
        variables, values, years, rules = (rows_of(connection, query) for query in (VARIABLES, VALUES, YEARS, RULES))
        first, last = connection.execute(EXTRACT).fetchone()
    values, years = by_variable(values), by_variable(years)
    for variable in variables:
        name = variable["variable"]
        variable |= shares(years.get(name, []), profile)
        variable["values"] = values.get(name, [])
        variable["years"] = [publishable_year(year, profile) for year in years.get(name, [])]
        variable["tables"] = [table for table in tables if name in {column["name"] for column in tables[table]["columns"]}]
    return {
        "title": "Codebook of the Children in Need census",
        "version": project_version(),
        "first_census_year": first,
        "last_census_year": last,
        "is_synthetic": is_synthetic(database),
        "disclosure_control": profile.rules,
        "disclosure_threshold": profile.threshold,
        "variables": variables,
        "rules": rules,
        "tables": [
            {
                "table": name,
                "tier": table["tier"],
                "description": first_part(table["description"]),
                "columns": [
                    {"column": column["name"], "data_type": column["data_type"], "description": column["description"].strip()}
                    for column in table["columns"]
                ],
            }
            for name, table in tables.items()
        ],
    }


def first_part(description: str) -> str:
    """What a description says before its first heading, list or table."""
    return " ".join(re.split(r"\n\s*\n|\n#", description)[0].split())


def share(percent: float | str, threshold: int) -> str:
    """A share in words, withheld or not."""
    withheld = {WITHHELD: f"fewer than {threshold} rows are", ALL_BUT_FEW: f"all rows but fewer than {threshold} are"}
    return withheld.get(percent, f"{percent} % of rows are")


def marked_up(text: str) -> Markup:
    """A description for the page: names in backticks become code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def flat(variable: dict) -> dict:
    """A variable in one row of a table: its lists joined into text."""
    nested = ("values", "years", "tables", "census_years")
    row = {key: value for key, value in variable.items() if key not in nested}
    return row | {
        "census_years": spans(variable["census_years"] or []),
        "values": "; ".join(f"{value['value']} = {value['label']}" for value in variable["values"]),
        "tables": ", ".join(variable["tables"]),
    }


def write_csv(path: Path, entries: list[dict]) -> None:
    """Rows as comma-separated values, UTF-8, with a header; nothing is an empty field."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(entries[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(entries)


def write(codebook: dict, out: Path) -> list[Path]:
    """Writes the codebook in every form into the folder `out`, and gives the files."""
    out.mkdir(parents=True, exist_ok=True)
    variables = codebook["variables"]
    (out / "codebook.json").write_text(json.dumps(codebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    write_csv(out / "codebook.csv", [flat(variable) for variable in variables])
    for kind in ("values", "years"):
        entries = [{"variable": variable["variable"]} | entry for variable in variables for entry in variable[kind]]
        write_csv(out / f"codebook_{kind}.csv", entries)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"spans": spans, "share": share, "marked_up": marked_up}
    page = environment.get_template("page.html.j2").render(codebook, topics=TOPICS, style=STYLE.read_text(encoding="utf-8"))
    (out / "codebook.html").write_text(page, encoding="utf-8")
    return sorted(out.glob("codebook*.*"))


def main() -> None:
    """Reads the command line, writes, and says what was written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=Path, default=PROJECT / os.environ.get("CIN_DATABASE", "data/cin.duckdb"))
    parser.add_argument("--manifest", type=Path, default=PROJECT / "target" / "manifest.json")
    parser.add_argument("--out", type=Path, default=PROJECT / "target")
    parser.add_argument("--profile", choices=sorted(PROFILES), default="ons_srs", help="disclosure control (R25)")
    options = parser.parse_args()
    for needed in (options.database, options.manifest):
        if not needed.exists():
            parser.error(f"{needed} is missing: run `make build` first")
    files = write(read_codebook(options.database, options.manifest, PROFILES[options.profile]), options.out)
    print(", ".join(f"{file.name} ({file.stat().st_size / 1e3:.0f} kB)" for file in files))


if __name__ == "__main__":
    run_script(main)
