"""Small worlds for Hypothesis: a few children, authorities and census years, built to be awkward.

Nothing in them is real. Dates lie close together, and around the turn of the census year, so that episodes coincide, touch
and overlap. Returns of one case contradict each other, authorities fall silent, and some rows cannot be used.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import strategies as st

CENSUS_YEARS = [2014, 2015, 2016, 2017]
LAST_CENSUS_DAY = date(2017, 3, 31)
DAY = timedelta(days=1)
KEYS = ("local_authority_code", "local_child_id", "referral_date")
OWN_TO_A_WORLD = ("local_authority_code", "pupil_matching_ref")


@dataclass(frozen=True)
class World:
    """The rows of one world, in which authorities are called A, B and C, and pupil matching references p and q."""

    rows: tuple[dict, ...]

    def numbered(self, number: int) -> list[dict]:
        """The rows with authority codes and references of their own, so that worlds can share an extract."""
        return [
            {name: f"{number}{value}" if name in OWN_TO_A_WORLD and value else value for name, value in row.items()}
            for row in self.rows
        ]

    def delivered(self, census_years: list[int]) -> "World":
        """The rows of these census years only."""
        return World(tuple(row for row in self.rows if row["census_year"] in census_years))

    def later(self, years: int) -> "World":
        """The same, so many years later."""

        def moved(value: object) -> object:
            text = str(value)
            return f"{int(text[:4]) + years}{text[4:]}" if re.fullmatch(r"20\d\d-\d\d-\d\d", text) else value

        return World(
            tuple(
                {name: value + years if name == "census_year" else moved(value) for name, value in row.items()}
                for row in self.rows
            )
        )

    def simpler(self) -> list["World"]:
        """The same without one of its children, one of its rows, or one value of a row."""
        keys = sorted({key_of(row) for row in self.rows})
        without_a_child = [[row for row in self.rows if key_of(row) != key] for key in keys]
        without_a_row = [[row for row in self.rows if row is not one] for one in self.rows]
        without_a_value = [
            [row | {name: None} if row is one else row for row in self.rows]
            for one in self.rows
            for name, value in one.items()
            if value is not None and name not in (*KEYS, "census_year")
        ]
        return [World(tuple(rows)) for rows in [*without_a_child, *without_a_row, *without_a_value] if rows]

    def __str__(self) -> str:
        rows = sorted(self.rows, key=lambda row: (*key_of(row), row["census_year"]))
        return "\n".join(", ".join(f"{name}={value}" for name, value in row.items() if value is not None) for row in rows)


def key_of(row: dict) -> tuple[str, str]:
    """Authority and local child id."""
    return row["local_authority_code"], row["local_child_id"]


def often(common: object, how_often: int, *others: object) -> st.SearchStrategy:
    """One value of several, of which the first is common. Hypothesis simplifies towards it."""
    return st.sampled_from([common] * how_often + list(others))


# Closure dates: which day that is, for a row of this year and referral in a world of these days.
SOME_CLOSURES = (
    lambda year, referral, days: referral,
    lambda year, referral, days: referral - 9 * DAY,
    lambda year, referral, days: referral + DAY,
    lambda year, referral, days: date(year, 3, 30),
    lambda year, referral, days: date(year, 3, 31),
    lambda year, referral, days: date(year, 4, 1),
    lambda year, referral, days: days[0],
    lambda year, referral, days: days[1],
    lambda year, referral, days: days[1] - DAY,
    lambda year, referral, days: days[-1],
    lambda year, referral, days: days[-1] - DAY,
    lambda year, referral, days: LAST_CENSUS_DAY,
    lambda year, referral, days: LAST_CENSUS_DAY + DAY,
    lambda year, referral, days: date(1900, 1, 1),
)


def how_it_closes(n_without: int) -> tuple[st.SearchStrategy, ...]:
    """What the rows of a case say of its closure: the date, the reason, no further action. The more without, the longer open."""
    return (
        often(lambda year, referral, days: None, 4 * n_without, *SOME_CLOSURES),
        often(None, n_without, "RC7", "RC8", "RC8", "RC9"),
        often(None, n_without, "0", "0", "1"),
    )


CLOSING = st.sampled_from([how_it_closes(20), how_it_closes(20), how_it_closes(4)])
NEEDS = often(None, 1, "N1", "N2", "A9")
SOURCES = often(None, 1, "1A", "6")
ODDITIES = often(  # what else is odd in a row: of a case without plans, and of one with plans
    often(None, 14, "conference", "referral", "label"),
    2,
    often("plan", 6, None, None, "conference", "referral", "label"),
)
UNUSABLE_REFERRALS = often(None, 1, "1900-01-01", "2018-05-01", "unknown")

WHICH_DAY = st.integers(0, 3)  # of the days of a world, counted round
PLAN_STARTS = often(0, 3, 1, 1, None)
PLAN_ENDS = often(None, 3, "2015-03-31", "2015-04-01", "1900-01-01", 0, 1, 2, 3)
CATEGORIES = often(None, 2, "NEG", "EMO", "XXX")
PREVIOUS_PLANS = often(None, 1, "0", "1")

FIRST_DAYS = st.sampled_from([date(2014, 6, 2), date(2013, 3, 30), date(2014, 3, 31), date(2015, 4, 1), date(2016, 3, 30)])
STEPS = st.lists(st.sampled_from([1, 2, 30, 180, 364, 365, 366, "31 March", "1 April"]), min_size=1, max_size=3)
YEARS_OF_RETURN = often(CENSUS_YEARS, 2, [2014, 2016, 2017], [2014, 2017], [2015, 2016], [2014, 2015])
AUTHORITIES = st.sampled_from(["A", "AB", "ABC"])
FEW = st.integers(1, 3)
N_CHILDREN = st.integers(1, 4)
CHILDREN = st.tuples(st.integers(0, 2), st.sampled_from("12"))  # which authority, counted round, and the local id in it
REFERENCES = st.sampled_from([(None,), ("p",), ("p", None), ("p", "q"), ("p", "q", None), ("q",)])
WHICH_REFERENCE = st.integers(0, 2)
N_ROWS = st.sampled_from([1, 0, 1, 1, 2])


@st.composite
def worlds(draw) -> World:
    """One to three authorities, one to four children in them, each with cases that come back in any of the census years."""
    days = draw(days_of_a_world())
    authorities = draw(AUTHORITIES)
    years_of_return = {authority: draw(YEARS_OF_RETURN) for authority in authorities}
    rows = []
    for authority, years in years_of_return.items():
        if draw(st.booleans()):
            # So that the authority returns in these years, whatever becomes of its cases.
            other_child = {"local_authority_code": authority, "local_child_id": "other", "referral_date": "2013-05-01"}
            rows += [{"census_year": year, **other_child, "closure_date": "2013-06-01"} for year in years]
    for _ in range(draw(N_CHILDREN)):
        which, local_child_id = draw(CHILDREN)
        authority = authorities[which % len(authorities)]
        references = draw(REFERENCES)
        for _ in range(draw(FEW)):
            referral = of(days, draw(WHICH_DAY))
            closing, oddities = draw(CLOSING), draw(ODDITIES)
            for year in years_of_return[authority]:
                for _ in range(draw(N_ROWS)):
                    reference = of(references, draw(WHICH_REFERENCE)) if len(references) > 1 else references[0]
                    child = {
                        "local_authority_code": authority,
                        "local_child_id": local_child_id,
                        "pupil_matching_ref": reference,
                    }
                    rows.append({"census_year": year, **child} | draw(referral_columns(year, referral, days, closing, oddities)))
    if rows and draw(often(False, 2, True)):
        rows.append(dict(draw(st.sampled_from(rows))))
    return World(tuple(rows))


@st.composite
def days_of_a_world(draw) -> list[date]:
    """Two to four days, close together or by the turn of a census year: the only referral dates of a world."""
    days = [draw(FIRST_DAYS)]
    for step in draw(STEPS):
        days.append(min(later_day(days[-1], step), LAST_CENSUS_DAY))
    return days


def later_day(day: date, step: int | str) -> date:
    """So many days later, or the next day of that name."""
    if isinstance(step, int):
        return day + step * DAY
    month, of_month = (3, 31) if step == "31 March" else (4, 1)
    return min(named for year in (day.year, day.year + 1) if (named := date(year, month, of_month)) > day)


@st.composite
def referral_columns(draw, year: int, referral: date, days: list[date], closing: tuple, oddities: st.SearchStrategy) -> dict:
    """What one row says of a referral."""
    closures, reasons, no_further_actions = closing
    closure = draw(closures)(year, referral, days)
    columns = {
        "referral_date": str(referral),
        "closure_date": closure and str(closure),
        "closure_reason_code": draw(reasons),
        "is_no_further_action": draw(no_further_actions),
        "primary_need_code": draw(NEEDS),
        "referral_source_code": draw(SOURCES),
    }
    oddity = draw(oddities)
    if oddity == "plan":
        columns |= draw(plan_columns(days))
    elif oddity == "conference":
        columns["initial_conference_date"] = str(of(days, draw(WHICH_DAY)))
    elif oddity == "referral":
        columns["referral_date"] = draw(UNUSABLE_REFERRALS)
    elif oddity == "label":
        columns["academic_year_label"] = "2008/2009"
    return columns


@st.composite
def plan_columns(draw, days: list[date]) -> dict:
    """What one row says of a plan; now and then without its start."""
    start, end = draw(PLAN_STARTS), draw(PLAN_ENDS)
    return {
        "plan_start_date": None if start is None else str(days[start]),
        "plan_end_date": str(of(days, end)) if isinstance(end, int) else end,
        "initial_abuse_category_code": draw(CATEGORIES),
        "latest_abuse_category_code": draw(CATEGORIES),
        "n_previous_plans": draw(PREVIOUS_PLANS),
    }


def of(values: list | tuple, number: int) -> object:
    """One of the values, counted round."""
    return values[number % len(values)]
