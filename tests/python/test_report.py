"""Does the report keep to the rules of disclosure control, stand by itself, and say in words and tables what its charts show?"""

import datetime
import json
import random
import re
import subprocess
import sys
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from conftest import PROJECT, Build, make_extract
from disclosure.profiles import AUTHORITY, NATIONAL, PROFILES, WITHHELD, difference, ratio
from hypothesis import assume, given
from hypothesis import strategies as st
from report.facts import QUERIES, read_facts
from report.page import SECTIONS, write_page

# Parts and wholes whose difference is withheld too where it is small.
PAIRS = [
    ("n_missing", "n_rows"),
    ("n_invalid", "n_rows"),
    ("n_closed_without_date", "n_closed"),
    ("n_overlapping", "n_episodes"),
    ("n_broken", "n_checked"),
]
counts = st.lists(st.integers(0, 60) | st.integers(0, 100_000), min_size=2, max_size=6)
profiles = st.sampled_from(sorted(PROFILES)).map(PROFILES.get)
levels = st.sampled_from([NATIONAL, AUTHORITY])


@pytest.fixture(scope="module")
def facts(small_build):
    return read_facts(small_build.database)


@pytest.fixture(scope="module", params=sorted(PROFILES))
def profile(request):
    return PROFILES[request.param]


@pytest.fixture(scope="module")
def page(facts, profile):
    return Page(write_page(facts, profile, "1.2.3"))


class Page(HTMLParser):
    """A page taken apart: its elements, the text of cells and specifications, by section."""

    def __init__(self, text: str):
        super().__init__()
        self.source = text
        self.elements: list[tuple[str, dict, str | None]] = []  # tag, attributes, section
        self.cells: list[tuple[str, str, str]] = []  # section, kind of figure, text
        self.specs: list[tuple[str, dict]] = []  # section, specification
        self.texts: dict[str, str] = {}  # of elements with an id that hold text alone
        self.section = None
        self.reading: tuple[str, str] | None = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "section":
            self.section = attributes.get("id")
        self.elements.append((tag, attributes, self.section))
        self.reading = None
        if tag == "td" and "data-kind" in attributes:
            self.reading = ("cell", attributes["data-kind"])
        elif tag == "script" and attributes.get("type") == "application/json":
            self.reading = ("spec", "")
        elif "id" in attributes:
            self.reading = ("text", attributes["id"])

    def handle_data(self, data):
        if self.reading is None:
            return
        what, name = self.reading
        self.reading = None
        if what == "cell":
            self.cells.append((self.section, name, data.strip()))
        elif what == "spec":
            self.specs.append((self.section, json.loads(data)))
        else:
            self.texts[name] = data.strip()

    def of(self, tag: str, section: str | None = None) -> list[dict]:
        """The attributes of the elements with that tag, in one section or all."""
        return [found for name, found, place in self.elements if name == tag and section in (None, place)]


def number(text: str) -> float:
    """A figure of the page as a number."""
    return float(text.replace(",", "").replace("−", "-").removeprefix("+"))


def values(spec: dict) -> list[dict]:
    """Every row of data of a specification."""
    return [row for rows in spec["datasets"].values() for row in rows]


def words(page: Page) -> str:
    """The page as one line, whatever breaks its lines have."""
    return " ".join(page.source.split())


# Disclosure control


@given(st.integers(0, 100_000), profiles, levels)
def test_a_count_comes_out_in_an_allowed_form(n, profile, level):
    shown = profile.count(n, level)
    assert (shown == WITHHELD) == (n < 10 if profile.name == "ons_srs" else 1 <= n <= 5)
    if shown != WITHHELD:
        base = 1 if (profile.name, level) == ("dfe", AUTHORITY) else 10
        assert shown % base == 0
        assert abs(shown - n) <= base / 2


