"""The cleaning of the census in Polars, as a researcher would write it: a competitor for the benchmark.

    python benchmarks/cleaning_polars.py --extract data/synthetic --out data/polars

Reads `cin_<census_year>.csv`, applies the rules R1 to R24 of DECISIONS.md, and writes one Parquet file for each table of
`TABLES`. Every value in them equals that of the project's table of the same name; `benchmarks/benchmark.py` checks it.
Left out: quality rules, missingness, populations and rates, the reasons behind each link, and marks
for single values that cannot be read. Expects files without damaged lines, in UTF-8, one for each year.

`--ties`: where records of one year tie to the last, the project decides by a hash that no other tool has (D8). A folder with
what it decided makes results comparable to the last digit.
"""

import argparse
import math
from collections.abc import Callable
from functools import reduce
from pathlib import Path

import numpy as np
import polars as pl
from polars import col
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
TABLES = [
    "row_account", "rejected_records", "local_authority_returns", "child_identifiers", "episodes", "spells",
    "child_protection_plans", "child_disabilities", "annual_counts",
]  # fmt: skip

# What each column is called in the files; where the name has changed, all the names it has had.
HEADERS = {
    "academic_year_label": ["CIN_ACADYR"],
    "local_authority_code": ["CIN_CIN_LA", "CIN_LA"],
    "local_child_id": ["CIN_LAchildID_Anon"],
    "pupil_matching_ref": ["CIN_PupilMatchingRefAnonymous"],
    "birth_month": ["CIN_MonthOfBirth"],
    "birth_year": ["CIN_YearOfBirth"],
    "is_unborn": ["CIN_UNBORN"],
    "sex_code": ["CIN_Gender", "CIN_Sex"],
    "ethnicity_code": ["CIN_Ethnicity"],
    "has_disability": ["CIN_Disability"],
    "death_date": ["CIN_PersonDeathDate"],
    "is_seeking_asylum": ["CIN_AsylumSeeking"],
    "is_adopted_from_care": ["CIN_LookedAfterChildAdopted"],
    "income_deprivation_score": ["CIN_IDACI_Score"],
    "referral_date": ["CIN_ReferralDate", "CIN_CINReferralDate"],
    "referral_source_code": ["CIN_ReferralSource"],
    "primary_need_code": ["CIN_PrimaryNeedCode"],
    "is_no_further_action": ["CIN_ReferralNFA"],
    "closure_date": ["CIN_CINClosureDate"],
    "closure_reason_code": ["CIN_ReasonForClosure"],
    "initial_conference_date": ["CIN_DateOfInitialCPC"],
    "is_on_protection_plan": ["CIN_CPPindicator"],
    "plan_start_date": ["CIN_CPPstartDate"],
    "plan_end_date": ["CIN_CPPendDate"],
    "initial_abuse_category_code": ["CIN_CategoryOfAbuse", "CIN_InitialCategoryOfAbuse"],
    "latest_abuse_category_code": ["CIN_LatestCategoryOfAbuse"],
    "n_previous_plans": ["CIN_NumberOfPreviousCPP"],
    "is_in_need_on_31_march": ["CIN_CINAt31March"],
    "open_case_code": ["CIN_OpenCaseInformation"],
    "service_type": ["CIN_ServiceType"],
    "service_provider": ["CIN_ServiceProvision"],
    "service_start_date": ["CIN_ServiceProvisionStartDate"],
    "service_end_date": ["CIN_ServiceProvisionEndDate"],
}
NAMES = {header: name for name, headers in HEADERS.items() for header in headers}
TEXTS = [
    "academic_year_label", "local_authority_code", "local_child_id", "pupil_matching_ref", "service_type", "service_provider"
]  # fmt: skip
DATES = [name for name in HEADERS if name.endswith("_date")]
FLAGS = [name for name in HEADERS if name.startswith(("is_", "has_"))]
CODE_LISTS = {
    name: "abuse_category_code" if name.endswith("abuse_category_code") else name for name in HEADERS if name.endswith("_code")
}
del CODE_LISTS["local_authority_code"]
FIRST_USABLE_DATE = pl.date(1930, 1, 1)
FOREVER, LONG_AGO = pl.date(9999, 12, 31), pl.date(1, 1, 1)
# What the later steps do not ask for: typed like the rest, but not carried on.
NOT_CARRIED_ON = [
    "has_disability", "death_date", "is_seeking_asylum", "is_adopted_from_care", "income_deprivation_score",
    "open_case_code", "service_type", "service_provider", "service_start_date", "service_end_date",
]  # fmt: skip
EPISODE = ["child", "referral_date"]
PROBABILITY_LIMIT, MOST_IDS_OF_A_CHILD = 0.9, 8


def seed(name: str) -> pl.DataFrame:
    """A reference table of the project, codes as text."""
    return pl.read_csv(SEEDS / f"{name}.csv", schema_overrides={"local_authority_code": pl.String, "sex_code": pl.String})


def march_31(year: str) -> pl.Expr:
    """The last day of the census year in a column."""
    return pl.date(col(year), 3, 31)


def settle(frame: pl.DataFrame, table: str, key: list[str], ties: Path | None) -> pl.DataFrame:
    """The frame with ties decided as the project decided them (D8). The ties name a child by its la_child_id."""
    if ties is None:
        return frame
    return frame.update(pl.read_parquet(ties / f"{table}.parquet"), on=["la_child_id", *key])


# ---------------------------------------------------------------- R1 to R5: records


def accepted_codes(code_list: str, year: int) -> dict[str, str]:
    """R3: each spelling that a code list accepts in a year, and the code it stands for."""
    codes = (
        seed("code_lists")
        .filter(col("code_list") == code_list, col("first_census_year") <= year, col("last_census_year").fill_null(9999) >= year)[
            "code"
        ]
        .to_list()
    )
    spellings = seed("code_spellings").filter(col("code_list") == code_list, col("code").is_in(codes))
    return dict(zip(codes, codes, strict=True)) | dict(spellings.select("spelling", "code").iter_rows())


def is_of_year(year: int) -> pl.Expr:
    """R1: whether a row's label names the year of its file."""
    label = col("academic_year_label").str.replace_all(r"\D", "")
    return label.is_in([f"{year - 1}{year}", f"{year - 1}{year % 100:02}"]).fill_null(False)


