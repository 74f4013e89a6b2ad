"""Deliveries as they really come (R26): each oddity is read as what it stands for, or refused by name; no value is lost or
changed.

Each is made from the small synthetic extract, of which one file or all are written otherwise, and compared with it as landed: the
rows that staging reads, value by value.
"""

import csv
import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path, PureWindowsPath

import duckdb
import pytest
from conftest import YEARS, Build
from delivery import crosswalk, values
from delivery import survey as looking
from delivery.survey import File, full_length
from landed import Landed

LAST = YEARS[-1]
DATES = ("Date", "date")
CHILD, PMR, AUTHORITY, REFERRAL = "CIN_LAchildID_Anon", "CIN_PupilMatchingRefAnonymous", "CIN_LA", "CIN_CINReferralDate"
LONDON_SUMMER = [
    (date(2014, 3, 30), date(2014, 10, 26)),
    (date(2015, 3, 29), date(2015, 10, 25)),
    (date(2013, 3, 31), date(2013, 10, 27)),
]


@pytest.fixture(scope="module")
def plain(small_extract) -> Landed:
    """The small extract as it is made, landed."""
    return Landed(small_extract)


def files(folder: Path, year: int | None = None) -> list[Path]:
    """The census files of a folder, or those of one year."""
    return sorted(folder.glob(f"cin*_{year or '*'}.csv"))


def read(path: Path) -> list[dict]:
    """The rows of a plain file."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: list[dict], **options) -> None:
    """Writes rows as a file."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), **({"lineterminator": "\n"} | options))
        writer.writeheader()
        writer.writerows(rows)


def each_value(folder: Path, change, year: int | None = None, only=lambda row: True) -> None:
    """Changes every value: change(header, value, row) answers the new one."""
    for path in files(folder, year):
        write(path, [{n: change(n, v, row) if only(row) else v for n, v in row.items()} for row in read(path)])


def is_date(name: str, value: str) -> bool:
    """Whether a value is a date as the extract writes it."""
    return any(part in name for part in DATES) and len(value) == 10 and value[4] == "-"


def busiest(folder: Path) -> str:
    """The authority with most rows in the last year."""
    return Counter(row[AUTHORITY].strip() for row in read(folder / f"cin_{LAST}.csv")).most_common(1)[0][0]


def as_dates(form: str):
    """A spoiler that writes every date of the last year in a form of strftime."""

    def spoil(folder):
        each_value(folder, lambda n, v, row: date.fromisoformat(v).strftime(form) if is_valid(n, v) else v, LAST)

    return spoil


def is_valid(name: str, value: str) -> bool:
    """Whether a value is a day of the calendar."""
    if not is_date(name, value):
        return False
    try:
        return date.fromisoformat(value).year >= 1930
    except ValueError:
        return False


def unread_before_now(folder):
    """One authority writes texts such as `Apr  1 2016 12:00AM`."""
    code = busiest(folder)
    text = lambda v: f"{date.fromisoformat(v):%b} {date.fromisoformat(v).day:2} {v[:4]} 12:00AM"  # noqa: E731
    each_value(folder, lambda n, v, row: text(v) if is_valid(n, v) else v, LAST, lambda row: row[AUTHORITY].strip() == code)


def month_first_in_one_authority(folder):
    code = busiest(folder)
    text = lambda v: f"{int(v[5:7])}/{int(v[8:])}/{v[:4]}"  # noqa: E731
    each_value(folder, lambda n, v, row: text(v) if is_valid(n, v) else v, LAST, lambda row: row[AUTHORITY].strip() == code)


def utc_instants(folder):
    def text(value):
        day = date.fromisoformat(value)
        is_summer = day.year > 1971 and last_sunday(day.year, 3) < day <= last_sunday(day.year, 10)
        return f"{day - timedelta(days=1)}T23:00:00.000Z" if is_summer else f"{day}T00:00:00.000Z"

    each_value(folder, lambda n, v, row: text(v) if is_valid(n, v) else v)


def last_sunday(year: int, month: int) -> date:
    """The last Sunday of a month of 31 days."""
    day = date(year, month, 31)
    return day - timedelta(days=(day.weekday() + 1) % 7)


def nulls_as(text: str):
    """A spoiler that writes every missing value of the last year as a text."""

    def spoil(folder):
        each_value(folder, lambda n, v, row: v or text, LAST)

    return spoil


