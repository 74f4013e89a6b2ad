"""Lives: children, their cases with children's services and their child protection plans.

Everything here is the truth. How authorities record it comes later. Dates are day numbers
(days since 1970-01-01); NEVER stands for a date that has not come by the end of the story.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import draw
from .reference import (
    FIRST_CENSUS_YEAR,
    N_CENSUS_YEARS,
    YEAR_START,
    Calibration,
    Geography,
    census_year_index,
    day_number,
)

NEVER = 99_999
NFA, NOT_IN_NEED, IN_NEED = 0, 1, 2
NORMAL, TRANSFER, AFTER_ADOPTION, OPEN_AT_START = 0, 1, 2, 3
EARLIEST_REFERRAL = day_number("1997-01-06")
# Ages in days: 18th and 21st birthday, shortly before the 25th, the 25th; oldest for a plan, an adoption.
ADULT_DAYS, CARE_LEAVER_DAYS, OLDEST_DAYS, LAST_DAYS = 6575, 7670, 9120, 9131
LAST_PLAN_DAYS, OLDEST_ADOPTED_DAYS = 6200, 3900
NEEDS = ["N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9", "N0"]
REASONS = ["RC1", "RC2", "RC3", "RC4", "RC5", "RC6", "RC7", "RC8", "RC9"]
RC1, RC2, RC5, RC6, RC7, RC8, RC9 = (REASONS.index(f"RC{i}") for i in (1, 2, 5, 6, 7, 8, 9))
CATEGORIES = ["NEG", "EMO", "PHY", "MUL", "SAB"]
NO_CODE = -1


@dataclass
class Children:
    """One entry per child."""

    birth: np.ndarray
    first_referral: np.ndarray
    first_unit: np.ndarray
    first_kind: np.ndarray
    sex: np.ndarray  # 1 male, 2 female
    ethnicity: np.ndarray  # position in the calibration's list of ethnicity codes
    ethnicity_known: np.ndarray  # first day on which the authority knows it
    disabilities: np.ndarray  # one bit per disability code
    is_care_leaver: np.ndarray
    is_twin: np.ndarray
    death: np.ndarray
    ref_known: np.ndarray  # child x version: day the pupil matching reference is known, or NEVER

    def __len__(self) -> int:
        return len(self.birth)


def draw_children(
    counts: np.ndarray, cal: Calibration, geo: Geography, rng: np.random.Generator
) -> Children:
    """Children by census year of first referral; counts[0] have a case open at the start."""
    n = int(counts.sum())
    cohort = np.repeat(np.arange(len(counts)), counts)
    year = np.maximum(cohort - 1, 0)
    referral = _referral_days(year, cal, rng)
    unit = draw.from_weights_by_row(rng, geo.unit_weight, year)
    birth = referral - draw.from_quantiles(rng, cal.quantiles("first_referral_age_days"), n)
    twin = draw.chance(rng, cal.number("share_twins"), n)
    twin[:1] = False
    twin[1:] &= (cohort[1:] == cohort[:-1]) & (cohort[1:] > 0)
    second = np.flatnonzero(twin)
    ethnicity = draw.from_weights(rng, np.array(list(cal.weights("ethnicity").values())), n)
    for values in (referral, unit, birth, ethnicity):
        values[second] = values[second - 1]
    sex = np.where(draw.chance(rng, cal.number("share_male"), n), 1, 2)
    late = draw.chance(rng, cal.number("share_ethnicity_filled_in_later"), n)
    return Children(
        birth=birth,
        first_referral=referral,
        first_unit=unit,
        first_kind=np.where(cohort == 0, OPEN_AT_START, NORMAL),
        sex=sex,
        ethnicity=ethnicity,
        ethnicity_known=np.where(late, referral + rng.integers(60, 900, n), birth),
        disabilities=_disabilities(sex, cal, rng),
        is_care_leaver=draw.chance(rng, cal.number("share_care_leaver"), n),
        is_twin=twin,
        death=np.full(n, NEVER),
        ref_known=_days_reference_known(birth, year, cal, rng),
    )


def _referral_days(year: np.ndarray, cal: Calibration, rng: np.random.Generator) -> np.ndarray:
    """A day in each census year: months weighted as published, few weekends."""
    weights = cal.weights("month_weight")
    months = np.array([int(m) for m in weights])
    month = months[draw.from_weights(rng, np.array(list(weights.values())), len(year))]
    calendar_year = year + FIRST_CENSUS_YEAR - (month >= 4)
    first = (calendar_year - 1970) * 12 + month - 1
    start = first.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    end = (first + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    day = start + np.floor(rng.random(len(year)) * (end - start)).astype(np.int64)
    return off_weekends(day, cal.number("share_weekend") * 3.5, start, rng)


def off_weekends(
    day: np.ndarray, keep: float, earliest: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Moves most weekend days to the Friday before, unless that is before `earliest`."""
    weekday = (day + 3) % 7  # 0 is Monday
    moved = day - np.maximum(weekday - 4, 0)
    stay = draw.chance(rng, keep, len(day)) | (moved < earliest)
    return np.where(stay, day, moved)


