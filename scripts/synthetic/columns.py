"""Which columns a census year carries, under which headers, and how values are spelt."""

from __future__ import annotations

import numpy as np
import polars as pl
from delivery import crosswalk

from .lives import CATEGORIES, NEEDS, NEVER, REASONS
from .reference import FIRST_CENSUS_YEAR, LAST_CENSUS_YEAR, Calibration

# Columns of the rows, by harmonised name
FIELDS = {
    "academic_year_label": "year",
    "local_authority_code": "code",
    "local_child_id": "local",
    "pupil_matching_ref": "pmr",
    "birth_month": "birth_month",
    "birth_year": "birth_year",
    "is_unborn": "unborn",
    "sex_code": "sex",
    "ethnicity_code": "ethnicity",
    "has_disability": "disability",
    "death_date": "death",
    "is_seeking_asylum": "asylum",
    "is_adopted_from_care": "adopted",
    "income_deprivation_score": "idaci",
    "referral_date": "referral",
    "referral_source_code": "source",
    "primary_need_code": "need",
    "is_no_further_action": "nfa",
    "closure_date": "closure",
    "closure_reason_code": "reason",
    "initial_conference_date": "conference",
    "is_on_protection_plan": "on_plan",
    "plan_start_date": "plan_start",
    "plan_end_date": "plan_end",
    "initial_abuse_category_code": "category",
    "latest_abuse_category_code": "latest_category",
    "n_previous_plans": "n_previous",
    "is_in_need_on_31_march": "in_need_31_march",
    "open_case_code": "open_case",
    "service_type": "service_type",
    "service_provider": "service_provider",
    "service_start_date": "service_start",
    "service_end_date": "service_end",
    "disability_code": "disability_code",
}


def _documented(dataset: str) -> list[tuple[str, str, int, int]]:
    """Header, column of the rows, first and last census year of every documented span of the crosswalk."""
    spans = crosswalk.documented(dataset)
    return [(header, FIELDS[name], first, last or LAST_CENSUS_YEAR) for name, header, first, last in spans]


HEADERS = _documented("cin")
DATES = [
    "death",
    "referral",
    "closure",
    "conference",
    "plan_start",
    "plan_end",
    "service_start",
    "service_end",
]
FLAGS = ["unborn", "disability", "nfa", "on_plan", "in_need_31_march", "adopted"]
PLAN_YEARS = [2009, *range(2013, LAST_CENSUS_YEAR + 1)]

# Values of a date column below zero stand for these texts.
ODD_DATES = ["1800-01-01", "1900-01-01", "31/02/2012", "00/00/0000", "not known", "2013-13-01"]
OPEN_CASES = ["CLA", "RO", "SG", "TP", "CR", "PFC", "YC", "NCH", "NKH", "NAS", "DCH", "DKH"]
OPEN_CASES += ["DAS", "BF", "CDP", "KDP", "NON"]
SERVICE_TYPES = ["Short break", "Family support", "Direct payment", "Social work"]
SERVICE_PROVIDERS = ["Local authority", "Voluntary", "Private"]
BLANK = -1


def headers_of(year: int) -> list[tuple[str, str]]:
    """Header and column for each field of one census year's main file."""
    return [(h, column) for h, column, first, last in HEADERS if first <= year <= last]


def disability_headers_of(year: int) -> list[tuple[str, str]]:
    """Header and column for each field of one census year's disabilities file."""
    return [(h, column) for h, column, first, last in _documented("cin_disabilities") if first <= year <= last]


HEADERS_BY_STEM = {"cin": headers_of, "cin_disabilities": disability_headers_of}


def union_of_headers(stem: str, years: tuple[int, ...]) -> list[str]:
    """Every header that any of the years has in this file, in order of first appearance."""
    seen: dict[str, None] = {}
    for year in years:
        for header, _ in HEADERS_BY_STEM[stem](year):
            seen.setdefault(header)
    return list(seen)


