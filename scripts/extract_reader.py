"""A dbt-duckdb plugin that looks at a delivery before anything is read from it (R26).

The package `delivery` finds out what the files are and how they are to be read. The plugin gives SQL the answer as tables in the
database `extract_reader`, in memory: what stops the build, what the log is to say, the statements that land the files, and
what is
kept as `delivered_files` and `delivered_columns`. It never raises for what is delivered. No value of a child is in these tables.
"""

import csv
import hashlib
import json
import os
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from delivery.landing import landing
from delivery.report import column_rows, file_rows, log_lines, variable_rows
from delivery.survey import survey
from quiet import (
    DATABASE_KEY,
    PSEUDONYM_KEY,
    attach_encrypted,
    check_place,
    hmac_pads,
    hush_dbt,
    key_of,
    load_encryption,
    make_private,
    sql_text,
)

COMMANDS_THAT_READ = ("build", "run", "test")
DBT_FOLDERS = {"LOG_PATH": "logs", "TARGET_PATH": "target"}  # by the flag that names another
# What decides how the rows of a file are read, beside DuckDB itself (D48).
WAY_OF_READING = (
    "macros/**/*.sql",
    "models/staging/*.sql",
    "models/intermediate/records/*.sql",
    "scripts/delivery/*.py",
    "seeds/census_years.csv",
    "seeds/code_lists.csv",
    "seeds/code_spellings.csv",
    "seeds/crosswalk.csv",
)
TABLES = {
    "problem": "place varchar, sentence varchar",
    "log": "line varchar",
    "years": "census_year smallint",
    "landing": "position integer, dataset varchar, census_year smallint, fingerprint varchar, "
    "table_name varchar, statement varchar",
    "file_years": "file_name varchar, census_year smallint",
    "delivered_variables": "dataset varchar, census_year smallint, variable varchar, header varchar, "
    "precedence integer, n_given bigint",
    "about": "key varchar, value varchar",
    "profiles": "key varchar, profile varchar",
    "delivered_files": "file_name varchar, dataset varchar, file_format varchar, census_year smallint, n_rows bigint, "
    "is_built boolean, n_blank_rows bigint, n_unreadable_lines bigint, notes varchar",
    "delivered_columns": "file_name varchar, position integer, header varchar, dataset varchar, variable varchar, "
    "precedence integer, n_unusual bigint, order_of_dates varchar",
}


def way_of_reading(project: Path, pads: tuple[bytes, bytes] | None) -> str:
    """A digest of all that decides how rows are read: the project's own files, DuckDB (its hashes differ by version) and the key
    of the pseudonyms, if there is one. pads: what `hmac_pads` made of the key.
    """
    digest = hashlib.sha256(duckdb.__version__.encode())
    for pattern in WAY_OF_READING:
        for path in sorted(project.glob(pattern)):
            digest.update(path.read_bytes())
    for pad in pads or ():
        digest.update(pad)
    return digest.hexdigest()


def pseudonym(value: str) -> str:
    """HMAC-SHA-256 of a text as SQL, blanks around it dropped, as 64 hexadecimal digits.

    The same id gives the same pseudonym, and without the key nobody can tell which, or try all ids through. Null where the text
    is blank. Whoever reads without the key gets an error.
    """
    return (
        f"case when trim({value}) <> '' then if(getvariable('cin_opad') is null, error('CIN_PSEUDONYM_KEY is not set'), "
        f"sha256(getvariable('cin_opad') || unhex(sha256(getvariable('cin_ipad') || encode(trim({value})))))) end"
    )


def about_the_extract(folder: Path) -> list[tuple[str | None, str | None]]:
    """What the extract says of itself, as keys and values; a file that says nothing gives one empty pair. In any encoding."""
    path = folder / "about_this_extract.csv"
    if not path.is_file():
        return []
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (BOM_UTF16_LE, BOM_UTF16_BE) else "utf-8-sig"
    rows = csv.reader(data.decode(encoding, errors="replace").replace("\0", "").splitlines())
    pairs = [(row[0].strip(), row[1].strip()) for row in rows if len(row) == 2]
    return pairs[1:] or [(None, None)]