def _disabilities(sex: np.ndarray, cal: Calibration, rng: np.random.Generator) -> np.ndarray:
    """Bit i set: the child has the i-th disability code of the calibration table; 0: none."""
    n, times = len(sex), cal.number("disability_times_if_male")
    share = cal.number("share_disabled") * np.where(sex == 1, times, 2 - times)
    disabled = np.flatnonzero(draw.chance(rng, share, n))
    weights = np.array(list(cal.weights("disability").values()))
    bits = np.zeros(n, dtype=np.int64)
    main = draw.from_weights(rng, weights, len(disabled))
    bits[disabled] = 1 << main
    for i, weight in enumerate(weights):
        bits[disabled[draw.chance(rng, weight * 0.45, len(disabled))]] |= 1 << i
    return bits


def _days_reference_known(
    birth: np.ndarray, year: np.ndarray, cal: Calibration, rng: np.random.Generator
) -> np.ndarray:
    """Before and after an adoption: the day from which the child's pupil reference is known."""
    n = len(birth)
    columns = []
    for _ in range(2):
        age = draw.from_quantiles(rng, cal.quantiles("pupil_matching_ref_age_days"), n)
        has = draw.chance(rng, cal.by_year("share_pupil_matching_ref")[year], n)
        columns.append(np.where(has, birth + age, NEVER))
    return np.stack(columns, axis=1)


@dataclass
class Episodes:
    """One entry per case: a referral and what came of it."""

    child: np.ndarray
    version: np.ndarray  # 0, or 1 after an adoption
    unit: np.ndarray
    referral: np.ndarray
    closure: np.ndarray
    outcome: np.ndarray  # NFA, NOT_IN_NEED, IN_NEED
    need: np.ndarray  # position in NEEDS or NO_CODE
    first_need: np.ndarray  # the need code as first recorded
    reason: np.ndarray  # position in REASONS or NO_CODE
    source: np.ndarray  # position in the calibration's list of referral sources
    conference: np.ndarray  # date of initial conference for a transfer in, or NEVER
    is_extra: np.ndarray  # recorded, yet no case of its own (a planted fault)

    def __len__(self) -> int:
        return len(self.child)

    def take(self, rows: np.ndarray) -> Episodes:
        """The episodes at the given positions."""
        return Episodes(**{name: values[rows] for name, values in vars(self).items()})


@dataclass
class Plans:
    """One entry per child protection plan."""

    episode: np.ndarray
    start: np.ndarray
    end: np.ndarray
    category: np.ndarray
    latest_category: np.ndarray
    category_change: np.ndarray  # day from which the latest category holds
    n_previous: np.ndarray

    def __len__(self) -> int:
        return len(self.episode)

    def take(self, rows: np.ndarray) -> Plans:
        """The plans at the given positions."""
        return Plans(**{name: values[rows] for name, values in vars(self).items()})


def stack(parts: list) -> object:
    """Several Episodes, or several Plans, as one."""
    kind = type(parts[0])
    return kind(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in vars(parts[0])}
    )


@dataclass
class Active:
    """The children whose next referral is to be played out in this round."""

    child: np.ndarray
    version: np.ndarray
    unit: np.ndarray
    referral: np.ndarray
    kind: np.ndarray
    last_unit: np.ndarray
    last_need: np.ndarray

    def __len__(self) -> int:
        return len(self.child)


