"""What an output checker gets beside the tables: a checklist of facts, a log of what is withheld and why, and the counts behind.

    tables/       what is to leave: CSV pairs, a guide to the data, checksums
    for_checker/  stays inside: checklist, log, results of the attack and of the screener. The log tells which counts are small
                  and which are withheld to guard them, so it must not leave.
    inside/       stays inside: the exact count behind every cell
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from .control import Controlled
from .files import Table
from .screener import FAIL, PASS, WARNING, Result
from .source import Row, Source

KEY = ["census_year", "geography_level", "geography_code", "measure", "breakdown_topic", "breakdown"]
TABLES, CHECKER, INSIDE = "tables", "for_checker", "inside"
WHY = {
    "primary": "the count is below the threshold",
    "secondary": "with it, a count below the threshold could be worked out",
}
SYMBOLS = {
    "c": "confidential: withheld to protect children",
    "x": "not available: the item was not collected that year, or the authority did not return",
    "z": "not applicable",
    "low": "rounds to 0, but is not 0",
}
NOTES = [
    "A year is named after its closing 31 March. 2009 covers October 2008 to March 2009: half a year, never scaled up.",
    "England and regions count a child once. An authority counts each child it returned, so authorities add up to more.",
    "A child is followed across authorities as far as its identifiers allow, never across an adoption.",
    "Populations are mid-year estimates of ages 0 to 17 of the calendar year before the closing March.",
    "Percentages and rates are computed from the counts shown, after rounding.",
    "Plans were not collected for 2010 to 2012, no further action and cases closed after assessment not for 2009.",
    "Children in need on 31 March have the characteristics of the child; primary need is that of its newest open case.",
    "The last year is high beside the others: its open cases cannot yet have vanished from the returns.",
    "Many closure dates are estimated, so episodes ended and open on 31 March are estimates too.",
]


def write_csv(path: Path, header: list[str], rows: Iterable[Iterable]) -> None:
    """Writes a CSV file."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])


def write_guidance(path: Path, source: Source, controlled: Controlled, extract: Row) -> None:
    """Writes what a reader of the tables has to know. It is part of what leaves."""
    lines = ["# Children in need: guide to the tables", ""]
    if extract["is_synthetic"]:
        lines += ["**These figures are of a synthetic extract. No real child is in them.**", ""]
    if extract["sampling_fraction"] != 1:
        lines += [f"Counts are of a sample of {100 * extract['sampling_fraction']:g} % of England, and so are populations.", ""]
    lines += [controlled.profile.rules, "", "| symbol | meaning |", "|---|---|"]
    lines += [f"| {symbol} | {meaning} |" for symbol, meaning in SYMBOLS.items()]
    for file in source.files:
        lines += ["", f"## {file['title']}", "", f"`{file['file']}.csv`. {file['description']}", ""]
        lines += ["| column | meaning |", "|---|---|"]
        lines += [f"| {column['column_name']} | {column['label']} |" for column in source.columns_of(file["file"])]
    lines += ["", "## Notes", "", *(f"- {note}" for note in NOTES), ""]
    path.write_text("\n".join(lines), encoding="utf-8")


def write_checksums(folder: Path) -> str:
    """Writes SHA256SUMS of a folder, and gives it as text."""
    files = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    text = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (folder / "SHA256SUMS").write_text(text, encoding="utf-8")
    return text


def write_logs(home: Path, controlled: Controlled, screened: dict[str, list[Result]]) -> None:
    """Writes what is withheld and why, what the attack and the screener found, and, apart, the counts behind."""
    shown = [key for key in sorted(controlled.treatments) if controlled.is_published(key)]
    withheld = [(key, controlled.treatments[key].reason) for key in shown if controlled.treatments[key].symbol]
    checker = home / CHECKER
    write_csv(checker / "suppression_log.csv", [*KEY, "symbol", "reason", "why"], ((*k, "c", r, WHY[r]) for k, r in withheld))
    write_csv(
        checker / "attack.csv",
        ["release", "withheld", "could_be_worked_out"],
        [
            ("small counts alone withheld", sum(reason == "primary" for _, reason in withheld), controlled.n_exposed),
            ("as released", len(withheld), controlled.n_breaches),
        ],
    )
    write_csv(
        checker / "screening.csv",
        ["file", "stage", "check", "outcome", "rule", "message"],
        (
            (name, r.check.stage, r.check.name, r.outcome, r.check.rule, r.message)
            for name, results in screened.items()
            for r in results
        ),
    )
    write_csv(
        home / INSIDE / "counts.csv",
        [*KEY, "n", "value", "symbol", "reason", "is_published"],
        (
            (*key, controlled.counts[key], t.value, t.symbol, t.reason, controlled.is_published(key))
            for key, t in sorted(controlled.treatments.items())
        ),
    )