class Plugin(BasePlugin):
    """Gives SQL the tables of `TABLES` in the database `extract_reader` (in memory). Its table `reading` has one row: a digest of
    the key of pseudonyms, null where none is set, and the SQL that makes of a local child id what is landed of it.

    Also what has to be done before DuckDB opens a database: files for their owner alone, errors without values, and, where their
    keys are set, an encrypted database and pseudonyms. dbt never sees a key, so none gets into its logs or artefacts.
    """

    def initialize(self, plugin_config):
        """plugin_config: as set in the profile, `extract_dir`, `census_years` and `unknown_columns`."""
        self.folder = Path(plugin_config["extract_dir"])
        self.asked = str(plugin_config.get("census_years") or "").strip()
        self.is_strict = plugin_config.get("unknown_columns") == "stop"
        self.database = Path(self.creds.path)
        flags = get_flags()
        self.project = Path(getattr(flags, "PROJECT_DIR", None) or ".")
        os.umask(0o077)  # databases, temporary files and logs of a build are for their owner alone
        make_private(self.database.parent.glob(f"{self.database.name}*"))
        make_private(self.project / (getattr(flags, name, None) or default) for name, default in DBT_FOLDERS.items())
        hush_dbt()
        check_place(self.database)
        self.database_key, pseudonym_key = key_of(DATABASE_KEY), key_of(PSEUDONYM_KEY)
        self.pads = hmac_pads(pseudonym_key) if pseudonym_key else None

    def update_connection_config(self, creds, config):
        """An encrypted database is attached, as DuckDB cannot open one directly. creds: dbt's, config: DuckDB's settings."""
        if self.database_key:
            creds.path = ":memory:"
            config["temp_file_encryption"] = True

    def configure_connection(self, conn):
        """conn: the DuckDB connection that dbt has just opened. Files are looked at only by commands that read them."""
        if self.database_key:
            load_encryption(conn)
            attach_encrypted(conn, self.database, self.creds.database, self.database_key)
            attach_encrypted(conn, f"{self.database}.work", "cin_work", self.database_key)
        conn.execute("attach if not exists ':memory:' as extract_reader")
        for name, columns in TABLES.items():
            conn.execute(f"create or replace table extract_reader.{name} ({columns})")
        key_digest = hashlib.sha256(b"".join(self.pads)).hexdigest() if self.pads else None
        local_child_id = pseudonym("local_child_id") if self.pads else "local_child_id"
        conn.execute(
            "create or replace table extract_reader.reading as select ?::varchar as key_digest, ? as local_child_id",
            [key_digest, local_child_id],
        )
        if get_flags().WHICH in COMMANDS_THAT_READ:
            self.look(conn)

    def look(self, conn):
        """conn: the connection whose tables take the answer."""
        found = survey(self.folder, Path(f"{self.database}.copies"), self.asked, self.is_strict, self.known_profiles(conn))
        if found.problem:
            conn.execute("insert into extract_reader.problem values (?, ?)", list(found.problem))
            return
        way = way_of_reading(self.project, self.pads)
        landed = list(landing(found, way, pseudonym if self.pads else None))
        rows = {
            "log": [(line,) for line in log_lines(found)],
            "about": about_the_extract(self.folder),
            "years": [(year,) for year in found.years],
            "landing": [(n, o.dataset, o.census_year, o.fingerprint, o.table_name, o.statement) for n, o in enumerate(landed)],
            "file_years": [(f.name_read, f.years[0]) for f in found.files if f.dataset and f.name_read and len(f.years) == 1],
            "profiles": [(file.profile["key"], json.dumps(file.profile)) for file in found.files if file.dataset],
            "delivered_variables": variable_rows(found),
            "delivered_files": file_rows(found),
            "delivered_columns": column_rows(found),
        }
        for name, of_table in rows.items():
            for row in of_table:
                conn.execute(f"insert into extract_reader.{name} values ({', '.join('?' * len(row))})", list(row))

    def known_profiles(self, conn) -> dict[str, dict]:
        """What earlier builds into the same database saw in the rows of files, by key."""
        try:
            if not self.database_key:
                conn.execute(f"attach if not exists {sql_text(f'{self.database}.work')} as cin_work")
            return {key: json.loads(profile) for key, profile in conn.execute("from cin_work.landing.profiles").fetchall()}
        except duckdb.Error:
            return {}

    def configure_cursor(self, cursor):
        """cursor: one of a thread of dbt, which knows neither variables nor the database in use of the connection."""
        if self.database_key:
            cursor.execute(f'use "{self.creds.database}"')
        for name, pad in zip(("cin_ipad", "cin_opad"), self.pads or (), strict=False):
            cursor.execute(f"set variable {name} = unhex('{pad.hex()}')")
