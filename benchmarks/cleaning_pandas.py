"""The cleaning of the census in pandas, as a researcher would write it: a competitor for the benchmark.

    python benchmarks/cleaning_pandas.py --extract data/synthetic --out data/pandas

Reads `cin_<census_year>.csv`, applies the rules R1 to R24 of DECISIONS.md, and writes one Parquet file for each table of
`TABLES`. Every value in them equals that of the project's table of the same name; `benchmarks/benchmark.py` checks it.
Left out: quality rules, missingness, populations and rates, the reasons behind each link, and marks
for single values that cannot be read. Expects files without damaged lines, in UTF-8, one for each year.

Everything is vectorised. Texts are read as categories, so that each distinct text is parsed once; episodes and children have
integer numbers; days are compared as days. `--ties`: as in cleaning_polars.py.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
from pandas.api.extensions import take
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
TABLES = [
    "row_account", "rejected_records", "local_authority_returns", "child_identifiers", "episodes", "spells",
    "child_protection_plans", "child_disabilities", "annual_counts",
]  # fmt: skip

# What each column is called in the files, and how it is read.
COLUMNS = {
    "CIN_ACADYR": ("academic_year_label", "text"),
    "CIN_CIN_LA": ("local_authority_code", "text"),
    "CIN_LA": ("local_authority_code", "text"),
    "CIN_LAchildID_Anon": ("local_child_id", "id"),
    "CIN_PupilMatchingRefAnonymous": ("pupil_matching_ref", "id"),
    "CIN_MonthOfBirth": ("birth_month", "number"),
    "CIN_YearOfBirth": ("birth_year", "number"),
    "CIN_UNBORN": ("is_unborn", "flag"),
    "CIN_Gender": ("sex_code", "sex_code"),
    "CIN_Sex": ("sex_code", "sex_code"),
    "CIN_Ethnicity": ("ethnicity_code", "ethnicity_code"),
    "CIN_Disability": ("has_disability", "flag"),
    "CIN_PersonDeathDate": ("death_date", "date"),
    "CIN_AsylumSeeking": ("is_seeking_asylum", "flag"),
    "CIN_LookedAfterChildAdopted": ("is_adopted_from_care", "flag"),
    "CIN_IDACI_Score": ("income_deprivation_score", "number"),
    "CIN_ReferralDate": ("referral_date", "date"),
    "CIN_CINReferralDate": ("referral_date", "date"),
    "CIN_ReferralSource": ("referral_source_code", "referral_source_code"),
    "CIN_PrimaryNeedCode": ("primary_need_code", "primary_need_code"),
    "CIN_ReferralNFA": ("is_no_further_action", "flag"),
    "CIN_CINClosureDate": ("closure_date", "date"),
    "CIN_ReasonForClosure": ("closure_reason_code", "closure_reason_code"),
    "CIN_DateOfInitialCPC": ("initial_conference_date", "date"),
    "CIN_CPPindicator": ("is_on_protection_plan", "flag"),
    "CIN_CPPstartDate": ("plan_start_date", "date"),
    "CIN_CPPendDate": ("plan_end_date", "date"),
    "CIN_CategoryOfAbuse": ("initial_abuse_category_code", "abuse_category_code"),
    "CIN_InitialCategoryOfAbuse": ("initial_abuse_category_code", "abuse_category_code"),
    "CIN_LatestCategoryOfAbuse": ("latest_abuse_category_code", "abuse_category_code"),
    "CIN_NumberOfPreviousCPP": ("n_previous_plans", "number"),
    "CIN_CINAt31March": ("is_in_need_on_31_march", "flag"),
    "CIN_OpenCaseInformation": ("open_case_code", "open_case_code"),
    "CIN_ServiceType": ("service_type", "text"),
    "CIN_ServiceProvision": ("service_provider", "text"),
    "CIN_ServiceProvisionStartDate": ("service_start_date", "date"),
    "CIN_ServiceProvisionEndDate": ("service_end_date", "date"),
}
CARRIED_ON = [  # what the later steps ask for; the rest is typed, and not carried on
    "census_year", "local_authority_code", "local_child_id", "pupil_matching_ref", "birth_month", "birth_year", "is_unborn",
    "sex_code", "ethnicity_code", "referral_date", "referral_source_code", "primary_need_code", "is_no_further_action",
    "closure_date", "closure_reason_code", "initial_conference_date", "is_on_protection_plan", "plan_start_date",
    "plan_end_date", "initial_abuse_category_code", "latest_abuse_category_code", "n_previous_plans",
]  # fmt: skip
BOUNDS = {"birth_month": (1, 12), "birth_year": (1900, 2100), "n_previous_plans": (-32768, 32767)}
FIRST_USABLE_DATE = pd.Timestamp("1930-01-01")
FOREVER = np.datetime64("9999-12-31", "D")
TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
DAYS_APART = 10_000_000  # more than there are days, so that child * DAYS_APART + day orders by child, then day
DOUBT_LIMIT, MOST_IDS_OF_A_CHILD = 4, 8
KNOWN_END = ["recorded", "no_further_action"]


def seed(name: str) -> pd.DataFrame:
    """A reference table of the project, codes as text."""
    codes = ["local_authority_code", "sex_code", "code", "predecessor_code", "successor_code", "region_code"]
    return pd.read_csv(SEEDS / f"{name}.csv", dtype=dict.fromkeys(codes, TEXT), keep_default_na=False, na_values=[""])


def march_31(years: pd.Series) -> np.ndarray:
    """The last day of each census year; of no year there is none."""
    march = (years.fillna(0).to_numpy().astype(int) - 1970).astype("M8[Y]").astype("M8[M]") + 2
    days = march.astype("M8[D]") + 30
    return np.where(years.isna(), np.datetime64("NaT", "D"), days)


def day_number(days: pd.Series | np.ndarray) -> np.ndarray:
    """Days since 1970, as integers."""
    return np.asarray(days).astype("M8[D]").astype(np.int64)


def settle(frame: pd.DataFrame, key: np.ndarray, ties: pd.DataFrame | None, tie_key: Callable) -> pd.DataFrame:
    """The frame with ties decided as the project decided them (D8). key: a number for each row, in order."""
    if ties is None or ties.empty:
        return frame
    rows = np.searchsorted(key, tie_key(ties))
    for name in ties.columns.intersection(frame.columns).difference(["la_child_id", "referral_date", "plan_start_date"]):
        given = ties[name].notna().to_numpy()
        frame.iloc[rows[given], frame.columns.get_loc(name)] = ties.loc[given, name].astype(frame[name].dtype).array
    return frame


# ---------------------------------------------------------------- R1 to R5: records


def parse_distinct(column: pd.Series, parse: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """A column of categories parsed: each distinct text once."""
    parsed = parse(pd.Series(column.cat.categories, dtype=TEXT).str.strip())
    return pd.Series(take(parsed.array, column.cat.codes.to_numpy(), allow_fill=True), index=column.index)


def parse_dates(text: pd.Series, last_day: pd.Timestamp) -> pd.Series:
    """R2, R4: ISO, then day/month/year. Nothing before 1930 or after the last census day."""
    days = pd.to_datetime(text, format="%Y-%m-%d", errors="coerce")
    days = days.fillna(pd.to_datetime(text, format="%d/%m/%Y", errors="coerce"))
    return days.where(days.between(FIRST_USABLE_DATE, last_day)).astype("M8[s]")


def parse_flags(text: pd.Series) -> pd.Series:
    """R2: yes and no in their spellings."""
    spellings = dict.fromkeys(["1", "true", "t", "y", "yes"], True) | dict.fromkeys(["0", "false", "f", "n", "no"], False)
    return text.str.lower().map(spellings).astype("boolean")


def parse_numbers(text: pd.Series, name: str) -> pd.Series:
    """R2: numbers, where they are possible at all."""
    numbers = pd.to_numeric(text, errors="coerce").astype("float32" if name in BOUNDS else "float64")
    return numbers.where(numbers.between(*BOUNDS[name])) if name in BOUNDS else numbers


def accepted_codes(code_list: str, year: int) -> dict[str, str]:
    """R3: each spelling that a code list accepts in a year, and the code it stands for."""
    codes = seed("code_lists").query("code_list == @code_list and first_census_year <= @year")
    codes = codes.loc[codes["last_census_year"].fillna(9999) >= year, "code"]
    spellings = seed("code_spellings").query("code_list == @code_list and code in @codes")
    return dict(zip(codes, codes, strict=True)) | dict(zip(spellings["spelling"], spellings["code"], strict=True))


def code_type(code_list: str) -> pd.CategoricalDtype:
    """The codes that a list has had in any year, as categories."""
    lists = seed("code_lists")
    return pd.CategoricalDtype(sorted(lists.loc[lists["code_list"] == code_list, "code"].unique()), ordered=True)


def read_texts(path: Path, ids: list[str]) -> pd.DataFrame:
    """A file as text: ids as text, all else as categories of text."""
    header = path.open(encoding="utf-8").readline().strip().split(",")
    types = {name: pa.string() if name in ids else pa.dictionary(pa.int32(), pa.string()) for name in header}
    options = pa.csv.ConvertOptions(column_types=types, strings_can_be_null=True, null_values=[""])
    return pa.csv.read_csv(path, convert_options=options).to_pandas(types_mapper={pa.string(): TEXT}.get)


def is_of_year(label: pd.Series, year: int) -> pd.Series:
    """R1: whether a row's label names the year of its file."""
    names = [f"{year - 1}{year}", f"{year - 1}{year % 100:02}"]
    return parse_distinct(label, lambda text: text.str.replace(r"\D", "", regex=True).isin(names)).eq(True)