def read_year(path: Path, year: int, last_year: int) -> pl.LazyFrame:
    """R1 to R4: one file, typed. What cannot be read is null; `row_hash` is over the values as given."""
    file = pl.scan_csv(path, infer_schema=False).rename(NAMES, strict=False)
    given = file.collect_schema().names()
    values = file.select(col(name).str.strip_chars().replace("", None) for name in given)
    missing = [name for name in HEADERS if name not in given]

    def typed(name: str) -> pl.Expr:
        text = col(name)
        if name in DATES:
            day = pl.coalesce(text.str.to_date("%Y-%m-%d", strict=False), text.str.to_date("%d/%m/%Y", strict=False))
            return pl.when(day.is_between(FIRST_USABLE_DATE, pl.date(last_year, 3, 31))).then(day).alias(name)
        if name in FLAGS:
            lower = text.str.to_lowercase()
            yes, no = lower.is_in(["1", "true", "t", "y", "yes"]), lower.is_in(["0", "false", "f", "n", "no"])
            return pl.when(yes).then(True).when(no).then(False).alias(name)
        if name in CODE_LISTS:
            codes = accepted_codes(CODE_LISTS[name], year)
            return text.str.to_uppercase().replace_strict(codes, default=None, return_dtype=pl.String)
        if name == "birth_month":
            number = text.cast(pl.Int16, strict=False)
            return pl.when(number.is_between(1, 12)).then(number).alias(name)
        if name == "birth_year":
            number = text.cast(pl.Int16, strict=False)
            return pl.when(number.is_between(1900, 2100)).then(number).alias(name)
        if name == "n_previous_plans":
            return text.cast(pl.Int16, strict=False)
        if name == "income_deprivation_score":
            return text.cast(pl.Float64, strict=False)
        return text

    rejection_reason = (
        pl.when(~is_of_year(year))
        .then(pl.lit("another_census_year"))
        .when(col("local_authority_code").is_null())
        .then(pl.lit("no_local_authority_code"))
        .when(col("local_child_id").is_null())
        .then(pl.lit("no_local_child_id"))
        .when(typed("referral_date").is_null() & col("referral_date").is_not_null())
        .then(pl.lit("referral_date_not_usable"))
        .when(typed("referral_date").is_null())
        .then(pl.lit("no_referral_date"))
    )
    return values.with_columns(pl.lit(None, pl.String).alias(name) for name in missing).select(
        *(typed(name) for name in HEADERS if name != "academic_year_label"),
        census_year=pl.lit(year, pl.Int16),
        row_hash=pl.struct(given).hash(),
        rejection_reason=rejection_reason,
    )


def read_records(folder: Path) -> pl.DataFrame:
    """Every row of every year."""
    files = {int(path.stem[-4:]): path for path in sorted(folder.glob("cin_[0-9]*.csv"))}
    return pl.concat([read_year(path, year, max(files)).collect() for year, path in files.items()])


def read_disabilities(folder: Path) -> pl.DataFrame:
    """R1, R3, R5: one row per child and disability that any year returned, over all rows that can be told to both."""
    names = NAMES | {"CIN_Disability": "disability_code"}
    years = []
    for path in sorted(folder.glob("cin_disabilities_[0-9]*.csv")):
        year = int(path.stem[-4:])
        file = pl.scan_csv(path, infer_schema=False).rename(names, strict=False)
        codes = accepted_codes("disability_code", year)
        rows = file.select(col(name).str.strip_chars().replace("", None) for name in file.collect_schema().names())
        rows = rows.filter(is_of_year(year)).select(
            la_child_id=pl.concat_str("local_authority_code", "local_child_id", separator="-"),
            disability_code=col("disability_code").str.to_uppercase().replace_strict(codes, default=None, return_dtype=pl.String),
        )
        years.append(rows.drop_nulls().unique().with_columns(census_year=pl.lit(year, pl.Int16)).collect())
    # each row stands for one year
    return (
        pl.concat(years)
        .group_by("la_child_id", "disability_code")
        .agg(
            first_census_year=col("census_year").min(),
            last_census_year=col("census_year").max(),
            n_returns=pl.len().cast(pl.Int16),
        )
    )


