"""Whether a competitor's tables equal those of the project: row by row, column by column. Counts differences, shows no value."""

from pathlib import Path

import cleaning_polars
import duckdb
import polars as pl
from polars import col

# For each table of the competitors its key, and the project's table; None where that has the same name.
KEYS = {
    "row_account": ["census_year", "local_authority_code"],
    "rejected_records": None,  # the same row may be rejected twice
    "local_authority_returns": ["census_year", "local_authority_code"],
    "child_identifiers": ["la_child_id"],
    "episodes": ["episode_id"],
    "spells": ["spell_id"],
    "child_protection_plans": ["plan_id"],
    "child_disabilities": ["la_child_id", "disability_code"],
    "annual_counts": ["census_year", "geography_level", "geography_code", "id_scheme", "measure"],
}
QUERIES = {
    "rejected_records": "select * from rejected_records where line_number is null",
    "local_authority_returns": "select * from local_authority_returns where has_returned",
    "annual_counts": """
        select * from annual_prevalence where n_children > 0
        union all by name
        select * from annual_incidence where n_children > 0
    """,
}
# The project's annual tables leave out an authority in years in which it neither existed nor returned.
COMPETITOR_QUERIES = {
    "annual_counts": """
        select * from '{path}'
        semi join annual_prevalence using (census_year, geography_level, geography_code)
        where n_children > 0
    """
}
# What records that tie to the last may decide (D8): for each table its key within a child, the columns that the newest record
# decides, and those that the oldest does.
DECIDED = {
    "episodes": (
        ["referral_date"],
        ["closure_reason_code", "is_no_further_action", "primary_need_code", "referral_source_code", "initial_conference_date"],
        [],
    ),
    "child_protection_plans": (
        ["plan_start_date"],
        ["referral_date", "plan_end_date", "latest_abuse_category_code", "n_previous_plans"],
        ["initial_abuse_category_code"],
    ),
    "la_children": ([], ["sex_code", "birth_month_start"], []),
}
DECISIONS = {
    "episodes": "select * from episodes",
    "child_protection_plans": """
        select plans.* exclude (referral_date), episodes.referral_date
        from (select *, null as referral_date from child_protection_plans) as plans
        inner join episodes on plans.episode_id = episodes.episode_id
    """,
    "la_children": "select * from cin_work.intermediate.int_cin__la_children",
}
WITH_RESULTS = ("main", "reference", "release", "intermediate", "evaluation")