def read_year(path: Path, year: int, last_day: pd.Timestamp) -> pd.DataFrame:
    """R1 to R4: one file, typed. What cannot be read is null; `row_hash` is over the values as given."""
    file = read_texts(path, [header for header, (_, kind) in COLUMNS.items() if kind == "id"])
    typed = {"census_year": np.full(len(file), year, np.int16)}
    hashes = np.zeros(len(file), np.uint64)
    for header in file.columns:
        name, kind = COLUMNS[header]
        column = file.pop(header)
        if kind == "id":
            given = column.str.strip()
            value = given.where(given != "")
        else:
            given = parse_distinct(column, lambda text: text.where(text != "").astype("category"))
            if kind == "text":
                value = given
            elif kind == "date":
                value = parse_distinct(given, lambda text: parse_dates(text, last_day))
            elif kind == "flag":
                value = parse_distinct(given, parse_flags)
            elif kind == "number":
                value = parse_distinct(given, lambda text, name=name: parse_numbers(text, name))
            else:
                codes = accepted_codes(kind, year)
                value = parse_distinct(
                    given, lambda text, codes=codes, kind=kind: text.str.upper().map(codes).astype(code_type(kind))
                )
        hashes = hashes * np.uint64(1_000_003) + pd.util.hash_array(value.array if kind == "id" else given.array, categorize=True)
        typed[name] = value
        if name == "referral_date":
            is_referral_given = given.notna()

    records = pd.DataFrame(typed)
    reasons = {
        "another_census_year": ~is_of_year(records.pop("academic_year_label"), year),
        "no_local_authority_code": records["local_authority_code"].isna(),
        "no_local_child_id": records["local_child_id"].isna(),
        "referral_date_not_usable": records["referral_date"].isna() & is_referral_given,
        "no_referral_date": records["referral_date"].isna(),
    }
    reason = np.select(list(reasons.values()), list(range(len(reasons))), -1)
    return records.assign(rejection_reason=pd.Categorical.from_codes(reason, list(reasons)), row_hash=hashes)


def read_records(folder: Path) -> pd.DataFrame:
    """Every row of every year."""
    files = {int(path.stem[-4:]): path for path in sorted(folder.glob("cin_[0-9]*.csv"))}
    last_day = pd.Timestamp(max(files), 3, 31)
    years = [read_year(path, year, last_day) for year, path in files.items()]
    for name in ["local_authority_code", "service_type", "service_provider"]:
        texts = sorted(set().union(*(frame[name].cat.categories for frame in years if name in frame)))
        for frame in years:
            if name in frame:
                frame[name] = frame[name].cat.set_categories(texts)
    records = pd.concat(years, ignore_index=True)
    # what none of the years has is null
    types = {"flag": "boolean", "date": "M8[s]", "number": "float32", "text": "category", "id": TEXT}
    missing = {name: kind for name, kind in COLUMNS.values() if name not in records and name != "academic_year_label"}
    for name, kind in missing.items():
        records[name] = pd.Series(index=records.index, dtype=types[kind] if kind in types else code_type(kind))
    return records


def read_disabilities(folder: Path) -> pd.DataFrame:
    """R1, R3, R5: one row per child and disability that any year returned, over all rows that can be told to both."""
    years = []
    for path in sorted(folder.glob("cin_disabilities_[0-9]*.csv")):
        year = int(path.stem[-4:])
        file = read_texts(path, ["CIN_LAchildID_Anon"])
        codes = accepted_codes("disability_code", year)
        authority = file["CIN_CIN_LA" if "CIN_CIN_LA" in file else "CIN_LA"]
        authority = parse_distinct(authority, lambda text: text.where(text != ""))
        child = file["CIN_LAchildID_Anon"].str.strip()
        rows = pd.DataFrame(
            {
                "la_child_id": authority + "-" + child.where(child != ""),
                "disability_code": parse_distinct(file["CIN_Disability"], lambda text, codes=codes: text.str.upper().map(codes)),
            }
        )
        rows = rows[is_of_year(file["CIN_ACADYR"], year)].dropna().drop_duplicates()
        years.append(rows.assign(census_year=np.int16(year)))
    # each row stands for one year
    by_disability = pd.concat(years).groupby(["la_child_id", "disability_code"])["census_year"]
    return by_disability.agg(first_census_year="min", last_census_year="max", n_returns="size").reset_index()