def floats_in_one_year(folder):
    each_value(folder, lambda n, v, row: f"{v}.0" if v.isdigit() and n not in (CHILD, PMR) else v, LAST)


def mixed_line_ends(folder):
    path = folder / f"cin_{LAST}.csv"
    lines = path.read_text().splitlines()
    path.write_bytes("".join(line + ("\r\n" if n < 99 else "\n") for n, line in enumerate(lines)).encode())


def old_macintosh_line_ends(folder):
    path = folder / f"cin_{LAST}.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r"))


def as_utf_16(folder):
    for path in [*files(folder), folder / "about_this_extract.csv"]:
        path.write_text(path.read_text(), encoding="utf-16")


def with_byte_order_mark(folder):
    for path in files(folder):
        path.write_text(path.read_text(), encoding="utf-8-sig")


def blanks_around_values(folder):
    for path in files(folder):
        write(path, [{f" {name} ": f"  {value} " for name, value in row.items()} for row in read(path)])


def blanks_within_quotes(folder):
    for path in files(folder):
        lines = [",".join(f'" {value}  "' for value in row.values()) for row in read(path)]
        path.write_text("\n".join([path.read_text(encoding="utf-8").splitlines()[0], *lines, ""]), encoding="utf-8")


def blanks_around_values_in_parquet(folder):
    blanks_around_values(folder)
    for path in files(folder):
        with duckdb.connect() as connection:
            rows = f"from read_csv('{path}', all_varchar = true, normalize_names = false)"
            connection.execute(f"copy ({rows}) to '{path.with_suffix('.parquet')}' (format parquet)")
        path.unlink()


def blank_first_line(folder):
    path = folder / f"cin_{LAST}.csv"
    path.write_text("\n\n" + path.read_text())


def separator_line_of_a_spreadsheet(folder):
    path = folder / f"cin_{LAST}.csv"
    path.write_text("sep=,\n" + path.read_text())


def blank_rows_at_end(folder):
    for path in files(folder, LAST):
        width = path.read_text().split("\n", 1)[0].count(",")
        path.write_text(path.read_text() + ("," * width + "\n") * 30 + (" ," * width + " \n") * 30)


def two_stray_quotes(folder):
    path = folder / f"cin_{LAST}.csv"
    lines = path.read_text().splitlines()
    for n in (64, 71):
        parts = lines[n].split(",")
        parts[3] = f'"{parts[3]}' if n == 64 else f'{parts[3]}"'
        lines[n] = ",".join(parts)
    path.write_text("\n".join(lines) + "\n")


def a_quote_within_a_value(folder):
    """One mark in one line, in the middle of a value: the value is as it was but for the mark."""
    path = folder / f"cin_{LAST}.csv"
    lines = path.read_text().splitlines()
    lines[30] = lines[30].replace(",SYN", ',S"YN', 1)
    path.write_text("\n".join(lines) + "\n")


def parquet_as_folder(folder):
    path = folder / f"cin_{LAST}.csv"
    target = folder / f"cin_{LAST}.parquet"
    target.mkdir()
    rows = f"read_csv('{path}', all_varchar = true)"
    with duckdb.connect() as connection:
        connection.execute(f"copy (from {rows} limit 100) to '{target}/part-00000.snappy.parquet'")
        connection.execute(f"copy (from {rows} offset 100) to '{target}/part-00001.snappy.parquet'")
    (target / "_SUCCESS").touch()
    path.unlink()


def parquet_with_time_zone(folder):
    for year in YEARS:
        path = folder / f"cin_{year}.csv"
        dates = [name for name in read(path)[0] if any(part in name for part in DATES)]
        instants = ", ".join(f'try_cast("{name}" as timestamp) at time zone \'Europe/London\' as "{name}"' for name in dates)
        with duckdb.connect() as connection:
            connection.execute("set timezone = 'Asia/Tokyo'")
            connection.execute(
                f"copy (select * replace ({instants}) from read_csv('{path}', all_varchar = true)) to "
                f"'{path.with_suffix('.parquet')}'"
            )
        path.unlink()


def everything_in_quotes(folder):
    for path in files(folder):
        write(path, read(path), quoting=csv.QUOTE_ALL, lineterminator="\r\n")


