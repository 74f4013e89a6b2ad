"""A dbt-duckdb plugin that looks at one delivered file before anything is read from it.

DuckDB reads the rows. What it cannot do without stopping at the first fault, and printing the
line it stopped at, is done here: is the file whole, what is its encoding, its header, its delimiter?
The plugin gives SQL one table, `extract_reader.files`: a path, and facts about the file as JSON. It never raises.
No value of a child is in the facts: only the header line and the file's own year label.
"""

import csv
import gzip
import hashlib
import json
import os
import re
import zlib
from codecs import getincrementaldecoder
from pathlib import Path

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
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
    open_database,
    private_folder,
)

BLOCK = 1 << 22  # bytes read at a time
LONGEST_LINE = 1 << 16  # bytes at the end of a file in which its last line is looked for
DELIMITERS = {".csv": ",", ".txt": "\t"}
DELIMITER_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
COMMANDS_THAT_READ = ("build", "run", "test")
DBT_FOLDERS = {"LOG_PATH": "logs", "TARGET_PATH": "target"}  # by the flag that names another
# What decides how the rows of a file are read, beside DuckDB itself (D48).
WAY_OF_READING = (
    "macros/**/*.sql",
    "models/staging/*.sql",
    "models/intermediate/records/*.sql",
    "scripts/extract_reader.py",
    "seeds/census_years.csv",
    "seeds/code_lists.csv",
    "seeds/code_spellings.csv",
)
YEAR_LABEL = re.compile(r"((?:19|20)\d\d)\s*[-/]?\s*((?:19|20)?\d\d)")


class Unusable(Exception):
    """Why a file cannot be read: what is wrong, and what to do about it, in one sentence."""


def suffixes(path: Path) -> tuple[str, bool]:
    """The format's suffix (`.csv`, `.txt`, `.parquet`) and whether the file is compressed by gzip."""
    names = [suffix.lower() for suffix in path.suffixes]
    is_compressed = names[-1:] == [".gz"]
    return "".join(names[-2:-1] if is_compressed else names[-1:]), is_compressed


def read_whole(path: Path, is_compressed: bool, strays: list[bytes]) -> tuple[bytes, bytes, str, bool]:
    """The first and the last block of a text file, its encoding ('utf-8' or 'windows-1252'), and whether it holds stray bytes.

    strays: bytes that values should not hold (NUL, tabs in a comma-separated file) and that cost time to clean.
    Every byte is read once, so that a truncated or damaged archive is found now.
    """
    decoder = getincrementaldecoder("utf-8")()
    is_utf_8, has_strays, start, end = True, False, b"", b""
    opener = gzip.open if is_compressed else open
    with opener(path, "rb") as stream:
        while block := stream.read(BLOCK):
            start = start or block
            end = block if len(block) > LONGEST_LINE else end[-LONGEST_LINE:] + block
            has_strays = has_strays or any(stray in block for stray in strays)
            is_utf_8 = is_utf_8 and is_decodable(decoder, block)
    is_utf_8 = is_utf_8 and is_decodable(decoder, b"", final=True)
    return start, end[-LONGEST_LINE:], "utf-8" if is_utf_8 else "windows-1252", has_strays


def is_decodable(decoder, block: bytes, final: bool = False) -> bool:
    """Whether the next block of a file is valid for the incremental decoder."""
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def describe_text(path: Path, suffix: str, is_compressed: bool) -> dict:
    """Facts about a .csv or .txt file. See `describe` for the keys."""
    delimiter = DELIMITERS[suffix]
    start, end, encoding, has_strays = read_whole(path, is_compressed, [b"\0"] + [b"\t"] * (delimiter != "\t"))
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Unusable("is UTF-16; save it as UTF-8 or Windows-1252")
    text = start.decode(encoding, errors="replace").replace("\0", "").lstrip("\ufeff")
    lines = [line for line in text.splitlines()[:2] if line.strip()]
    if not lines:
        raise Unusable("is empty; ask for the file again")
    if delimiter not in lines[0]:
        used = [name for mark, name in DELIMITER_NAMES.items() if mark in lines[0]]
        raise Unusable(
            f"should be separated by {DELIMITER_NAMES[delimiter]}, as its name ends in {suffix}, "
            f"but is separated by {used[0] if used else 'something else'}; rename it or save it again"
        )
    if len(lines) < 2:
        raise Unusable("holds a header and no rows; ask for the file again")
    header, first = (next(csv.reader([line], delimiter=delimiter)) for line in lines)
    last = end.decode(encoding, errors="replace").rpartition("\n")[2]
    if last and len(next(csv.reader([last], delimiter=delimiter))) < len(header):
        raise Unusable("ends in the middle of a line, so it is cut short; copy it again")
    return {
        "encoding": encoding,
        "delimiter": delimiter,
        "has_strays": has_strays,
        "header": [name.strip() for name in header],
        "year_label": year_label(header, first),
    }


def year_label(header: list[str], first_row: list[str]) -> str | None:
    """The academic year label in the first row, if it is one: two years in a row. Nothing else of the row is kept.

    Anything else, such as an id in a column that has shifted, may be a value of a child, and is not told.
    """
    names = [name.strip().lower() for name in header]
    if "cin_acadyr" in names and names.index("cin_acadyr") < len(first_row):
        label = first_row[names.index("cin_acadyr")].strip()
        years = YEAR_LABEL.fullmatch(label)
        return label if years and (int(years[1]) + 1) % 100 == int(years[2]) % 100 else None
    return None


