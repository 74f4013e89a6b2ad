"""Keeps values of children out of messages, files readable for others, and the network out of DuckDB.

DuckDB names in many of its errors the value that it stopped at, and dbt writes errors to the terminal, to logs/ and to target/.
So every error passes `safe_message` first. Who opens a database does it with `open_database`, and a script that reads one
runs by `run_script`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import duckdb

# Errors about the SQL text, the catalogue, files or memory: raised before a value is read, or without one.
WITHOUT_VALUES = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ConnectionException,
    duckdb.DependencyException,
    duckdb.InterruptException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.ParserException,
    duckdb.PermissionException,
    duckdb.SyntaxException,
)
DATABASE_KEY, PSEUDONYM_KEY = "CIN_DATABASE_KEY", "CIN_PSEUDONYM_KEY"  # environment variables
SHORTEST_KEY = 32  # characters
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def safe_message(error: BaseException) -> str:
    """What may be told of an error: all of it where it can hold no value of the data, else only its kind."""
    if isinstance(error, WITHOUT_VALUES):
        return str(error)
    return (
        f"{type(error).__name__}: DuckDB stopped at a value. Its message is withheld, since it may name the value. "
        "To find it, look for a cast, a parse or a constraint in the SQL of this model (target/run), and try it in a session of "
        "your own, whose screen nobody else sees. In a seed, which holds no child, look for a number not written as 20 or a date "
        "not written as 2026-11-25."
    )


class KeyProblem(RuntimeError):
    """A key that cannot be used: why, and what to do. Never the key."""


class PlaceProblem(RuntimeError):
    """A database or limit that a build cannot work with: why, and what to do."""


def check_place(database: Path) -> None:
    """Stops a build, before DuckDB would in less clear words, if its database cannot be written or its memory limit be read."""
    if not database.parent.is_dir():
        raise PlaceProblem(f"The folder {database.parent} does not exist. Make it, for its owner alone, or correct CIN_DATABASE.")
    limit = os.environ.get("CIN_MEMORY_LIMIT")
    if limit is not None and not re.fullmatch(r"\d+(\.\d+)? ?[KMGT]i?B", limit, re.I):
        raise PlaceProblem("CIN_MEMORY_LIMIT cannot be read. Write it as 2GB or 800MB.")
    if os.environ.get(DATABASE_KEY):
        return
    for path in (database, Path(f"{database}.work")):
        is_locked = False
        try:
            if path.is_file():
                duckdb.connect(str(path), config=OFFLINE).close()
        except duckdb.Error as error:
            is_locked = "lock on file" in str(error)
        if is_locked:
            raise PlaceProblem(f"{path} is open in another program, if only to be read. Close it there, and build again.")


def key_of(variable: str) -> str | None:
    """The key in an environment variable, or None. It is read here and nowhere else, so that dbt never sees it."""
    key = os.environ.get(variable) or None
    if key and len(key) < SHORTEST_KEY:
        raise KeyProblem(f"{variable} is too short: use at least {SHORTEST_KEY} characters, made at random.")
    return key


def open_database(path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A connection to a database that was built, read-only, or to one in memory. DuckDB fetches no extension.

    Ends the program, with a sentence that says what to do, if there is no such file.
    """
    in_memory = str(path) == ":memory:"
    if not in_memory and not Path(path).is_file():
        raise SystemExit(f"There is no database {path}. Build it first, or name another one.")
    key = None if in_memory else key_of(DATABASE_KEY)
    if key is None:
        return duckdb.connect(str(path), read_only=not in_memory, config=OFFLINE)
    connection = duckdb.connect(config=OFFLINE)
    attach_encrypted(connection, path, "cin", key, read_only=True)
    connection.execute("use cin")
    return connection


def open_results(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a database whose tables are those of one whole build. Ends the program if they are not."""
    connection = open_database(path)
    is_complete = False
    with suppress(duckdb.CatalogException):  # built by an earlier version
        is_complete = connection.execute("select bool_and(is_complete) from landing.build_state").fetchone()[0]
    if not is_complete:
        connection.close()
        raise SystemExit(f"The last build of {path} did not come to its end, so its tables may not fit together. Build it again.")
    return connection


def new_database(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a database that is made anew, in place of one that is there, for its owner alone."""
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path), config=OFFLINE)
    path.chmod(0o600)
    return connection