def accounts(records: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """R1, R16: what became of every row read; what each authority returned."""
    place = ["census_year", "local_authority_code"]
    is_usable = col("rejection_reason").is_null()
    distinct = records.filter(is_usable).select(*place, "row_hash").unique().group_by(place).len("n_reconciled")
    read = records.group_by(place).agg(n_rows_read=pl.len(), n_rejected=is_usable.not_().sum())
    account = read.join(distinct, on=place, how="left").with_columns(col("n_reconciled").fill_null(0))
    return {
        "row_account": account.with_columns(n_exact_duplicates=col("n_rows_read") - col("n_rejected") - col("n_reconciled")),
        "rejected_records": records.filter(is_usable.not_()).select(*place, "local_child_id", reason="rejection_reason"),
        "local_authority_returns": read.filter(col("local_authority_code").is_not_null()).select(*place, n_records="n_rows_read"),
    }


def number_children(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """R5: usable records, with a number `child` for each la_child_id, in the order of la_child_id; and the children."""
    usable = records.filter(col("rejection_reason").is_null())
    usable = usable.drop("rejection_reason", "row_hash", *NOT_CARRIED_ON, strict=False)
    key = ["local_authority_code", "local_child_id"]
    children = (
        usable.select(key)
        .unique()
        .with_columns(la_child_id=pl.concat_str(key, separator="-"))
        .sort("la_child_id")
        .with_row_index("child")
    )
    return usable.join(children.select("child", *key), on=key).drop("local_child_id", "local_authority_code"), children


# ---------------------------------------------------------------- R10 to R14: episodes, children, plans reconciled


def newest(*names: str) -> list[pl.Expr]:
    """R11: of records in their order, the last that gives a value, for each column."""
    return [col(name).last(ignore_nulls=True) for name in names]


def reconcile_episodes(records: pl.DataFrame, children: pl.DataFrame, ties: Path | None) -> pl.DataFrame:
    """R10, R11, R14: one row per episode. Records must be in order."""
    is_open = col("closure_date").is_null() & col("closure_reason_code").is_null() & ~col("is_no_further_action").fill_null(False)
    has_plan = col("is_on_protection_plan").fill_null(False) | pl.any_horizontal(
        col("plan_start_date", "plan_end_date", "initial_abuse_category_code", "latest_abuse_category_code").is_not_null()
    )
    episodes = records.group_by(EPISODE, maintain_order=True).agg(
        *newest(
            "closure_date", "closure_reason_code", "is_no_further_action", "primary_need_code", "referral_source_code",
            "initial_conference_date",
        ),
        first_census_year=col("census_year").min(),
        last_census_year=col("census_year").max(),
        n_returns=col("census_year").n_unique().cast(pl.Int16),
        earliest_recorded=col("closure_date").min(),
        latest_recorded=col("closure_date").max(),
        last_year_open=pl.when(is_open).then(col("census_year")).max(),
        first_year_closed=pl.when(~is_open).then(col("census_year")).min(),
        last_sign=pl.max_horizontal("referral_date", "initial_conference_date", "plan_start_date", "plan_end_date").max(),
        last_year_flagged=pl.when(col("is_in_need_on_31_march")).then(col("census_year")).max(),
        has_protection_plan=has_plan.any(),
    )  # fmt: skip
    episodes = episodes.rename({"closure_date": "recorded_closure_date"}).join(
        children.select("child", "la_child_id", "local_authority_code"), on="child", maintain_order="left"
    )
    return settle(episodes, "episodes", ["referral_date"], ties).with_columns(
        col("is_no_further_action").fill_null(False),
        is_closed=col("recorded_closure_date").is_not_null()
        | col("closure_reason_code").is_not_null()
        | col("is_no_further_action").fill_null(False),
    )


def describe_children(records: pl.DataFrame, children: pl.DataFrame, ties: Path | None) -> pl.DataFrame:
    """What the records say of each la_child_id. Records must be in order of child and year."""
    birth = pl.date("birth_year", "birth_month", 1)
    has_birth = col("birth_year").is_not_null() & col("birth_month").is_not_null()
    described = records.group_by("child", maintain_order=True).agg(
        first_census_year=col("census_year").min(),
        first_referral_date=col("referral_date").min(),
        sex_code=pl.when(~col("sex_code").is_in(["0", "U"])).then("sex_code").last(ignore_nulls=True),
        birth_month_start=pl.when(has_birth).then(birth).last(ignore_nulls=True),
        is_birth_expected=pl.when(has_birth).then(col("is_unborn").fill_null(False)).min().fill_null(False),
    )
    described = children.join(described, on="child", maintain_order="left")
    described = settle(described, "la_children", [], ties)
    return described.join(seed("sexes"), on="sex_code", how="left", maintain_order="left")


def reconcile_plans(records: pl.DataFrame, children: pl.DataFrame, ties: Path | None) -> pl.DataFrame:
    """R12: one row per plan. Records must be in order."""
    plans = (
        records.filter(col("plan_start_date").is_not_null())
        .group_by("child", "plan_start_date", maintain_order=True)
        .agg(
            *newest("referral_date", "plan_end_date", "latest_abuse_category_code", "n_previous_plans"),
            initial_abuse_category_code=col("initial_abuse_category_code").first(ignore_nulls=True),
            first_census_year=col("census_year").min(),
            last_census_year=col("census_year").max(),
        )
    )
    plans = plans.join(children.select("child", "la_child_id"), on="child", maintain_order="left")
    return settle(plans, "child_protection_plans", ["plan_start_date"], ties)


# ---------------------------------------------------------------- R15 to R17: closures


def closure_lateness(episodes: pl.DataFrame) -> tuple[int, bool]:
    """D27: within how many years closures become known, all but 1 in 500, and whether DfE's flag of 31 March can be believed."""
    recorded = col("recorded_closure_date")
    known = episodes.filter(recorded >= col("referral_date"), ~col("is_no_further_action")).select(
        late=col("first_year_closed") - recorded.dt.offset_by("9mo").dt.year(),
        is_flagged=col("last_year_flagged").is_not_null(),
        is_contradicted=(recorded < march_31("last_year_flagged")).fill_null(False),
    )
    n_years_late = next((n for n in (0, 1) if (known["late"] > n).sum() * 500 <= len(known)), 2)
    return n_years_late, known["is_contradicted"].sum() * 500 <= known["is_flagged"].sum()


def close_episodes(episodes: pl.DataFrame, returns: pl.DataFrame, years: list[int]) -> pl.DataFrame:
    """R15 to R17, D12, D27: when each episode ended, on what evidence, and within which bounds. Episodes in order."""
    last_year = years[-1]
    n_years_late, is_flag_believed = closure_lateness(episodes)
    next_returns = pl.concat(
        returns.filter(col("census_year") >= year)
        .group_by("local_authority_code")
        .agg(next_year_returned=col("census_year").min(), last_census_year=pl.lit(year - 1, pl.Int16))
        for year in years
    )
    last_census_day = pl.date(last_year, 3, 31)
    returned_next = returns.select("local_authority_code", last_census_year=col("census_year") - 1, returns_next=pl.lit(True))
    is_last_of_child = (col("child") != col("child").shift(-1)).fill_null(True)
    last_return = march_31("last_census_year")
    last_open = march_31("last_year_open")
    referral, recorded, basis = col("referral_date"), col("recorded_closure_date"), col("closure_basis")
    is_estimated = ~basis.is_in(["recorded", "no_further_action", "open"])
    next_referral = col("next_referral_date")
    estimated = (
        pl.when(basis == "recorded")
        .then(recorded)
        .when(basis == "no_further_action")
        .then(referral)
        .when(basis == "next_referral")
        .then(next_referral.dt.offset_by("-1d"))
        .when(basis != "open")
        .then(last_return)
    )
    return (
        episodes.join(returned_next, on=["local_authority_code", "last_census_year"], how="left", maintain_order="left")
        .join(next_returns, on=["local_authority_code", "last_census_year"], how="left", maintain_order="left")
        .with_columns(
            n_years_late=pl.lit(n_years_late),
            last_sign=pl.max_horizontal(
                "last_sign",
                march_31("last_year_flagged") if is_flag_believed else pl.lit(None, pl.Date),
                pl.date(col("last_census_year") - 1 - n_years_late, 4, 1),
            ),
            returns_next=col("returns_next").fill_null(False),
            next_referral_date=pl.when(~is_last_of_child).then(referral.shift(-1)),
        )
        .with_columns(
            closure_basis=pl.when(recorded.is_not_null())
            .then(pl.lit("recorded"))
            .when(col("is_no_further_action"))
            .then(pl.lit("no_further_action"))
            .when(~col("is_closed") & (col("last_census_year") == last_year))
            .then(pl.lit("open"))
            .when(next_referral <= last_return)
            .then(pl.lit("next_referral"))
            .when(~col("is_closed") & ~col("returns_next"))
            .then(pl.lit("censored"))
            .otherwise(pl.lit("last_return")),
            is_vanished=~col("is_closed") & col("returns_next"),
        )
        .with_columns(
            closure_date=pl.when(basis != "open").then(pl.max_horizontal(estimated, "referral_date")),
            is_closure_before_referral=((basis == "recorded") & (recorded < referral)).fill_null(False),
        )
        .with_columns(
            closure_date_for_counting=pl.when(is_estimated)
            .then(pl.max_horizontal("closure_date", last_open))
            .otherwise("closure_date"),
            closure_date_earliest=pl.when(basis == "recorded")
            .then(pl.max_horizontal("earliest_recorded", "referral_date"))
            .when((basis == "open") & (n_years_late == 0))
            .then(last_census_day)
            .otherwise(
                pl.max_horizontal(pl.min_horizontal(pl.coalesce(estimated, last_census_day), "last_sign"), "referral_date")
            ),
            closure_date_latest=pl.when(basis == "open")
            .then(None)
            .when((basis == "recorded") & ~col("is_closure_before_referral"))
            .then("latest_recorded")
            .when((basis == "no_further_action") & col("last_year_open").is_null())
            .then(referral)
            .otherwise(
                pl.max_horizontal(
                    pl.when("is_closed")
                    .then(last_return)
                    .when(pl.lit(n_years_late > 0) & col("next_year_returned").is_not_null())
                    .then(march_31("next_year_returned"))
                    .otherwise(last_census_day),
                    "closure_date",
                )
            ),
        )
        .with_columns(
            is_open_on_closure_date=(is_estimated & (col("closure_date_for_counting") == last_open)).fill_null(False),
        )
    )


def expect_closures(episodes: pl.DataFrame) -> pl.DataFrame:
    """D28: the date to be expected beside an estimate, the mean of recorded closures of like cases."""
    episodes = episodes.with_columns(
        case_kind=pl.when("has_protection_plan")
        .then(0)
        .when(col("closure_reason_code").is_in(["RC8", "RC9"]))
        .then(1)
        .when(col("primary_need_code") == "N2")
        .then(2)
        .otherwise(3)
    )
    recorded = episodes.filter(
        col("closure_basis") == "recorded", ~col("is_closure_before_referral"), ~col("is_no_further_action")
    ).select("case_kind", n_days=(col("closure_date") - col("referral_date")).dt.total_days())
    earliest, is_late = col("closure_date_earliest"), col("n_years_late") > 0
    first_open = (
        pl.when(~is_late | (col("closure_basis") == "censored"))
        .then(pl.max_horizontal(march_31("last_year_open").dt.offset_by("1d"), "referral_date", earliest))
        .otherwise(pl.max_horizontal(earliest, pl.date(col("last_census_year") - 1, 4, 1)))
    )
    last_open = pl.when(is_late & col("is_vanished")).then(march_31("last_census_year")).otherwise("closure_date_latest")
    bounded = (
        episodes.filter(col("closure_basis").is_in(["next_referral", "censored", "last_return"]))
        .with_columns(first_open=first_open, last_open=last_open)
        .with_columns(first_possible=pl.when(is_late).then(earliest).otherwise("first_open"))
        .with_columns(
            last_day=pl.max_horizontal(
                pl.when(col("next_referral_date") > col("first_possible"))
                .then(pl.min_horizontal("last_open", col("next_referral_date").dt.offset_by("-1d")))
                .otherwise("last_open"),
                earliest,
            )
        )
        .with_columns(
            first_day=pl.min_horizontal(
                pl.when(col("last_day") < col("first_open")).then("first_possible").otherwise("first_open"), "last_day"
            )
        )
        .select(
            *EPISODE,
            "case_kind",
            first=(col("first_day") - col("referral_date")).dt.total_days(),
            last=(col("last_day") - col("referral_date")).dt.total_days(),
        )
    )
    expected = []
    for kind in range(4):
        days = recorded.filter(col("case_kind") == kind)["n_days"].to_numpy()
        cases = bounded.filter(col("case_kind") == kind)
        counts = np.bincount(days)
        up_to = np.r_[0, np.cumsum(counts)], np.r_[0, np.cumsum(counts * np.arange(len(counts)))]
        first, last = cases["first"].to_numpy(), cases["last"].to_numpy()
        n, together = (cum[np.minimum(last + 1, len(counts))] - cum[np.minimum(first, len(counts))] for cum in up_to)
        mean = np.floor(np.divide(together, n, out=np.zeros(len(n)), where=n > 0) + 0.5).astype(int)
        n_days = np.where(n > 0, mean, first + (last - first) // 2)
        expected.append(cases.select(*EPISODE, n_days=pl.Series(n_days)))
    return (
        episodes.join(pl.concat(expected), on=EPISODE, how="left", maintain_order="left")
        .with_columns(closure_date_expected=pl.coalesce(col("referral_date") + pl.duration(days="n_days"), "closure_date"))
        .drop("n_days")
    )


# ---------------------------------------------------------------- R6 to R9: who is the same child


def claim_references(records: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """R6, D30: for each child the reference it keeps, and the one that may link it to others."""
    claims = (
        records.filter(col("pupil_matching_ref").is_not_null())
        .group_by("child", "pupil_matching_ref")
        .agg(n_years=col("census_year").n_unique(), last_year=col("census_year").max())
        .with_columns(n_refs=pl.len().over("child"), is_shared=pl.len().over("pupil_matching_ref") > 1)
    )
    order = {"n_years": True, "last_year": True, "pupil_matching_ref": False}
    chosen = claims.sort("child", *order, descending=[False, *order.values()]).unique("child", keep="first")
    linking = claims.sort("child", "is_shared", *order, descending=[False, True, *order.values()]).unique("child", keep="first")
    return chosen, linking


def describe_sharers(
    linking: pl.DataFrame, records: pl.DataFrame, children: pl.DataFrame, episodes: pl.DataFrame
) -> pl.DataFrame:
    """The children that share a linking reference, and all that their records say: sexes and groups as bits, births as lists."""
    sharers = linking.with_columns(n_ids=pl.len().over("pupil_matching_ref")).filter(col("n_ids") > 1)
    own = records.join(sharers, on="child", how="semi")
    sex_bits = {"1": 1, "M": 1, "2": 2, "F": 2, "9": 4}
    groups = seed("ethnic_groups").filter(col("ethnic_group") != "Unknown")
    names = sorted(groups["ethnic_group"].unique())
    group_bits = {code: 1 << names.index(group) for code, group in groups.select("ethnicity_code", "ethnic_group").iter_rows()}
    own = own.select(
        "child",
        birth=pl.when(~col("is_unborn").fill_null(False)).then(col("birth_year").cast(pl.Int32) * 12 + col("birth_month")),
        sexes=col("sex_code").replace_strict(sex_bits, default=None, return_dtype=pl.Int32),
        groups=col("ethnicity_code").replace_strict(group_bits, default=None, return_dtype=pl.Int32),
    )
    births = own.filter(col("birth").is_not_null()).group_by("child").agg(births=col("birth").unique().sort())
    facts = own.group_by("child").agg(
        sexes=col("sexes").drop_nulls().bitwise_or(),
        groups=col("groups").drop_nulls().bitwise_or(),
    )
    active = episodes.group_by("child").agg(first_day=col("referral_date").min(), last_day=col("closure_date_earliest").max())
    region = seed("local_authorities").sort("first_census_year").group_by("local_authority_code").agg(col("region_code").last())
    return (
        sharers.select("child", "pupil_matching_ref", "n_years", "n_ids")
        .join(children.select("child", "local_authority_code"), on="child")
        .join(region, on="local_authority_code", how="left")
        .join(facts, on="child")
        .join(births, on="child", how="left")
        .join(active.join(sharers, on="child", how="semi"), on="child")
    )


def link_weights(ties: Path | None) -> dict[str, dict[str, float]]:
    """R8, D29: the weight of each level of each comparison. A hash draws the sample behind them, so they are given.

    Without that, what the project takes as known before it looks at an extract.
    """
    if ties:
        weights = pl.read_parquet(ties / "link_weights.parquet")
    else:
        shares = {
            name: col(f"n_{kind}_pairs") / col(f"n_{kind}_pairs").sum().over("comparison")
            for name, kind in (("m", "true"), ("u", "false"))
        }
        weights = seed("link_comparisons").with_columns(**shares).with_columns(weight=(col("m") / col("u")).log(2))
    found: dict[str, dict[str, float]] = {}
    for comparison, level, weight in weights.select("comparison", "level", "weight").iter_rows():
        found.setdefault(comparison, {})[level] = weight
    return found


def cut_links(sharers: pl.DataFrame, children: pl.DataFrame, episodes: pl.DataFrame, ties: Path | None) -> pl.DataFrame:
    """R8, D29: for each child that shares a reference, whether its link is cut, and whether any of that reference is."""
    compared = sharers.filter(col("n_ids") <= MOST_IDS_OF_A_CHILD)
    born = children.select(
        "local_authority_code",
        "sex",
        first_day="first_referral_date",
        births=col("birth_month_start").dt.year() * 12 + col("birth_month_start").dt.month().cast(pl.Int32),
    )
    twins = (
        compared.select("child", "local_authority_code", "first_day", "births")
        .explode("births")
        .join(born, on=["local_authority_code", "first_day", "births"])
        .group_by("child")
        .agg(twins=col("sex").replace_strict({"male": 1, "female": 2, "other": 4}, default=0, return_dtype=pl.Int32).bitwise_or())
    )
    stretches = compared.select("child", "pupil_matching_ref").join(
        episodes.select("child", "referral_date", "closure_date_earliest"), on="child"
    )
    together = (
        stretches.join(stretches, on="pupil_matching_ref", suffix="_later")
        .filter(
            col("child") != col("child_later"),
            col("referral_date") < col("referral_date_later"),
            col("closure_date_earliest") > col("referral_date_later"),
            col("closure_date_earliest_later") > col("referral_date_later"),
        )
        .select(child=pl.min_horizontal("child", "child_later"), child_other=pl.max_horizontal("child", "child_later"))
        .unique()
        .with_columns(is_open_together=pl.lit(True))
    )
    one = compared.join(twins, on="child", how="left")
    pairs = (
        one.join(one, on="pupil_matching_ref", suffix="_other")
        .filter(col("child") < col("child_other"))
        .join(together, on=["child", "child_other"], how="left")
    )
    same_authority = col("local_authority_code") == col("local_authority_code_other")
    active_together = same_authority & (col("first_day") <= col("last_day_other")) & (col("first_day_other") <= col("last_day"))
    births, births_other = col("births"), col("births_other")

    def have_in_common(change: Callable[[pl.Expr], pl.Expr], change_other: Callable[[pl.Expr], pl.Expr] | None = None) -> pl.Expr:
        """Whether two lists of months of birth, each month changed by a function, share an entry."""
        other = births_other.list.eval((change_other or change)(pl.element()))
        return births.list.eval(change(pl.element())).list.set_intersection(other).list.len() > 0

    def same(month: pl.Expr) -> pl.Expr:
        return month

    is_year_common = (
        have_in_common(lambda month: (month - 1) // 12)
        | have_in_common(lambda month: month + 1, same)
        | have_in_common(lambda month: month - 1, same)
    )
    have_both = {
        "birth_month": births.is_not_null() & births_other.is_not_null(),
        "sex": col("sexes").is_not_null() & col("sexes_other").is_not_null(),
        "ethnic_group": col("groups").is_not_null() & col("groups_other").is_not_null(),
    }
    has_twin = ((col("twins") & col("sexes_other")) != 0).fill_null(False) | (
        (col("twins_other") & col("sexes")) != 0
    ).fill_null(False)
    region = pl.when((col("region_code") == col("region_code_other")).fill_null(False)).then(pl.lit("same_region"))
    is_together = pl.when(same_authority).then(active_together).otherwise(col("is_open_together").fill_null(False))
    levels = {
        "birth_month": pl.when(have_in_common(same))
        .then(pl.lit("agrees"))
        .when(is_year_common)
        .then(pl.lit("year_agrees"))
        .when(have_in_common(lambda month: (month - 1) % 12))
        .then(pl.lit("month_agrees"))
        .otherwise(pl.lit("differs")),
        "sex": pl.when((col("sexes") & col("sexes_other")) != 0)
        .then(pl.lit("agrees"))
        .when(has_twin)
        .then(pl.lit("differs_beside_a_twin"))
        .otherwise(pl.lit("differs")),
        "ethnic_group": pl.when((col("groups") & col("groups_other")) != 0).then(pl.lit("agrees")).otherwise(pl.lit("differs")),
        "place": pl.concat_str(
            pl.when(same_authority).then(pl.lit("same_authority")).otherwise(region.otherwise(pl.lit("other_region"))),
            pl.when(is_together).then(pl.lit("_together")).otherwise(pl.lit("_apart")),
        ),
    }
    pairs = pairs.with_columns(
        **{name: pl.when(have_both.get(name, pl.lit(True))).then(level) for name, level in levels.items()}
    )
    weights = link_weights(ties)
    weight = weights["shared_reference"]["both_carry_it"] + pl.sum_horizontal(
        col(name).replace_strict(weights[name], default=0.0, return_dtype=pl.Float64).fill_null(0.0) for name in levels
    )
    probability = (1 / (1 + (weight.round(3) * -1 * math.log(2)).exp())).round(6)
    n_differ = pl.sum_horizontal(
        (col(name) != "agrees").fill_null(False).cast(pl.Int32) for name in ("birth_month", "sex", "ethnic_group")
    )
    is_conflict = (probability < PROBABILITY_LIMIT) | (n_differ >= 2) | (col("place") == "same_authority_together")
    doubted = pairs.filter(is_conflict).select("child", "child_other")
    doubted = pl.concat([doubted, doubted.select(child="child_other", child_other="child")])
    # the number of a child follows the order of la_child_id
    ranked = (
        sharers.join(doubted.group_by("child").len("n_conflicts"), on="child", how="left")
        .sort(col("n_conflicts").fill_null(0), -col("n_years").cast(pl.Int32), "child")
        .with_row_index("rank")
        .select("child", "rank", "pupil_matching_ref", "n_ids")
    )
    outranked = (
        doubted.join(ranked.select("child", "rank"), on="child")
        .join(ranked.select(child_other="child", rank_other="rank"), on="child_other")
        .filter(col("rank") > col("rank_other"))
    )
    is_outranked = col("child").is_in(outranked["child"].unique().implode())
    return ranked.select("child", "pupil_matching_ref", is_cut=is_outranked | (col("n_ids") > MOST_IDS_OF_A_CHILD)).with_columns(
        is_in_conflict=col("is_cut").any().over("pupil_matching_ref")
    )


def link_reorganised(children: pl.DataFrame, chosen: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """R7, D31: pairs of children that a reorganisation of authorities may have split, and whether the link is cut."""
    changes = seed("local_authority_changes").select(
        col("predecessor_code", "successor_code").cast(pl.String), change_year="first_census_year"
    )
    known = children.join(chosen.select("child", "pupil_matching_ref"), on="child", how="left").with_columns(
        known_birth=pl.when(~col("is_birth_expected")).then("birth_month_start")
    )
    pairs = (
        known.join(changes, left_on="local_authority_code", right_on="predecessor_code")
        .filter(col("first_census_year") < col("change_year"))
        .join(
            known,
            left_on=["successor_code", "local_child_id"],
            right_on=["local_authority_code", "local_child_id"],
            suffix="_next",
        )
        .filter((col("sex") == col("sex_next")).fill_null(True))
    )
    referrals = episodes.select(EPISODE)
    continued = (
        pairs.select("child", "child_next")
        .join(referrals, on="child")
        .join(referrals.rename({"child": "child_next"}), on=["child_next", "referral_date"])
        .select("child", "child_next")
        .unique()
        .with_columns(is_continued=pl.lit(True))
    )
    is_same_birth = (
        pl.when(col("birth_month_start") == col("birth_month_start_next"))
        .then(True)
        .otherwise(col("known_birth") == col("known_birth_next"))
    )
    return (
        pairs.join(continued, on=["child", "child_next"], how="left")
        .filter(is_same_birth.fill_null(col("is_continued").fill_null(False)))
        .select(
            "child",
            "child_next",
            is_cut=(col("pupil_matching_ref") != col("pupil_matching_ref_next")).fill_null(False),
        )
    )


def identify_children(
    records: pl.DataFrame, children: pl.DataFrame, episodes: pl.DataFrame, ties: Path | None
) -> pl.DataFrame:
    """R6 to R9: the three ids of every child, as text and as numbers (`pmr_first`, `person`)."""
    chosen, linking = claim_references(records)
    links = cut_links(describe_sharers(linking, records, children, episodes), children, episodes, ties)
    reorganised = link_reorganised(children, chosen, episodes)
    # a child stands for its reference: the first of those it links
    heads = links.filter(~col("is_cut")).select("child", head=col("child").min().over("pupil_matching_ref"))
    edges = pl.concat([heads.rename({"head": "child_next"}), reorganised.filter(~col("is_cut")).select("child", "child_next")])
    n = len(children)
    graph = coo_array((np.ones(len(edges), bool), (edges["child"].to_numpy(), edges["child_next"].to_numpy())), (n, n))
    component = connected_components(graph, directed=False)[1]
    disputed = reorganised.filter("is_cut")
    disputed = pl.concat([disputed["child"], disputed["child_next"]]).unique()
    return (
        children.with_columns(person=pl.Series(component, dtype=pl.UInt32))
        .join(chosen.select("child", "pupil_matching_ref", n_pupil_matching_refs="n_refs"), on="child", how="left")
        .join(links.select("child", "is_in_conflict"), on="child", how="left")
        .sort("person", "first_census_year", "child")
        .with_columns(
            col("n_pupil_matching_refs").fill_null(0),
            pmr_first_id=pl.coalesce("pupil_matching_ref", "la_child_id"),
            has_link_conflict=(col("n_pupil_matching_refs") > 1).fill_null(False)
            | col("is_in_conflict").fill_null(False)
            | col("child").is_in(disputed.implode()),
            child_id=col("la_child_id").first().over("person"),
        )
        .with_columns(
            pmr_first=col("child").min().over("pmr_first_id"),
            n_ids_of_pmr_first=pl.len().over("pmr_first_id"),
            n_ids_of_person=pl.len().over("person"),
        )
        .sort("child")
    )


# ---------------------------------------------------------------- R18 to R20: episodes in sequence


def within(key: str, value: pl.Expr) -> pl.Expr:
    """A value of the row before, if that is of the same key. Rows must be in order of the key."""
    return pl.when(col(key) == col(key).shift(1)).then(value.shift(1))


def rising(key: str, day: pl.Expr) -> pl.Expr:
    """A day as a number above all days of lower keys, so that a running maximum in order of the key needs no groups."""
    return col(key).cast(pl.Int64) * 10_000_000 + day.to_physical()


def previous_referral(episodes: pl.DataFrame, key: str, name: str) -> pl.DataFrame:
    """Adds the day of the last referral of the same key on an earlier day."""
    days = episodes.select(key, "referral_date").unique().sort(key, "referral_date")
    days = days.with_columns(within(key, col("referral_date")).alias(name))
    return episodes.join(days, on=[key, "referral_date"], how="left", maintain_order="left")


def overlaps(key: str, suffix: str) -> list[pl.Expr]:
    """R18: whether an episode starts before an earlier one of the same key ends, and of which kind. Rows must be in order."""
    known = pl.when("has_known_end").then("reach").otherwise(LONG_AGO)
    referral = rising(key, col("referral_date"))
    overlaps_known = (rising(key, known).cum_max().shift(1) > referral).fill_null(False)
    overlaps_any = (rising(key, col("reach")).cum_max().shift(1) > referral).fill_null(False)
    kind = pl.when(overlaps_known).then(pl.lit("rereferral_while_open")).when(overlaps_any).then(pl.lit("missing_closure"))
    return [overlaps_any.alias(f"overlaps_previous{suffix}"), kind.alias(f"overlap_kind{suffix}")]


def sequence_episodes(episodes: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """R18, R20, R22, D14: each episode among the others of the child."""
    began = seed("local_authorities").group_by("local_authority_code").agg(authority_began=col("first_census_year").min())
    assessed_only = col("closure_reason_code").is_in(["RC8", "RC9"]).fill_null(False)
    not_in_need = ~col("is_no_further_action") & assessed_only & ~col("has_protection_plan")
    known_end = col("closure_basis").is_in(["recorded", "no_further_action"])
    last_return = pl.when(col("closure_basis") == "open").then(FOREVER).otherwise(march_31("last_census_year"))
    episodes = (
        episodes.join(ids.select("child", "child_id", "pmr_first", "person"), on="child", maintain_order="left")
        .join(began, on="local_authority_code", how="left", maintain_order="left")
        .with_columns(
            has_known_end=known_end,
            reach=pl.when(known_end).then("closure_date").otherwise(last_return),
            is_not_in_need=not_in_need,
            is_in_need=~col("is_no_further_action") & ~not_in_need,
            previous_of_child=within("child", col("referral_date")),
            is_continued_from_predecessor=(col("authority_began") > 2009).fill_null(False)
            & (col("referral_date") < pl.date(col("authority_began") - 1, 4, 1)).fill_null(False),
        )
        .with_columns(overlaps("child", ""))
    )
    for key in ("pmr_first", "person"):
        episodes = previous_referral(episodes, key, f"previous_of_{key}")
    # of two on one day the one that lasts longer is the earlier
    by_person = episodes.sort("person", "referral_date", "reach", "child", descending=[False, False, True, False])
    return by_person.with_columns(overlaps("person", "_of_child"))


def merge_spells(episodes: pl.DataFrame) -> pl.DataFrame:
    """R19: the overlapping episodes of a person, merged."""
    open_to = episodes.select("person", "child_id", "referral_date", end=col("closure_date").fill_null(FOREVER)).sort(
        "person", "referral_date", "end", descending=[False, False, True]
    )
    ends_before = rising("person", col("end")).cum_max().shift(1)
    starts = (rising("person", col("referral_date")) >= ends_before).fill_null(True) | (col("person") != col("person").shift(1))
    return (
        open_to.with_columns(spell=starts.cum_sum())
        .group_by("spell", maintain_order=True)
        .agg(
            col("person", "child_id", "referral_date").first(),
            end_date=pl.when(col("end").max() < FOREVER).then(col("end").max()),
            n_episodes=pl.len().cast(pl.Int16),
        )
        .with_columns(first=pl.when(within("person", col("spell")).is_null()).then("spell").forward_fill())
        .select(
            spell_id=pl.format("{}-spell-{}", "child_id", col("spell") - col("first") + 1),
            child_id="child_id",
            start_date="referral_date",
            end_date="end_date",
            n_days=(col("end_date") - col("referral_date")).dt.total_days(),
            n_episodes="n_episodes",
        )
    )


def place_plans(plans: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """D13: each plan with its case, and the end that counts: a plan does not outlast its case."""
    case = episodes.select(*EPISODE, "child_id", "local_authority_code", "closure_date_for_counting", "is_open_on_closure_date")
    start, end = col("plan_start_date"), col("plan_end_date")
    end_of_case = pl.when(col("closure_date_for_counting").is_not_null()).then(
        pl.max_horizontal("closure_date_for_counting", "plan_start_date")
    )
    return plans.join(case, on=EPISODE).with_columns(
        plan_id=pl.format("{}-plan-{}", "la_child_id", "plan_start_date"),
        episode_id=pl.format("{}-{}", "la_child_id", "referral_date"),
        plan_end_date_for_counting=pl.coalesce(end, end_of_case),
        is_open_on_end_date=end.is_null() & col("is_open_on_closure_date"),
        is_end_before_start=(end < start).fill_null(False),
    )


# ---------------------------------------------------------------- R21 to R24: counts of a year

SCHEMES = {"la_child_id": "child", "pmr_first_id": "pmr_first", "child_id": "person"}
IN_CENSUS = ["recorded", "open", "in_need_any_point", "in_need_31_march", "protection_plan_any_point", "protection_plan_31_march"]
ENTERING = ["referrals", "rereferred_12_months", "episodes_started", "plans_started"]


def years_in_office(ids: pl.DataFrame, returns: pl.DataFrame, years: list[int]) -> pl.DataFrame:
    """R24: the children and census years that count: their authority was in force, or returned."""
    listed = seed("local_authorities").select(
        "local_authority_code", "first_census_year", last_census_year=col("last_census_year").fill_null(9999)
    )
    all_years = pl.DataFrame({"census_year": years}, schema={"census_year": pl.Int16})
    in_force = listed.join(all_years, how="cross").filter(
        col("census_year").is_between(col("first_census_year"), col("last_census_year"))
    )
    key = ["local_authority_code", "census_year"]
    counting = pl.concat([in_force.select(key), returns.select(key)]).unique()
    return ids.select("child", "local_authority_code").join(counting, on="local_authority_code").select("child", "census_year")


def count_child_years(
    returned: pl.DataFrame, episodes: pl.DataFrame, plans: pl.DataFrame, years: list[int], in_office: pl.DataFrame
) -> pl.DataFrame:
    """R21, R22: one row per child and census year: what is counted of it that year."""
    referral, end = col("referral_date"), col("closure_date_for_counting")
    frames = [returned.select("child", "census_year", recorded=pl.lit(True))]
    for year, first_day, day in seed("census_years").filter(col("census_year").is_in(years)).select(
        "census_year", col("first_day", "census_day").str.to_date()
    ).iter_rows():  # fmt: skip
        on_31_march = end.is_null() | (end > day) | ((end == day) & col("is_open_on_closure_date"))
        referred = (referral >= first_day) & ~col("is_continued_from_predecessor")
        own = episodes.lazy().filter(referral <= day, end.is_null() | (end >= first_day))
        of_year = own.group_by("child").agg(
            census_year=pl.lit(year, pl.Int16),
            open=pl.lit(True),
            in_need_any_point=col("is_in_need").any(),
            in_need_31_march=(col("is_in_need") & on_31_march).any(),
            referrals=referred.sum().cast(pl.Int32),
            episodes_started=(referred & col("is_in_need")).sum().cast(pl.Int32),
            **{f"entered_by_{key}": (referred & col(f"previous_of_{key}").is_null()).any() for key in SCHEMES.values()},
            **{
                f"rereferred_12_months_by_{key}": (referred & (col(f"previous_of_{key}") >= referral.dt.offset_by("-12mo")))
                .sum()
                .cast(pl.Int32)
                for key in SCHEMES.values()
            },
        )
        start, plan_end = col("plan_start_date"), col("plan_end_date_for_counting")
        on_31_march = plan_end.is_null() | (plan_end > day) | ((plan_end == day) & col("is_open_on_end_date"))
        planned = plans.lazy().filter(start <= day, plan_end.is_null() | (plan_end >= first_day)).group_by("child").agg(
            census_year=pl.lit(year, pl.Int16),
            protection_plan_any_point=pl.lit(True),
            protection_plan_31_march=on_31_march.any(),
            plans_started=(start >= first_day).sum().cast(pl.Int32),
        )  # fmt: skip
        frames += pl.collect_all([of_year, planned])
    key = ["child", "census_year"]
    joined = reduce(lambda one, other: one.join(other, on=key, how="full", coalesce=True), [
        frames[0], pl.concat(frames[1::2]), pl.concat(frames[2::2])
    ])  # fmt: skip
    joined = joined.join(in_office, on=key, how="semi")
    flags = [name for name, dtype in joined.schema.items() if dtype == pl.Boolean]
    numbers = [name for name in joined.columns if name not in [*key, *flags]]
    return joined.with_columns(col(flags).fill_null(False), col(numbers).fill_null(0))


def count_scheme(years: pl.DataFrame, scheme: str, place: str, level: str) -> pl.DataFrame:
    """R24: every measure for one id scheme and one level: an id counts once in each place of the level."""
    key = SCHEMES[scheme]
    numbers = {"rereferred_12_months": f"rereferred_12_months_by_{key}"} | {name: name for name in ENTERING if name[0] != "r"}
    numbers |= {"referrals": "referrals"}
    flags = {name: name for name in IN_CENSUS} | {"entered": f"entered_by_{key}"}
    rows = years.select(
        "census_year",
        *([key, f"n_ids_of_{key}"] if key != "child" else []),
        *(col(column).alias(name) for name, column in (flags | numbers).items()),
        geography_code=place,
    ).filter(col("geography_code").is_not_null())
    if key != "child":  # ids that join several children are folded into one row first
        alone = rows.filter(col(f"n_ids_of_{key}") == 1).drop(key, f"n_ids_of_{key}")
        folded = (
            rows.filter(col(f"n_ids_of_{key}") > 1)
            .group_by("census_year", "geography_code", key)
            .agg(*(col(name).any() for name in flags), *(col(name).sum() for name in numbers))
        )
        rows = pl.concat([alone, folded.select(alone.columns)])
    is_referred = col("referrals") > 0
    counts = rows.group_by("census_year", "geography_code").agg(
        **{f"{name}:n_children": col(name).sum() for name in IN_CENSUS},
        **{f"{name}:n_children": (col(name) > 0).sum() for name in ENTERING},
        **{f"{name}:n_events": col(name).cast(pl.Int64).sum() for name in ENTERING},
        **{
            "referred:n_children": is_referred.sum(),
            "entered:n_children": col("entered").sum(),
            "re_entered:n_children": (is_referred & ~col("entered")).sum(),
        },
    )
    return (
        counts.unpivot(index=["census_year", "geography_code"], variable_name="counted")
        .with_columns(col("counted").str.split_exact(":", 1).struct.rename_fields(["measure", "what"]))
        .unnest("counted")
        .pivot("what", index=["census_year", "geography_code", "measure"], values="value")
        .with_columns(geography_level=pl.lit(level), id_scheme=pl.lit(scheme))
    )


def count_years(child_years: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """R21 to R24: the counts of every year, place, id scheme and measure. Authorities in no list are in no region."""
    region = seed("local_authorities").sort("first_census_year").group_by("local_authority_code").agg(col("region_code").last())
    places = ids.select(
        "child",
        "pmr_first",
        "person",
        "n_ids_of_pmr_first",
        "n_ids_of_person",
        "local_authority_code",
        country=pl.lit("E92000001"),
    ).join(region, on="local_authority_code", how="left")
    years = child_years.join(places, on="child")
    levels = {"National": "country", "Regional": "region_code", "Local authority": "local_authority_code"}
    return pl.concat([count_scheme(years, scheme, place, level) for scheme in SCHEMES for level, place in levels.items()])


# ---------------------------------------------------------------- all of it


def clean(extract: Path, ties: Path | None = None) -> dict[str, pl.DataFrame]:
    """Every table of `TABLES`, from the files in a folder."""
    records = read_records(extract)
    tables = accounts(records)
    years = sorted(records["census_year"].unique())
    records, children = number_children(records)
    records = records.sort("child", "census_year", "closure_date", maintain_order=True)

    children = describe_children(records, children, ties)
    plans = reconcile_plans(records, children, ties)
    episodes = reconcile_episodes(records, children, ties).sort(EPISODE)
    episodes = close_episodes(episodes, tables["local_authority_returns"], years)
    ids = identify_children(records, children, episodes, ties)
    returned = records.select("child", "census_year").unique()
    del records
    episodes = sequence_episodes(expect_closures(episodes), ids)
    plans = place_plans(plans, episodes)

    months = (col("referral_date").dt.year() - col("birth_month_start").dt.year()) * 12 + (
        col("referral_date").dt.month().cast(pl.Int32) - col("birth_month_start").dt.month().cast(pl.Int32)
    )
    tables["child_identifiers"] = ids.select(
        "la_child_id", "pupil_matching_ref", "pmr_first_id", "child_id", "local_authority_code", "n_pupil_matching_refs",
        "has_link_conflict",
    )  # fmt: skip
    tables["child_disabilities"] = read_disabilities(extract).join(
        ids.select("la_child_id", "child_id"), on="la_child_id", how="left"
    )
    tables["spells"] = merge_spells(episodes)
    tables["child_protection_plans"] = plans.drop(
        "child", "referral_date", "closure_date_for_counting", "is_open_on_closure_date"
    )
    in_office = years_in_office(ids, tables["local_authority_returns"], years)
    tables["annual_counts"] = count_years(count_child_years(returned, episodes, plans, years, in_office), ids)
    tables["episodes"] = episodes.join(children.select("child", "birth_month_start"), on="child").select(
        "child_id", "la_child_id", "local_authority_code", "referral_date", "closure_date", "closure_basis",
        "closure_date_earliest", "closure_date_latest", "closure_date_expected", "recorded_closure_date", "is_closed",
        "is_closure_before_referral", "is_vanished", "first_census_year", "last_census_year", "n_returns",
        "is_no_further_action", "is_not_in_need", "is_in_need", "has_protection_plan", "referral_source_code",
        "primary_need_code", "closure_reason_code", "initial_conference_date", "overlaps_previous", "overlap_kind",
        "overlaps_previous_of_child", "overlap_kind_of_child", "is_continued_from_predecessor",
        episode_id=pl.format("{}-{}", "la_child_id", "referral_date"),
        age_at_referral=(months.floordiv(12)).cast(pl.Int16),
        is_before_birth=col("referral_date") < col("birth_month_start"),
        previous_referral_date="previous_of_child",
        previous_referral_date_of_child="previous_of_person",
    )  # fmt: skip
    return tables


def main() -> None:
    """Writes every table as Parquet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extract", type=Path, required=True, help="folder with cin_<census_year>.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--ties", type=Path, help="folder with what the project decided where records tie")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, table in clean(options.extract, options.ties).items():
        table.write_parquet(options.out / f"{name}.parquet")


if __name__ == "__main__":
    main()