def private_copy(path: Path, folder: Path, is_compressed: bool, encoding: str | None = None) -> Path:
    """A copy that DuckDB can read, in a private folder beside the database: unpacked, and if of another encoding, UTF-8."""
    private_folder(folder)
    target = folder / (path.name.removesuffix(path.suffix) if is_compressed else path.name)
    target.unlink(missing_ok=True)
    opener = gzip.open if is_compressed else open
    decoder = getincrementaldecoder(encoding)("replace") if encoding else None
    with opener(path, "rb") as source, open(target, "wb", opener=private) as copy:
        while block := source.read(BLOCK):
            copy.write(decoder.decode(block).encode() if decoder else block)
    return target


def private(path: str, flags: int) -> int:
    """Opens a file that only its owner may read."""
    return os.open(path, flags, 0o600)


def describe_parquet(path: Path) -> dict:
    """Facts about a Parquet file. See `describe` for the keys."""
    with open_database() as connection:
        relation = connection.read_parquet(str(path))
        header = relation.columns
        first = relation.limit(1).fetchall()
    if not first:
        raise Unusable("holds a header and no rows; ask for the file again")
    return {"header": header, "year_label": year_label(header, [str(value) for value in first[0]])}


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


def fingerprint(path: Path, way: str) -> str:
    """A digest of a file's content and of the way it is read. The same digest: the same rows."""
    with path.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
    return hashlib.sha256(f"{way} {content} {path.suffix.lower()}".encode()).hexdigest()


def describe(path_text: str, copy_folder: Path, way: str) -> dict:
    """Facts about one delivered file, or the problem that makes it unusable. way: what `way_of_reading` answers.

    Keys: problem (a clause that follows the file's name, or null), path (what to read), kind (text or parquet),
    encoding, delimiter, has_strays (NUL bytes or tabs within values), header (list of names),
    year_label (CIN_ACADYR in the first row; null if that is no year label), fingerprint (as above).
    """
    path = Path(path_text)
    facts: dict = {"problem": None, "path": path_text, "kind": "text", "encoding": None, "delimiter": None, "has_strays": False}
    suffix, is_compressed = suffixes(path)
    try:
        if suffix not in (*DELIMITERS, ".parquet"):
            raise Unusable("is no format that is read here; deliver .csv, .txt or .parquet, or with .gz after it")
        if path.stat().st_size == 0:
            raise Unusable("is empty; ask for the file again")
        if suffix == ".parquet":
            readable = private_copy(path, copy_folder, True) if is_compressed else path
            facts |= {"kind": "parquet", "path": str(readable)} | describe_parquet(readable)
        else:
            facts |= describe_text(path, suffix, is_compressed)
            if facts["encoding"] != "utf-8":
                facts["path"] = str(private_copy(path, copy_folder, is_compressed, facts["encoding"]))
        facts["fingerprint"] = fingerprint(path, way)
    except Unusable as problem:
        facts["problem"] = str(problem)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        facts["problem"] = "is damaged or cut short (gzip); copy it again"
    except (OSError, duckdb.Error) as error:
        facts["problem"] = f"cannot be read ({type(error).__name__}); check its permissions, or copy it again"
    except Exception as error:
        facts["problem"] = f"has a header that cannot be read ({type(error).__name__}); save it again"
    return facts


class Plugin(BasePlugin):
    """Gives SQL the table `extract_reader.files` (in memory): one row per census file in the extract folder; and in
    `extract_reader.reading` a digest of the key of pseudonyms, null where none is set.

    Also what has to be done before DuckDB opens a database: files for their owner alone, errors without values, and, where their
    keys are set, an encrypted database and pseudonyms. dbt never sees a key, so none gets into its logs or artefacts.
    """

    def initialize(self, plugin_config):
        """plugin_config: `extract_dir`, the extract folder as set in the profile."""
        self.folder = Path(plugin_config["extract_dir"])
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
        conn.execute("create or replace table extract_reader.files (path varchar, facts varchar)")
        key_digest = hashlib.sha256(b"".join(self.pads)).hexdigest() if self.pads else None
        conn.execute("create or replace table extract_reader.reading as select ?::varchar as key_digest", [key_digest])
        if get_flags().WHICH not in COMMANDS_THAT_READ or not self.folder.is_dir():
            return
        copy_folder = Path(f"{self.database}.copies")
        way = way_of_reading(self.project, self.pads)
        for path in sorted(self.folder.iterdir()):
            if path.name.lower().startswith("cin"):
                facts = json.dumps(describe(str(path), copy_folder, way))
                conn.execute("insert into extract_reader.files values (?, ?)", [str(path), facts])

    def configure_cursor(self, cursor):
        """cursor: one of a thread of dbt, which knows neither variables nor the database in use of the connection."""
        if self.database_key:
            cursor.execute(f'use "{self.creds.database}"')
        for name, pad in zip(("cin_ipad", "cin_opad"), self.pads or (), strict=False):
            cursor.execute(f"set variable {name} = unhex('{pad.hex()}')")
