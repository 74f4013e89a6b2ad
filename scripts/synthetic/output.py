"""Writes the extract: parts by chunk, then whole files, then the folder in one move."""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from . import columns, shapes
from .chunk import Chunk, Request
from .reference import PACKAGE_DIR, SEED_DIR, read_rows

FORMATS = ["csv", "txt", "parquet", "csv.gz", "txt.gz"]
TRUTH = ["children", "la_child_ids", "episodes", "plans", "faults"]
SEEDS = ["crosswalk.csv", "local_authorities.csv", "local_authority_changes.csv", "population_0_17.csv"]
ABOUT_FILE = "about_this_extract.csv"
README = """This extract is synthetic. It describes no real child.

It was made by scripts/make_synthetic_extract.py from published totals alone. Every local child id
and every pupil matching reference begins with SYN. Rows are in random order.

The folder truth/ holds what really happened in the invented lives:
  children        one row per child
  la_child_ids    one row per local child id, with its true child
  episodes        one row per case and local child id, with the census years in which it is in the extract
  plans           one row per child protection plan
  faults          one row per fault planted in the records, with the keys as they stand in the files
  fault_kinds     what each kind of fault is, how often it is planted at noise 1, and why
"""


def fingerprint() -> str:
    """One value for the source of the generator and the tables that it reads."""
    digest = hashlib.sha256()
    paths = [PACKAGE_DIR / name for name in ("calibration.csv", "fault_kinds.csv")]
    paths += [SEED_DIR / name for name in SEEDS]
    paths += sorted(PACKAGE_DIR.glob("*.py"))
    for path in paths:
        if path.name != "calibration_report.py":
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def about(request: Request, file_format: str, single_file: bool, shape: str = "default") -> dict[str, str]:
    """What the about file says; two extracts with the same text are the same extract."""
    return {
        "is_synthetic": "true",
        "sampling_fraction": f"{request.share:g}",
        "seed": str(request.seed),
        "noise": f"{request.noise:g}",
        "years": " ".join(str(y) for y in request.years),
        "format": file_format,
        "single_file": str(single_file).lower(),
        **({"shape": shape} if shape != "default" else {}),
        "generator_fingerprint": fingerprint(),
    }


def is_there(folder: Path, wanted: dict[str, str]) -> bool:
    """True if the folder already holds the very same extract."""
    path = folder / ABOUT_FILE
    return path.is_file() and {r["key"]: r["value"] for r in read_rows(path)} == wanted


