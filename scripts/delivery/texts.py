"""Looks at a delivered file of text before DuckDB reads it: whole or not, encoding, line ends, header, delimiter.

What DuckDB could not read, or would read otherwise than it is meant, is put right in a private copy.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
import re
import zlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from quiet import private_folder

BLOCK = 1 << 22  # bytes read at a time
LONGEST_LINE = 1 << 16  # bytes at the end of a file in which its last line is looked for
DELIMITERS = {".csv": ",", ".txt": "\t", ".tsv": "\t"}
MOST_EDGES = 20_000  # in a file with more blanks beside values, every column counts as having some
IS_EDGE = np.isin(np.arange(256), list(b',\t;|"\r\n'))  # what may stand beside a value
DELIMITER_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}


Edges = set[tuple[int, ...]]


class Unusable(Exception):
    """Why a file cannot be read: what is wrong, and what to do about it, in one sentence."""


class Glance:
    """What one passage through a file's bytes shows. Every byte is read once, so that a damaged archive is found now."""

    def __init__(self, path: Path, is_compressed: bool):
        self.start, self.end, self.n_lines = b"", b"", 0
        self.has_nul = self.has_tab = self.has_lone_cr = self.has_quote = False
        self.edges: Edges | None = set()
        self.n_lf = self.n_crlf = 0
        digest = hashlib.sha256()
        decoder = getincrementaldecoder("utf-8")()
        is_utf_8, is_pending, before, line, n_edges = True, False, b"", b"", 0
        for block in blocks(path, is_compressed):
            digest.update(block)
            self.start = self.start or block
            self.end = block if len(block) > LONGEST_LINE else self.end[-LONGEST_LINE:] + block
            self.n_lf += block.count(b"\n")
            if b"\r" in block or before == b"\r":
                self.n_crlf += block.count(b"\r\n") + (before == b"\r" and block[:1] == b"\n")
                n_cr = block.count(b"\r") - block.count(b"\r\n") - block.endswith(b"\r")
                self.has_lone_cr = self.has_lone_cr or n_cr > 0 or (before == b"\r" and block[:1] != b"\n")
            before = block[-1:]
            self.has_nul = self.has_nul or b"\0" in block
            self.has_tab = self.has_tab or b"\t" in block
            self.has_quote = self.has_quote or b'"' in block
            if self.edges is not None:
                self.edges, n_edges, line = with_edges(self.edges, line + block, n_edges)
            if is_utf_8 and (is_pending or not block.isascii()):
                is_utf_8 = decodes(decoder, block)
                is_pending = True
        if self.edges is not None:
            self.edges = with_edges(self.edges, line + b"\n", n_edges)[0]
        self.is_utf_8 = is_utf_8 and decodes(decoder, b"", final=True)
        self.n_lines = self.n_lf + (before not in (b"\n", b""))
        self.has_lone_cr = self.has_lone_cr or before == b"\r"
        self.end = self.end[-LONGEST_LINE:]
        self.digest = digest.hexdigest()

    @property
    def encoding(self) -> str:
        """How the bytes stand for characters."""
        if self.start[:2] in (BOM_UTF16_LE, BOM_UTF16_BE):
            return "utf-16"
        return "utf-8" if self.is_utf_8 else "windows-1252"

    @property
    def has_mixed_line_ends(self) -> bool:
        """Whether lines end in more than one way, or in a way that DuckDB does not know."""
        return self.has_lone_cr or 0 < self.n_crlf < self.n_lf


def blocks(path: Path, is_compressed: bool) -> Iterator[bytes]:
    """The bytes of a file, unpacked, some at a time."""
    with (gzip.open if is_compressed else open)(path, "rb") as stream:
        while block := stream.read(BLOCK):
            yield block


def with_edges(edges: Edges, block: bytes, n_edges: int) -> tuple[Edges | None, int, bytes]:
    """What is known of the places of values with a blank at an end after one more block; and its unfinished line.

    A place is how often each delimiter stands before it in its line. None: there are too many, or quotation marks to mind.
    """
    end = block.rfind(b"\n") + 1
    whole, rest = block[:end], block[end:]
    if len(rest) > BLOCK:
        return None, n_edges, b""
    if b" " not in whole:
        return edges, n_edges, rest
    bytes_of_block = np.frombuffer(b"\n" + whole, dtype=np.uint8)
    blanks = np.flatnonzero(bytes_of_block == ord(" "))
    blanks = blanks[IS_EDGE[bytes_of_block[blanks - 1]] | IS_EDGE[bytes_of_block[blanks + 1]]] - 1
    if n_edges + len(blanks) > MOST_EDGES:
        return None, n_edges, b""
    before = [whole[whole.rfind(b"\n", 0, place) + 1 : place] for place in map(int, blanks)]
    if any(b'"' in line for line in before):
        return None, n_edges, b""
    return edges | {tuple(line.count(mark.encode()) for mark in DELIMITER_NAMES) for line in before}, n_edges + len(blanks), rest