def semicolons(folder):
    for path in files(folder):
        write(path, read(path), delimiter=";")


def row_names_of_r(folder):
    """As `write.csv` of R: row names under an empty header, NA for missing."""
    for path in files(folder):
        rows = [{"": str(n)} | {name: value or "NA" for name, value in row.items()} for n, row in enumerate(read(path), 1)]
        write(path, rows, quoting=csv.QUOTE_NONNUMERIC)


def row_names_without_header(folder):
    """As `write.table` of R: the header has one name less than the rows have values."""
    for path in files(folder):
        lines = path.read_text().splitlines()
        path.write_text("\n".join([lines[0], *(f'"{n}",{line}' for n, line in enumerate(lines[1:], 1))]) + "\n")


def columns_that_nobody_knows(folder):
    for path in files(folder):
        write(path, [{"URN_SPR14": "1"} | row | {"CIN_ReleaseFlag": "", "EVERFSM_6_SPR14": "x"} for row in read(path)])


def in_another_order_and_case(folder):
    for path in files(folder):
        write(path, [{f" {name.upper()} ": row[name] for name in sorted(row)} for row in read(path)])


def all_years_in_one_file(folder):
    for dataset, name in (("cin", "CIN_2014_to_2016.csv"), ("cin_disabilities", "CIN_Disabilities_2014_2016.csv")):
        rows = [row for year in YEARS for row in read(folder / f"{dataset}_{year}.csv")]
        random.Random(3).shuffle(rows)
        write(folder / name, rows)
        for year in YEARS:
            (folder / f"{dataset}_{year}.csv").unlink()


def years_in_two_files_of_any_name(folder):
    rows = [row for year in YEARS[:2] for row in read(folder / f"cin_{year}.csv")]
    for year in YEARS[:2]:
        (folder / f"cin_{year}.csv").unlink()
    write(folder / "early years.csv", rows)
    (folder / f"cin_{LAST}.csv").rename(folder / "the rest.csv")


def two_years_in_a_file_named_like_an_academic_year(folder):
    for dataset in ("cin", "cin_disabilities"):
        paths = [folder / f"{dataset}_{year}.csv" for year in YEARS[-2:]]
        write(folder / f"{dataset}_{YEARS[-2]}_{YEARS[-1]}.csv", [row for path in paths for row in read(path)])
        for path in paths:
            path.unlink()


def parquet_with_nan(folder):
    """Numbers are floats, and what is missing is NaN, as numpy writes it."""
    for path in files(folder):
        with duckdb.connect() as connection:
            text = f"read_csv('{path}', all_varchar = true)"
            numbers = [
                name for name in ("CIN_MonthOfBirth", "CIN_NumberOfPreviousCPP") if name in connection.sql(f"from {text}").columns
            ]
            floats = ", ".join(f"coalesce(try_cast({name} as double), 'nan'::double) as {name}" for name in numbers)
            replaced = f"replace ({floats})" if numbers else ""
            connection.execute(f"copy (select * {replaced} from {text}) to '{path.with_suffix('.parquet')}' (format parquet)")
        path.unlink()


def one_header_of_the_referral_date(folder):
    for path in files(folder):
        path.write_text(path.read_text().replace(REFERRAL, "cin_referraldate", 1))


def nine_character_authorities(folder):
    with open("seeds/local_authorities.csv", encoding="utf-8") as file:
        nine = {row["local_authority_code"]: row["gss_code"] for row in csv.DictReader(file)}
    for path in files(folder):
        rows = [
            {
                ("CIN_LA_9CODE" if n == AUTHORITY else n): nine.get(v.strip(), "") if n == AUTHORITY else v
                for n, v in row.items()
            }
            for row in read(path)
        ]
        write(path, rows)


def births_in_a_second_file(folder):
    births = []
    for year in YEARS:
        path = folder / f"cin_{year}.csv"
        rows, keys = read(path), ("CIN_ACADYR", AUTHORITY, CHILD, PMR, REFERRAL)
        births += [{name: row[name] for name in (*keys, "CIN_MonthOfBirth", "CIN_YearOfBirth")} for row in rows]
        write(path, [{n: v for n, v in row.items() if n not in ("CIN_MonthOfBirth", "CIN_YearOfBirth")} for row in rows])
    distinct = [dict(pairs) for pairs in dict.fromkeys(tuple(row.items()) for row in births)]
    write(folder / "births.csv", distinct)


