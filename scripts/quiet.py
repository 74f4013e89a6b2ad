"""Keeps values of children out of messages, files readable for others, and the network out of DuckDB.

DuckDB names in many of its errors the value that it stopped at, and dbt writes errors to the terminal, to logs/ and to target/.
So every error passes `safe_message` first. Who opens a database does it with `open_database`, and a script that reads one
runs by `run_script`.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
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
    duckdb.ResourceInUseException,
    duckdb.SyntaxException,
)
OFFLINE = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}


def safe_message(error: BaseException) -> str:
    """What may be told of an error: all of it where it can hold no value of the data, else only its kind."""
    if isinstance(error, WITHOUT_VALUES):
        return str(error)
    return (
        f"{type(error).__name__}: DuckDB stopped at a value. Its message is withheld, since it may name the value. "
        "To find it, look for a cast, a parse or a constraint in the SQL of this model (target/run), and try it in a session of "
        "your own, whose screen nobody else sees."
    )


def open_database(path: Path | str = ":memory:") -> duckdb.DuckDBPyConnection:
    """A connection to a database that was built, read-only, or to one in memory. DuckDB fetches no extension."""
    return duckdb.connect(str(path), read_only=str(path) != ":memory:", config=OFFLINE)


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
    except duckdb.Error as error:
        message = safe_message(error)
    except Exception as error:
        place = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
        message = f"{place}{type(error).__name__}: its message is withheld, since it may name a value."
    sys.exit(message)