def connect(database: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a database of the project and the work file beside it, to read only."""
    connection = duckdb.connect(str(database), read_only=True)
    connection.execute("set threads = 2")
    connection.execute(f"attach '{database}.work' as cin_work (read_only)")
    return connection


def tied(records: pl.DataFrame, key: list[str], column: str, is_newest: bool) -> pl.DataFrame:
    """The keys for which records of the same rank give different values in a column."""
    rank = col("census_year").cast(pl.Int64) * 100_000 + col("closure_date").to_physical().fill_null(-50_000)
    given = records.filter(col(column).is_not_null(), pl.len().over(key) > 1).select(*key, value=column, rank=rank)
    best = col("rank").max() if is_newest else col("rank").min()
    return (
        given.filter(col("rank") == best.over(key)).group_by(key).agg(n=col("value").n_unique()).filter(col("n") > 1).select(key)
    )


def write_ties(extract: Path, database: Path, folder: Path) -> dict[str, int]:
    """Writes what the project decided where records tie, one Parquet file a table; the number of ties by table.

    Which records tie is found out from the extract, so that nothing else is handed to a competitor but the weights of links, for
    which a hash draws a sample.
    """
    records, children = cleaning_polars.number_children(cleaning_polars.read_records(extract))
    known_sex = pl.when(~col("sex_code").is_in(["0", "U"])).then("sex_code")
    has_birth = col("birth_year").is_not_null() & col("birth_month").is_not_null()
    records = records.with_columns(
        sex_code=known_sex, birth_month_start=pl.when(has_birth).then(pl.date("birth_year", "birth_month", 1))
    )
    folder.mkdir(parents=True, exist_ok=True)
    counts = {}
    with connect(database) as connection:
        for table, (own_key, newest, oldest) in DECIDED.items():
            used = records.filter(col("plan_start_date").is_not_null()) if table == "child_protection_plans" else records
            keys = pl.concat(
                [
                    tied(used, ["child", *own_key], column, column in newest).with_columns(
                        pl.lit(True).alias(f"{column}_is_tied")
                    )
                    for column in [*newest, *oldest]
                ],
                how="diagonal",
            )
            keys = keys.group_by("child", *own_key).agg(pl.all().any()).join(children.select("child", "la_child_id"), on="child")
            path = folder / f"{table}.parquet"
            keys.write_parquet(path)
            key = ", ".join(["la_child_id", *own_key])
            columns = ", ".join(f"if({column}_is_tied, decided.{column}, null) as {column}" for column in [*newest, *oldest])
            connection.execute(f"create or replace temp table ties as from '{path}'")
            connection.execute(
                f"copy (select {key}, {columns} from ties inner join ({DECISIONS[table]}) as decided using ({key})) to '{path}'"
            )
            counts[table] = len(keys)
        weights = folder / "link_weights.parquet"
        connection.execute(f"copy (select comparison, level, weight from link_weights) to '{weights}'")
    return counts


def differences(database: Path, folder: Path) -> list[str]:
    """A line for each table and column in which a competitor's tables differ from the project's; none if they are equal."""
    lines = []
    with connect(database) as connection:
        for table, key in KEYS.items():
            path = folder / f"{table}.parquet"
            query = COMPETITOR_QUERIES.get(table, "select * from '{path}'").format(path=path)
            connection.execute(f"create or replace temp view theirs as {query}")
            connection.execute(f"create or replace temp view ours as {QUERIES.get(table, f'from {table}')}")
            columns = [row[0] for row in connection.execute(f"describe select * from '{path}'").fetchall()]
            if key is None:
                listed = ", ".join(columns)
                only = "select count(*) from (select {0} from {1} except all select {0} from {2})"
                n_only = [
                    connection.execute(only.format(listed, *sides)).fetchone()[0]
                    for sides in (("ours", "theirs"), ("theirs", "ours"))
                ]
                counts = {"rows": sum(n_only)}
            else:
                # keys are never null, but for the authority of a row that names none
                on = " and ".join(f"ours.{name} is not distinct from theirs.{name}" for name in key)
                others = [name for name in columns if name not in key]
                sums = ", ".join(f"count_if(ours.{name} is distinct from theirs.{name})" for name in others)
                joined = f"from ours inner join theirs on {on}"
                both = connection.execute(f"select count(*), {sums} {joined}").fetchone()
                n_rows = [connection.execute(f"select count(*) from {name}").fetchone()[0] for name in ("ours", "theirs")]
                counts = {"rows": sum(abs(n - both[0]) for n in n_rows), **dict(zip(others, both[1:], strict=True))}
                if min(n_rows) == 0:
                    lines.append(f"{table}: no rows to compare")
            lines += [f"{table}.{name}: {count} differ" for name, count in counts.items() if count]
    return lines


FORM = ("delivered_files", "delivered_columns")


def contents(database: Path, *schemas: str) -> dict[str, tuple]:
    """For each table and view of the database and its work file: the number of its rows and a hash of them, in any order.

    schemas: those to look into; by default all with results, which leaves out what still reads the files, and the tables that
    say in which form the rows were delivered.
    """
    found = "select table_name, table_catalog, table_schema from information_schema.tables where table_schema in $1"
    if not schemas:
        found += f" and table_name not in {FORM}"
    with connect(database) as connection:
        return {
            name: connection.execute(
                f'select count(*), sum(hash(whole_row)::hugeint) from "{catalog}".{schema}.{name} as whole_row'
            ).fetchone()
            for name, catalog, schema in connection.execute(found, [schemas or WITH_RESULTS]).fetchall()
        }


def tables_that_differ(one: Path, other: Path) -> list[str]:
    """The tables of which two builds do not have the same rows."""
    return different(contents(one), contents(other))


def different(some: dict[str, tuple], others: dict[str, tuple]) -> list[str]:
    """Names of the tables whose content differs, or that only one of the two has."""
    return sorted(name for name in some | others if some.get(name) != others.get(name))
