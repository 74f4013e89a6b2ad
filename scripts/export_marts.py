"""Writes every public table of results as a Parquet file, for R, Stata, Python, or another database.

    .venv/bin/python scripts/export_marts.py                        all of them, to data/export
    .venv/bin/python scripts/export_marts.py --tier aggregate       only those that hold no child

Tables of children go to `child_level`, the others to `aggregate`. Both are exact: nothing in them is rounded or withheld, so
they stay in the secure environment. Folders and files can be read by their owner alone. Each file carries the table's
description and the project's version in its metadata (`select * from parquet_kv_metadata('children.parquet')`). Rows are in
order, so the same database gives the same files.
"""

import argparse
import json
import os
from pathlib import Path

from quiet import open_results, private_folder, run_script, sql_text
from report.facts import project_version

PROJECT = Path(__file__).resolve().parent.parent
TIERS = ("child_level", "aggregate")


def public_tables(manifest: Path) -> dict[str, dict]:
    """The public tables by name, as dbt's manifest has them: each with its `tier`, `description` and `columns`."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    public = (node for node in nodes if node["resource_type"] == "model" and node["config"].get("access") == "public")
    return {
        node["name"]: {
            "tier": node["config"]["meta"]["tier"],
            "description": node["description"].strip(),
            "columns": list(node["columns"].values()),
        }
        for node in sorted(public, key=lambda node: node["name"])
    }


def export(database: Path, manifest: Path, out: Path, tiers: tuple[str, ...] = TIERS) -> dict[str, Path]:
    """Writes the public tables of the given tiers below `out`, and gives their files by table."""
    os.umask(0o077)
    files = {}
    with open_results(database) as connection:
        for name, table in public_tables(manifest).items():
            if table["tier"] not in tiers:
                continue
            files[name] = out / table["tier"] / f"{name}.parquet"
            private_folder(files[name].parent)
            files[name].unlink(missing_ok=True)
            metadata = f"{{description: {sql_text(table['description'])}, project_version: {sql_text(project_version())}}}"
            connection.execute(
                f"copy (select * from {name} order by all) to {sql_text(str(files[name]))} "
                f"(format parquet, compression zstd, kv_metadata {metadata})"
            )
    return files


def main() -> None:
    """Reads the command line, exports, and says what was written. Prints names and sizes, never rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=Path, default=PROJECT / os.environ.get("CIN_DATABASE", "data/cin.duckdb"))
    parser.add_argument("--manifest", type=Path, default=PROJECT / "target" / "manifest.json")
    parser.add_argument("--out", type=Path, default=PROJECT / "data" / "export")
    parser.add_argument("--tier", choices=TIERS, action="append", help="only this tier; default: both")
    options = parser.parse_args()
    for needed in (options.database, options.manifest):
        if not needed.exists():
            parser.error(f"{needed} is missing: run `make build` first")
    files = export(options.database, options.manifest, options.out, tuple(options.tier or TIERS))
    size = sum(file.stat().st_size for file in files.values()) / 1e6
    print(f"{len(files)} tables of {options.database}, {size:.1f} MB, in {options.out}")


if __name__ == "__main__":
    run_script(main)