def folder_named_like_a_pattern(folder):
    """The folder is renamed, and a folder that its name would match as a pattern stands beside it."""
    folder.rename(folder.with_name("delivery 2"))
    sibling = folder.with_name("delivery 2")
    named = folder.with_name("delivery [2]")
    named.mkdir()
    for path in sibling.iterdir():
        if path.is_file():
            (named / path.name).write_bytes(path.read_bytes())
    for path in files(sibling):
        write(path, read(path)[::2])
    return named


SAME = [
    as_dates("%d/%m/%Y 00:00"), as_dates("%d/%m/%Y"), as_dates("%Y-%m-%d %H:%M:%S.000"), as_dates("%Y-%m-%dT00:00:00"),
    as_dates("%d%b%Y"), as_dates("%d-%b-%Y"), as_dates("%d-%m-%Y"),
    as_dates("%Y%m%d"), as_dates("%Y/%m/%d"), as_dates("%d %B %Y"),
    as_dates("%b %d %Y 12:00AM"), as_dates("%d.%m.%Y"), as_dates("%m/%d/%Y"), as_dates("%d%b%Y:00:00:00"), as_dates("%d/%m/%y"),
    unread_before_now, month_first_in_one_authority, utc_instants,
    nulls_as("NULL"), nulls_as("NA"), nulls_as("."), nulls_as("nan"), nulls_as("N/A"),
    floats_in_one_year, mixed_line_ends, old_macintosh_line_ends, as_utf_16, with_byte_order_mark,
    blank_first_line, blanks_around_values, blanks_within_quotes, blanks_around_values_in_parquet,
    separator_line_of_a_spreadsheet, blank_rows_at_end, two_stray_quotes, a_quote_within_a_value, parquet_as_folder,
    parquet_with_time_zone,
    everything_in_quotes, semicolons, row_names_of_r, row_names_without_header, columns_that_nobody_knows,
    in_another_order_and_case,
    all_years_in_one_file, years_in_two_files_of_any_name, two_years_in_a_file_named_like_an_academic_year,
    one_header_of_the_referral_date, nine_character_authorities,
    folder_named_like_a_pattern,
]  # fmt: skip
NAMES = [f"{n:02}_{spoil.__name__}" for n, spoil in enumerate(SAME)]


def usable(rows: Counter) -> Counter:
    """Landed rows, in which a text that is no day stands for any other: it is null and invalid in the tables, whatever it
    says."""

    def value(text):
        is_no_day = text and text[:10] in NO_DAYS
        return None if is_no_day else text

    return Counter({tuple(map(value, row)): n for row, n in rows.items()})


NO_DAYS = ("31/02/2012", "00/00/0000", "not known", "2013-13-01", "1800-01-01", "1900-01-01", "1800-01-01T00:01:15Z"[:10])


@pytest.mark.parametrize("spoil", SAME, ids=NAMES)
def test_the_same_rows_are_landed(spoil, delivery, plain):
    landed = Landed(spoil(delivery) or delivery)
    assert landed.sentence == ""
    assert landed.survey.years == list(YEARS)
    assert {key: added(landed.rows[key], rows) for key, rows in plain.rows.items()} == dict.fromkeys(plain.rows, (0, 0))


def added(rows: Counter, expected: Counter) -> tuple[int, int]:
    """How many rows are too many, and how many too few. Counts alone, so that a failing test shows no row."""
    rows, expected = merged(rows), merged(expected)
    return (rows - expected).total(), (expected - rows).total()


def merged(rows: Counter) -> Counter:
    """Rows as `usable` sees them, those that are then alike together."""
    found: Counter = Counter()
    for row, n in rows.items():
        found[next(iter(usable(Counter({row: 1}))))] += n
    return found


# Ids: another spelling in one year, the same children.


def spelt(old, new, year=None):
    """A spoiler that writes both ids as `old` in every year, and as `new` in the last."""

    def spoil(folder):
        each_value(folder, lambda n, v, row: old(v) if n in (CHILD, PMR) and v else v)
        for path in files(folder, LAST):
            write(path, [{n: new(v) if n in (CHILD, PMR) and v else v for n, v in row.items()} for row in read(path)])

    return spoil


