"""Faults: what goes wrong between a case and the extract. Every fault planted is logged.

Rates are those at noise 1 times the noise, with a cap. Rates that change by census year are in
calibration.csv, the others in fault_kinds.csv.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from . import draw
from .columns import BLANK, HEADERS, ODD_DATES, Spelling
from .lives import (
    IN_NEED,
    NEVER,
    NFA,
    NO_CODE,
    NOT_IN_NEED,
    RC7,
    RC8,
    Episodes,
)
from .recording import SEX_NOT_RECORDED, Registrations, Returns
from .reference import (
    CENSUS_DAY,
    FIRST_CENSUS_YEAR,
    PACKAGE_DIR,
    RETURN_START,
    Calibration,
    Geography,
    census_year_index,
    read_rows,
)

RATE_CAP = 0.6
IDS_PER_HUB = 12
# Blank once in ten, indeterminate once in ten, otherwise not recorded.
SEX_CODES_NOT_GIVEN = np.array([0] + [SEX_NOT_RECORDED] * 8 + [SEX_NOT_RECORDED + 1])


def header_of(column: str, year: np.ndarray) -> np.ndarray:
    """The header of a column in each census year; blank where the fault is the whole row."""
    headers = np.full(len(year), "", dtype="U40")
    if column == "disability_code":
        headers[:] = "CIN_Disability"
    for header, name, first, last in HEADERS:
        if name == column:
            in_force = (year + FIRST_CENSUS_YEAR >= first) & (year + FIRST_CENSUS_YEAR <= last)
            headers[in_force] = header
    return headers


@dataclass
class FaultLog:
    """Faults with their keys as they stand in the files."""

    kind: list[np.ndarray] = field(default_factory=list)
    year: list[np.ndarray] = field(default_factory=list)
    code: list[np.ndarray] = field(default_factory=list)
    local: list[np.ndarray] = field(default_factory=list)
    referral: list[np.ndarray] = field(default_factory=list)
    column: list[np.ndarray] = field(default_factory=list)

    def add(self, kind, year, code, local, referral, column="") -> None:
        """One fault per entry; `referral` is a day number, NEVER where there is none."""
        self.kind.append(np.full(len(year), kind))
        self.year.append(year)
        self.code.append(code)
        self.local.append(local)
        self.referral.append(referral)
        self.column.append(header_of(column, year))

    def arrays(self) -> dict[str, np.ndarray]:
        """The log as one array per column."""
        if not self.kind:
            empty = np.zeros(0, dtype=np.int64)
            return {
                "kind": empty.astype(str),
                "year": empty,
                "code": empty,
                "local": empty,
                "referral": empty,
                "column": empty.astype(str),
            }
        return {name: np.concatenate(getattr(self, name)) for name in vars(self)}


class Noise:
    """Rates of all fault kinds at the noise asked for."""

    def __init__(self, noise: float, cal: Calibration) -> None:
        self.noise, self.cal = noise, cal
        rows = read_rows(PACKAGE_DIR / "fault_kinds.csv")
        self._rates = {
            r["fault_kind"]: float(r["rate_at_noise_1"]) for r in rows if r["rate_at_noise_1"]
        }

    def rate(self, kind: str) -> float:
        """Share of eligible rows that get this fault."""
        return min(self._rates[kind] * self.noise, RATE_CAP)

    def by_year(self, parameter: str) -> np.ndarray:
        """The same for a rate that changes by census year."""
        return np.minimum(self.cal.by_year(parameter) * self.noise, 0.9)


def plant_open_rereferrals(
    episodes: Episodes, last_day: int, noise: Noise, rng: np.random.Generator
) -> Episodes:
    """Episodes that are only a second referral of a case already open."""
    first = census_year_index(episodes.referral + 1)
    last = census_year_index(np.minimum(episodes.closure - 1, last_day))
    n_years = np.where(episodes.outcome == IN_NEED, np.maximum(last - first + 1, 0), 0)
    e = np.repeat(np.arange(len(episodes)), n_years)
    year = first[e] + np.arange(len(e)) - np.repeat(np.cumsum(n_years) - n_years, n_years)
    start = np.maximum(episodes.referral[e] + 1, RETURN_START[year])
    end = np.minimum(np.minimum(episodes.closure[e] - 1, CENSUS_DAY[year]), last_day)
    length = np.maximum(end - start + 1, 0)
    rate = np.where(
        episodes.referral[e] <= CENSUS_DAY[0],
        noise.by_year("rereferral_of_first_census_case_per_year")[year],
        noise.by_year("rereferral_while_open_per_year")[year],
    )
    rate = rate * length / 365.0
    hit = np.flatnonzero(draw.chance(rng, rate, len(e)))
    e, start, length = e[hit], start[hit], length[hit]
    extra = episodes.take(e)
    extra.referral = start + np.floor(rng.random(len(e)) * length).astype(np.int64)
    u = rng.random(len(e))
    extra.outcome = np.where(u < 0.10, NFA, np.where(u < 0.3, NOT_IN_NEED, IN_NEED))
    room = np.maximum(extra.closure - extra.referral, 0)
    short = np.floor(rng.random(len(e)) * np.minimum(room, 60)).astype(np.int64)
    part = np.floor(rng.random(len(e)) * room).astype(np.int64)
    length = np.where(extra.outcome == NFA, 0, np.where(extra.outcome == NOT_IN_NEED, short, part))
    whole = (extra.outcome == IN_NEED) & draw.chance(rng, 0.5, len(e))
    extra.closure = np.where(whole, extra.closure, extra.referral + length)
    assessed = np.where(extra.closure < RETURN_START[1], RC7, RC8)
    extra.reason = np.where(extra.outcome == NOT_IN_NEED, assessed, RC7)
    extra.reason = np.where(extra.outcome == NFA, NO_CODE, extra.reason)
    extra.conference = np.full(len(e), NEVER)
    extra.is_extra = np.ones(len(e), dtype=bool)
    return extra


def plant_missing_returns(
    returns: Returns,
    registration: np.ndarray,
    episodes: Episodes,
    registrations: Registrations,
    geo: Geography,
    last_year: int,
    noise: Noise,
    log: FaultLog,
    rng: np.random.Generator,
) -> tuple[Returns, np.ndarray]:
    """Takes away returns that never reached the extract and adds those returned once too often.

    Gives the returns that are left and the local child id of each.
    """
    e, y, day = returns.episode, returns.year, CENSUS_DAY[returns.year]
    code = registrations.code[registration]
    silent = did_not_return(geo, noise)
    vanishes, kept = _vanishing(returns, episodes, last_year, noise, rng)
    kept &= ~silent[y, code]
    luck = rng.random(len(registrations.child))
    shares = _drop_shares(returns, registration, episodes, registrations, noise)
    dropped = kept & (luck[registration] < shares)
    log.add(
        "record_not_in_extract",
        y[dropped],
        code[dropped],
        registrations.number[registration[dropped]],
        episodes.referral[e[dropped]],
    )
    stays = kept & ~dropped
    next_year = np.minimum(y + 1, last_year)
    again = stays & (episodes.closure[e] <= day) & (y < last_year)
    again &= draw.chance(rng, noise.rate("closed_case_returned_again"), len(e))
    again &= (geo.unit_code[next_year, episodes.unit[e]] == code) & ~silent[next_year, code]
    first = np.full(len(episodes), len(CENSUS_DAY))
    np.minimum.at(first, e[stays], y[stays])
    once = returns.take(stays)
    once.vanishes = vanishes[stays]
    once.is_open_rereferral = (episodes.is_extra[e] & (y == first[e]))[stays]
    twice = returns.take(again)
    twice.year = twice.year + 1
    twice.is_again = np.ones(len(twice), dtype=bool)
    both = {name: np.r_[values, getattr(twice, name)] for name, values in vars(once).items()}
    return Returns(**both), np.r_[registration[stays], registration[again]]


def _vanishing(
    returns: Returns, episodes: Episodes, last_year: int, noise: Noise, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Which returns are the last before the case vanishes, and which come before it vanishes.

    Cases that really close within the year are likelier to vanish than those that go on.
    """
    e, y, day = returns.episode, returns.year, CENSUS_DAY[returns.year]
    soon = episodes.closure[e] <= day + 365
    rate = noise.by_year("vanished_per_year_end")[y] * np.where(soon, 1.45, 0.65)
    open_now = (episodes.closure[e] > day) & (episodes.outcome[e] == IN_NEED) & (y < last_year)
    vanishes = open_now & draw.chance(rng, rate, len(e))
    last_seen = np.full(len(episodes), len(CENSUS_DAY))
    np.minimum.at(last_seen, e[vanishes], y[vanishes])
    return vanishes & (y == last_seen[e]), y <= last_seen[e]


