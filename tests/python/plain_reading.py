"""Rules R1 and R10 to R22, read a second time: in plain Python, slowly, one function for each rule.

It was written from the texts alone: the contract, DECISIONS.md and the descriptions of the columns. The SQL of the
project was written from the same texts. Where the two differ, one of them has misread, or the text is not clear.

Who is the same child (R5 to R9) is not read here: `child_id` is taken from outside. So is the last resort of D8: where
records of one year tie, the SQL chooses by a hash. This reading says which values may win, and asks `settle` for one.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

DAY = timedelta(days=1)
FIRST_USABLE_DATE = date(1930, 1, 1)
NEVER = date.max  # the end of what is still open
LONG_AGO = date.min  # before every date
LAST_YEAR_WITHOUT_RC9 = 2022
CODES = {
    "primary_need_code": {f"N{number}" for number in range(10)},
    "closure_reason_code": {f"RC{number}" for number in range(1, 10)},
    "referral_source_code": {"1A", "2A", "6"},  # three of them will do
    "initial_abuse_category_code": {"NEG", "PHY", "SAB", "EMO", "MUL"},
    "latest_abuse_category_code": {"NEG", "PHY", "SAB", "EMO", "MUL"},
}

# Asked which of several values wins: the kind of thing, its id, the attribute and the values that may win.
Settle = Callable[[str, str, str, set], object]


def smallest(table: str, key: str, attribute: str, values: set) -> object:
    """A `settle` of no consequence: the smallest of the values."""
    return min(values)


# ---------------------------------------------------------------- what is read


class Record(NamedTuple):
    """One row of a census return. What is missing, or cannot be read, is None."""

    census_year: int
    label: str | None
    local_authority_code: str | None
    local_child_id: str | None
    referral_date_as_given: str | None
    referral_date: date | None
    closure_date: date | None
    closure_reason_code: str | None
    is_no_further_action: bool | None
    primary_need_code: str | None
    referral_source_code: str | None
    initial_conference_date: date | None
    plan_start_date: date | None
    plan_end_date: date | None
    initial_abuse_category_code: str | None
    latest_abuse_category_code: str | None
    n_previous_plans: int | None

    @property
    def la_child_id(self) -> str:
        """The paper's child (R5)."""
        return f"{self.local_authority_code}-{self.local_child_id}"

    @property
    def is_open(self) -> bool:
        """Returned as open: the record gives no closure date, no reason, and no further action is not said."""
        return self.closure_date is None and self.closure_reason_code is None and not self.is_no_further_action


def march_31(census_year: int) -> date:
    """The last day of a census year, which is named after it."""
    return date(census_year, 3, 31)


def april_1(census_year: int) -> date:
    """The first day of a census year."""
    return date(census_year - 1, 4, 1)


def year_of(day: date) -> int:
    """The census year of a day."""
    return day.year + (day > march_31(day.year))


def read(row: dict, last_census_day: date) -> Record:
    """R2: what does not parse is None. R3: so are codes that the year's list lacks."""

    def day(name: str) -> date | None:
        return r4_usable_date(row.get(name), last_census_day)

    def code(name: str) -> str | None:
        accepted = CODES[name] - ({"RC9"} if row["census_year"] <= LAST_YEAR_WITHOUT_RC9 else set())
        return row.get(name) if row.get(name) in accepted else None

    year = row["census_year"]
    return Record(
        census_year=year,
        label=row.get("academic_year_label", f"{year - 1}/{year}"),
        local_authority_code=row.get("local_authority_code"),
        local_child_id=row.get("local_child_id"),
        referral_date_as_given=row.get("referral_date"),
        referral_date=day("referral_date"),
        closure_date=day("closure_date"),
        closure_reason_code=code("closure_reason_code"),
        is_no_further_action={"1": True, "0": False}.get(row.get("is_no_further_action")),
        primary_need_code=code("primary_need_code"),
        referral_source_code=code("referral_source_code"),
        initial_conference_date=day("initial_conference_date"),
        plan_start_date=day("plan_start_date"),
        plan_end_date=day("plan_end_date"),
        initial_abuse_category_code=code("initial_abuse_category_code"),
        latest_abuse_category_code=code("latest_abuse_category_code"),
        n_previous_plans=None if row.get("n_previous_plans") is None else int(row["n_previous_plans"]),
    )