def as_hex(value: str) -> str:
    """An id as hexadecimal digits."""
    return value.encode().hex()


def as_number(value: str) -> str:
    """An id as a number, without zeros in front."""
    return value.removeprefix("SYN").lstrip("0")


IDS = {
    "hexadecimal_capitals": (as_hex, str.upper),
    "hexadecimal_with_0x": (as_hex, lambda v: f"0x{v.upper()}"),
    "hexadecimal_with_backslashes": (as_hex, lambda v: "".join(f"\\x{v[n : n + 2]}" for n in range(0, len(v), 2))),
    "point_zero": (as_number, lambda v: f"{v}.0"),
    "leading_zeros_lost": (lambda v: v.removeprefix("SYN"), lambda v: v.lstrip("0")),
    "blanks_around": (str, lambda v: f"  {v} "),
}


@pytest.mark.parametrize("kind", IDS)
def test_an_id_has_one_spelling_in_all_years_and_files(kind, delivery):
    old, new = IDS[kind]
    spelt(old, old)(delivery)
    expected = Landed(delivery)
    for path in files(delivery, LAST):
        write(path, [{n: new(v) if n in (CHILD, PMR) and v else v for n, v in row.items()} for row in read(path)])
    landed = Landed(delivery)
    if kind == "leading_zeros_lost":
        assert any(landed.survey.lengths.values())
    assert {key: added(landed.rows[key], rows) for key, rows in expected.rows.items()} == dict.fromkeys(expected.rows, (0, 0))


def test_bytes_of_parquet_are_hexadecimal_ids(delivery):
    spelt(as_hex, as_hex)(delivery)
    expected = Landed(delivery)
    for path in files(delivery, LAST):
        names = [name for name in (CHILD, PMR) if name in read(path)[0]]
        blobs = ", ".join(f"unhex({name}) as {name}" for name in names)
        with duckdb.connect() as connection:
            connection.execute(
                f"copy (select * replace ({blobs}) from read_csv('{path}', all_varchar = true)) to "
                f"'{path.with_suffix('.parquet')}'"
            )
        path.unlink()
    assert Landed(delivery).rows == expected.rows


def test_words_that_stand_for_missing_are_no_ids(delivery, plain):
    code = busiest(delivery)
    words = iter(["NULL", "NA", "nan", "N/A", ".", " ", "null", "None", "NaN ", "#N/A"] * 100)
    rows = read(delivery / f"cin_{LAST}.csv")
    spoilt = [row | {CHILD: next(words), PMR: next(words)} if row[AUTHORITY].strip() == code else row for row in rows]
    write(delivery / f"cin_{LAST}.csv", spoilt)
    landed = Landed(delivery).rows["cin", LAST]
    n = sum(row[AUTHORITY].strip() == code for row in rows)
    assert sum(count for row, count in landed.items() if row[2] is None and row[3] is None) >= n > 20


def test_an_id_in_scientific_notation_names_nobody_and_is_told(delivery):
    code = busiest(delivery)
    each_value(delivery, lambda n, v, row: "7.35100E+12" if n == CHILD and row[AUTHORITY].strip() == code else v, LAST)
    landed = Landed(delivery)
    n = sum(row[AUTHORITY].strip() == code for row in read(delivery / f"cin_{LAST}.csv"))
    assert sum(count for row, count in landed.rows["cin", LAST].items() if row[2] is None) >= n > 20
    assert f"{n} ids in {CHILD} are in scientific notation" in landed.log


@pytest.mark.parametrize("value", ["12345678E12", "1234567E1", "4E5", "735E1200"])
def test_a_hexadecimal_id_with_an_e_is_no_scientific_notation(value):
    with duckdb.connect() as connection:
        assert connection.execute(
            f"select {values.without_scientific('x')} from (select ?::varchar as x)", [value]
        ).fetchone() == (value,)


# Dates