def account_for_rows(records: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """R1, R16: what became of every row read; what each authority returned."""
    place = ["census_year", "local_authority_code"]
    is_usable = records["rejection_reason"].isna()
    by_place = {"observed": True, "dropna": False}
    account = (
        records.assign(n_rejected=~is_usable)
        .groupby(place, **by_place)
        .agg(n_rows_read=("n_rejected", "size"), n_rejected=("n_rejected", "sum"))
    )
    distinct = records.loc[is_usable, [*place, "row_hash"]].drop_duplicates("row_hash")
    account["n_reconciled"] = distinct.groupby(place, **by_place).size().reindex(account.index, fill_value=0)
    account["n_exact_duplicates"] = account["n_rows_read"] - account["n_rejected"] - account["n_reconciled"]
    account = account.reset_index()
    rejected = records.loc[~is_usable, [*place, "local_child_id", "rejection_reason"]]
    returns = account.loc[account["local_authority_code"].notna(), [*place, "n_rows_read"]]
    return {
        "row_account": account,
        "rejected_records": rejected.rename(columns={"rejection_reason": "reason"}),
        "local_authority_returns": returns.rename(columns={"n_rows_read": "n_records"}),
    }


def number_children(records: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """R5: usable records with a number for each la_child_id, in the order of la_child_id, and for each episode; the children."""
    records = records.loc[records["rejection_reason"].isna(), CARRIED_ON]
    la_child_id = records["local_authority_code"].astype(TEXT) + "-" + records["local_child_id"]
    child, ids = pd.factorize(la_child_id, sort=True)
    first = np.empty(len(ids), np.int64)
    first[child] = np.arange(len(child))
    children = records.iloc[first][["local_authority_code", "local_child_id"]].reset_index(drop=True)
    children["la_child_id"] = pd.Series(ids, dtype=TEXT)
    records = records.drop(columns=["local_authority_code", "local_child_id"]).assign(
        child=child, episode=child * DAYS_APART + day_number(records["referral_date"])
    )
    # in the order of R11: the newest record of a child last, of one year the latest closure
    closed = day_number(records["closure_date"].fillna(pd.Timestamp(1900, 1, 1)))
    order = child * DAYS_APART * 100 + (records["census_year"].to_numpy().astype(np.int64) - 2000) * 100_000 + closed
    return records.iloc[np.argsort(order, kind="stable")].reset_index(drop=True), children


# ---------------------------------------------------------------- R10 to R14: episodes, children, plans reconciled


def reconcile_episodes(records: pd.DataFrame, children: pd.DataFrame, ties: Callable) -> pd.DataFrame:
    """R10, R11, R14: one row per episode. Of records in order, the last that gives a value wins."""
    attributes = [
        "closure_date", "closure_reason_code", "is_no_further_action", "primary_need_code", "referral_source_code",
        "initial_conference_date",
    ]  # fmt: skip
    no_further_action = records["is_no_further_action"].fillna(False).astype(bool)
    is_open = records["closure_date"].isna() & records["closure_reason_code"].isna() & ~no_further_action
    plan = ["plan_start_date", "plan_end_date", "initial_abuse_category_code", "latest_abuse_category_code"]
    has_plan = records["is_on_protection_plan"].fillna(False).astype(bool) | records[plan].notna().any(axis=1)
    grouped = records.groupby("episode", sort=True)
    episodes = grouped[attributes].last().rename(columns={"closure_date": "recorded_closure_date"})
    years = records["census_year"]
    episodes = episodes.assign(
        child=grouped["child"].first(),
        referral_date=grouped["referral_date"].first(),
        first_census_year=grouped["census_year"].min(),
        last_census_year=grouped["census_year"].max(),
        n_returns=records[["episode", "census_year"]].drop_duplicates().groupby("episode").size(),
        earliest_recorded=grouped["closure_date"].min(),
        latest_recorded=grouped["closure_date"].max(),
        last_year_open=years.where(is_open).groupby(records["episode"]).max(),
        has_protection_plan=has_plan.groupby(records["episode"]).any(),
    ).reset_index()
    settle(
        episodes,
        episodes["episode"].to_numpy(),
        ties("episodes"),
        lambda rows: rows["child"].to_numpy() * DAYS_APART + day_number(rows["referral_date"]),
    )
    no_further_action = episodes["is_no_further_action"].fillna(False).astype(bool)
    return episodes.assign(
        local_authority_code=children["local_authority_code"].take(episodes["child"]).array,
        la_child_id=children["la_child_id"].take(episodes["child"]).array,
        is_no_further_action=no_further_action,
        is_closed=episodes["recorded_closure_date"].notna() | episodes["closure_reason_code"].notna() | no_further_action,
    )


def describe_children(records: pd.DataFrame, children: pd.DataFrame, ties: Callable) -> pd.DataFrame:
    """What the records say of each la_child_id: the newest that says something."""
    has_birth = records["birth_year"].notna() & records["birth_month"].notna()
    birth = pd.Series(np.datetime64("NaT", "s"), records.index, dtype="M8[s]")
    months = (records.loc[has_birth, "birth_year"] - 1970) * 12 + records.loc[has_birth, "birth_month"] - 1
    birth[has_birth] = months.astype(int).to_numpy().astype("M8[M]").astype("M8[s]")
    known_sex = records["sex_code"].where(~records["sex_code"].isin(["0", "U"]))
    grouped = pd.DataFrame({"child": records["child"], "sex_code": known_sex, "birth_month_start": birth}).groupby("child")
    expected = records.loc[has_birth, "is_unborn"].fillna(False).astype(bool).groupby(records.loc[has_birth, "child"]).all()
    described = children.assign(
        first_census_year=records.groupby("child")["census_year"].min(),
        first_referral_date=records.groupby("child")["referral_date"].min(),
        **grouped[["sex_code", "birth_month_start"]].last(),
        is_birth_expected=expected.reindex(children.index, fill_value=False),
    )
    settle(described, described.index.to_numpy(), ties("la_children"), lambda rows: rows["child"].to_numpy())
    sexes = seed("sexes").set_index("sex_code")["sex"]
    return described.assign(sex=described["sex_code"].map(sexes).astype(TEXT))


def reconcile_plans(records: pd.DataFrame, children: pd.DataFrame, ties: Callable) -> pd.DataFrame:
    """R12: one row per plan."""
    records = records[records["plan_start_date"].notna()]
    number = records["child"].to_numpy() * DAYS_APART + day_number(records["plan_start_date"])
    grouped = records.groupby(number)
    plans = grouped[
        ["child", "plan_start_date", "referral_date", "plan_end_date", "latest_abuse_category_code", "n_previous_plans"]
    ].last()
    plans = plans.assign(
        initial_abuse_category_code=grouped["initial_abuse_category_code"].first(),
        first_census_year=grouped["census_year"].min(),
        last_census_year=grouped["census_year"].max(),
    )
    settle(
        plans,
        plans.index.to_numpy(),
        ties("child_protection_plans"),
        lambda rows: rows["child"].to_numpy() * DAYS_APART + day_number(rows["plan_start_date"]),
    )
    return plans.assign(la_child_id=children["la_child_id"].take(plans["child"]).array)


# ---------------------------------------------------------------- R15 to R17, D28: closures


def close_episodes(episodes: pd.DataFrame, returns: pd.DataFrame, last_year: int) -> pd.DataFrame:
    """R15 to R17, D12, D27: when each episode ended, on what evidence, and within which bounds. Episodes in order."""
    one_day = np.timedelta64(1, "D")
    last_day = np.datetime64(f"{last_year}-03-31", "D")
    child = episodes["child"].to_numpy()
    referral, recorded, earliest, latest = (
        episodes[name].to_numpy().astype("M8[D]")
        for name in ["referral_date", "recorded_closure_date", "earliest_recorded", "latest_recorded"]
    )
    next_referral = np.append(referral[1:], np.datetime64("NaT"))
    next_referral[np.append(child[1:] != child[:-1], True)] = np.datetime64("NaT")
    last_return, last_open = march_31(episodes["last_census_year"]), march_31(episodes["last_year_open"])
    is_closed = episodes["is_closed"].to_numpy()
    is_recorded = ~np.isnat(recorded)
    returned = set(returns["local_authority_code"].astype(str) + returns["census_year"].astype(str))
    authority = episodes["local_authority_code"].cat
    returns_in = np.array(
        [[code + str(year + 1) in returned for year in range(2009, last_year + 1)] for code in authority.categories]
    )
    returns_next = returns_in[authority.codes, episodes["last_census_year"].to_numpy() - 2009]

    bases = {
        "recorded": is_recorded,
        "no_further_action": episodes["is_no_further_action"].to_numpy(),
        "open": ~is_closed & (episodes["last_census_year"].to_numpy() == last_year),
        "next_referral": next_referral <= last_return,
        "censored": ~is_closed & ~returns_next,
        "last_return": np.full(len(episodes), True),
    }
    basis = pd.Categorical.from_codes(np.select(list(bases.values()), range(len(bases))), list(bases))
    is_open, is_no_action, is_next = basis == "open", basis == "no_further_action", basis == "next_referral"
    is_estimated = ~basis.isin([*KNOWN_END, "open"])
    nothing = np.datetime64("NaT", "D")
    estimate = np.select(
        [is_recorded, is_no_action, is_next, ~is_open], [recorded, referral, next_referral - one_day, last_return], nothing
    )
    closure = np.where(is_open, nothing, np.fmax(estimate, referral))
    is_before_referral = is_recorded & (recorded < referral)
    counting = np.where(is_estimated, np.fmax(closure, last_open), closure)
    surely_open_to = np.where(np.isnat(last_open), referral, last_open)
    least = np.fmax(np.fmin(closure, surely_open_to), referral)
    most = np.fmax(np.where(is_closed, last_return, last_day), referral)
    most = np.where(is_no_action & np.isnat(last_open), referral, most)
    return episodes.assign(
        next_referral_date=next_referral,
        last_day_open=last_open,
        closure_basis=basis,
        is_vanished=~is_closed & returns_next,
        closure_date=closure,
        is_closure_before_referral=is_before_referral,
        closure_date_for_counting=counting,
        is_open_on_closure_date=is_estimated & (counting == last_open),
        closure_date_earliest=np.where(is_recorded, np.fmax(earliest, referral), np.where(is_open, last_day, least)),
        closure_date_latest=np.where(is_open, nothing, np.where(is_recorded & ~is_before_referral, latest, most)),
    )


def expect_closures(episodes: pd.DataFrame) -> pd.Series:
    """D28: the date to be expected beside an estimate, the mean of recorded closures of like cases."""
    kind = np.select(
        [
            episodes["has_protection_plan"],
            episodes["closure_reason_code"].isin(["RC8", "RC9"]),
            episodes["primary_need_code"] == "N2",
        ],
        [0, 1, 2],
        3,
    )
    referral = day_number(episodes["referral_date"])
    lasted = day_number(episodes["closure_date"]) - referral
    basis = episodes["closure_basis"]
    is_like = (basis == "recorded") & ~episodes["is_closure_before_referral"] & ~episodes["is_no_further_action"]
    is_estimated = basis.isin(["next_referral", "censored", "last_return"])
    last_open = episodes["last_day_open"].fillna(FIRST_USABLE_DATE)
    days_open = np.fmax(day_number(last_open) + 1 - referral, 0)
    longest = day_number(episodes["closure_date_latest"]) - referral
    until_next = day_number(episodes["next_referral_date"]) - referral
    has_next = episodes["next_referral_date"].notna() & (until_next > days_open)
    last = np.where(has_next, np.minimum(longest, until_next - 1), longest)
    first = np.minimum(days_open, last)
    n_days = np.zeros(len(episodes), np.int64)
    for number in range(4):
        counts = np.bincount(lasted[is_like & (kind == number)])
        own = (is_estimated & (kind == number)).to_numpy()
        up_to = np.r_[0, np.cumsum(counts)], np.r_[0, np.cumsum(counts * np.arange(len(counts)))]
        end, start = np.minimum(last[own] + 1, len(counts)), np.minimum(first[own], len(counts))
        n, together = (total[end] - total[start] for total in up_to)
        mean = np.floor(np.divide(together, n, out=np.zeros(len(n)), where=n > 0) + 0.5).astype(int)
        n_days[own] = np.where(n > 0, mean, first[own] + (last[own] - first[own]) // 2)
    expected = episodes["referral_date"].to_numpy().astype("M8[D]") + n_days
    return np.where(is_estimated, expected, episodes["closure_date"].to_numpy().astype("M8[D]"))


# ---------------------------------------------------------------- R6 to R9: who is the same child


def claim_references(records: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """R6, D30: for each child the reference it keeps, and the one that may link it to others. References as numbers, in order."""
    given = records.loc[records["pupil_matching_ref"].notna(), ["child", "census_year", "pupil_matching_ref"]]
    reference, texts = pd.factorize(given["pupil_matching_ref"], sort=True)
    given = pd.DataFrame({"child": given["child"], "reference": reference, "census_year": given["census_year"]}).drop_duplicates()
    claims = given.groupby(["child", "reference"])["census_year"].agg(n_years="size", last_year="max").reset_index()
    claims["n_refs"] = np.bincount(claims["child"])[claims["child"]]
    claims["n_ids"] = np.bincount(claims["reference"])[claims["reference"]]
    claims["pupil_matching_ref"] = pd.Series(texts, dtype=TEXT).take(claims["reference"]).array
    # most have one; only the others have to be put in order
    several = claims[claims["n_refs"] > 1].assign(is_shared=lambda rows: rows["n_ids"] > 1)
    order, descending = ["n_years", "last_year", "reference"], [False, False, True]
    chosen = several.sort_values(["child", *order], ascending=[True, *descending]).drop_duplicates("child")
    linking = several.sort_values(["child", "is_shared", *order], ascending=[True, False, *descending]).drop_duplicates("child")
    single = claims[claims["n_refs"] == 1]
    return pd.concat([single, chosen]), pd.concat([single, linking.drop(columns="is_shared")])


def describe_sharers(
    linking: pd.DataFrame, records: pd.DataFrame, children: pd.DataFrame, episodes: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The children that share a linking reference, with all that their records say; and their months of birth."""
    sharers = linking.assign(n_ids=np.bincount(linking["reference"])[linking["reference"]]).query("n_ids > 1")
    own = records[records["child"].isin(sharers["child"])]
    groups = seed("ethnic_groups").set_index("ethnicity_code")["ethnic_group"]
    names = sorted(set(groups) - {"Unknown"})
    bits = {
        "sexes": own["sex_code"].map({"1": 1, "M": 1, "2": 2, "F": 2, "9": 4}),
        "groups": own["ethnicity_code"].map({code: 1 << names.index(name) for code, name in groups.items() if name in names}),
    }
    facts = sharers[["child", "reference", "n_years", "n_ids"]].set_index("child")
    for name, bit in bits.items():
        distinct = pd.DataFrame({"child": own["child"], name: bit.astype(float)}).dropna().drop_duplicates()
        facts[name] = distinct.groupby("child")[name].sum()  # distinct bits: their sum is their union
    with_sex = own.loc[bits["sexes"].notna(), ["child", "census_year"]].drop_duplicates()
    facts["is_sex_repeated"] = (with_sex.groupby("child").size() > 1).reindex(facts.index, fill_value=False)
    births = own.assign(birth=own["birth_year"].astype("float64") * 12 + own["birth_month"])
    births = births.loc[~births["is_unborn"].fillna(False).astype(bool), ["child", "birth", "census_year"]].dropna()
    births = births.drop_duplicates().groupby(["child", "birth"]).size().rename("n_years").reset_index()
    by_child = births.groupby("child")
    facts["first_birth"], facts["last_birth"] = by_child["birth"].min(), by_child["birth"].max()
    facts["is_birth_repeated"] = (by_child["n_years"].max() > 1).reindex(facts.index, fill_value=False)
    active = episodes[episodes["child"].isin(facts.index)].groupby("child")
    facts["first_day"], facts["last_day"] = active["referral_date"].min(), active["closure_date_earliest"].max()
    regions = seed("local_authorities").sort_values("first_census_year").drop_duplicates("local_authority_code", keep="last")
    authority = children["local_authority_code"].take(facts.index).astype(TEXT)
    facts["local_authority_code"] = authority.array
    facts["region_code"] = authority.map(regions.set_index("local_authority_code")["region_code"]).array
    return facts.reset_index(), births


def pairs_within(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """Every two rows of the same key."""
    return frame.merge(frame, on=key, suffixes=("", "_other"))


def cut_links(sharers: pd.DataFrame, births: pd.DataFrame, children: pd.DataFrame, episodes: pd.DataFrame) -> pd.DataFrame:
    """R8, D29: for each child that shares a reference, whether its link is cut, and whether any of that reference is."""
    compared = sharers[sharers["n_ids"] <= MOST_IDS_OF_A_CHILD]
    sex_bits = children["sex"].map({"male": 1, "female": 2, "other": 4}).fillna(0).astype(int)
    month = children["birth_month_start"].dt
    born = pd.DataFrame(
        {
            "local_authority_code": children["local_authority_code"].astype(TEXT),
            "first_day": children["first_referral_date"],
            "birth": (month.year * 12 + month.month).astype(float),
            "twins": sex_bits,
        }
    )
    twins = compared[["child", "local_authority_code", "first_day"]].merge(births, on="child")
    twins = twins.merge(born.dropna(), on=["local_authority_code", "first_day", "birth"])[["child", "twins"]].drop_duplicates()
    compared = compared.merge(twins.groupby("child")["twins"].sum().reset_index(), on="child", how="left")

    own = episodes[episodes["child"].isin(compared["child"])]
    stretches = own[["child", "referral_date", "closure_date_earliest"]].merge(compared[["child", "reference"]], on="child")
    both = pairs_within(stretches, "reference")
    both = both[
        (both["child"] != both["child_other"])
        & (both["referral_date"] < both["referral_date_other"])
        & (both["closure_date_earliest"] > both["referral_date_other"])
        & (both["closure_date_earliest_other"] > both["referral_date_other"])
    ]
    together = pd.MultiIndex.from_arrays([both["child"], both["child_other"]])
    pairs = pairs_within(compared, "reference").query("child < child_other").reset_index(drop=True)
    pair = pd.MultiIndex.from_frame(pairs[["child", "child_other"]])
    is_open_together = pair.isin(together) | pair.swaplevel().isin(together)
    common = pairs[["child", "child_other"]].merge(births, on="child")
    common = common.merge(births, left_on=["child_other", "birth"], right_on=["child", "birth"], suffixes=("", "_other_side"))
    has_common_birth = pair.isin(pd.MultiIndex.from_frame(common[["child", "child_other"]]))

    def of(name: str) -> tuple[pd.Series, pd.Series]:
        return pairs[name], pairs[f"{name}_other"]

    def have_none_in_common(one: pd.Series, other: pd.Series) -> pd.Series:
        return one.notna() & other.notna() & (one.fillna(0).astype(int) & other.fillna(0).astype(int)).eq(0)

    authority, other_authority = of("local_authority_code")
    (first, other_first), (last, other_last) = of("first_day"), of("last_day")
    (region, other_region), (sexes, other_sexes) = of("region_code"), of("sexes")
    (first_birth, other_first_birth), (last_birth, other_last_birth) = of("first_birth"), of("last_birth")
    twin, other_twin = of("twins")
    same_authority = (authority == other_authority).astype(bool)
    active_together = same_authority & (first <= other_last) & (other_first <= last)
    birth_unknown = first_birth.isna() | other_first_birth.isna()
    birth_differs = ~birth_unknown & ~has_common_birth
    sex_differs = have_none_in_common(sexes, other_sexes)
    evidence = {
        "active_in_same_authority": active_together,
        "same_authority": same_authority & ~active_together,
        "regions_differ": region.notna() & other_region.notna() & (region != other_region),
        "open_in_two_authorities": ~same_authority & is_open_together,
        "birth_month_unknown": birth_unknown,
        "birth_month_differs": birth_differs,
        "birth_month_differs_for_certain": birth_differs & pairs["is_birth_repeated"] & pairs["is_birth_repeated_other"],
        "birth_month_differs_widely": birth_differs
        & (np.maximum(first_birth, other_first_birth) > np.minimum(last_birth, other_last_birth) + 36),
        "sex_differs": sex_differs,
        "sex_differs_for_certain": sex_differs & pairs["is_sex_repeated"] & pairs["is_sex_repeated_other"],
        "twin_has_the_other_sex": sex_differs
        & (
            (twin.fillna(0).astype(int) & other_sexes.fillna(0).astype(int)).ne(0)
            | (other_twin.fillna(0).astype(int) & sexes.fillna(0).astype(int)).ne(0)
        ),
        "ethnic_group_differs": have_none_in_common(*of("groups")),
    }
    points = seed("link_evidence").set_index("evidence")["points"]
    doubt = sum(evidence[name].astype(bool).astype(int) * weight for name, weight in points.items())
    doubted = pairs.loc[doubt >= DOUBT_LIMIT, ["child", "child_other"]]
    doubted = pd.concat([doubted, doubted.rename(columns={"child": "child_other", "child_other": "child"})])
    # the number of a child follows the order of la_child_id
    ranked = sharers.assign(n_conflicts=sharers["child"].map(doubted["child"].value_counts()).fillna(0))
    ranked = ranked.sort_values(["n_conflicts", "n_years", "child"], ascending=[True, False, True])
    rank = pd.Series(np.arange(len(ranked)), index=ranked["child"])
    outranked = doubted.loc[rank[doubted["child"]].to_numpy() > rank[doubted["child_other"]].to_numpy(), "child"]
    is_cut = ranked["child"].isin(outranked) | (ranked["n_ids"] > MOST_IDS_OF_A_CHILD)
    ranked = ranked[["child", "reference"]].assign(is_cut=is_cut)
    return ranked.assign(is_in_conflict=ranked.groupby("reference")["is_cut"].transform("any"))


def link_reorganised(children: pd.DataFrame, chosen: pd.DataFrame, episodes: pd.DataFrame) -> pd.DataFrame:
    """R7, D31: pairs of children that a reorganisation of authorities may have split, and whether the link is cut."""
    changes = seed("local_authority_changes").rename(columns={"first_census_year": "change_year"})
    concerned = children["local_authority_code"].isin([*changes["predecessor_code"], *changes["successor_code"]])
    known = children[concerned].reset_index(names="child").astype({"local_authority_code": TEXT})
    known["known_birth"] = known["birth_month_start"].where(~known["is_birth_expected"])
    known = known.merge(chosen[["child", "reference"]], on="child", how="left")
    pairs = known.merge(changes, left_on="local_authority_code", right_on="predecessor_code")
    pairs = pairs[pairs["first_census_year"] < pairs["change_year"]].merge(
        known,
        left_on=["successor_code", "local_child_id"],
        right_on=["local_authority_code", "local_child_id"],
        suffixes=("", "_next"),
    )
    pairs = pairs[(pairs["sex"] == pairs["sex_next"]) | pairs["sex"].isna() | pairs["sex_next"].isna()]
    referrals = episodes.loc[
        episodes["child"].isin(pairs["child"]) | episodes["child"].isin(pairs["child_next"]), ["child", "referral_date"]
    ]
    continued = pairs[["child", "child_next"]].merge(referrals, on="child")
    continued = continued.merge(referrals.rename(columns={"child": "child_next"}), on=["child_next", "referral_date"])
    pair = pd.MultiIndex.from_frame(pairs[["child", "child_next"]])
    is_continued = pair.isin(pd.MultiIndex.from_frame(continued[["child", "child_next"]]))
    births_unknown = pairs["known_birth"].isna() | pairs["known_birth_next"].isna()
    is_same_birth = (pairs["birth_month_start"] == pairs["birth_month_start_next"]) | (
        pairs["known_birth"] == pairs["known_birth_next"]
    )
    pairs = pairs[is_same_birth | (births_unknown & is_continued)]
    both_known = pairs["reference"].notna() & pairs["reference_next"].notna()
    return pairs[["child", "child_next"]].assign(is_cut=both_known & (pairs["reference"] != pairs["reference_next"]))


def identify_children(records: pd.DataFrame, children: pd.DataFrame, episodes: pd.DataFrame) -> pd.DataFrame:
    """R6 to R9: the three ids of every child, as text and as numbers (`pmr_first`, `person`)."""
    chosen, linking = claim_references(records)
    sharers, births = describe_sharers(linking, records, children, episodes)
    links = cut_links(sharers, births, children, episodes)
    reorganised = link_reorganised(children, chosen, episodes)
    standing = links[~links["is_cut"]]
    heads = standing.groupby("reference")["child"].transform("min")
    joined = reorganised[~reorganised["is_cut"]]
    edges = np.r_[standing["child"], joined["child"]], np.r_[heads, joined["child_next"]]
    n = len(children)
    person = connected_components(coo_array((np.ones(len(edges[0]), bool), edges), (n, n)), directed=False)[1]
    disputed = reorganised[reorganised["is_cut"]]
    chosen = chosen.set_index("child")
    n_refs = chosen["n_refs"].reindex(children.index, fill_value=0)
    in_conflict = links.loc[links["is_in_conflict"], "child"]
    # children without a reference stand for themselves: numbers beyond those of references
    reference = chosen["reference"].reindex(children.index)
    pmr_first = reference.fillna(pd.Series(np.arange(n) + len(records), children.index)).astype(np.int64)
    pmr_first = pd.factorize(pmr_first)[0]
    by_age = np.lexsort([np.arange(n), children["first_census_year"]])
    oldest = np.full(person.max() + 1, -1)
    oldest[person[by_age[::-1]]] = by_age[::-1]
    pupil_matching_ref = chosen["pupil_matching_ref"].reindex(children.index)
    index = children.index
    return children.assign(
        person=person,
        pmr_first=pmr_first,
        pupil_matching_ref=pupil_matching_ref,
        n_pupil_matching_refs=n_refs,
        pmr_first_id=pupil_matching_ref.fillna(children["la_child_id"]),
        child_id=children["la_child_id"].take(oldest[person]).array,
        has_link_conflict=(n_refs > 1)
        | index.isin(in_conflict)
        | index.isin(disputed["child"])
        | index.isin(disputed["child_next"]),
        n_ids_of_pmr_first=np.bincount(pmr_first)[pmr_first],
        n_ids_of_person=np.bincount(person)[person],
    )


# ---------------------------------------------------------------- R18 to R20: episodes in sequence


def largest_before(key: np.ndarray, number: np.ndarray) -> np.ndarray:
    """For each row the largest number of the rows before it, plus key * DAYS_APART. Rows in order of the key.

    A number of a lower key is lower than all of a higher, so one running maximum over all rows does for every key.
    """
    return np.append(-1, np.maximum.accumulate(key * DAYS_APART + number)[:-1])


def overlaps(episodes: pd.DataFrame, key: str) -> tuple[np.ndarray, np.ndarray]:
    """R18: whether an episode starts before an earlier one of the same key ends, and of which kind. Rows in order."""
    numbers = episodes[key].to_numpy().astype(np.int64)
    referral = numbers * DAYS_APART + day_number(episodes["referral_date"])
    reach = episodes["reach"].to_numpy()
    known = np.where(episodes["has_known_end"], reach, -1_000_000)
    overlaps_known, overlaps_any = (largest_before(numbers, end) > referral for end in (known, reach))
    kind = np.where(overlaps_known, 0, np.where(overlaps_any, 1, -1))
    return overlaps_any, pd.Categorical.from_codes(kind, ["rereferral_while_open", "missing_closure"])


def previous_referral(key: np.ndarray, referral: pd.Series) -> np.ndarray:
    """For each row the day of the last referral of the same key on an earlier day."""
    days = np.unique(key * DAYS_APART + day_number(referral))
    place = np.searchsorted(days, key * DAYS_APART + day_number(referral)) - 1
    before = days[place]
    is_same = (place >= 0) & ((before + DAYS_APART // 2) // DAYS_APART == key)
    return np.where(is_same, (before - key * DAYS_APART).astype("M8[D]"), np.datetime64("NaT", "D"))


def sequence_episodes(episodes: pd.DataFrame, ids: pd.DataFrame) -> pd.DataFrame:
    """R18, R20, R22, D14: each episode among the others of the child. Episodes in order."""
    child = episodes["child"].to_numpy()
    authority = episodes["local_authority_code"]
    began = seed("local_authorities").groupby("local_authority_code")["first_census_year"].min()
    began = began.reindex(authority.cat.categories).to_numpy()[authority.cat.codes]
    first_day = march_31(pd.Series(began - 1)) + 1
    assessed_only = episodes["closure_reason_code"].isin(["RC8", "RC9"])
    is_not_in_need = ~episodes["is_no_further_action"] & assessed_only & ~episodes["has_protection_plan"]
    has_known_end = episodes["closure_basis"].isin(KNOWN_END).to_numpy()
    last_return = np.where(episodes["closure_basis"] == "open", FOREVER, march_31(episodes["last_census_year"]))
    episodes = episodes.assign(
        person=ids["person"].to_numpy()[child],
        child_id=ids["child_id"].take(child).array,
        is_not_in_need=is_not_in_need,
        is_in_need=~episodes["is_no_further_action"] & ~is_not_in_need,
        is_continued_from_predecessor=(began > 2009) & (episodes["referral_date"].to_numpy() < first_day),
        has_known_end=has_known_end,
        reach=np.where(has_known_end, day_number(episodes["closure_date"]), day_number(last_return)),
    )
    referral = episodes["referral_date"]
    for scheme in ("pmr_first", "person"):
        episodes[f"previous_of_{scheme}"] = previous_referral(ids[scheme].to_numpy()[child].astype(np.int64), referral)
    previous = referral.shift(1).where(episodes["child"] == episodes["child"].shift(1))
    episodes["previous_of_child"] = previous
    episodes["overlaps_previous"], episodes["overlap_kind"] = overlaps(episodes, "child")
    # of two on one day the one that lasts longer is the earlier
    order = np.lexsort([child, -episodes["reach"], referral, episodes["person"]])
    episodes = episodes.iloc[order].reset_index(drop=True)
    episodes["overlaps_previous_of_child"], episodes["overlap_kind_of_child"] = overlaps(episodes, "person")
    return episodes


def merge_spells(episodes: pd.DataFrame) -> pd.DataFrame:
    """R19: the overlapping episodes of a person, merged."""
    closure = episodes["closure_date"].to_numpy().astype("M8[D]")
    end = day_number(np.where(np.isnat(closure), FOREVER, closure))
    person, referral = episodes["person"].to_numpy().astype(np.int64), day_number(episodes["referral_date"])
    order = np.lexsort([-end, referral, person])
    person, referral, end = person[order], referral[order], end[order]
    is_new_person = np.append(True, person[1:] != person[:-1])
    starts = is_new_person | (person * DAYS_APART + referral >= largest_before(person, end))
    first = np.flatnonzero(starts)
    number = np.arange(len(first)) - np.maximum.accumulate(np.where(is_new_person[first], np.arange(len(first)), 0)) + 1
    last_end = np.maximum.reduceat(end, first)
    is_open = last_end == FOREVER.astype(np.int64)
    child_id = episodes["child_id"].take(order[first]).reset_index(drop=True)
    return pd.DataFrame(
        {
            "spell_id": child_id + "-spell-" + pd.Series(number).astype(TEXT),
            "child_id": child_id,
            "start_date": referral[first].astype("M8[D]"),
            "end_date": np.where(is_open, np.datetime64("NaT", "D"), last_end.astype("M8[D]")),
            "n_days": pd.Series(last_end - referral[first], dtype="Int64").mask(is_open),
            "n_episodes": np.diff(np.append(first, len(end))),
        }
    )


def iso(days: pd.Series) -> pd.Series:
    """Days as text, each distinct day once."""
    codes, distinct = pd.factorize(days)
    return pd.Series(pd.Series(distinct).dt.strftime("%Y-%m-%d").astype(TEXT).array.take(codes), index=days.index)


def place_plans(plans: pd.DataFrame, episodes: pd.DataFrame) -> pd.DataFrame:
    """D13: each plan with its case, and the end that counts: a plan does not outlast its case."""
    case = episodes[["episode", "child_id", "local_authority_code", "closure_date_for_counting", "is_open_on_closure_date"]]
    plans = plans.assign(episode=plans["child"] * DAYS_APART + day_number(plans["referral_date"])).merge(case, on="episode")
    start, end, of_case = (
        plans[name].to_numpy().astype("M8[D]") for name in ["plan_start_date", "plan_end_date", "closure_date_for_counting"]
    )
    of_case = np.where(np.isnat(of_case), of_case, np.fmax(of_case, start))
    return plans.assign(
        plan_id=plans["la_child_id"] + "-plan-" + iso(plans["plan_start_date"]),
        episode_id=plans["la_child_id"] + "-" + iso(plans["referral_date"]),
        plan_end_date_for_counting=np.where(np.isnat(end), of_case, end),
        is_open_on_end_date=np.isnat(end) & plans["is_open_on_closure_date"],
        is_end_before_start=end < start,
    )


# ---------------------------------------------------------------- R21 to R24: counts of a year

SCHEMES = {"la_child_id": "child", "pmr_first_id": "pmr_first", "child_id": "person"}
IN_CENSUS = ["recorded", "open", "in_need_any_point", "in_need_31_march", "protection_plan_any_point", "protection_plan_31_march"]
ENTERING = ["referrals", "rereferred_12_months", "episodes_started", "plans_started"]


def of_year(
    start: np.ndarray, end: np.ndarray, is_open_on_end: np.ndarray, first_day: np.datetime64, day: np.datetime64
) -> tuple[np.ndarray, np.ndarray]:
    """R21, D12: which cases or plans were open at any point of a year, and which of those on 31 March."""
    own = np.flatnonzero((start <= day) & (np.isnat(end) | (end >= first_day)))
    end = end[own]
    return own, np.isnat(end) | (end > day) | ((end == day) & is_open_on_end[own])


def count_child_years(returned: pd.DataFrame, episodes: pd.DataFrame, plans: pd.DataFrame, years: list[int]) -> pd.DataFrame:
    """R21, R22: one row per child and census year: of how many of its episodes and plans each thing is true that year."""
    referral, end, start, plan_end = (
        frame[name].to_numpy().astype("M8[D]")
        for frame, name in [
            (episodes, "referral_date"),
            (episodes, "closure_date_for_counting"),
            (plans, "plan_start_date"),
            (plans, "plan_end_date_for_counting"),
        ]
    )
    in_need, is_open_on_end = episodes["is_in_need"].to_numpy(), episodes["is_open_on_closure_date"].to_numpy()
    is_plan_open_on_end = plans["is_open_on_end_date"].to_numpy()
    is_referral = ~episodes["is_continued_from_predecessor"].to_numpy()
    twelve_months_before = (episodes["referral_date"] - pd.DateOffset(months=12)).to_numpy()
    previous = {key: episodes[f"previous_of_{key}"].to_numpy() for key in SCHEMES.values()}
    entered = {f"entered_by_{key}": np.isnat(day) for key, day in previous.items()}
    rereferred = {f"rereferred_12_months_by_{key}": day >= twelve_months_before for key, day in previous.items()}
    days = seed("census_years").set_index("census_year")
    frames = []
    for year in years:
        first_day, day = (np.datetime64(days.at[year, name], "D") for name in ["first_day", "census_day"])
        own, on_31_march = of_year(referral, end, is_open_on_end, first_day, day)
        referred = (referral[own] >= first_day) & is_referral[own]
        cases = {
            "open": np.ones(len(own), bool),
            "in_need_any_point": in_need[own],
            "in_need_31_march": in_need[own] & on_31_march,
            "referrals": referred,
            "episodes_started": referred & in_need[own],
            **{name: referred & values[own] for name, values in (entered | rereferred).items()},
        }
        own_plans, on_31_march = of_year(start, plan_end, is_plan_open_on_end, first_day, day)
        planned = {
            "protection_plan_any_point": np.ones(len(own_plans), bool),
            "protection_plan_31_march": on_31_march,
            "plans_started": start[own_plans] >= first_day,
        }
        recorded = pd.DataFrame({"recorded": 1}, index=returned.loc[returned["census_year"] == year, "child"])
        sums = [
            pd.DataFrame(events, dtype=np.int32).groupby(frame["child"].to_numpy()[rows]).sum()
            for frame, rows, events in [(episodes, own, cases), (plans, own_plans, planned)]
        ]
        of_children = pd.concat([recorded, *sums], axis=1).fillna(0).astype(np.int16)
        frames.append(of_children.rename_axis("child").reset_index().assign(census_year=np.int16(year)))
    return pd.concat(frames, ignore_index=True)


def count_scheme(years: pd.DataFrame, scheme: str, level: str) -> pd.DataFrame:
    """R24: every measure for one id scheme and one level: an id counts once in each place of the level."""
    key = SCHEMES[scheme]
    names = {name: name for name in [*IN_CENSUS, "referrals", "episodes_started", "plans_started"]}
    names |= {f"entered_by_{key}": "entered", f"rereferred_12_months_by_{key}": "rereferred_12_months"}
    rows = years[["census_year", level, *names]].rename(columns=names)
    measures = list(names.values())
    place = ["census_year", level]
    if key != "child":  # ids that join several children are folded into one row first
        is_joined = years[f"n_ids_of_{key}"].to_numpy() > 1
        joined = rows[is_joined].assign(key=years.loc[is_joined, key])
        folded = joined.groupby([*place, "key"], observed=True)[measures].sum().reset_index()
        rows = pd.concat([rows[~is_joined], folded.drop(columns="key")], ignore_index=True)
    happens = rows[measures] > 0
    happens["referred"] = happens["referrals"]
    happens["re_entered"] = happens["referrals"] & ~happens["entered"]
    by_place = [rows["census_year"], rows[level]]
    children = happens.groupby(by_place, observed=True).sum()
    events = rows[ENTERING].groupby(by_place, observed=True).sum()
    counts = children.rename_axis(columns="measure").stack().rename("n_children").to_frame()
    counts["n_events"] = events.rename_axis(columns="measure").stack()
    counts = counts.reset_index().rename(columns={level: "geography_code"})
    return counts.assign(n_events=counts["n_events"].astype("Int64"), id_scheme=scheme)


def count_years(child_years: pd.DataFrame, ids: pd.DataFrame) -> pd.DataFrame:
    """R21 to R24: the counts of every year, place, id scheme and measure. Authorities in no list are in no region."""
    regions = seed("local_authorities").sort_values("first_census_year").drop_duplicates("local_authority_code", keep="last")
    regions = regions.set_index("local_authority_code")["region_code"]
    authority = ids["local_authority_code"].take(child_years["child"]).reset_index(drop=True)
    region = regions.reindex(authority.cat.categories).astype("category")
    region = pd.Series(take(region.array, authority.cat.codes.to_numpy(), allow_fill=True))
    country = pd.Categorical.from_codes(np.zeros(len(child_years), int), ["E92000001"])
    numbers = {
        name: ids[name].to_numpy()[child_years["child"]]
        for name in ["pmr_first", "person", "n_ids_of_pmr_first", "n_ids_of_person"]
    }
    years = child_years.assign(local_authority_code=authority, region_code=region, country=country, **numbers)
    levels = {"National": "country", "Regional": "region_code", "Local authority": "local_authority_code"}
    return pd.concat(
        [
            count_scheme(years, scheme, place).assign(geography_level=level)
            for scheme in SCHEMES
            for level, place in levels.items()
        ],
        ignore_index=True,
    )


# ---------------------------------------------------------------- all of it


def clean(extract: Path, ties_folder: Path | None = None) -> dict[str, pd.DataFrame]:
    """Every table of `TABLES`, from the files in a folder."""
    records = read_records(extract)
    tables = account_for_rows(records)
    years = sorted(int(year) for year in records["census_year"].unique())
    records, children = number_children(records)

    def ties(table: str) -> pd.DataFrame | None:
        """What the project decided where records tie, with the number of the child."""
        if ties_folder is None:
            return None
        rows = pd.read_parquet(ties_folder / f"{table}.parquet")
        return rows.assign(child=pd.Index(children["la_child_id"]).get_indexer(rows["la_child_id"].astype(TEXT)))

    children = describe_children(records, children, ties)
    plans = reconcile_plans(records, children, ties)
    episodes = reconcile_episodes(records, children, ties)
    episodes = close_episodes(episodes, tables["local_authority_returns"], years[-1])
    ids = identify_children(records, children, episodes)
    returned = records[["child", "census_year"]].drop_duplicates()
    del records
    episodes["closure_date_expected"] = expect_closures(episodes)
    episodes = sequence_episodes(episodes, ids)
    plans = place_plans(plans, episodes)

    tables["child_identifiers"] = ids[
        ["la_child_id", "pupil_matching_ref", "pmr_first_id", "child_id", "local_authority_code", "n_pupil_matching_refs",
         "has_link_conflict"]
    ]  # fmt: skip
    child_ids = ids[["la_child_id", "child_id"]]
    tables["child_disabilities"] = read_disabilities(extract).merge(child_ids, on="la_child_id", how="left")
    tables["spells"] = merge_spells(episodes)
    tables["child_protection_plans"] = plans.drop(
        columns=["child", "referral_date", "episode", "closure_date_for_counting", "is_open_on_closure_date"]
    )
    tables["annual_counts"] = count_years(count_child_years(returned, episodes, plans, years), ids)
    birth = children["birth_month_start"].take(episodes["child"]).reset_index(drop=True)
    referral = episodes["referral_date"]
    months = (referral.dt.year - birth.dt.year) * 12 + referral.dt.month - birth.dt.month
    tables["episodes"] = episodes.assign(
        episode_id=episodes["la_child_id"] + "-" + iso(referral),
        age_at_referral=(months // 12).astype("Int16"),
        is_before_birth=(referral < birth).astype("boolean").mask(birth.isna()),
        previous_referral_date=episodes["previous_of_child"],
        previous_referral_date_of_child=episodes["previous_of_person"],
    )[
        ["episode_id", "child_id", "la_child_id", "local_authority_code", "referral_date", "closure_date", "closure_basis",
         "closure_date_earliest", "closure_date_latest", "closure_date_expected", "recorded_closure_date", "is_closed",
         "is_closure_before_referral", "is_vanished", "first_census_year", "last_census_year", "n_returns",
         "is_no_further_action", "is_not_in_need", "is_in_need", "has_protection_plan", "referral_source_code",
         "primary_need_code", "closure_reason_code", "initial_conference_date", "age_at_referral", "is_before_birth",
         "overlaps_previous", "overlap_kind", "overlaps_previous_of_child", "overlap_kind_of_child",
         "previous_referral_date", "previous_referral_date_of_child", "is_continued_from_predecessor"]
    ]  # fmt: skip
    return tables


def main() -> None:
    """Writes every table as Parquet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--extract", type=Path, required=True, help="folder with cin_<census_year>.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables")
    parser.add_argument("--ties", type=Path, help="folder with what the project decided where records tie")
    options = parser.parse_args()
    pa.set_cpu_count(2)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, table in clean(options.extract, options.ties).items():
        table.to_parquet(options.out / f"{name}.parquet", index=False)


if __name__ == "__main__":
    main()