def make_extract(folder: Path, request: Request, file_format: str, single_file: bool, shape: str = "default") -> None:
    """Makes the extract beside its folder and moves it into place when it is whole."""
    if folder.exists() and any(folder.iterdir()) and not (folder / ABOUT_FILE).is_file():
        raise SystemExit(f"{folder} holds files that are no synthetic extract; name another folder")
    scratch = folder.parent / f".{folder.name}.{os.getpid()}.part"
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "truth").mkdir(parents=True)
    try:
        _write_chunks(scratch, request, file_format, single_file)
        if shape != "default":
            shapes.reshape(scratch, shape)
        _write_about(scratch, about(request, file_format, single_file, shape))
        _move_into_place(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_chunks(scratch: Path, request: Request, file_format: str, single_file: bool) -> None:
    """Builds all chunks and joins their parts in order."""
    n = request.n_chunks
    parts = scratch / "parts"
    parts.mkdir()
    _build_chunks(request, parts, file_format, single_file)
    print("  joining parts", file=sys.stderr)
    for name in file_names(request, single_file):
        _join(parts, name, n, file_format, scratch / f"{name}.{file_format}")
    for name in TRUTH:
        _join_parquet(parts, f"truth_{name}", n, scratch / "truth" / f"{name}.parquet")
    _write_fault_kinds(scratch / "truth" / "fault_kinds.parquet")
    shutil.rmtree(parts)


def _build_chunks(request: Request, parts: Path, file_format: str, single_file: bool) -> None:
    """Writes the parts of all chunks, two chunks at a time."""
    n = request.n_chunks
    jobs = [(request, number, parts, file_format, single_file) for number in range(n)]
    if n == 1:
        write_parts(*jobs[0])
        print("  chunk 1 of 1", file=sys.stderr)
    else:
        workers = min(2, os.cpu_count() or 1)
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            for done, _ in enumerate(pool.map(write_parts, *zip(*jobs, strict=True)), start=1):
                print(f"  chunk {done} of {n}", file=sys.stderr)


def file_names(request: Request, single_file: bool) -> list[str]:
    """The files of the extract, without endings."""
    if single_file:
        return list(columns.HEADERS_BY_STEM)
    return [f"{stem}_{year}" for stem in columns.HEADERS_BY_STEM for year in request.years]


def write_parts(
    request: Request, number: int, parts: Path, file_format: str, single_file: bool
) -> None:
    """Builds one chunk and writes its part of every file."""
    files, truth = Chunk(request, number).build()
    if single_file:
        rng = np.random.Generator(np.random.PCG64([request.seed, number]))
        files = {
            stem: _all_years(files, stem, request.years, rng) for stem in columns.HEADERS_BY_STEM
        }
    for name, frame in files.items():
        if file_format == "parquet":
            texts = frame.select(pl.all().replace("", None))
            texts.write_parquet(parts / f"{name}.{number}", compression="zstd")
        else:
            separator = "\t" if file_format.startswith("txt") else ","
            frame.write_csv(
                parts / f"{name}.{number}",
                separator=separator,
                include_header=number == 0,
                quote_style="never",
            )
    for name, frame in truth.items():
        frame.write_parquet(parts / f"truth_{name}.{number}", compression="zstd")


def _all_years(
    files: dict[str, pl.DataFrame], stem: str, years: tuple[int, ...], rng: np.random.Generator
) -> pl.DataFrame:
    """All years under one set of headers, shuffled; what a year does not carry is empty."""
    names = columns.union_of_headers(stem, years)
    frames = [files[f"{stem}_{year}"] for year in years]
    frame = pl.concat(frames, how="diagonal").select(names).fill_null("")
    return frame[rng.permutation(len(frame))]


def _join(parts: Path, name: str, n: int, file_format: str, target: Path) -> None:
    """One file of the extract from its parts."""
    if file_format == "parquet":
        _join_parquet(parts, name, n, target)
        return
    with target.open("wb") as raw, ExitStack() as stack:
        sink = raw
        if file_format.endswith(".gz"):
            sink = stack.enter_context(
                gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0)
            )
        for number in range(n):
            path = parts / f"{name}.{number}"
            with path.open("rb") as part:
                shutil.copyfileobj(part, sink, 1 << 20)
            path.unlink()


def _join_parquet(parts: Path, name: str, n: int, target: Path) -> None:
    """One Parquet file from its parts, in order, marked as synthetic."""
    files = ", ".join(f"'{parts / f'{name}.{number}'}'" for number in range(n))
    with duckdb.connect() as connection:
        connection.execute("set threads = 1; set preserve_insertion_order = true")
        connection.execute(
            f"copy (select * from read_parquet([{files}])) to '{target}' "
            "(format parquet, compression zstd, kv_metadata {is_synthetic: 'true', "
            "note: 'Synthetic data. It describes no real child.'})"
        )


def _write_fault_kinds(target: Path) -> None:
    """The table of fault kinds, beside the faults."""
    rows = read_rows(PACKAGE_DIR / "fault_kinds.csv")
    rates = [float(r["rate_at_noise_1"]) if r["rate_at_noise_1"] else None for r in rows]
    frame = pl.DataFrame(
        {
            "fault_kind": [r["fault_kind"] for r in rows],
            "explanation": [r["sentence"] for r in rows],
            "rate_at_noise_1": rates,
            "rate_is_per": [r["unit"] for r in rows],
            "source": [r["source"] for r in rows],
        }
    )
    part = target.with_suffix(".0")
    frame.write_parquet(part)
    _join_parquet(part.parent, part.stem, 1, target)
    part.unlink()


def _write_about(scratch: Path, values: dict[str, str]) -> None:
    """The about file and the note for readers."""
    with (scratch / ABOUT_FILE).open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["key", "value"])
        writer.writerows(values.items())
    (scratch / "README.txt").write_text(README, encoding="utf-8")


def _move_into_place(scratch: Path, folder: Path) -> None:
    """Puts the new folder where the old one was."""
    old = scratch.with_suffix(".old")
    if folder.exists():
        folder.rename(old)
    scratch.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