@pytest.mark.parametrize(
    "text",
    [
        "2015-06-02T13:30:00",
        "2015-06-02 23:00",
        "2015-12-02T23:00:00.000Z",
        "02/06/2015 23:59",
        "2015-06-02T22:00:00Z",
        "31/02/2015",
    ],
)
def test_a_time_that_is_no_midnight_is_not_cut_off(text, delivery):
    each_value(delivery, lambda n, v, row: text if n == REFERRAL else v, LAST)
    landed = Landed(delivery).rows["cin", LAST]
    column = list(looking.crosswalk.kinds("cin")).index("referral_date")
    assert {row[column] for row in landed} == {text}
    with duckdb.connect() as connection:
        read_by_staging = connection.execute(
            "select try_cast(if(length(x) = 10, x, null) as date) from (select ?::varchar as x)", [text]
        )
        assert read_by_staging.fetchone() == (None,)


def test_day_and_month_that_contradict_each_other_are_not_guessed(delivery):
    """Half of an authority's dates are written month first: only those that can be no other way are read."""
    code, n = busiest(delivery), iter(range(10**6))
    forms = ("%d/%m/%Y", "%m/%d/%Y")
    each_value(
        delivery, lambda name, v, row: date.fromisoformat(v).strftime(forms[next(n) % 2]) if is_valid(name, v) else v, LAST,
        lambda row: row[AUTHORITY].strip() == code,
    )  # fmt: skip
    given = Landed(delivery)
    column = list(looking.crosswalk.kinds("cin")).index("referral_date")
    texts = {row[column] for row in given.rows["cin", LAST] if row[1] == code}
    assert f"dates of authority {code} are read only where day and month cannot be exchanged" in given.log
    assert {len(text) == 10 and text[4] == "-" for text in texts} == {True, False}
    assert all(int(text[:2]) <= 12 and int(text[3:5]) <= 12 for text in texts if text[4] != "-")


def test_dates_that_nothing_tells_apart_are_counted(delivery):
    each_value(
        delivery,
        lambda n, v, row: f"{v[8:]}/{v[5:7]}/{v[:4]}" if is_valid(n, v) and int(v[8:]) < 13 else "" if is_date(n, v) else v,
        LAST,
    )
    landed = Landed(delivery)
    assert "dates could have day and month exchanged, and nothing tells: they are read day first" in landed.log


# What stops a build, or is told


def test_years_of_main_file_and_disabilities_that_differ_stop_the_build(delivery):
    all_years_in_one_file(delivery)
    path = delivery / "CIN_2014_to_2016.csv"
    write(path, [row for row in read(path) if row["CIN_ACADYR"] != "2014/2015"])
    assert "cin_2015 is missing" in Landed(delivery).sentence
    left_out = Landed(delivery, asked="2014,2016")
    n = sum(row["CIN_ACADYR"] == "2014/2015" for row in read(delivery / "CIN_Disabilities_2014_2016.csv"))
    assert left_out.sentence == "" and f"left out, as these years are not built: {n:,} rows of 2015" in left_out.log


@pytest.mark.parametrize("n_lines", [65_536, 1_048_576])
def test_a_file_as_long_as_a_spreadsheet_is_named(n_lines):
    file = File(
        Path("cin_2016.csv"), "cin", {"kind": "text", "n_lines": n_lines, "n_skipped_lines": 0, "notes": [], "header": []}
    )
    file.profile = {
        "rows": {"2016": n_lines - 1},
        "n_blank": 0,
        "n_unreadable": 0,
        "ids": {},
        "differing": {},
        "authorities": {},
    }
    assert f"exactly {n_lines:,} lines" in " ".join(looking.all_notes(file))


