"""Is everything that was built described, do the descriptions lead where they say, and does the project keep to its own layers?

Reads dbt's manifest (DBT_TARGET_PATH, else ./target) and the catalogue of the database (CIN_DATABASE, else
data/cin.duckdb), so `dbt build` has to come first. Looks at names and descriptions, never at rows.
"""

import json
import os
import re
import statistics
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / os.environ.get("DBT_TARGET_PATH", "target") / "manifest.json"
DATABASE = ROOT / os.environ.get("CIN_DATABASE", "data/cin.duckdb")
PACKAGE = "children_in_need"
FACTS_OF_THE_EXTRACT = ("delivered_", "about_the_extract", "unreadable_")
LINK_IN_SITE = re.compile(r"\]\(#!/([^)]*)\)")
TRUTH = "source.children_in_need.truth."


@pytest.fixture(scope="module")
def manifest() -> dict:
    assert MANIFEST.exists(), f"{MANIFEST} is missing: run `dbt build` first"
    return json.loads(MANIFEST.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def tables(manifest) -> dict[str, dict]:
    """The project's models and seeds, by unique id."""
    return nodes_of(manifest, "model", "seed")


@pytest.fixture(scope="module")
def analyses(manifest) -> dict[str, dict]:
    """The project's analyses, by unique id."""
    return nodes_of(manifest, "analysis")


@pytest.fixture(scope="module")
def blocks(manifest) -> list[dict]:
    """The project's doc blocks."""
    return [block for block in manifest["docs"].values() if block["package_name"] == PACKAGE]


@pytest.fixture(scope="module")
def marts(tables) -> list[dict]:
    return [node for node in tables.values() if layer_of(node) == "marts"]


@pytest.fixture(scope="module")
def built_columns() -> dict[tuple[bool, str, str], list[str]]:
    """The columns of every relation built: (is it in the work file, schema, name) to names in order."""
    assert DATABASE.exists(), f"{DATABASE} is missing: run `dbt build` first"
    with duckdb.connect(str(DATABASE), read_only=True) as connection:
        connection.execute(f"attach '{DATABASE}.work' as cin_work (read_only)")
        rows = connection.execute(
            "select database_name = 'cin_work', schema_name, table_name, list(column_name order by column_index) "
            "from duckdb_columns() where database_name in ('cin_work', current_database()) group by all"
        ).fetchall()
    return {(in_work, schema, name): columns for in_work, schema, name, columns in rows}


def nodes_of(manifest: dict, *resource_types: str) -> dict[str, dict]:
    """The project's nodes of these resource types, by unique id."""
    nodes = manifest["nodes"].items()
    return {key: node for key, node in nodes if node["resource_type"] in resource_types and node["package_name"] == PACKAGE}


def layer_of(node: dict) -> str:
    """`staging`, `intermediate`, `marts`, or another folder of models/; `seeds` for a seed."""
    folder, *rest = Path(node["original_file_path"]).parts
    return rest[0] if folder == "models" else folder


def is_blank(thing: dict) -> bool:
    return not thing.get("description", "").strip()


def is_personal(column: dict) -> bool:
    return column.get("config", {}).get("meta", {}).get("is_personal", False)


def tier_of(node: dict) -> str | None:
    return node["config"].get("meta", {}).get("tier")


def test_every_model_seed_and_source_is_described(manifest, tables):
    things = [*tables.values(), *(s for s in manifest["sources"].values() if s["package_name"] == PACKAGE)]
    assert [thing["name"] for thing in things if is_blank(thing)] == []


def test_every_column_described_for_a_source_is_described(manifest):
    assert [
        (source["name"], column["name"])
        for source in manifest["sources"].values()
        for column in source["columns"].values()
        if is_blank(column)
    ] == []


def test_every_column_built_is_described_and_no_other(tables, built_columns):
    wrong = []
    for node in tables.values():
        built = built_columns.get((node["database"] == "cin_work", node["schema"], node["alias"]))
        assert built, f"{node['name']} is in the manifest but not in the database"
        described = {column["name"] for column in node["columns"].values() if not is_blank(column)}
        wrong += [f"{node['name']}.{name} lacks a description" for name in built if name not in described]
        wrong += [f"{node['name']}.{name} is described but not built" for name in node["columns"] if name not in built]
    assert wrong == []


def test_every_macro_and_argument_is_described(manifest):
    macros = [macro for macro in manifest["macros"].values() if macro["package_name"] == PACKAGE]
    wrong = [macro["name"] for macro in macros if is_blank(macro)]
    wrong += [f"{m['name']}({a['name']})" for m in macros for a in m["arguments"] if is_blank(a) or not a.get("type")]
    assert macros
    assert wrong == []


def test_every_doc_block_is_used(tables, analyses, blocks):
    texts = [column["description"] for node in tables.values() for column in node["columns"].values()]
    texts += [node["description"] for node in (*tables.values(), *analyses.values())]
    unused = [b["name"] for b in blocks if not any(b["block_contents"].strip() in text for text in texts)]
    assert unused == ["__overview__"]


def test_every_analysis_is_described(analyses):
    assert analyses
    assert [node["name"] for node in analyses.values() if is_blank(node)] == []


def test_every_link_inside_the_site_leads_to_a_page(tables, analyses, blocks):
    """Routes of the site are `#!/<resource type>/<unique id>`; a page that was renamed leaves a link that opens nothing."""
    pages = {f"{node['resource_type']}/{key}" for key, node in {**tables, **analyses}.items()}
    links = [(block["name"], route) for block in blocks for route in LINK_IN_SITE.findall(block["block_contents"])]
    assert links
    assert [link for link in links if link[1] not in pages] == []


def test_every_mart_is_public_and_its_contract_enforced(marts):
    assert marts
    assert [m["name"] for m in marts if m["config"]["access"] != "public" or not m["config"]["contract"]["enforced"]] == []


def test_every_mart_says_its_grain(marts):
    assert [mart["name"] for mart in marts if not mart["description"].startswith("One row per ")] == []


def test_no_mart_has_a_constraint(marts):
    """A violated constraint prints the value that broke it, and that may be a child's."""
    constrained = [mart["name"] for mart in marts if mart["constraints"]]
    constrained += [(mart["name"], c["name"]) for mart in marts for c in mart["columns"].values() if c["constraints"]]
    assert constrained == []


def test_child_level_marts_mark_personal_columns_and_aggregates_have_none(marts):
    for mart in marts:
        personal = [column["name"] for column in mart["columns"].values() if is_personal(column)]
        assert tier_of(mart) in ("child_level", "aggregate"), mart["name"]
        assert bool(personal) == (tier_of(mart) == "child_level"), (mart["name"], personal)


def test_tables_behind_the_release_are_restricted_and_hold_no_child(tables):
    behind = [node for node in tables.values() if layer_of(node) == "release"]
    assert behind
    assert {tier_of(node) for node in behind} == {"restricted_aggregate"}
    assert [node["name"] for node in behind if node["config"]["access"] == "public"] == []
    assert [(node["name"], c["name"]) for node in behind for c in node["columns"].values() if is_personal(c)] == []


def test_only_staging_reads_the_delivered_files(tables):
    wrong = [
        (node["name"], source_id.split(".")[-1])
        for node in tables.values()
        for source_id in node["depends_on"].get("nodes", [])
        if source_id.startswith("source.")
        and layer_of(node) != "staging"
        and not source_id.split(".")[-1].startswith(FACTS_OF_THE_EXTRACT)
        and not (layer_of(node) == "evaluation" and source_id.startswith(TRUTH))
    ]
    assert wrong == []


def test_marts_never_read_staging(tables, marts):
    staging = {key for key, node in tables.items() if layer_of(node) == "staging"}
    assert [mart["name"] for mart in marts if staging & set(mart["depends_on"]["nodes"])] == []


def test_models_are_short_enough_to_be_read(tables):
    """No model has over 120 lines; half of them have under 45 that are neither blank nor comment."""
    texts = {node["name"]: node["raw_code"] for node in tables.values() if node["resource_type"] == "model"}
    assert [name for name, text in texts.items() if len(text.splitlines()) > 120] == []
    bare = [re.sub(r"/\*.*?\*/|\{#.*?#\}|--[^\n]*", "", text, flags=re.DOTALL) for text in texts.values()]
    assert statistics.median(len([line for line in text.splitlines() if line.strip()]) for text in bare) < 45