def _drop_shares(
    returns: Returns,
    registration: np.ndarray,
    episodes: Episodes,
    registrations: Registrations,
    noise: Noise,
) -> np.ndarray:
    """Per return the share that is not in the extract: many in the first three census years."""
    y, cal = returns.year, noise.cal
    retention = np.where(
        episodes.referral[returns.episode] >= RETURN_START[y],
        cal.by_year("retention_new_with_pupil_matching_ref")[y],
        cal.by_year("retention_carried_with_pupil_matching_ref")[y],
    )
    retention = np.where(
        registrations.linked_early[registration],
        retention,
        cal.by_year("retention_without_pupil_matching_ref")[y],
    )
    dropped = 1 - retention
    return np.minimum(dropped * noise.noise, np.maximum(dropped, RATE_CAP))


def did_not_return(geo: Geography, noise: Noise) -> np.ndarray:
    """Census year x authority: true where the authority made no return."""
    missing = np.zeros((len(CENSUS_DAY), len(geo.codes)), dtype=bool)
    if noise.noise > 0:
        for year, code in noise.cal.pairs("authority_did_not_return"):
            missing[year - FIRST_CENSUS_YEAR, geo.codes.index(code)] = True
    return missing


class Planter:
    """Plants faults in the rows of a chunk; each method treats one group of columns."""

    def __init__(
        self,
        rows: dict[str, np.ndarray],
        returns: Returns,
        episodes: Episodes,
        twin_pmr: np.ndarray,
        last_day: int,
        noise: Noise,
        spelling: dict[str, Spelling],
        log: FaultLog,
        rng: np.random.Generator,
        at_least_one: bool,
    ) -> None:
        """What there is to plant faults in.

        `twin_pmr` holds, per local child id, the reference of the child's twin, or -1.
        `at_least_one` plants one fault of each kind even where chance gives none, so that a small
        extract shows all kinds.
        """
        self.at_least_one = at_least_one
        self.rows, self.returns, self.episodes = rows, returns, episodes
        self.twin_pmr, self.last_day = twin_pmr, last_day
        self.noise, self.spelling, self.log, self.rng = noise, spelling, log, rng
        self.planted: list[tuple[str, str, np.ndarray]] = []

    def plant_all(self) -> dict[str, np.ndarray]:
        """Plants every kind of value fault and returns the rows."""
        if self.noise.noise > 0:
            self.whole_returns()
            self.add_rows()
            self.closures()
            self.references()
            self.children()
            self.codes()
            self.plans()
            self.dates()
            self.keys()
            self.duplicates()
        self._write_log()
        return self.rows

    def pick(self, kind: str, eligible: np.ndarray, column: str = "", rate=None) -> np.ndarray:
        """Positions of the rows that get a fault of this kind, logged under a column."""
        rate = self.noise.rate(kind) if rate is None else rate
        hit = np.flatnonzero(eligible & draw.chance(self.rng, rate, len(eligible)))
        if self.at_least_one and not len(hit) and eligible.any():
            candidates = np.flatnonzero(eligible)
            hit = candidates[self.rng.integers(0, len(candidates), 1)]
        self.planted.append((kind, column, hit))
        return hit

    def _append(self, rows: np.ndarray) -> np.ndarray:
        """Copies rows to the end; gives the positions of the copies."""
        n = len(self.rows["year"])
        self.rows = {name: np.r_[values, values[rows]] for name, values in self.rows.items()}
        return np.arange(n, n + len(rows))

    def whole_returns(self) -> None:
        """Logs the faults that concern whole returns, each at the first of its rows."""
        _, first = np.unique(self.rows["return"], return_index=True)
        number = self.rows["return"][first]
        for kind, flag in (
            ("vanished_episode", self.returns.vanishes),
            ("rereferral_while_open", self.returns.is_open_rereferral),
            ("closed_case_returned_again", self.returns.is_again),
        ):
            self.planted.append((kind, "", first[flag[number]]))

    def add_rows(self) -> None:
        """Second referral on the same day; second plan at the same time."""
        r = self.rows
        every = np.ones(len(r["year"]), dtype=bool)
        hit = self.pick("same_day_referrals", every & (r["nfa"] != 1))
        copy = self._append(hit)
        r = self.rows
        r["need"][copy] = (r["need"][copy] + 1 + self.rng.integers(0, 8, len(copy))) % 10
        r["source"][copy] = np.where(
            r["source"][copy] >= 0, self.rng.integers(0, 20, len(copy)), BLANK
        )
        day = CENSUS_DAY[r["year"]]
        open_plan = (r["plan_start"] < NEVER) & (r["plan_end"] == NEVER)
        hit = self.pick("two_plans_open", open_plan & (r["plan_start"] + 70 < day), "plan_start")
        copy = self._append(hit)
        self.rows["plan_start"][copy] += self.rng.integers(7, 60, len(copy))

    def closures(self) -> None:
        """Closure dates that are missing, corrected later, or in the wrong year's return."""
        r, e = self.rows, self.rows["episode"]
        year, day = r["year"], CENSUS_DAY[self.rows["year"]]
        again = r["is_again"] == 1
        correctable = again & (r["nfa"] == 0) & (r["closure"] < NEVER)
        hit = self.pick("closure_date_corrected", correctable, "closure")
        r["closure"][hit] = np.minimum(
            r["closure"][hit] + self.rng.integers(1, 90, len(hit)), day[hit]
        )
        waiting = (self.episodes.outcome[e] == NOT_IN_NEED) & (r["closure"] == NEVER) & ~again
        hit = self.pick("rc8_after_31_march", waiting & (year > 0), "reason")
        r["reason"][hit] = self.episodes.reason[e[hit]]
        first = census_year_index(r["referral"])
        last = census_year_index(np.minimum(self.episodes.closure[e], self.last_day))
        several = (last > first) | again
        hit = self.pick("nfa_flag_changed", several & (r["nfa"] >= 0) & (year > 0), "nfa")
        r["nfa"][hit] = 1 - r["nfa"][hit]
        given = r["closure"] < NEVER
        hit = self.pick("closure_reason_missing", given & (r["reason"] >= 0), "reason")
        r["reason"][hit] = NO_CODE
        implied = given & ((r["reason"] >= 0) | (r["nfa"] == 1))
        times = self.noise.cal.number("closure_date_missing_nfa_times")
        rate = self.noise.by_year("closure_date_missing")[year]
        rate = rate * np.where(r["nfa"] == 1, times, 1.0)
        hit = self.pick("closure_date_missing", implied, "closure", np.minimum(rate, 0.95))
        r["closure"][hit] = NEVER

    def references(self) -> None:
        """Pupil matching references missing, doubled or shared."""
        r, rng, by_id = self.rows, self.rng, self.rows["registration"]
        own = np.full(len(self.twin_pmr), -1)
        np.maximum.at(own, by_id, r["pmr"])
        plain = r["pmr"] >= 0
        for kind, taken in self._borrowed(own):
            changed = (taken >= 0) & (taken != own)
            hit = np.flatnonzero(changed[by_id] & plain)
            self.planted.append((kind, "pmr", hit))
            r["pmr"][hit] = taken[by_id[hit]]
            plain[hit] = False
        hit = self.pick("pmr_conflict", plain, "pmr")
        r["pmr"][hit] = (r["pmr"][hit] + 1 + rng.integers(0, 10**9, len(hit))) % 10**15
        plain[hit] = False
        rate = self.noise.rate("pmr_missing_in_record") * np.where(r["nfa"] == 1, 2.0, 1.0)
        hit = self.pick("pmr_missing_in_record", plain, "pmr", np.minimum(rate, RATE_CAP))
        r["pmr"][hit] = -1

    def _borrowed(self, own: np.ndarray) -> list[tuple[str, np.ndarray]]:
        """Per kind and local child id: the reference of another child that it carries, or -1."""
        rng, n = self.rng, len(own)
        holders = np.flatnonzero(own >= 0)
        nobody = np.full(n, -1)
        if not len(holders):
            return []
        twin = draw.chance(rng, self.noise.rate("pmr_of_twin"), n)
        two = draw.chance(rng, self.noise.rate("pmr_shared_by_two"), n)
        other = own[holders[rng.integers(0, len(holders), n)]]
        many = np.flatnonzero(draw.chance(rng, self.noise.rate("pmr_shared_by_many"), n))
        n_hubs = max(len(many) // IDS_PER_HUB, 1)
        hubs = own[holders[rng.integers(0, len(holders), n_hubs)]]
        shared = nobody.copy()
        shared[many] = hubs[np.arange(len(many)) % n_hubs]
        return [
            ("pmr_of_twin", np.where(twin, self.twin_pmr, nobody)),
            ("pmr_shared_by_two", np.where(two, other, nobody)),
            ("pmr_shared_by_many", shared),
        ]

    def children(self) -> None:
        """Sex, birth and ethnicity missing or wrong."""
        r, rng = self.rows, self.rng
        born = r["unborn"] == 0
        hit = self.pick("sex_wrong", born & (r["sex"] <= 2), "sex")
        r["sex"][hit] = 3 - r["sex"][hit]
        wrong = np.zeros(len(born), dtype=bool)
        wrong[hit] = True
        hit = self.pick("sex_not_given", born & ~wrong, "sex")
        r["sex"][hit] = SEX_CODES_NOT_GIVEN[rng.integers(0, len(SEX_CODES_NOT_GIVEN), len(hit))]
        n_codes = len(self.noise.cal.weights("ethnicity"))
        hit = self.pick("ethnicity_wrong", born, "ethnicity")
        shift = rng.integers(1, n_codes, len(hit))
        r["ethnicity"][hit] = (r["ethnicity"][hit] + shift) % n_codes
        wrong = np.zeros(len(born), dtype=bool)
        wrong[hit] = True
        hit = self.pick("ethnicity_missing", born & ~wrong, "ethnicity")
        r["ethnicity"][hit] = BLANK
        self._births(born)

    def _births(self, born: np.ndarray) -> None:
        """Month and year of birth: another month, an impossible one, or none."""
        r, rng = self.rows, self.rng
        left = np.ones(len(born), dtype=bool)
        months = r["birth_year"] * 12 + r["birth_month"] - 1
        referral_month = r["referral"].astype("datetime64[D]").astype("datetime64[M]")
        referral_month = referral_month.astype(np.int64) + 1970 * 12
        age = referral_month - months
        infant = born & (age >= 0) & (age < 24)
        hit = self.pick("referral_over_280_days_before_birth", infant, "birth_month")
        months[hit] = referral_month[hit] + 11 + rng.integers(0, 8, len(hit))
        left[hit] = False
        hit = self.pick("age_25_or_over_at_referral", left, "birth_month")
        months[hit] = referral_month[hit] - 25 * 12 - 1 - rng.integers(0, 500, len(hit))
        left[hit] = False
        hit = self.pick("birth_month_wrong", left, "birth_month")
        months[hit] += np.where(rng.random(len(hit)) < 0.5, -1, 1) * rng.integers(1, 30, len(hit))
        left[hit] = False
        r["birth_year"], r["birth_month"] = months // 12, months % 12 + 1
        hit = self.pick("birth_month_missing", left, "birth_month")
        r["birth_year"][hit] = BLANK
        r["birth_month"][hit] = BLANK

    def codes(self) -> None:
        """Codes missing or misspelt."""
        r = self.rows
        hit = self.pick("primary_need_missing", (r["need"] >= 0) & (r["nfa"] == 0), "need")
        r["need"][hit] = BLANK
        for kind, column in (
            ("dirty_primary_need_code", "need"),
            ("dirty_closure_reason_code", "reason"),
            ("dirty_ethnicity_code", "ethnicity"),
            ("dirty_referral_source_code", "source"),
        ):
            hit = self.pick(kind, r[column] >= 0, column)
            r[column][hit] = self.spelling[column].misspell(r[column][hit], self.rng)
        hit = self.pick("dirty_asylum_code", r["year"] <= 1, "asylum")
        r["asylum"][hit] = self.spelling["asylum"].misspell(r["asylum"][hit], self.rng)

    def plans(self) -> None:
        """Plans that end before they start, or start before the referral."""
        r, rng = self.rows, self.rng
        ended = (r["plan_end"] < NEVER) & (r["plan_start"] < NEVER)
        hit = self.pick("plan_end_before_start", ended, "plan_end")
        r["plan_end"][hit] = r["plan_start"][hit] - rng.integers(1, 40, len(hit))
        has = (r["plan_start"] < NEVER) & (r["plan_end"] >= r["plan_start"])
        hit = self.pick("plan_before_referral", has, "plan_start")
        r["plan_start"][hit] = r["referral"][hit] - rng.integers(1, 60, len(hit))

    def dates(self) -> None:
        """Dates that are sentinels, no dates, or from the future; closures before the referral."""
        r, rng = self.rows, self.rng
        clean = (r["closure"] < NEVER) & (r["closure"] >= 0)
        hit = self.pick("closure_before_referral", clean & (r["nfa"] != 1), "closure")
        r["closure"][hit] = r["referral"][hit] - rng.integers(1, 60, len(hit))
        for column in ("closure", "plan_end", "plan_start"):
            clean = (r[column] < NEVER) & (r[column] >= 0)
            if column == "closure":
                clean &= r["closure"] >= r["referral"]
            else:
                clean &= (r["plan_end"] >= r["plan_start"]) & (r["plan_start"] >= r["referral"])
            if column != "plan_start":
                hit = self.pick("date_after_last_census_day", clean, column)
                r[column][hit] = self.last_day + rng.integers(1, 2000, len(hit))
                clean[hit] = False
            hit = self.pick("sentinel_date", clean, column)
            r[column][hit] = -1 - rng.integers(0, 2, len(hit))
            clean[hit] = False
            hit = self.pick("unparsable_date", clean, column)
            r[column][hit] = -3 - rng.integers(0, len(ODD_DATES) - 2, len(hit))

    def keys(self) -> None:
        """Keys that are missing or unusable."""
        r, rng = self.rows, self.rng
        every = np.ones(len(r["year"]), dtype=bool)
        hit = self.pick("authority_code_missing", every, "code")
        r["code"][hit] = BLANK
        every[hit] = False
        hit = self.pick("local_child_id_missing", every, "local")
        r["local"][hit] = -1
        every[hit] = False
        hit = self.pick("referral_date_unusable", every, "referral")
        odd = np.r_[NEVER, NEVER, -1 - np.arange(len(ODD_DATES)), self.last_day + 400]
        r["referral"][hit] = odd[rng.integers(0, len(odd), len(hit))]

    def duplicates(self) -> None:
        """Rows that are there twice."""
        every = np.ones(len(self.rows["year"]), dtype=bool)
        hit = self.pick("exact_duplicate_row", every)
        self._append(hit)

    def _write_log(self) -> None:
        """Logs every fault with the keys that its row now has."""
        r = self.rows
        for kind, column, hit in self.planted:
            self.log.add(
                kind, r["year"][hit], r["code"][hit], r["local"][hit], r["referral"][hit], column
            )


def plant_disability_faults(
    rows: dict[str, np.ndarray],
    registrations: Registrations,
    none_code: int,
    noise: Noise,
    log: FaultLog,
    rng: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Disability codes that contradict or repeat themselves; copies go to the end."""
    disabled = rows["disability_code"] != none_code
    for kind in ("disability_none_with_other", "disability_repeated"):
        hit = np.flatnonzero(disabled & draw.chance(rng, noise.rate(kind), len(disabled)))
        reg = rows["registration"][hit]
        log.add(
            kind,
            rows["year"][hit],
            registrations.code[reg],
            registrations.number[reg],
            np.full(len(hit), NEVER),
            "disability_code",
        )
        code = np.full(len(hit), none_code) if "none" in kind else rows["disability_code"][hit]
        rows = {
            "registration": np.r_[rows["registration"], reg],
            "year": np.r_[rows["year"], rows["year"][hit]],
            "disability_code": np.r_[rows["disability_code"], code],
        }
        disabled = np.r_[disabled, np.zeros(len(hit), dtype=bool)]
    return rows