@given(counts, profiles, levels)
def test_no_part_of_a_total_is_withheld_alone(parts, profile, level):
    shown, total = profile.parts(parts, sum(parts), level)
    assert shown.count(WITHHELD) != 1 or total == WITHHELD
    assert all(part == WITHHELD or total != WITHHELD for part in shown)
    primary = [profile.count(n, level) for n in parts]
    assert all(part == WITHHELD for part, first in zip(shown, primary, strict=True) if first == WITHHELD)
    added = [first for part, first in zip(shown, primary, strict=True) if part == WITHHELD != first]
    if total != WITHHELD and added:
        assert added == [min(first for first in primary if first not in (WITHHELD, 0))]


@given(counts, profiles, levels, st.randoms())
def test_what_is_shown_depends_on_what_may_be_shown_alone(parts, profile, level, chance):
    others = [another(n, profile, level, chance) for n in parts]
    assume(profile.count(sum(parts), level) == profile.count(sum(others), level))
    assert profile.parts(parts, sum(parts), level) == profile.parts(others, sum(others), level)


@given(st.integers(0, 200), st.integers(0, 200), profiles)
def test_a_share_hides_few_and_all_but_few(part, rest, profile):
    share = profile.share(part, part + rest)
    may_be_shown = WITHHELD not in (profile.count(part), profile.count(rest), profile.count(part + rest))
    assert isinstance(share.part, int) == may_be_shown
    if may_be_shown and share.whole:
        assert share.percent == round(100 * share.part / share.whole, 1)
    else:
        assert not isinstance(share.percent, float)


def test_rates_and_means_are_withheld_with_their_counts():
    ons = PROFILES["ons_srs"]
    assert ratio(WITHHELD, 5_000, 100) == ratio(40, WITHHELD, 100) == difference(WITHHELD, 400) == WITHHELD
    assert (ratio(40, 5_000, 10_000), ratio(None, 5_000, 100), ratio(40, 0, 100)) == (80.0, None, None)
    assert (difference(40, 4_400, 100), difference(40, None)) == (-9.1, None)
    assert (ons.mean(7.254, 9), ons.mean(7.254, 10), ons.mean(None, 10)) == (WITHHELD, 7.25, None)


def another(n: int, profile, level: str, chance: random.Random) -> int:
    """Another count that is shown in the same way."""
    near = [m for m in range(max(0, n - 10), n + 11) if profile.count(m, level) == profile.count(n, level)]
    return chance.choice(near)


def blurred(facts: dict, profile, chance: random.Random) -> dict:
    """The facts with every count of persons replaced by another that must be shown in the same way."""
    return {name: [blurred_row(name, row, profile, chance) for row in rows] for name, rows in facts.items()}


def blurred_row(name: str, row: dict, profile, chance: random.Random) -> dict:
    if row.get("entity") == "authority_year":
        return row

    def classes(of: dict) -> list:
        return [profile.count(of[whole] - of[part]) for part, whole in PAIRS if of.get(whole) is not None and part in of]

    for _ in range(200):
        changed = dict(row)
        for key, n in row.items():
            if key.startswith("n_") and n is not None:
                changed[key] = another(n, profile, NATIONAL, chance)
        if classes(changed) == classes(row):
            return changed
    return row


def test_the_page_holds_nothing_that_is_rounded_away(facts, profile):
    chance = random.Random(7)
    # A fact that repeats over rows has to be changed alike in all of them.
    other = blurred(facts, profile, chance)
    for name, key, total in (
        ("closure_basis", "census_year", "n_total"),
        ("cohort_description", ("period", "characteristic"), "n_total"),
    ):
        first = {}
        for row in other[name]:
            value = row[key] if isinstance(key, str) else tuple(row[part] for part in key)
            row[total] = first.setdefault(value, row[total])
    changed = [
        (before, after) for name in facts for before, after in zip(facts[name], other[name], strict=True) if before != after
    ]
    assert len(changed) > 150
    assert write_page(other, profile, "1.2.3") == write_page(facts, profile, "1.2.3")


