"""Do the pages that `make docs` writes work in a real browser, opened from disk, without a network?

Run by `make browser-test`, which adds Playwright to the environment; needs Chromium on the machine (`CHROMIUM` names another
than the one found). Every request that would leave the machine is stopped, and fails the test.
"""

import os
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
TARGET = ROOT / os.environ.get("DBT_TARGET_PATH", "target")
SITE = (TARGET / "static_index.html").as_uri()
PAGES = ("static_index.html", "codebook.html", "report.html")
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="module")
def browser():
    assert CHROMIUM, "no Chromium on this machine: install it, or set CHROMIUM to its path"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser):
    """An empty page at desktop width. After the test: nothing may have left the machine, no script may have failed."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    left, failed = [], []

    def stop(route) -> None:
        left.append(route.request.url)
        route.abort()

    page.route(lambda url: not url.startswith(("file:", "data:", "blob:")), stop)
    page.on("pageerror", lambda error: failed.append(str(error)))
    yield page
    page.close()
    assert left == []
    assert failed == []


def open_site(page: Page, route: str) -> None:
    page.goto(SITE + route)
    page.wait_for_load_state("load")


def test_overview_opens_and_its_links_lead_to_their_pages(page):
    open_site(page, "#!/overview")
    expect(page.get_by_role("heading", name="Children in Need census, ready for research")).to_be_visible()
    links = page.locator(".markdown a, .app-body a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    links = {link for link in links if link and ".children_in_need." in link}
    assert len(links) > 50
    for link in sorted(links):
        open_site(page, link)
        expect(page.locator("h1").first).to_contain_text(link.split(".")[-1])


@pytest.mark.parametrize(
    "kind,name,heading", [("macro", "whole_years", "whole_years"), ("exposure", "research_cohort", "Research cohort")]
)
def test_pages_that_the_overview_does_not_link_open(page, kind, name, heading):
    open_site(page, f"#!/{kind}/{kind}.children_in_need.{name}")
    expect(page.locator("h1").first).to_contain_text(heading)


def test_search_finds_a_column(page):
    open_site(page, "#!/overview")
    page.get_by_placeholder("Search for models...").fill("closure_date")
    expect(page.get_by_text("search results")).to_be_visible()
    for table in ("episodes", "codebook"):
        assert page.locator("a", has_text=table).count() > 0


def test_lineage_draws_in_the_colours_of_the_layers(page):
    open_site(page, "#!/model/model.children_in_need.episodes?g_v=1&g_i=2%2Bepisodes%2B1")
    page.wait_for_function("() => [...document.querySelectorAll('canvas')].some(c => c.width > 300 && c.height > 200)")
    page.wait_for_timeout(3000)
    colours = page.evaluate(
        """() => {
            const seen = new Set();
            for (const canvas of document.querySelectorAll('canvas')) {
                const { width, height } = canvas;
                if (!width || !height) continue;
                const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
                for (let i = 0; i < pixels.length; i += 4) {
                    if (pixels[i + 3] === 255) seen.add([pixels[i], pixels[i + 1], pixels[i + 2]].join());
                }
            }
            return [...seen];
        }"""
    )
    layers = {"intermediate": (0x4A, 0x7B, 0xA6), "marts": (0x2F, 0x7D, 0x4F), "seeds": (0x7A, 0x7A, 0x7A)}
    for layer, rgb in layers.items():
        assert ",".join(map(str, rgb)) in colours, layer


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ("codebook.html", "report.html"))
def test_own_pages_fit_the_screen(page, name, width):
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
    page.goto((TARGET / name).as_uri())
    page.wait_for_load_state("load")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= WIDTHS[width][0]
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "en-GB"


def test_every_figure_of_the_report_is_drawn(page):
    page.goto((TARGET / "report.html").as_uri())
    figures = page.locator("figure")
    assert figures.count() >= 8
    for figure in figures.all():
        expect(figure.locator("svg, table").first).to_be_attached()


def test_pages_are_one_file_each():
    assert [name for name in PAGES if not (TARGET / name).exists()] == []