def decodes(decoder, block: bytes, final: bool = False) -> bool:
    """Whether the next block of a file is valid for the incremental decoder."""
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def text_facts(
    path: Path, suffix: str, is_compressed: bool, copy_folder: Path, is_a_header: Callable[[list[str]], int]
) -> dict:
    """Facts about a file of text, as `survey.Facts` has them.

    is_a_header: how many names of a list are those of census columns, by which the delimiter is told.
    """
    glance = Glance(path, is_compressed)
    encoding, notes = glance.encoding, []
    if encoding == "utf-16" or glance.has_mixed_line_ends:
        notes.append("it is UTF-16" if encoding == "utf-16" else "its lines end in different ways")
        path = private_copy(path, copy_folder, is_compressed, encoding, even_line_ends)
        digest, is_compressed, glance = glance.digest, False, Glance(path, False)
        glance.digest, encoding = digest, "utf-8"
    lines = glance.start.decode(encoding, errors="replace").replace("\0", "").lstrip("\ufeff").splitlines()
    n_skipped = next(
        (n for n, line in enumerate(lines) if line.strip() and not re.fullmatch("sep=.", line.strip())), len(lines)
    )
    lines = lines[n_skipped:]
    if not lines:
        raise Unusable("is empty; ask for the file again")
    if n_skipped:
        notes.append("it begins with an empty line")
    delimiter = delimiter_of(lines[0], suffix, is_a_header)
    header = next(csv.reader(lines[:1], delimiter=delimiter))
    first = next((line for line in lines[1:] if line.strip(f" {delimiter}")), None)
    if first is None:
        raise Unusable("holds a header and no rows; ask for the file again")
    first_row = next(csv.reader([first], delimiter=delimiter))
    if len(first_row) == len(header) + 1 and first_row[0].strip().isdigit():
        header = ["", *header]  # R writes the names of rows without a header
    last = glance.end.decode(encoding, errors="replace").replace("\0", "").rpartition("\n")[2]
    if last.strip() and len(next(csv.reader([last], delimiter=delimiter))) < len(header):
        raise Unusable("ends in the middle of a line, so it is cut short; copy it again")
    n_repaired = 0
    if glance.has_quote:
        n_repaired = n_lines_with_stray_quotes(path, is_compressed)
    if n_repaired or encoding != "utf-8":
        path = private_copy(path, copy_folder, is_compressed, encoding, without_stray_quotes if n_repaired else None)
        if n_repaired:
            notes.append(f"{n_repaired} lines hold a stray quotation mark, which is left out")
    return {
        "kind": "text",
        "read_from": str(path),
        "encoding": encoding,
        "delimiter": delimiter,
        "has_strays": glance.has_nul or (glance.has_tab and delimiter != "\t"),
        "blank_columns": blank_columns(glance, delimiter, len(header)),
        "header": [name.strip().strip("\ufeff").strip() for name in header],
        "n_skipped_lines": n_skipped,
        "n_lines": glance.n_lines,
        "notes": notes,
        "digest": glance.digest,
    }


def blank_columns(glance: Glance, delimiter: str, n_columns: int) -> list[int]:
    """The places of the columns in which some value begins or ends with a blank."""
    if glance.edges is None or glance.has_nul or (glance.has_tab and delimiter != "\t"):
        return list(range(n_columns))
    mark = list(DELIMITER_NAMES).index(delimiter)
    return sorted({edge[mark] for edge in glance.edges})


def delimiter_of(header: str, suffix: str, is_a_header: Callable[[list[str]], int]) -> str:
    """What separates the names of a header: what gives most names of census columns, else what the file's name promises."""
    promised = DELIMITERS[suffix]
    found = {mark: is_a_header(next(csv.reader([header], delimiter=mark))) for mark in (promised, *DELIMITER_NAMES)}
    best = max(found, key=found.get)
    if found[best] > 1:
        return best
    if promised not in header:
        used = [name for mark, name in DELIMITER_NAMES.items() if mark in header]
        raise Unusable(
            f"should be separated by {DELIMITER_NAMES[promised]}, as its name ends in {suffix}, "
            f"but is separated by {used[0] if used else 'something else'}; rename it or save it again"
        )
    return promised


def even_line_ends(text: str) -> str:
    """The text, its lines ending in LF alone."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def n_lines_with_stray_quotes(path: Path, is_compressed: bool) -> int:
    """How many lines hold an odd number of quotation marks. No value of a census holds a line end, so such a mark is a stray."""
    n_stray, carried = 0, 0
    for block in blocks(path, is_compressed):
        data = np.frombuffer(block, dtype=np.uint8)
        quotes, ends = np.flatnonzero(data == 34), np.flatnonzero(data == 10)
        counts = np.diff(np.searchsorted(quotes, ends), prepend=0)
        if len(ends):
            counts[0] += carried
            n_stray += int((counts % 2).sum())
            carried = len(quotes) - int(counts.sum()) + carried
        else:
            carried += len(quotes)
    return n_stray + carried % 2


def without_stray_quotes(text: str) -> str:
    """The text, with no quotation mark in lines that hold an odd number of them."""
    return "".join(line.replace('"', "") if line.count('"') % 2 else line for line in text.splitlines(keepends=True))


def private_copy(
    path: Path, folder: Path, is_compressed: bool, encoding: str | None = None, change: Callable[[str], str] | None = None
) -> Path:
    """A copy that DuckDB can read, in a private folder beside the database: unpacked, and if of another encoding, UTF-8.

    change: what is done to the text, given as whole lines.
    """
    private_folder(folder)
    target = folder / f"{path.name}.copy{'.parquet' if encoding is None else ''}"
    part = target.with_name(f"{target.name}.part")  # the file may be an earlier copy
    part.unlink(missing_ok=True)
    decoder, rest = getincrementaldecoder(encoding)("replace") if encoding else None, ""
    with open(part, "wb", opener=private) as copy:
        for block in blocks(path, is_compressed):
            if decoder is None:
                copy.write(block)
                continue
            text = rest + decoder.decode(block)
            rest = ""
            if change:
                whole, end, rest = text.rpartition("\n")
                text = change(whole + end)
            copy.write(text.encode())
        if rest:
            copy.write(change(rest).encode())
    part.replace(target)
    return target


def private(path: str, flags: int) -> int:
    """Opens a file that only its owner may read."""
    return os.open(path, flags, 0o600)


DAMAGED = (EOFError, gzip.BadGzipFile, zlib.error)