def attach_encrypted(
    connection: duckdb.DuckDBPyConnection, path: Path | str, name: str, key: str, read_only: bool = False
) -> None:
    """Attaches an encrypted database, AES-256 in GCM mode; makes it where there is none and it may be written."""
    options = f"encryption_key {sql_text(key)}, encryption_cipher 'GCM'" + ", read_only" * read_only
    problem = ""
    try:
        connection.execute(f"attach {sql_text(str(path))} as {name} ({options})")
    except duckdb.Error as error:
        problem = f"{path} cannot be opened with {DATABASE_KEY} ({type(error).__name__}): not this key, or not encrypted."
    if problem:
        raise KeyProblem(problem)  # outside the handler: the error may quote the statement, and so the key


def load_encryption(connection: duckdb.DuckDBPyConnection) -> None:
    """Loads what DuckDB needs to write encrypted files; says what to install where that is missing."""
    problem = ""
    try:
        connection.execute("load httpfs")
    except duckdb.Error:
        problem = (
            f"{DATABASE_KEY} is set, but DuckDB {duckdb.__version__} cannot write encrypted files here: that needs its extension "
            "httpfs, which is not installed. Install it for this very version (see SECURITY.md), or unset the key and keep the "
            "databases on an encrypted disk."
        )
    if problem:
        raise KeyProblem(problem)


def sql_text(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def hmac_pads(key: str) -> tuple[bytes, bytes]:
    """The inner and the outer pad of HMAC-SHA-256 (RFC 2104) for a key: with them, SQL computes the rest."""
    block = key.encode()
    block = (hashlib.sha256(block).digest() if len(block) > 64 else block).ljust(64, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)


def private_folder(folder: Path) -> Path:
    """Makes a folder for its owner alone, or makes it so."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def make_private(paths: Iterable[Path]) -> None:
    """Takes away what others may do with files and folders that are there, and with all below them."""
    for path in paths:
        for one in (path, *path.rglob("*")) if path.is_dir() else (path,):
            with suppress(OSError):  # gone meanwhile, or another's
                mode = stat.S_IMODE(one.lstat().st_mode)
                if mode & 0o077 and not one.is_symlink():
                    one.chmod(mode & 0o700)


def hush_dbt() -> None:
    """From now on in this process, dbt learns of DuckDB's errors only what `safe_message` tells."""
    from dbt.adapters.duckdb.environments import local
    from dbt_common.exceptions import DbtRuntimeError

    class QuietCursor(local.DuckDBCursorWrapper):
        """dbt-duckdb's cursor, whose errors hold no values: neither of statements nor of the fetching of rows."""

        def execute(self, sql, bindings=None):
            return self.quietly(super().execute, sql, bindings)

        def fetchall(self):
            return self.quietly(self._cursor.fetchall)

        def fetchmany(self, size=1):
            return self.quietly(self._cursor.fetchmany, size)

        def fetchone(self):
            return self.quietly(self._cursor.fetchone)

        @staticmethod
        def quietly(call, *arguments):
            try:
                return call(*arguments)
            except duckdb.Error as error:
                message = safe_message(error)
            raise DbtRuntimeError(message)  # outside the handler, so that the error is not chained to it

    QuietCursor.is_quiet = True
    if not hasattr(local.DuckDBCursorWrapper, "is_quiet"):
        local.DuckDBCursorWrapper = QuietCursor


def run_script(main: Callable[[], int | None]) -> None:
    """Runs a script's `main` and ends the process: what it writes is for its owner alone, and an error names no value."""
    os.umask(0o077)
    try:
        sys.exit(main())
    except OSError:
        raise
    except KeyProblem as error:
        message = str(error)
    except duckdb.Error as error:
        message = safe_message(error)
    except Exception as error:
        place = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        message = f"{place}{type(error).__name__}: its message is withheld, since it may name a value."
    sys.exit(message)