class Story:
    """Plays out children's cases round by round: each round is one more referral per child."""

    def __init__(
        self,
        children: Children,
        last_day: int,
        cal: Calibration,
        geo: Geography,
        rng: np.random.Generator,
    ) -> None:
        self.children, self.last_day = children, last_day
        self.cal, self.geo, self.rng = cal, geo, rng
        self.region_units = [
            np.flatnonzero(geo.unit_region == region) for region in np.unique(geo.unit_region)
        ]
        self.region_of_unit = np.unique(geo.unit_region, return_inverse=True)[1]
        back = cal.weights("share_rereferred")
        self.rereferred = np.array([back["nfa"], back["not_in_need"], back["in_need"]])

    def play(self) -> tuple[Episodes, Plans]:
        """All cases and plans that begin by the last day."""
        c = self.children
        n = len(c)
        active = Active(
            child=np.arange(n),
            version=np.zeros(n, dtype=np.int64),
            unit=c.first_unit.copy(),
            referral=c.first_referral.copy(),
            kind=c.first_kind.copy(),
            last_unit=c.first_unit.copy(),
            last_need=np.full(n, NO_CODE),
        )
        episodes: list[Episodes] = []
        plans: list[Plans] = []
        n_before = 0
        while len(active):
            new, new_plans = self._episodes(active)
            new_plans.episode += n_before
            n_before += len(new)
            episodes.append(new)
            plans.append(new_plans)
            active = self._next_referrals(active, new)
        return stack(episodes), stack(plans)

    def _episodes(self, active: Active) -> tuple[Episodes, Plans]:
        """One case per active child, with the plans made in it."""
        rng, n = self.rng, len(active)
        year = census_year_index(active.referral)
        outcome = self._outcomes(active, year)
        need, first_need = self._needs(active, outcome)
        duration = self._durations(outcome, need, active.kind)
        self._put_open_cases_back(active, duration)
        plans, plan_until = self._plans(active, outcome, need, year)
        closure = np.maximum(active.referral + duration, plan_until)
        closure = self._grown_up(active, closure, outcome, plans)
        reason = self._reasons(active, outcome, closure, plans)
        sources = np.array(list(self.cal.weights("referral_source").values()))
        episodes = Episodes(
            child=active.child,
            version=active.version,
            unit=active.unit,
            referral=active.referral,
            closure=closure,
            outcome=outcome,
            need=need,
            first_need=first_need,
            reason=reason,
            source=draw.from_weights(rng, sources, n),
            conference=self._conferences(active, plans),
            is_extra=np.zeros(n, dtype=bool),
        )
        return episodes, plans

    def _put_open_cases_back(self, active: Active, duration: np.ndarray) -> None:
        """Cases open at the start began some time before it: moves the whole child back in time."""
        stock = np.flatnonzero(active.kind == OPEN_AT_START)
        elapsed = np.floor(self.rng.random(len(stock)) * duration[stock]).astype(np.int64) + 1
        active.referral[stock] = np.maximum(YEAR_START[0] - elapsed, EARLIEST_REFERRAL)
        c, child = self.children, active.child[stock]
        shift = active.referral[stock] - c.first_referral[child]
        c.birth[child] += shift
        c.ethnicity_known[child] += shift
        known = c.ref_known[child]
        c.ref_known[child] = np.where(known < NEVER, known + shift[:, None], NEVER)

    def _conferences(self, active: Active, plans: Plans) -> np.ndarray:
        """Date of initial conference, held by the referral only for a child who came on a plan."""
        n = len(active)
        given = (active.kind == TRANSFER) | draw.chance(
            self.rng, self.cal.number("share_conference_date_given"), n
        )
        first_plan = np.full(n, NEVER)
        np.minimum.at(first_plan, plans.episode, plans.start)
        return np.where(given, first_plan, NEVER)

    def _outcomes(self, active: Active, year: np.ndarray) -> np.ndarray:
        """No further action, assessed and not in need, or in need; by census year of referral."""
        nfa = self.cal.by_year("share_no_further_action")[year]
        not_in_need = self.cal.by_year("share_not_in_need")[year]
        unborn = active.referral < self.children.birth[active.child]
        times = np.where(unborn, self.cal.number("unborn_times_in_need"), 1.0)
        nfa, not_in_need = nfa * times, not_in_need * times
        u = self.rng.random(len(active))
        outcome = np.where(u < nfa, NFA, np.where(u < nfa + not_in_need, NOT_IN_NEED, IN_NEED))
        return np.where(active.kind == NORMAL, outcome, IN_NEED)

    def _needs(self, active: Active, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The primary need, and the need as first recorded (amended later for a few)."""
        rng, cal, n = self.rng, self.cal, len(active)
        in_need = draw.from_weights(rng, _listed(cal.weights("primary_need_in_need"), NEEDS), n)
        not_in_need = draw.from_weights(
            rng, _listed(cal.weights("primary_need_not_in_need"), NEEDS), n
        )
        need = np.where(outcome == IN_NEED, in_need, not_in_need)
        kept = draw.chance(rng, cal.number("share_need_kept_at_rereferral"), n)
        need = np.where(kept & (active.last_need >= 0), active.last_need, need)
        disabled = self.children.disabilities[active.child] > 0
        need = np.where(
            disabled
            & (outcome == IN_NEED)
            & draw.chance(rng, cal.number("share_disabled_with_need_n2"), n),
            NEEDS.index("N2"),
            need,
        )
        need = np.where(active.kind == AFTER_ADOPTION, NEEDS.index("N9"), need)
        none = (outcome == NFA) & ~draw.chance(
            rng, cal.number("share_no_further_action_with_need"), n
        )
        need = np.where(none, NO_CODE, need)
        amended = (outcome == IN_NEED) & draw.chance(rng, cal.number("share_need_amended"), n)
        other = draw.from_weights(rng, _listed(cal.weights("primary_need_in_need"), NEEDS), n)
        return need, np.where(amended, other, need)

    def _durations(self, outcome: np.ndarray, need: np.ndarray, kind: np.ndarray) -> np.ndarray:
        """Days from referral to closure; cases open at the start are drawn by their length."""
        rng, cal, n = self.rng, self.cal, len(outcome)
        days = draw.from_quantiles(rng, cal.quantiles("need_duration_days"), n)
        long_days = draw.from_quantiles(rng, cal.quantiles("disability_duration_days"), n)
        stock = np.flatnonzero(kind == OPEN_AT_START)
        days[stock] = _length_biased(rng, cal.quantiles("need_duration_days"), len(stock))
        days = np.where(need == NEEDS.index("N2"), long_days, days)
        assessment = draw.from_quantiles(rng, cal.quantiles("assessment_days"), n)
        days = np.where(outcome == NOT_IN_NEED, assessment, days)
        return np.where(outcome == NFA, 0, days)

    def _plans(
        self, active: Active, outcome: np.ndarray, need: np.ndarray, year: np.ndarray
    ) -> tuple[Plans, np.ndarray]:
        """Plans of these cases, and per case the day until which its plans keep it open."""
        rng, cal, n = self.rng, self.cal, len(active)
        lengths = cal.quantiles("plan_duration_days")
        first = np.flatnonzero(draw.chance(rng, self._plan_shares(active, outcome, need, year), n))
        start = active.referral[first] + draw.from_quantiles(
            rng, cal.quantiles("plan_lag_days"), len(first)
        )
        at_start = active.kind[first] == OPEN_AT_START
        recent = YEAR_START[0] + rng.integers(-420, 91, len(first))
        start = np.where(at_start, np.maximum(start, recent), start)
        end = start + draw.from_quantiles(rng, lengths, len(first))
        again = np.flatnonzero(draw.chance(rng, cal.number("share_plan_again_in_case"), len(first)))
        second_start = end[again] + rng.integers(20, 200, len(again))
        second_end = second_start + draw.from_quantiles(rng, lengths, len(again))
        plans = self._described(
            np.r_[first, first[again]], np.r_[start, second_start], np.r_[end, second_end]
        )
        until = np.zeros(n, dtype=np.int64)
        tail = draw.from_quantiles(rng, cal.quantiles("plan_tail_days"), len(plans))
        np.maximum.at(until, plans.episode, plans.end + tail)
        return plans, until

    def _plan_shares(
        self, active: Active, outcome: np.ndarray, need: np.ndarray, year: np.ndarray
    ) -> np.ndarray:
        """Per case the chance of a child protection plan."""
        cal = self.cal
        share = cal.by_year("share_need_with_plan")[year]
        share = share * np.where(
            need == NEEDS.index("N2"), cal.number("plan_times_if_disability"), 1.0
        )
        share = np.where(active.kind == TRANSFER, cal.number("share_transfer_with_plan"), share)
        share = np.where(
            active.kind == OPEN_AT_START, cal.number("share_open_at_start_with_plan"), share
        )
        age = active.referral - self.children.birth[active.child]
        eligible = (outcome == IN_NEED) & (active.kind != AFTER_ADOPTION) & (age < LAST_PLAN_DAYS)
        return np.where(eligible, share, 0.0)

    def _described(self, episode: np.ndarray, start: np.ndarray, end: np.ndarray) -> Plans:
        """Plans with their categories of abuse; a few change category on the way."""
        rng, n = self.rng, len(episode)
        weights = _listed(self.cal.weights("plan_category"), CATEGORIES)
        category = draw.from_weights(rng, weights, n)
        changes = draw.chance(rng, self.cal.number("share_plan_category_changes"), n)
        other = draw.from_weights(rng, weights, n)
        return Plans(
            episode=episode,
            start=start,
            end=end,
            category=category,
            latest_category=np.where(changes, other, category),
            category_change=start + np.floor(rng.random(n) * (end - start)).astype(np.int64),
            n_previous=np.zeros(n, dtype=np.int64),
        )

    def _grown_up(
        self, active: Active, closure: np.ndarray, outcome: np.ndarray, plans: Plans
    ) -> np.ndarray:
        """Cases end at the 18th birthday, those of care leavers at about the 21st."""
        birth = self.children.birth[active.child]
        leaver = self.children.is_care_leaver[active.child]
        stays = leaver & (outcome == IN_NEED) & (closure - birth > 5300)
        extended = birth + CARE_LEAVER_DAYS - self.rng.integers(0, 900, len(active))
        closure = np.where(stays, np.maximum(closure, extended), closure)
        limit = birth + np.where(leaver, CARE_LEAVER_DAYS, ADULT_DAYS)
        limit = np.where(active.referral + 30 >= limit, birth + OLDEST_DAYS, limit)
        limit = limit + self.rng.integers(-3, 25, len(active))
        limit = np.minimum(limit, birth + LAST_DAYS)
        closure = np.minimum(closure, np.maximum(limit, active.referral))
        plans.end[:] = np.minimum(plans.end, closure[plans.episode])
        keep = plans.start < plans.end
        for name, values in vars(plans).items():
            setattr(plans, name, values[keep])
        return closure

    def _reasons(
        self, active: Active, outcome: np.ndarray, closure: np.ndarray, plans: Plans
    ) -> np.ndarray:
        """Why each case closed; a death sets the child's date of death, in the year of closure."""
        rng, cal, n = self.rng, self.cal, len(active)
        age = closure - self.children.birth[active.child]
        reason = draw.from_weights(rng, _listed(cal.weights("closure_reason"), REASONS), n)
        young, adult = (age > 90) & (age < OLDEST_ADOPTED_DAYS), age > ADULT_DAYS - 75
        can_be_adopted = young & (active.version == 0)
        likely = can_be_adopted & (reason == RC7) & (closure - active.referral > 240)
        adopted = likely & draw.chance(rng, cal.number("share_long_case_adopted"), n)
        to_adult_care = adult & draw.chance(rng, cal.number("share_adult_case_to_adult_care"), n)
        reason = np.where((reason == RC1) & ~can_be_adopted, RC7, reason)
        reason = np.where((reason == RC6) & ~adult, RC7, reason)
        reason = np.where((reason == RC5) & adult, RC7, reason)
        reason = np.where(to_adult_care, RC6, reason)
        reason = np.where(adopted, RC1, reason)
        help_share = cal.by_year("share_early_help")[census_year_index(closure)]
        assessed = np.where(draw.chance(rng, help_share, n), RC9, RC8)
        assessed = np.where(closure < YEAR_START[1], RC7, assessed)
        reason = np.where(outcome == NOT_IN_NEED, assessed, reason)
        reason = np.where(outcome == NFA, NO_CODE, reason)
        died = np.flatnonzero((reason == RC2) & (age > 0))
        child = active.child[died]
        earliest = np.maximum(active.referral, self.children.birth[active.child])
        earliest = np.maximum(earliest, YEAR_START[census_year_index(closure)])
        np.maximum.at(earliest, plans.episode, plans.end)
        self.children.death[child] = np.maximum(
            closure[died] - rng.integers(0, 25, len(died)), earliest[died]
        )
        return reason

    def _next_referrals(self, active: Active, episodes: Episodes) -> Active:
        """Who is referred again, where and when; only referrals by the last day go on."""
        rng, cal, n = self.rng, self.cal, len(active)
        gap = draw.from_quantiles(rng, cal.quantiles("rereferral_gap_days"), n)
        transferred = (episodes.reason == RC5) & draw.chance(
            rng, cal.number("share_transfer_rereferred_at_once"), n
        )
        gap = np.where(transferred, rng.integers(0, 28, n), gap)
        adopted = episodes.reason == RC1
        at_once = adopted & draw.chance(rng, cal.number("share_adopted_referred_at_once"), n)
        gap = np.where(at_once, 0, gap)
        kind = np.where(transferred, TRANSFER, np.where(at_once, AFTER_ADOPTION, NORMAL))
        earliest = episodes.closure + (kind == NORMAL)
        referral = off_weekends(
            episodes.closure + gap, cal.number("share_weekend") * 3.5, earliest, rng
        )
        comes_back = transferred | at_once | draw.chance(rng, self._shares_back(episodes), n)
        comes_back &= ~np.isin(episodes.reason, [RC2, RC6]) & (referral <= self.last_day)
        leaver = self.children.is_care_leaver[active.child]
        oldest = np.where(leaver, CARE_LEAVER_DAYS, ADULT_DAYS - 40)
        comes_back &= referral - self.children.birth[active.child] < oldest
        moves = transferred | draw.chance(rng, cal.number("share_moved_at_rereferral"), n)
        unit = np.where(moves, self._new_units(active), active.unit)
        go = np.flatnonzero(comes_back)
        return Active(
            child=active.child[go],
            version=np.where(adopted, 1, active.version)[go],
            unit=unit[go],
            referral=referral[go],
            kind=kind[go],
            last_unit=active.unit[go],
            last_need=episodes.need[go],
        )

    def _shares_back(self, episodes: Episodes) -> np.ndarray:
        """Per case the chance that the child is referred again, sooner or later."""
        share = self.rereferred[episodes.outcome]
        share = share * self.cal.by_year("rereferral_level")[census_year_index(episodes.closure)]
        return np.where(episodes.reason == RC1, self.cal.number("share_adopted_rereferred"), share)

    def _new_units(self, active: Active) -> np.ndarray:
        """Where a child who moves goes: back to the unit before, within the region, or anywhere."""
        rng, cal, n = self.rng, self.cal, len(active)
        weight = self.geo.unit_weight[N_CENSUS_YEARS // 2]
        unit = draw.from_weights(rng, weight, n)
        near = draw.chance(rng, cal.number("share_move_in_region"), n)
        region = self.region_of_unit[active.unit]
        for r, units in enumerate(self.region_units):
            where = np.flatnonzero(near & (region == r))
            unit[where] = units[draw.from_weights(rng, weight[units], len(where))]
        unit = np.where(unit == active.unit, (unit + 1) % len(weight), unit)
        back = (active.last_unit != active.unit) & draw.chance(
            rng, cal.number("share_move_is_return"), n
        )
        return np.where(back, active.last_unit, unit)


def _listed(weights: dict[str, float], codes: list[str]) -> np.ndarray:
    """Weights in the order of a list of codes, 0 for a code without one."""
    return np.array([weights.get(code, 0.0) for code in codes])


def _length_biased(
    rng: np.random.Generator, quantiles: tuple[np.ndarray, np.ndarray], n: int
) -> np.ndarray:
    """Durations of the cases that are open on one day: long cases are more likely to be met."""
    pool = np.floor(np.interp((np.arange(2000) + 0.5) / 2000, *quantiles)).astype(np.int64)
    return pool[draw.from_weights(rng, pool.astype(float), n)]


def count_previous_plans(
    episodes: Episodes, plans: Plans, code: np.ndarray, cal: Calibration, rng: np.random.Generator
) -> np.ndarray:
    """Earlier plans of the child in the same authority, some of them from before the story."""
    e = plans.episode
    key = (episodes.child[e] * 2 + episodes.version[e]) * 1000 + code
    order = np.lexsort((plans.start, key))
    sorted_key = key[order]
    new_group = np.r_[True, sorted_key[1:] != sorted_key[:-1]] if len(order) else np.zeros(0, bool)
    group_start = np.maximum.accumulate(np.where(new_group, np.arange(len(order)), 0))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - group_start
    year = census_year_index(plans.start)
    unseen = cal.by_year("share_earlier_plan_unseen")[year]
    earlier = draw.chance(rng, unseen, len(order)) & (rank == 0)
    return rank + earlier * rng.integers(1, 3, len(order))