def r4_usable_date(text: str | None, last_census_day: date) -> date | None:
    """R4: dates before 1930, or after the last census day of the extract, are unread."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if FIRST_USABLE_DATE <= day <= last_census_day else None


# ---------------------------------------------------------------- R1: nothing is lost


def rejection_reason(record: Record) -> str | None:
    """R1, R13: a row that cannot be told to a child and a referral is rejected. The first reason counts."""
    if record.label != f"{record.census_year - 1}/{record.census_year}":
        return "another_census_year"
    if record.local_authority_code is None:
        return "no_local_authority_code"
    if record.local_child_id is None:
        return "no_local_child_id"
    if record.referral_date is None:
        return "no_referral_date" if record.referral_date_as_given is None else "referral_date_not_usable"
    return None


def r1_row_account(rows: list[dict], records: list[Record]) -> dict:
    """R1: each row is rejected, repeats another of its year in every value, or goes into an episode."""
    account, seen = defaultdict(Counter), set()
    for row, record in zip(rows, records, strict=True):
        values = tuple(sorted((name, value) for name, value in row.items() if value is not None))
        if rejection_reason(record):
            fate = "n_rejected"
        elif values in seen:
            fate = "n_exact_duplicates"
        else:
            fate = "n_reconciled"
        seen.add(values)
        account[record.census_year, record.local_authority_code].update([fate, "n_rows_read"])
    columns = ("n_rows_read", "n_exact_duplicates", "n_rejected", "n_reconciled")
    return {key: {column: count[column] for column in columns} for key, count in account.items()}


def r1_rejected_records(records: list[Record]) -> dict:
    """R1: rejected rows, each with its reason. The same may be rejected twice."""
    keys = Counter(
        (record.census_year, record.local_authority_code, record.local_child_id, rejection_reason(record))
        for record in records
        if rejection_reason(record)
    )
    return {key: {"n_rows": count} for key, count in keys.items()}


def r16_local_authority_returns(records: list[Record], census_years: Iterable[int]) -> dict:
    """R16, R26: an authority returned in a year if a row of it is not rejected. One that is never named is in no year."""
    returns = {}
    for authority in {record.local_authority_code for record in records} - {None}:
        for year in census_years:
            own = [record for record in records if (record.local_authority_code, record.census_year) == (authority, year)]
            children = {record.local_child_id for record in own} - {None}
            has_returned = any(rejection_reason(record) is None for record in own)
            returns[authority, year] = {"has_returned": has_returned, "n_records": len(own), "n_la_child_ids": len(children)}
    return returns


# ---------------------------------------------------------------- R10 to R13: what is the same episode


@dataclass
class Episode:
    """One referral of one child. The attributes below `records` are filled in by the rules, in their order."""

    la_child_id: str
    referral_date: date
    records: list[Record]

    recorded_closure_date: date | None = None  # R11
    closure_reason_code: str | None = None
    is_no_further_action: bool = False
    primary_need_code: str | None = None
    referral_source_code: str | None = None
    initial_conference_date: date | None = None
    closure_date: date | None = None  # R15
    closure_basis: str = ""

    @property
    def episode_id(self) -> str:
        return f"{self.la_child_id}-{self.referral_date}"

    @property
    def local_authority_code(self) -> str:
        return self.records[0].local_authority_code

    @property
    def years(self) -> list[int]:
        """The census years that returned it."""
        return sorted({record.census_year for record in self.records})

    @property
    def years_open(self) -> list[int]:
        """The census years of which a record returned it as open."""
        return sorted({record.census_year for record in self.records if record.is_open})

    @property
    def end_of_last_return(self) -> date:
        """31 March of the last census year that returned it, but not before the referral."""
        return max(march_31(self.years[-1]), self.referral_date)

    @property
    def end(self) -> date:
        """The closure date; an open episode never ends."""
        return self.closure_date or NEVER


def r10_episodes(records: Iterable[Record]) -> list[Episode]:
    """R10: an episode is an `la_child_id` and a referral date. R13: without a usable date there is none."""
    groups = defaultdict(list)
    for record in records:
        if rejection_reason(record) is None:
            groups[record.la_child_id, record.referral_date].append(record)
    return [Episode(child, referral, own) for (child, referral), own in sorted(groups.items())]


def of_highest(records: list[Record], rank: Callable[[Record], object]) -> list[Record]:
    """The records that rank highest; several if they tie."""
    return [record for record in records if rank(record) == max(map(rank, records))]


def newest(record: Record) -> tuple:
    """R11: the newest census year first. D8: within one year, the latest closure date."""
    return record.census_year, record.closure_date or LONG_AGO


def oldest(record: Record) -> tuple:
    """The oldest first: the order of `newest`, turned round."""
    return -record.census_year, -(record.closure_date or LONG_AGO).toordinal()


def may_win(records: list[Record], attribute: str, rank: Callable[[Record], object] = newest) -> set:
    """R11: the values that may win: those of the highest ranking records that give any."""
    giving = [record for record in records if getattr(record, attribute) is not None]
    return {getattr(record, attribute) for record in of_highest(giving, rank)}


def settled(values: set, settle: Settle, table: str, key: str, attribute: str) -> object:
    """The value that wins; None if there is none."""
    return settle(table, key, attribute, values) if len(values) > 1 else next(iter(values), None)


def r11_reconcile(episode: Episode, settle: Settle) -> None:
    """R11: for every attribute the newest census year that gives it wins. No further action never given is no (UCL)."""

    def value(attribute: str) -> object:
        return settled(may_win(episode.records, attribute), settle, "episodes", episode.episode_id, attribute)

    episode.recorded_closure_date = value("closure_date")
    episode.closure_reason_code = value("closure_reason_code")
    episode.is_no_further_action = bool(value("is_no_further_action"))
    episode.primary_need_code = value("primary_need_code")
    episode.referral_source_code = value("referral_source_code")
    episode.initial_conference_date = value("initial_conference_date")


# ---------------------------------------------------------------- R14 to R17: is it closed, and when


@dataclass
class Extract:
    """What is known of the extract as a whole."""

    census_years: list[int]
    returned: set[tuple[str, int]]  # authority and census year (R16)
    n_years_late: int  # how late its closures become known (D27)

    @property
    def last_year(self) -> int:
        return max(self.census_years)

    @property
    def last_day(self) -> date:
        return march_31(self.last_year)


def r14_is_closed(episode: Episode) -> bool:
    """R14: closed if a closure date, a reason for closure or no further action is given."""
    return bool(episode.recorded_closure_date or episode.closure_reason_code or episode.is_no_further_action)


def d27_years_late(records: Iterable[Record]) -> int:
    """D27: so many years after that of its closure a case may first be returned as closed. By then all but 1 in 500 are."""
    late = []
    for episode in r10_episodes(records):
        r11_reconcile(episode, lambda table, key, attribute, values: min(values))
        closure = episode.recorded_closure_date
        if closure and closure >= episode.referral_date and not episode.is_no_further_action:
            known = min(record.census_year for record in episode.records if not record.is_open)
            late.append(known - year_of(closure))
    return next((n for n in (0, 1) if sum(one > n for one in late) * 500 <= len(late)), 2)


def r15_closure(episode: Episode, next_referral: date | None, extract: Extract) -> tuple[date | None, str]:
    """R15: the first rung of the ladder that applies. D19: a case open in the newest census is open, whatever followed."""
    day_before = next_referral - DAY if next_referral else NEVER
    if episode.recorded_closure_date:
        return max(episode.recorded_closure_date, episode.referral_date), "recorded"
    if episode.is_no_further_action:
        return episode.referral_date, "no_further_action"
    if not r14_is_closed(episode) and episode.years[-1] == extract.last_year:
        return None, "open"
    if day_before < march_31(episode.years[-1]):
        return day_before, "next_referral"
    if not r14_is_closed(episode) and not r16_is_vanished(episode, extract):
        return episode.end_of_last_return, "censored"
    return episode.end_of_last_return, "last_return"


def r16_is_vanished(episode: Episode, extract: Extract) -> bool:
    """R16: open, and not returned next year although its authority returned that year."""
    return not r14_is_closed(episode) and (episode.local_authority_code, episode.years[-1] + 1) in extract.returned


def r17_is_closure_before_referral(episode: Episode) -> bool:
    """R17: the recorded closure lies before the referral."""
    return (episode.recorded_closure_date or NEVER) < episode.referral_date


def r15_last_sign(episode: Episode, extract: Extract) -> date:
    """R15, D27: the last dated sign of life, or the first day of the earliest year in which the case can have closed."""
    days = [
        day
        for record in episode.records
        for day in (record.initial_conference_date, record.plan_start_date, record.plan_end_date)
        if day and day <= extract.last_day
    ]
    return max([april_1(episode.years[-1] - extract.n_years_late), episode.referral_date, *days])


def r15_bounds(episode: Episode, extract: Extract) -> tuple[date, date | None]:
    """R15, D27: the earliest and the latest day on which the episode can have ended. Neither is before the referral."""
    referral = episode.referral_date
    if episode.closure_basis == "recorded" and r17_is_closure_before_referral(episode):
        return referral, episode.end_of_last_return
    if episode.closure_basis == "recorded":
        given = [record.closure_date for record in episode.records if record.closure_date]
        return max(min(given), referral), max(max(given), referral)
    if episode.closure_basis == "no_further_action":
        return referral, episode.end_of_last_return if episode.years_open else referral
    if episode.closure_basis == "open":
        return (r15_last_sign(episode, extract) if extract.n_years_late else extract.last_day), None
    earliest = max(min(episode.closure_date, r15_last_sign(episode, extract)), referral)
    if r14_is_closed(episode):
        return earliest, episode.end_of_last_return
    later_returns = [year for code, year in extract.returned if code == episode.local_authority_code and year > episode.years[-1]]
    is_bounded = extract.n_years_late and later_returns and episode.years[-1] + 1 in extract.census_years
    latest = march_31(min(later_returns)) if is_bounded else extract.last_day
    return earliest, max(latest, referral)


def d12_end_for_counting(episode: Episode) -> date | None:
    """D12: the closure date, but where that is an estimate never before a 31 March on which the case was returned as open."""
    is_estimate = episode.closure_basis in ("next_referral", "censored", "last_return")
    return max([episode.closure_date, *map(march_31, episode.years_open)]) if is_estimate else episode.closure_date


def d12_is_open_on_that_day(episode: Episode) -> bool:
    """D12: the end for counting is an estimate, and a 31 March on which the authority returned the case as open."""
    is_estimate = episode.closure_basis in ("next_referral", "censored", "last_return")
    return is_estimate and d12_end_for_counting(episode) in map(march_31, episode.years_open)


# ---------------------------------------------------------------- R18, R19: overlaps and spells


def reach(episode: Episode) -> date:
    """D11: until when it lasts, before any estimate: without a known closure to 31 March of its last return, or onwards."""
    is_known = episode.closure_basis in ("recorded", "no_further_action", "open")
    return episode.end if is_known else episode.end_of_last_return


def r18_in_sequence(episodes: list[Episode]) -> list[Episode]:
    """R18: the earlier first. Of two on one day, which have different ids, the one that lasts longer comes first."""
    return sorted(episodes, key=lambda episode: (episode.referral_date, -reach(episode).toordinal(), episode.la_child_id))


def r18_overlap(episode: Episode, earlier: list[Episode]) -> tuple[bool, str | None]:
    """R18: it starts before an earlier one ends; if the end of such a one is known, that one was open when it was referred."""
    overlapped = [other for other in earlier if episode.referral_date < reach(other)]
    if any(other.closure_basis == "recorded" for other in overlapped):
        return True, "rereferral_while_open"
    return bool(overlapped), "missing_closure" if overlapped else None


def r19_spells(child_id: str, episodes: list[Episode]) -> dict:
    """R19: overlapping episodes of a child, merged. Those that only touch are not; one of no days may fall within another."""
    spells = []
    for episode in sorted(episodes, key=lambda one: (one.referral_date, -one.end.toordinal())):
        if spells and episode.referral_date < spells[-1]["end"]:
            spells[-1]["end"] = max(spells[-1]["end"], episode.end)
            spells[-1]["n_episodes"] += 1
        else:
            spells.append({"start": episode.referral_date, "end": episode.end, "n_episodes": 1})
    return {
        f"{child_id}-spell-{number}": {
            "child_id": child_id,
            "start_date": spell["start"],
            "end_date": None if spell["end"] == NEVER else spell["end"],
            "n_days": None if spell["end"] == NEVER else (spell["end"] - spell["start"]).days,
            "n_episodes": spell["n_episodes"],
        }
        for number, spell in enumerate(spells, 1)
    }


# ---------------------------------------------------------------- R20: need


def has_protection_plan(episode: Episode) -> bool:
    """Any record gives a plan: a date of it, or a category of abuse."""
    return any(
        record.plan_start_date or record.plan_end_date or record.initial_abuse_category_code or record.latest_abuse_category_code
        for record in episode.records
    )


def r20_is_not_in_need(episode: Episode) -> bool:
    """R20: not no further action, closed after assessment (RC8, from 2023 RC9), and no plan."""
    after_assessment = episode.closure_reason_code in ("RC8", "RC9")
    return not episode.is_no_further_action and after_assessment and not has_protection_plan(episode)


def r20_is_in_need(episode: Episode) -> bool:
    """R20: neither no further action nor found not to be in need."""
    return not episode.is_no_further_action and not r20_is_not_in_need(episode)


# ---------------------------------------------------------------- R12: plans


@dataclass
class Plan:
    """One child protection plan: an `la_child_id` and a start date."""

    la_child_id: str
    start: date
    records: list[Record]
    episode: Episode
    end: date | None
    initial_category: str | None
    latest_category: str | None
    n_previous_plans: int | None

    @property
    def plan_id(self) -> str:
        return f"{self.la_child_id}-plan-{self.start}"

    @property
    def end_for_counting(self) -> date | None:
        """D13: the recorded end, else the end of its case, which is not before the plan begins. None while both are open."""
        end_of_case = d12_end_for_counting(self.episode)
        return self.end or (end_of_case and max(end_of_case, self.start))

    @property
    def is_open_on_end_date(self) -> bool:
        """D12, D13: it ends with its case, which its authority returned as open on that day."""
        return self.end is None and d12_is_open_on_that_day(self.episode)


def r12_plans(records: Iterable[Record], episodes: dict[str, Episode], settle: Settle) -> list[Plan]:
    """R12: plans are collected over all records. The end and the latest category are the newest given, the initial the oldest."""
    groups = defaultdict(list)
    for record in records:
        if rejection_reason(record) is None and record.plan_start_date:
            groups[record.la_child_id, record.plan_start_date].append(record)

    def plan(child: str, start: date, own: list[Record]) -> Plan:
        def value(attribute: str, rank: Callable[[Record], object] = newest) -> object:
            return settled(may_win(own, attribute, rank), settle, "child_protection_plans", f"{child}-plan-{start}", attribute)

        return Plan(
            child,
            start,
            own,
            episode=episodes[f"{child}-{value('referral_date')}"],
            end=value("plan_end_date"),
            initial_category=value("initial_abuse_category_code", oldest),
            latest_category=value("latest_abuse_category_code"),
            n_previous_plans=value("n_previous_plans"),
        )

    return [plan(child, start, own) for (child, start), own in sorted(groups.items())]


# ---------------------------------------------------------------- R21, R22: counting a year


def is_at_any_point(start: date, end: date | None, year: int) -> bool:
    """DfE: it ended in the year, or was open at its end."""
    return start <= march_31(year) and (end is None or end >= april_1(year))


def is_on_31_march(start: date, end: date | None, is_open_on_end: bool, year: int) -> bool:
    """DfE: it began by 31 March, and ended after it. D12: what was returned as open that day counts."""
    return start <= march_31(year) and (end is None or end > march_31(year) or (end == march_31(year) and is_open_on_end))


def is_within_twelve_months(referral: date, earlier: date) -> bool:
    """R22: a re-referral comes within twelve months of an earlier one."""
    return (referral.year, referral.month, referral.day) <= (earlier.year + 1, earlier.month, earlier.day)


def is_open_at_any_point(episode: Episode, year: int) -> bool:
    """R21: the episode was open on any day of the year."""
    return is_at_any_point(episode.referral_date, d12_end_for_counting(episode), year)


def is_open_on_31_march(episode: Episode, year: int) -> bool:
    """R21: the episode was open on the last day of the year."""
    return is_on_31_march(episode.referral_date, d12_end_for_counting(episode), d12_is_open_on_that_day(episode), year)


def r21_child_year(year: int, all_episodes: list[Episode], all_plans: list[Plan], extract: Extract) -> dict:
    """R21, R22: what one year says of a child, from its episodes and plans. R24: one in no list counts if it returned."""
    episodes = [episode for episode in all_episodes if (episode.local_authority_code, year) in extract.returned]
    plans = [plan for plan in all_plans if (plan.episode.local_authority_code, year) in extract.returned]
    first_referral = min(episode.referral_date for episode in all_episodes)
    referrals = [episode.referral_date for episode in episodes if year_of(episode.referral_date) == year]
    in_need = [episode for episode in episodes if r20_is_in_need(episode)]
    return {
        "is_recorded": any(year in episode.years for episode in episodes),
        "is_open": any(is_open_at_any_point(episode, year) for episode in episodes),
        "is_referred": bool(referrals),
        "is_entered": year_of(first_referral) == year and first_referral in referrals,
        "is_in_need_any_point": any(is_open_at_any_point(episode, year) for episode in in_need),
        "is_in_need_31_march": any(is_open_on_31_march(episode, year) for episode in in_need),
        "is_protection_plan_any_point": any(is_at_any_point(plan.start, plan.end_for_counting, year) for plan in plans),
        "is_protection_plan_31_march": any(
            is_on_31_march(plan.start, plan.end_for_counting, plan.is_open_on_end_date, year) for plan in plans
        ),
        "n_referrals": len(referrals),
        "n_rereferrals_12_months": sum(
            any(one.referral_date < referral and is_within_twelve_months(referral, one.referral_date) for one in all_episodes)
            for referral in referrals
        ),
    }


# ---------------------------------------------------------------- all of it


def plain_reading(
    rows: list[dict],
    census_years: Iterable[int],
    child_ids: dict[str, str],
    settle: Settle = smallest,
    n_years_late: int = 0,
) -> dict[str, dict]:
    """What the rules make of these rows: for each table, its rows by their key.

    rows: as delivered, a dict of harmonised column name and text, and `census_year`.
    child_ids: `child_id` for each `la_child_id`. n_years_late: of the whole extract, if these rows are a part of one.
    """
    census_years = sorted(census_years)
    records = [read(row, march_31(census_years[-1])) for row in rows]
    returns = r16_local_authority_returns(records, census_years)
    extract = Extract(census_years, {key for key, said in returns.items() if said["has_returned"]}, n_years_late)

    episodes = r10_episodes(records)
    for episode in episodes:
        r11_reconcile(episode, settle)
    for child in grouped(episodes, lambda episode: episode.la_child_id).values():
        for episode, next_one in pairwise([*child, None]):
            next_referral = next_one.referral_date if next_one else None
            episode.closure_date, episode.closure_basis = r15_closure(episode, next_referral, extract)
    plans = r12_plans(records, {episode.episode_id: episode for episode in episodes}, settle)

    children = grouped(episodes, lambda episode: child_ids[episode.la_child_id])
    plans_of = grouped(plans, lambda plan: child_ids[plan.la_child_id])
    child_years = {
        (child_id, year): r21_child_year(year, own, plans_of.get(child_id, []), extract)
        for child_id, own in children.items()
        for year in census_years
    }
    return {
        "episodes": {
            episode.episode_id: episode_columns(episode, children[child_ids[episode.la_child_id]], extract, child_ids)
            for episode in episodes
        },
        "child_protection_plans": {plan.plan_id: plan_columns(plan, child_ids) for plan in plans},
        "spells": {key: spell for child_id, own in children.items() for key, spell in r19_spells(child_id, own).items()},
        "child_years": {
            key: year
            for key, year in child_years.items()
            if year["is_recorded"] or year["is_open"] or year["is_protection_plan_any_point"]
        },
        "local_authority_returns": returns,
        "row_account": r1_row_account(rows, records),
        "rejected_records": r1_rejected_records(records),
    }


def grouped(things: Iterable, key: Callable) -> dict[str, list]:
    """The things by their key, in their order."""
    groups = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return groups


def episode_columns(episode: Episode, of_child: list[Episode], extract: Extract, child_ids: dict[str, str]) -> dict:
    """The row of `episodes`. of_child: all episodes of the same `child_id`."""
    in_sequence = r18_in_sequence(of_child)
    earlier_of_child = in_sequence[: in_sequence.index(episode)]
    earlier = [other for other in earlier_of_child if other.la_child_id == episode.la_child_id]
    days_before = {one.la_child_id: one.referral_date for one in in_sequence if one.referral_date < episode.referral_date}
    earliest, latest = r15_bounds(episode, extract)
    overlaps, kind = r18_overlap(episode, earlier)
    overlaps_of_child, kind_of_child = r18_overlap(episode, earlier_of_child)
    return {
        "child_id": child_ids[episode.la_child_id],
        "la_child_id": episode.la_child_id,
        "local_authority_code": episode.local_authority_code,
        "referral_date": episode.referral_date,
        "first_census_year": episode.years[0],
        "last_census_year": episode.years[-1],
        "n_returns": len(episode.years),
        "recorded_closure_date": episode.recorded_closure_date,
        "closure_reason_code": episode.closure_reason_code,
        "is_no_further_action": episode.is_no_further_action,
        "primary_need_code": episode.primary_need_code,
        "referral_source_code": episode.referral_source_code,
        "initial_conference_date": episode.initial_conference_date,
        "is_closed": r14_is_closed(episode),
        "closure_date": episode.closure_date,
        "closure_basis": episode.closure_basis,
        "closure_date_earliest": earliest,
        "closure_date_latest": latest,
        "is_closure_before_referral": r17_is_closure_before_referral(episode),
        "is_vanished": r16_is_vanished(episode, extract),
        "overlaps_previous": overlaps,
        "overlap_kind": kind,
        "overlaps_previous_of_child": overlaps_of_child,
        "overlap_kind_of_child": kind_of_child,
        "previous_referral_date": days_before.get(episode.la_child_id),
        "previous_referral_date_of_child": max(days_before.values(), default=None),
        "has_protection_plan": has_protection_plan(episode),
        "is_not_in_need": r20_is_not_in_need(episode),
        "is_in_need": r20_is_in_need(episode),
    }


def plan_columns(plan: Plan, child_ids: dict[str, str]) -> dict:
    """The row of `child_protection_plans`."""
    years = [record.census_year for record in plan.records]
    return {
        "child_id": child_ids[plan.la_child_id],
        "la_child_id": plan.la_child_id,
        "episode_id": plan.episode.episode_id,
        "local_authority_code": plan.episode.local_authority_code,
        "plan_start_date": plan.start,
        "plan_end_date": plan.end,
        "plan_end_date_for_counting": plan.end_for_counting,
        "is_open_on_end_date": plan.is_open_on_end_date,
        "is_end_before_start": plan.end is not None and plan.end < plan.start,
        "initial_abuse_category_code": plan.initial_category,
        "latest_abuse_category_code": plan.latest_category,
        "n_previous_plans": plan.n_previous_plans,
        "first_census_year": min(years),
        "last_census_year": max(years),
    }