@pytest.mark.parametrize(
    "name,key",
    [
        ("table_1", "n_episodes"),
        ("cohort_description", "n_la_child_ids"),
        ("annual_rates", "n_children"),
        ("id_schemes", "n_children_by_la_child_id"),
        ("closure_basis", "n_episodes"),
        ("missingness", "n_missing"),
        ("rule_years", "n_broken"),
    ],
)
def test_the_page_shows_what_may_be_shown(facts, name, key):
    """Each fact reaches the page: else the test above would pass on an empty one."""
    ons = PROFILES["ons_srs"]
    grown = [
        row | {key: row[key] + 20} if row[key] is not None and row.get("entity") != "authority_year" else row
        for row in facts[name]
    ]
    assert write_page(facts | {name: grown}, ons, "1.2.3") != write_page(facts, ons, "1.2.3")


def test_counts_in_tables_are_in_an_allowed_form(page, profile):
    shown = [(section, text) for section, kind, text in page.cells if kind == "count"]
    numbers = [(section, int(number(text))) for section, text in shown if text not in (WITHHELD, "–", "not collected")]
    assert len(numbers) > 200
    assert WITHHELD in {text for _, text in shown}
    for section, n in numbers:
        if profile.name == "dfe":
            assert n % 10 == 0, section
        else:
            assert n >= 10
            assert n % 10 == 0


def test_charts_hold_no_figure_that_is_not_in_a_table(page):
    """Data of charts beside the cells of the section's tables; limits, positions and years are no figures of the extract."""
    own = {"ours", "published", "rate", "shade"}
    compared = 0
    for section, spec in page.specs:
        if section == "table_1":
            continue  # scaled up there, compared in the test of differences
        cells = {
            number(text) for place, _, text in page.cells if place == section and re.fullmatch(r"[+−]?[\d,]+(\.\d+)?", text)
        }
        for row in values(spec):
            for key in own & row.keys():
                if row[key] is not None and not (key == "shade" and row["text"] in (WITHHELD, "all")):
                    assert row[key] in cells, (section, key, row)
                    compared += 1
    assert compared > 100


def test_the_chart_of_table_1_scales_what_the_table_shows(page, facts):
    shown = {
        number(text) for section, kind, text in page.cells if (section, kind) == ("table_1", "count") and text != WITHHELD
    }
    fraction = facts["extract"][0]["sampling_fraction"]
    charted = [row["ours"] for section, spec in page.specs if section == "table_1" for row in values(spec) if "ours" in row]
    assert {round(n * fraction) for n in charted if n is not None} <= shown


# The page by itself


