"""Returns: what each authority writes down about its cases, year after year, before any fault.

A return of census year y repeats every case open at any point of the year, as known on 31 March.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import draw
from .columns import BLANK, OPEN_CASES, PLAN_YEARS, SERVICE_PROVIDERS, SERVICE_TYPES
from .lives import NEVER, NFA, NO_CODE, Children, Episodes, Plans
from .reference import (
    CENSUS_DAY,
    FIRST_CENSUS_YEAR,
    N_CENSUS_YEARS,
    RETURN_START,
    Calibration,
    Geography,
    census_year_index,
    day_number,
)

SOURCE_FROM = day_number("2013-04-01")
EARLY_HELP_FROM = day_number("2022-04-01")
NFA_FROM = day_number("2009-04-01")
REASON_KINDS = ["first", "move", "adoption", "reorganisation"]
SEX_NOT_RECORDED = 3
CODE_BASE = 1000
SLOT_MULTIPLIER = 99_999_999_977  # a prime above every modulus
LAST_EARLY_YEAR = 7  # census 2016: children linked to a pupil by then are in the early extracts


@dataclass
class Returns:
    """One entry per case and census year in which it is returned.

    The three flags are faults: closed the year before and returned once more; open on the census
    day and never returned again; first return of a second referral of an open case.
    """

    episode: np.ndarray
    year: np.ndarray  # 0 is census year 2009
    is_again: np.ndarray
    vanishes: np.ndarray
    is_open_rereferral: np.ndarray

    def __len__(self) -> int:
        return len(self.episode)

    def take(self, rows: np.ndarray) -> Returns:
        """The returns at the given positions, or where a mask is true."""
        return Returns(**{name: values[rows] for name, values in vars(self).items()})


def list_returns(episodes: Episodes, last_year: int) -> Returns:
    """Every case in every census year (to `last_year`) in which it was open, in order of case."""
    first = census_year_index(episodes.referral)
    last = np.minimum(census_year_index(episodes.closure), last_year)
    last = np.where(episodes.outcome == NFA, first, last)
    n_years = np.maximum(last - first + 1, 0)
    episode = np.repeat(np.arange(len(episodes)), n_years)
    offset = np.arange(len(episode)) - np.repeat(np.cumsum(n_years) - n_years, n_years)
    year = first[episode] + offset
    covered = episodes.closure[episode] >= RETURN_START[year]
    covered &= (year > 0) | (episodes.outcome[episode] != NFA)
    no = np.zeros(int(covered.sum()), dtype=bool)
    return Returns(episode[covered], year[covered], no, no.copy(), no.copy())


@dataclass
class Registrations:
    """One entry per local child id: a child (before or after adoption) known to one authority."""

    child: np.ndarray
    version: np.ndarray
    code: np.ndarray
    number: np.ndarray  # the digits of the local child id
    from_day: np.ndarray
    to_day: np.ndarray
    reason: np.ndarray  # position in REASON_KINDS
    linked_early: np.ndarray  # the pupil reference is known by the end of the early returns


@dataclass(frozen=True)
class NumberSeries:
    """How local child ids are numbered: no two of an authority alike, some alike between two."""

    first_slot: int
    modulus: int
    offsets: np.ndarray  # per family of authorities

    def numbers(self, slot: np.ndarray, family: np.ndarray) -> np.ndarray:
        """The digits of the local child ids in these slots."""
        # the remainder first: the product of a large slot would not fit into 64 bits
        return (slot * (SLOT_MULTIPLIER % self.modulus) + self.offsets[family]) % self.modulus


def register(
    children: Children,
    episodes: Episodes,
    returns: Returns,
    geo: Geography,
    series: NumberSeries,
    share_kept: float,
    rng: np.random.Generator,
) -> tuple[Registrations, np.ndarray]:
    """Local child ids, and the id of each return.

    `share_kept` is the share of children who keep their local id in a reorganisation.
    """
    e = returns.episode
    code = geo.unit_code[returns.year, episodes.unit[e]]
    person = episodes.child[e] * 2 + episodes.version[e]
    key, index = np.unique(person * CODE_BASE + code, return_inverse=True)
    n = len(key)
    reg_person, reg_code = key // CODE_BASE, key % CODE_BASE
    from_day = np.full(n, NEVER)
    np.minimum.at(from_day, index, np.maximum(episodes.referral[e], _held_from(geo)[code]))
    to_day = np.zeros(n, dtype=np.int64)
    np.maximum.at(to_day, index, np.minimum(episodes.closure[e], _held_to(geo)[code]))
    before = _predecessors(key, index, episodes, returns, geo)
    slot = series.first_slot + np.arange(n)
    keeps = draw.chance(rng, share_kept, n) & (before >= 0)
    slot[keeps] = slot[before[keeps]]
    early_end = np.zeros(n, dtype=np.int64)
    early = returns.year <= LAST_EARLY_YEAR
    np.maximum.at(early_end, index[early], CENSUS_DAY[returns.year[early]])
    registrations = Registrations(
        child=reg_person // 2,
        version=reg_person % 2,
        code=reg_code,
        number=series.numbers(slot, geo.id_family[reg_code]),
        from_day=from_day,
        to_day=to_day,
        reason=_reasons_made(reg_person, from_day, before),
        linked_early=children.ref_known[reg_person // 2, reg_person % 2] <= early_end,
    )
    return registrations, index


def _reasons_made(person: np.ndarray, from_day: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Why each local child id was made, as a position in REASON_KINDS."""
    order = np.lexsort((from_day, person))
    is_first = np.ones(len(person), dtype=bool)
    is_first[order[1:]] = person[order[1:]] != person[order[:-1]]
    first, move, adoption, reorganisation = range(len(REASON_KINDS))
    reason = np.where(is_first, np.where(person % 2 == 1, adoption, first), move)
    return np.where(before >= 0, reorganisation, reason)