class Spelling:
    """A code list as texts: clean codes first, then the misspellings seen in practice."""

    def __init__(self, codes: list[str], variants: dict[str, list[str]]) -> None:
        self.texts = list(codes)
        width = max((len(v) for v in variants.values()), default=1)
        self.table = np.full((len(codes), width), BLANK)
        self.n_variants = np.zeros(len(codes), dtype=np.int64)
        for i, code in enumerate(codes):
            for j, text in enumerate(variants.get(code, [])):
                self.table[i, j] = len(self.texts)
                self.texts.append(text)
            self.n_variants[i] = len(variants.get(code, []))

    def misspell(self, code: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A misspelling for each clean code."""
        which = np.floor(rng.random(len(code)) * self.n_variants[code]).astype(np.int64)
        return self.table[code, which]


def spellings(cal: Calibration) -> dict[str, Spelling]:
    """Per column with codes: its spellings."""
    older = {"N2": "A2", "N3": "A3", "N4": "A4", "N5": "A5"}
    need = {
        code: [code.lower(), f"{code} ", f" {code}", "UnmappedNeedCode", "NA"]
        + [older.get(code, "")] * 4 * (code in older)
        + ["NO", "N0 ", "NO"] * (code == "N0")
        for code in NEEDS
    }
    reason = {
        code: [code.lower(), f"{code} ", "NON", "NONE", "UNKN", "NFA", "No", "UNKNOWNCLOSUREREASON"]
        for code in REASONS
    }
    ethnicity_codes = list(cal.weights("ethnicity"))
    ethnicity = {
        code: [code.lower(), f"{code} ", "INVA", "MISS", "NA  ", "N/A ", "NOT ", "UNCL"]
        for code in ethnicity_codes
    }
    ethnicity["WBRI"] += ["WBR", "WBR ", "WBRS", "WBRT"]
    ethnicity["MWBA"] += ["MWAF", "MWBR"]
    source_codes = list(cal.weights("referral_source")) + ["5D"]
    source = {
        code: [f"{code} " if code.isdigit() else code.lower(), "PR"] for code in source_codes
    }
    source["10"] = ["PR", "10 "]
    return {
        "need": Spelling(NEEDS, need),
        "reason": Spelling(REASONS, reason),
        "ethnicity": Spelling(ethnicity_codes, ethnicity),
        "source": Spelling(source_codes, source),
        "category": Spelling(CATEGORIES, {}),
        "latest_category": Spelling(CATEGORIES, {}),
        "asylum": Spelling(["0", "1"], {"0": ["2"], "1": ["2"]}),
    }


def _lookup(texts: list[str], values: np.ndarray) -> pl.Series:
    """The text at each position; a negative position gives an empty text."""
    series = pl.Series([*texts, ""], dtype=pl.String)
    return series.gather(np.where(values < 0, len(texts), values).astype(np.uint32))


_DAYS = [str(d) for d in np.arange(np.datetime64("1970-01-01"), np.datetime64("2060-01-01"))]


def date_text(days: np.ndarray) -> pl.Series:
    """ISO dates; empty where missing; the odd texts for values below zero."""
    texts = [*_DAYS, *ODD_DATES, ""]
    position = np.where(days < 0, len(_DAYS) - 1 - days, days)
    position = np.where(days == NEVER, len(texts) - 1, position)
    return pl.Series(texts, dtype=pl.String).gather(position.astype(np.uint32))


def _number_text(values: np.ndarray, prefix: str, width: int) -> pl.Series:
    """Prefix and number with leading zeros; empty where negative."""
    text = pl.Series(values).cast(pl.String).str.zfill(width)
    frame = pl.DataFrame({"t": text, "missing": values < 0})
    return frame.select(
        pl.when(pl.col("missing")).then(pl.lit("")).otherwise(pl.lit(prefix) + pl.col("t"))
    ).to_series()


def render(
    rows: dict[str, np.ndarray], codes: list[str], spelling: dict[str, Spelling]
) -> pl.DataFrame:
    """All rows of a chunk as text, one column per column of the rows."""
    out: dict[str, pl.Series] = {}
    years = [f"{y - 1}/{y}" for y in range(FIRST_CENSUS_YEAR, LAST_CENSUS_YEAR + 1)]
    for name, values in rows.items():
        if name == "year":
            out[name] = _lookup(years, values)
        elif name == "code":
            out[name] = _lookup(codes, values)
        elif name == "local":
            out[name] = _number_text(values, "SYN", 9)
        elif name == "pmr":
            out[name] = _number_text(values, "SYN", 15)
        elif name == "sex":
            late = rows["year"] + FIRST_CENSUS_YEAR >= 2025
            texts = ["", "1", "2", "0", "9", "", "M", "F", "U", "U"]
            out[name] = _lookup(texts, values + 5 * late)
        elif name in DATES:
            out[name] = date_text(values)
        elif name in FLAGS:
            out[name] = _lookup(["0", "1"], values)
        elif name in spelling:
            out[name] = _lookup(spelling[name].texts, values)
        elif name == "idaci":
            out[name] = _lookup([f"0.{i:03d}" for i in range(1000)], values)
        elif name in ("birth_month", "birth_year", "n_previous"):
            out[name] = _lookup([str(i) for i in range(2100)], values)
        elif name == "open_case":
            out[name] = _lookup(OPEN_CASES, values)
        elif name == "service_type":
            out[name] = _lookup(SERVICE_TYPES, values)
        elif name == "service_provider":
            out[name] = _lookup(SERVICE_PROVIDERS, values)
    return pl.DataFrame(out)