def test_the_page_loads_nothing(page):
    loading = [(tag, found) for tag, found, _ in page.elements if found.keys() & {"src", "srcset", "poster", "data", "action"}]
    assert loading == []
    assert [found["href"] for found in page.of("link")] == ["data:,"]
    styles = re.findall(r"<style>(.*?)</style>", page.source, re.S)
    assert styles and not re.search(r"@import|url\(", "".join(styles))
    assert not any("$schema" in json.dumps(spec) or '"url"' in json.dumps(spec) for _, spec in page.specs)
    policy = next(found["content"] for found in page.of("meta") if found.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'") and "http" not in policy
    assert len(page.source.encode()) < 3_000_000


def test_links_within_the_page_lead_somewhere(page):
    ids = [found["id"] for _, found, _ in page.elements if "id" in found]
    assert len(ids) == len(set(ids))
    targets = [found["href"].removeprefix("#") for found in page.of("a") if found["href"].startswith("#")]
    assert set(targets) >= {"main", *SECTIONS, "method"}
    assert set(targets) <= set(ids)


def test_the_page_has_landmarks_and_a_language(page):
    assert page.of("html") == [{"lang": "en-GB"}]
    assert [len(page.of(tag)) for tag in ("main", "header", "footer", "nav", "h1")] == [1] * 5
    levels = [int(tag[1]) for tag, _, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_figure_is_told_in_words_and_in_a_table(page, section):
    figures = page.of("figure", section)
    assert figures or section == "quality"  # there the figure of the grades is a table
    for figure in figures:
        assert figure["aria-label"]
        assert len(page.texts[figure["aria-describedby"]]) > 30
    charts = [found for found in page.of("div", section) if found.get("class") == "chart"]
    specs = [spec for place, spec in page.specs if place == section]
    assert len(charts) == len(specs)
    assert len(charts) > 0 or section == "overlap"
    assert all(len(chart["aria-label"]) > 30 for chart in charts)
    assert all(spec["description"] for spec in specs)
    assert all(found["aria-label"] for found in page.of("svg", section) if found.get("role") == "img")
    assert len(page.of("table", section)) > 0


def test_every_table_has_a_caption_and_says_what_its_headers_head(page):
    tables = page.of("table")
    assert len(page.of("caption")) == len(tables) > 10
    assert all(found.get("scope") in ("col", "row", "colgroup") for found in page.of("th"))
    scrolling = [found for found in page.of("div") if found.get("class") == "table"]
    assert len(scrolling) == len(tables)
    assert all(found["tabindex"] == "0" and found["aria-label"] for found in scrolling)


def test_two_runs_write_the_same_page_without_a_date_of_today(small_build, tmp_path):
    command = [sys.executable, str(PROJECT / "scripts" / "write_report.py"), "--database", str(small_build.database), "--out"]
    for name in ("one.html", "two.html"):
        subprocess.run([*command, str(tmp_path / name)], check=True, capture_output=True, cwd=PROJECT)
    one, two = ((tmp_path / name).read_bytes() for name in ("one.html", "two.html"))
    assert one == two
    today = datetime.date.today()
    assert all(form.encode() not in one for form in (f"{today:%Y-%m-%d}", f"{today:%d %B %Y}", f"{today:%d/%m/%Y}"))


def test_order_depends_on_the_data_alone(facts):
    ons = PROFILES["ons_srs"]
    assert write_page(facts, ons, "1.2.3") == write_page(json.loads(json.dumps(facts)), ons, "1.2.3")


def test_what_the_extract_is_stands_at_the_top(page, facts):
    head = page.source[: page.source.index('id="table_1"')]
    assert "The data are synthetic." in head
    assert "stands for 0.1\N{NO-BREAK SPACE}% of England" in head
    assert all(said in head for said in ("2014 to 2016", "1.2.3", "Disclosure control"))
    whole = write_page(
        facts | {"extract": [facts["extract"][0] | {"sampling_fraction": 1.0, "is_synthetic": None}]}, PROFILES["dfe"], "1"
    )
    assert "stands for" not in whole
    assert "not known whether synthetic" in whole


def test_a_database_that_is_not_there_is_said_to_be(tmp_path):
    with pytest.raises(SystemExit, match="There is no database"):
        read_facts(tmp_path / "none.duckdb")


@pytest.fixture(scope="module")
def late_page(tmp_path_factory):
    """The page of an extract without any of the paper's years."""
    home = tmp_path_factory.mktemp("late")
    make_extract(home / "extract", "--share", "0.0005", "--years", "2019-2020")
    build = Build(home / "extract", home)
    assert build.exit_code == 0, build.output
    return Page(write_page(read_facts(build.database), PROFILES["ons_srs"], "1.2.3"))


def test_an_extract_without_the_papers_years_says_so(late_page):
    assert "none of the paper’s years" in words(late_page)
    assert "The printed percentages are therefore left out" in words(late_page)
    assert "Printed in the paper" not in words(late_page)
    assert {text for section, kind, text in late_page.cells if (section, kind) == ("table_1", "printed")} == {"–"}


# The report beside a release


def test_no_count_of_a_region_or_an_authority_is_in_the_report(facts):
    """Those are told by the release alone, which protects them together: the two can be handed over side by side."""
    for path in QUERIES.glob("*.sql"):
        assert not re.search(r"'(Regional|Local authority)'", path.read_text(encoding="utf-8")), path.name
    assert not {key for rows in facts.values() for row in rows for key in row if key in ("region_code", "local_authority_code")}