def _held_from(geo: Geography) -> np.ndarray:
    """Per authority: first day on which it exists (0 for those there from the start)."""
    day = np.zeros(len(geo.codes), dtype=np.int64)
    for c in range(len(geo.codes)):
        years = np.flatnonzero((geo.unit_code == c).any(axis=1))
        if len(years) and years[0] > 0:
            day[c] = CENSUS_DAY[years[0] - 1] + 1
    return day


def _held_to(geo: Geography) -> np.ndarray:
    """Per authority: last day on which it exists (NEVER for those still there)."""
    day = np.full(len(geo.codes), NEVER)
    for c in range(len(geo.codes)):
        years = np.flatnonzero((geo.unit_code == c).any(axis=1))
        if len(years) and years[-1] < N_CENSUS_YEARS - 1:
            day[c] = CENSUS_DAY[years[-1]]
    return day


def _predecessors(
    key: np.ndarray, index: np.ndarray, episodes: Episodes, returns: Returns, geo: Geography
) -> np.ndarray:
    """Per local child id: the child's id in the authority before a reorganisation, or -1."""
    before = np.full(len(key), -1)
    first_code = geo.unit_code[0, episodes.unit[returns.episode]]
    code = key[index] % CODE_BASE
    changed = np.flatnonzero(first_code != code)
    wanted = key[index[changed]] - code[changed] + first_code[changed]
    position = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    found = key[position] == wanted
    before[index[changed[found]]] = position[found]
    return before