def write_checklist(
    path: Path, controlled: Controlled, tables: list[Table], screened: dict[str, list[Result]], sums: str, about: dict[str, str]
) -> None:
    """Writes the checklist for an output checker. Every figure in it is computed from the release at hand."""
    profile = controlled.profile
    values = {key: controlled.treatments[key] for key in controlled.treatments if controlled.is_published(key)}
    released = [(key, t.value) for key, t in values.items() if not t.symbol]
    tally = Counter(t.reason for t in values.values())
    unavailable = Counter(controlled.unavailable.values())
    zeros = sum(value == 0 for _, value in released)
    positive = [value for _, value in released if value]
    rounded = [(key, value) for key, value in released if profile.bases[key[1]] > 1]
    off_base = sum(value % profile.bases[key[1]] != 0 for key, value in rounded)
    outcomes = Counter(result.outcome for results in screened.values() for result in results)
    kinds = sorted({line.rsplit(".", 1)[-1] for line in sums.splitlines()})
    zero_rule = (
        "A zero is a true zero, and shown under this profile. Whether it tells of a whole group is to be judged by eye."
        if profile.shows_zero
        else "They count as small under this profile."
    )
    attack = (
        f"with small counts alone withheld, at least {controlled.n_exposed:,} could be worked out more closely than allowed; as "
        f"released, {controlled.n_breaches:,}. Each withheld count was looked at in its neighbourhood, and one relation at a "
        f"time through the whole release; of {controlled.n_not_followed:,} counts only a wider part of it could tell more, and "
        "was not followed. The attack knows the relations named above and no others."
    )
    exception = (
        f"Shown zeros give away of {controlled.n_given_away:,} small counts that they are not 1: a total of three that are not "
        "zero is at least 3. Nothing can hide that, and it is not held against the release."
        if profile.shows_zero
        else "Zeros are withheld, so they give nothing away."
    )
    nation = sum(t.reason == "secondary" for key, t in values.items() if key[1] == "National" and key[4] == "Total")
    n_rows = sum(len(table.rows) for table in tables)
    lines = [
        "# Checklist for the output checker",
        "",
        *(f"- {fact}: {value}" for fact, value in about.items()),
        "",
        "## What is asked to leave",
        "",
        f"- {len(tables)} tables, {n_rows:,} rows, {len(values):,} different counts, in the folder `{TABLES}`.",
        f"- File types: {', '.join(kinds)}. All can be read as text: no code, formulas, hidden columns or pictures.",
        "- Rows are of England, regions and local authorities by census year. No column holds an id or a date.",
        "- Indicators are counts, percentages and rates: no minimum, maximum, mean, median or percentile.",
        "",
        "## Disclosure control",
        "",
        f"- Profile `{profile.name}`. {profile.rules}",
        f"- Unweighted counts behind every cell: `{INSIDE}/counts.csv`. Counts are of the extract, never weighted or scaled.",
        f"- Threshold {profile.threshold}: {tally['primary']:,} counts are withheld for it. The smallest count shown is "
        f"{min(positive, default='none')}, zeros aside.",
        f"- Zeros: {zeros:,} shown. {zero_rule}",
        f"- Rounding: {len(rounded):,} counts are rounded; {off_base:,} of them are not multiples of their base.",
        f"- Secondary suppression: {tally['secondary']:,} more counts are withheld, so that none can be worked out from the "
        f"others. {len(controlled.relations):,} relations were considered together: places within places, categories of a total, "
        "measures that are part of others or no more than they, children and their events, ids and the children they join, what "
        "is left of a total, the same count in several tables, and one year with the next. "
        f"{controlled.n_exceptions:,} times the data do not keep to a relation (a case that a new authority took over); there it "
        "tells nothing true, and is left out.",
        f"- Attack: {attack}",
        f"- Exception: {exception}",
        f"- Beside the report and the codebook: they have no count of a region or an authority. {nation:,} counts of England are "
        "withheld to guard others; if there are any, hand over either this release or the report.",
        f"- Other gaps: {unavailable['x']:,} cells not available (x), {unavailable['z']:,} not applicable (z).",
        "- Percentages and rates are computed from the counts shown, and withheld where either part is.",
        "- Dominance: a child counts once in a count of children; of referrals, episodes, plans and rows it may have several.",
        f"- What is withheld and why, cell by cell: `{CHECKER}/suppression_log.csv`. It stays inside.",
        "",
        "## Format",
        "",
        f"- EES screener: {outcomes[PASS]} checks passed, {outcomes[WARNING]} warned, {outcomes[FAIL]} failed.",
        *(f"  - {name}: {r.outcome} {r.check.name}" for name, results in screened.items() for r in results if r.outcome != PASS),
        "",
        "## To be filled in by hand",
        "",
        "- [ ] Earlier outputs from the same extract, and that none differs from this one by a few children: ______",
        "- [ ] Zeros and whole groups looked at (class disclosure): ______",
        "- [ ] Project and data owner: ______",
        "- [ ] Acknowledgement, in the wording of the project's agreement: that the data were used in a secure environment, that "
        "this does not imply endorsement by the Office for National Statistics or the Department for Education, and that figures "
        "may differ from official statistics.",
        "",
        "## Checksums (SHA-256)",
        "",
        "```",
        sums.rstrip(),
        "```",
        "",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