def test_a_file_cut_at_the_end_of_a_spreadsheet_is_named_when_delivered(delivery):
    path = delivery / f"cin_{LAST}.csv"
    rows = read(path)
    write(path, [row | {CHILD: f"{row[CHILD]}{n}"} for n in range(65_536 // len(rows) + 1) for row in rows][: 65_536 - 1])
    assert "exactly 65,536 lines, as many as a spreadsheet holds" in Landed(delivery).log


@pytest.mark.parametrize(
    "header, told",
    [
        (CHILD, "local_child_id (CIN_LAchildID_Anon"),
        (AUTHORITY, "local_authority_code (CIN_LA or"),
        (REFERRAL, "referral_date (CIN_CINReferralDate or CIN_ReferralDate"),
    ],
)
def test_a_needed_column_that_is_missing_stops_the_build(header, told, delivery):
    path = delivery / f"cin_{LAST}.csv"
    write(path, [{n: v for n, v in row.items() if n != header} for row in read(path)])
    assert f"cin_{LAST}.csv lacks a column that is needed: {told}" in Landed(delivery).sentence


def test_the_year_may_stand_in_the_name_alone(delivery, plain):
    for path in files(delivery):
        write(path, [{n: v for n, v in row.items() if n != "CIN_ACADYR"} for row in read(path)])
    assert Landed(delivery).rows == plain.rows


def test_four_columns_are_enough(delivery):
    for path in delivery.glob("cin_disabilities*"):
        path.unlink()
    for path in files(delivery):
        write(path, [{n: row[n] for n in ("CIN_ACADYR", AUTHORITY, CHILD, REFERRAL)} for row in read(path)])
    landed = Landed(delivery)
    assert landed.sentence == "" and all(row[4:13] == (None,) * 9 for row in landed.rows["cin", LAST])


def test_an_unknown_column_is_listed_and_by_a_setting_an_error(delivery):
    columns_that_nobody_knows(delivery)
    assert "3 columns that the crosswalk does not know (in place 1, 26, 27)" in Landed(delivery).log
    assert "CIN_UNKNOWN_COLUMNS is `stop`" in Landed(delivery, is_strict=True).sentence


def test_other_files_are_named_and_left_alone(delivery, plain):
    (delivery / "CLA_Episode_Data.txt").write_text("CLA_ACADYR\tCLA_LA\tCLA_CHILD_LA_CODE_Anon\n2014\t301\t1\n")
    (delivery / "Spring_Census_2012.txt").write_text("URN_SPR12\tPupilMatchingRefAnonymous_SPR12\n1\t2\n")
    landed = Landed(delivery)
    assert landed.rows == plain.rows
    assert [line for line in landed.log.splitlines() if "left alone" in line] == [
        "  CLA_Episode_Data.txt: no census file: left alone", "  Spring_Census_2012.txt: no census file: left alone"
    ]  # fmt: skip


def test_two_headers_of_a_column_fill_each_other(delivery, plain):
    path = delivery / f"cin_{LAST}.csv"
    rows = read(path)
    write(
        path,
        [
            row | ({"CIN_ReferralDate": row[REFERRAL], REFERRAL: ""} if n % 2 else {"CIN_ReferralDate": "2001-01-01"})
            for n, row in enumerate(rows)
        ],
    )
    landed = Landed(delivery)
    assert landed.rows == plain.rows
    assert f"{(len(rows) + 1) // 2} rows have two values for referral_date; {REFERRAL} counts" in landed.log


def test_births_in_a_second_file_are_those_of_the_rows(delivery, plain):
    births_in_a_second_file(delivery)
    landed = Landed(delivery)
    assert "births.csv: births" in landed.log
    keys = ("CIN_ACADYR", AUTHORITY, CHILD, REFERRAL)
    births = {
        tuple(row[name] for name in (*keys, "CIN_MonthOfBirth", "CIN_YearOfBirth")) for row in read(delivery / "births.csv")
    }
    n_doubtful = (
        len(births) - len({birth[:4] for birth in births}) + sum(not all(map(str.strip, birth[:4])) for birth in births)
    )
    assert sum(added(landed.rows[key], rows)[0] for key, rows in plain.rows.items()) <= n_doubtful < 20


def test_a_full_date_of_birth_gives_month_and_year(delivery, plain):
    for year in YEARS:
        path = delivery / f"cin_{year}.csv"
        rows = []
        for row in read(path):
            month, birth_year = row.pop("CIN_MonthOfBirth"), row.pop("CIN_YearOfBirth")
            rows.append(row | {"CIN_DOB": f"17/{int(month):02}/{birth_year}" if month and birth_year else ""})
        write(path, rows)
    births = [
        Counter({(row[4] and row[5] and row[4].zfill(2), row[4] and row[5]): 0 for row in found.rows["cin", LAST]})
        for found in (Landed(delivery), plain)
    ]
    assert births[0].keys() == births[1].keys()


def test_a_year_that_nobody_has_described_is_read_with_a_warning(delivery):
    for path in files(delivery, LAST):
        text = path.read_text()
        (delivery / path.name.replace(str(LAST), "2026")).write_text(text.replace("2015/2016", "2025/2026"))
        for year in YEARS:
            (delivery / path.name.replace(str(LAST), str(year))).unlink()
    landed = Landed(delivery)
    assert landed.survey.years == [2026]
    assert "Warning: nobody has described census year 2026 yet" in landed.log


@pytest.mark.parametrize(
    "line, sentence",
    [
        ("referal_date,cin,CIN_RefDate,1", "line 7: the first value is a column of the project"),
        ("referral_date,CIN,CIN_RefDate,1", "line 7: the second value is the dataset, cin or cin_disabilities"),
        ("referral_date,cin,,1", "line 7: the third value is the header"),
        ("referral_date,cin,CIN_RefDate,first", "line 7: precedence is a whole number, or nothing"),
    ],
)
def test_a_slip_in_the_crosswalk_is_named_by_its_line(line, sentence):
    names = ("variable", "dataset", "header", "precedence", "first_census_year")
    with pytest.raises(crosswalk.Slip, match=sentence):
        crosswalk.entry_of(7, dict(zip(names, [*line.split(","), None], strict=True)))


def test_a_line_of_three_values_is_enough_for_the_crosswalk():
    row = {"variable": " referral_date", "dataset": "cin", "header": "CIN_RefDate ", "precedence": None}
    assert crosswalk.entry_of(7, row) == crosswalk.Entry("referral_date", "cin", "CIN_RefDate", 9, None, None)


def test_what_is_missing_in_a_parquet_of_floats_is_missing(delivery, plain):
    parquet_with_nan(delivery)
    landed = Landed(delivery)
    assert landed.sentence == ""
    for key, rows in plain.rows.items():
        assert not any("nan" in str(value).lower() for row in landed.rows[key] for value in row)
        assert landed.rows[key].total() == rows.total()


# Platforms


@pytest.mark.parametrize(
    "name, year",
    [
        ("cin_2014.csv", 2014),
        ("CIN_2013-14.txt", 2014),
        ("cin_201314.csv.gz", 2014),
        ("CIN_2009_to_2021.csv", None),
        ("cin.csv", None),
        ("CIN_2013_2014.csv", 2014),
    ],
)
def test_the_year_of_a_name(name, year):
    assert File(PureWindowsPath("D:\\secure 2020\\extract") / name).year_of_name == year


def test_a_path_of_windows_is_no_pattern():
    assert looking.no_pattern("D:\\my [data]\\cin_2014.csv") == "D:\\my [[]data]\\cin_2014.csv"


def test_the_length_of_ids_is_that_of_most():
    assert full_length(Counter({(9, True): 5, (9, False): 5, (8, False): 3})) == 9
    assert full_length(Counter({(9, True): 5, (9, False): 5})) is None, "none has lost a zero"
    assert full_length(Counter({(9, False): 5, (8, False): 3})) is None, "none begins with a zero"
    assert full_length(Counter({(9, True): 2, (8, False): 3, (7, False): 2})) is None, "no length is that of most"


# Whole builds


def test_an_authority_whose_rows_cannot_be_used_has_not_returned(delivery, tmp_path):
    code = busiest(delivery)
    each_value(delivery, lambda n, v, row: "some day" if n == REFERRAL and row[AUTHORITY].strip() == code else v, LAST)
    build = Build(delivery, tmp_path)
    assert build.exit_code == 0, build.output
    returns = f"select has_returned from local_authority_returns where local_authority_code = '{code}' order by census_year"
    assert build.query(returns) == [(True,), (True,), (False,)]
    bases = f"select distinct closure_basis from episodes where local_authority_code = '{code}' and last_census_year = {LAST - 1}"
    assert ("censored",) in build.query(bases)
    assert broken(build, "most_rows_rejected") == [(LAST, code)]


def test_ids_of_another_kind_in_one_year_are_noticed_by_authority(delivery, tmp_path):
    code = busiest(delivery)
    each_value(delivery, lambda n, v, row: f"new{v}" if n == CHILD and row[AUTHORITY].strip() == code else v, LAST)
    build = Build(delivery, tmp_path)
    assert build.exit_code == 0, build.output
    assert broken(build, "old_cases_first_seen_now") == [(LAST, code)]


def broken(build: Build, rule_id: str) -> list[tuple[int, str]]:
    """The years and authorities that break a rule."""
    return build.query(
        f"select census_year, local_authority_code from dq_summary where rule_id = '{rule_id}' and n_broken > 0 "
        "and local_authority_code is not null"
    )