def write_down(
    children: Children,
    episodes: Episodes,
    plans: Plans,
    returns: Returns,
    registrations: Registrations,
    registration: np.ndarray,
    pmr_number: np.ndarray,
    cal: Calibration,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """The rows of all years, one per case and plan, without any fault in their values."""
    e, y = returns.episode, returns.year
    child, version = episodes.child[e], episodes.version[e]
    closed = (episodes.closure[e] <= CENSUS_DAY[y]) | returns.is_again
    known = children.ref_known[child, version] <= CENSUS_DAY[y]
    rows = {
        "return": np.arange(len(returns)),
        "is_again": returns.is_again.astype(int),
        "registration": registration,
        "episode": e,
        "year": y,
        "code": registrations.code[registration],
        "local": registrations.number[registration],
        "pmr": np.where(known, pmr_number[child, version], -1),
    }
    rows |= _about_the_child(children, episodes, returns, cal, rng)
    rows |= _about_the_case(episodes, returns, closed, cal, rng)
    rows |= _services_of_2009(episodes, returns, closed, rng)
    return _with_plans(rows, plans, len(episodes))


def _about_the_case(
    episodes: Episodes,
    returns: Returns,
    closed: np.ndarray,
    cal: Calibration,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Referral, need and closure as known on the census day."""
    e, y = returns.episode, returns.year
    referral, is_nfa = episodes.referral[e], episodes.outcome[e] == NFA
    early_help = draw.chance(rng, cal.number("share_source_early_help"), len(episodes))[e]
    early_help &= referral >= EARLY_HELP_FROM
    source = np.where(early_help, len(cal.weights("referral_source")), episodes.source[e])
    first_return = y == census_year_index(referral)
    conference = episodes.conference[e]
    has_conference = (y >= 1) & (conference <= CENSUS_DAY[y])
    return {
        "referral": referral,
        "source": np.where(referral >= SOURCE_FROM, source, BLANK),
        "need": np.where(first_return, episodes.first_need[e], episodes.need[e]),
        "nfa": np.where((y == 1) & (referral < NFA_FROM), BLANK, is_nfa.astype(int)),
        "closure": np.where(closed, episodes.closure[e], NEVER),
        "reason": np.where(closed, episodes.reason[e], NO_CODE),
        "conference": np.where(has_conference, conference, NEVER),
        "in_need_31_march": (~closed & ~is_nfa).astype(int),
    }


def _about_the_child(
    children: Children,
    episodes: Episodes,
    returns: Returns,
    cal: Calibration,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Birth, sex, ethnicity, disability and death as known on the census day."""
    e = returns.episode
    child, day = episodes.child[e], CENSUS_DAY[returns.year]
    birth = children.birth[child]
    unborn = birth > np.minimum(day, episodes.closure[e])
    expected = children.birth + rng.integers(-12, 13, len(children))
    month = np.where(unborn, expected[child], birth).astype("datetime64[D]")
    month = month.astype("datetime64[M]").astype(np.int64)
    no_ethnicity = list(cal.weights("ethnicity")).index("NOBT")
    unknown = unborn | (children.ethnicity_known[child] > day)
    asylum = draw.chance(rng, 0.012, len(children))
    return {
        "birth_month": month % 12 + 1,
        "birth_year": month // 12 + 1970,
        "unborn": unborn.astype(int),
        "sex": np.where(unborn, SEX_NOT_RECORDED, children.sex[child]),
        "ethnicity": np.where(unknown, no_ethnicity, children.ethnicity[child]),
        "disability": ((children.disabilities[child] > 0) & ~unborn).astype(int),
        "death": np.where(children.death[child] <= day, children.death[child], NEVER),
        "asylum": asylum[child].astype(int),
        "adopted": episodes.version[e].astype(int),
        "idaci": rng.integers(20, 800, len(children))[child],
    }


def _services_of_2009(
    episodes: Episodes, returns: Returns, closed: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Open case status and service provision, collected in the first census alone."""
    n = len(returns)
    start = episodes.referral[returns.episode] + rng.integers(5, 60, n)
    served = (returns.year == 0) & draw.chance(rng, 0.3, n) & (start <= CENSUS_DAY[0])
    end = np.where(closed, episodes.closure[returns.episode], NEVER)
    served &= start <= end
    status = rng.integers(0, len(OPEN_CASES), n)
    status = np.where(draw.chance(rng, 0.6, n), len(OPEN_CASES) - 1, status)
    return {
        "open_case": np.where((returns.year == 0) & ~closed, status, BLANK),
        "service_type": np.where(served, rng.integers(0, len(SERVICE_TYPES), n), BLANK),
        "service_provider": np.where(served, rng.integers(0, len(SERVICE_PROVIDERS), n), BLANK),
        "service_start": np.where(served, start, NEVER),
        "service_end": np.where(served, end, NEVER),
    }


def _with_plans(
    rows: dict[str, np.ndarray], plans: Plans, n_episodes: int
) -> dict[str, np.ndarray]:
    """One row per plan open in the year; years without plan columns say only that there is one."""
    n = len(rows["episode"])
    order = np.argsort(plans.episode, kind="stable")
    per_episode = np.bincount(plans.episode, minlength=n_episodes)
    start_of = np.cumsum(per_episode) - per_episode
    count = per_episode[rows["episode"]]
    row = np.repeat(np.arange(n), count)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    plan = order[start_of[rows["episode"][row]] + offset]
    day, begin = CENSUS_DAY[rows["year"][row]], RETURN_START[rows["year"][row]]
    open_now = (plans.start[plan] <= day) & (plans.end[plan] >= begin)
    row, plan = row[open_now], plan[open_now]
    on_plan = np.zeros(n, dtype=np.int64)
    on_plan[row] = 1
    rows["on_plan"] = on_plan
    has_columns = np.isin(rows["year"][row] + FIRST_CENSUS_YEAR, PLAN_YEARS)
    row, plan = row[has_columns], plan[has_columns]
    plain = np.setdiff1d(np.arange(n), row)
    rows = {name: values[np.r_[row, plain]] for name, values in rows.items()}
    ended = plans.end[plan] <= CENSUS_DAY[rows["year"][: len(row)]]
    known_change = plans.category_change[plan] <= CENSUS_DAY[rows["year"][: len(row)]]
    blank, never = np.full(len(plain), BLANK), np.full(len(plain), NEVER)
    rows["plan_start"] = np.r_[plans.start[plan], never]
    rows["plan_end"] = np.r_[np.where(ended, plans.end[plan], NEVER), never]
    rows["category"] = np.r_[plans.category[plan], blank]
    latest = np.where(known_change, plans.latest_category[plan], plans.category[plan])
    rows["latest_category"] = np.r_[latest, blank]
    rows["n_previous"] = np.r_[plans.n_previous[plan], blank]
    return rows


def write_down_disabilities(
    rows: dict[str, np.ndarray], children: Children, child: np.ndarray, cal: Calibration
) -> dict[str, np.ndarray]:
    """One entry per local child id, census year and disability code; NONE for those without.

    `child` is the child of each row. Unborn children and bare referrals carry no code.
    """
    told = (rows["unborn"] == 0) & (rows["nfa"] != 1)
    key = rows["registration"][told] * N_CENSUS_YEARS + rows["year"][told]
    _, first = np.unique(key, return_index=True)
    position = np.flatnonzero(told)[first]
    bits = children.disabilities[child[position]]
    n_codes = len(cal.weights("disability"))
    parts = [(np.flatnonzero(bits == 0), n_codes)]
    parts += [(np.flatnonzero(bits >> i & 1), i) for i in range(n_codes)]
    where = np.concatenate([p for p, _ in parts])
    code = np.concatenate([np.full(len(p), c) for p, c in parts])
    return {
        "registration": rows["registration"][position[where]],
        "year": rows["year"][position[where]],
        "disability_code": code,
    }
