"""Puts the sections together into one page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jinja2
import vl_convert
from disclosure.profiles import Profile
from markupsafe import Markup

from .facts import Facts
from .sections import annual, closures, missing, overlap, paper, quality
from .sections.context import Extract
from .tables import written

HERE = Path(__file__).parent
SECTIONS = {
    "table_1": (paper.table_1, "Does this extract look like the one in the paper?"),
    "cohort": (paper.description, "Who are the children?"),
    "rates": (annual.rates, "How many children are known, in need and referred?"),
    "id_schemes": (annual.bracket, "How much hangs on who counts as the same child?"),
    "closures": (closures.faults, "Are closure dates given, and do cases overlap?"),
    "closure_basis": (closures.bases, "How is the end of a case known?"),
    "missing": (missing.missingness, "What is missing from the records?"),
    "overlap": (overlap.drawing, "How do the census, schools and care overlap?"),
    "quality": (quality.grades, "Which tables can be used, in which years?"),
}
METHOD = ("method", "How this report was made")


def write_page(facts: Facts, profile: Profile, version: str) -> str:
    """The whole page as text: a function of its arguments, so that the same database gives the same page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["written"] = written
    environment.filters["embedded"] = embedded
    content = environment.get_template("content.html.j2").render(
        extract=(extract := Extract.of(facts)),
        profile=profile,
        version=version,
        sections={name: make(facts, profile) for name, (make, _) in SECTIONS.items()},
        titles={name: title for name, (_, title) in SECTIONS.items()} | {METHOD[0]: METHOD[1]},
    )
    return environment.get_template("page.html.j2").render(
        extract=extract,
        content=Markup(unbroken(content)),
        style=Markup((HERE / "style.css").read_text(encoding="utf-8")),
        script=Markup((HERE / "page.js").read_text(encoding="utf-8")),
        libraries=Markup(vl_convert.javascript_bundle()),
    )


def unbroken(text: str) -> str:
    """The text with a space that does not break between a figure and its percent sign."""
    return re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", text)


def embedded(spec: dict) -> Markup:
    """A specification as text that may stand within a script element."""
    return Markup(
        json.dumps(spec, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")
    )
