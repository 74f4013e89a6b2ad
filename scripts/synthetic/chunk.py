"""One chunk: some thousands of children from their lives to the rows of every file.

Chunks do not know of one another, so that England fits in little memory and any number of
processes gives the same extract.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from . import columns, faults, lives, recording
from .lives import NEVER
from .reference import (
    CENSUS_DAY,
    FIRST_CENSUS_YEAR,
    N_CENSUS_YEARS,
    Calibration,
    census_year_index,
    read_geography,
)

CHILDREN_PER_CHUNK = 120_000
SLOTS_PER_CHILD = 3


@dataclass(frozen=True)
class Request:
    """What was asked for."""

    share: float
    years: tuple[int, ...]
    seed: int
    noise: float

    @cached_property
    def calibration(self) -> Calibration:
        """The calibration table."""
        return Calibration()

    @cached_property
    def cohort_totals(self) -> np.ndarray:
        """Children with a case open at the start, then by census year of their first referral."""
        cal = self.calibration
        first = cal.by_year("first_referrals")[: max(self.years) - FIRST_CENSUS_YEAR + 1]
        return np.round(np.r_[cal.number("open_cases_at_start"), first] * self.share).astype(int)

    @property
    def n_chunks(self) -> int:
        """How many chunks the children are dealt into."""
        return max(1, -(-int(self.cohort_totals.sum()) // CHILDREN_PER_CHUNK))

    def cohort_counts(self, chunk: int) -> np.ndarray:
        """The children of one chunk, by cohort."""
        totals, n = self.cohort_totals, self.n_chunks
        return totals * (chunk + 1) // n - totals * chunk // n

    @property
    def chunk_capacity(self) -> int:
        """More children than any chunk holds: child ids of a chunk start at a multiple of it."""
        return int(self.cohort_totals.sum()) // self.n_chunks + len(self.cohort_totals) + 1


class Chunk:
    """Builds the rows of one chunk."""

    def __init__(self, request: Request, number: int) -> None:
        self.request, self.number = request, number
        self.cal, self.geo = request.calibration, read_geography()
        streams = np.random.SeedSequence([request.seed, number]).spawn(6)
        self.rngs = [np.random.Generator(np.random.PCG64(s)) for s in streams]
        self.first_child = number * request.chunk_capacity
        self.last_year = max(request.years) - FIRST_CENSUS_YEAR
        self.last_day = int(CENSUS_DAY[self.last_year])
        self.noise = faults.Noise(request.noise, self.cal)
        self.spelling = columns.spellings(self.cal)
        self.log = faults.FaultLog()

    def build(self) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
        """Frames of the extract (by file name without ending) and of the truth."""
        self._live()
        self._register()
        planter = self._planter()
        rows = planter.plant_all()
        files = self._main_files(rows)
        files |= self._disability_files()
        return files, self._truth()

    def _live(self) -> None:
        """The lives of this chunk's children, and the second referrals of open cases."""
        counts = self.request.cohort_counts(self.number)
        self.children = lives.draw_children(counts, self.cal, self.geo, self.rngs[0])
        story = lives.Story(self.children, self.last_day, self.cal, self.geo, self.rngs[0])
        episodes, self.plans = story.play()
        extra = faults.plant_open_rereferrals(episodes, self.last_day, self.noise, self.rngs[1])
        self.episodes = lives.stack([episodes, extra])
        unit = self.episodes.unit[self.plans.episode]
        code = self.geo.unit_code[census_year_index(self.plans.start), unit]
        self.plans.n_previous = lives.count_previous_plans(
            self.episodes, self.plans, code, self.cal, self.rngs[2]
        )

    def _register(self) -> None:
        """Local child ids and the returns that reach the extract."""
        returns = recording.list_returns(self.episodes, self.last_year)
        wanted = np.isin(returns.year + FIRST_CENSUS_YEAR, self.request.years)
        returns = returns.take(wanted)
        self.registrations, self.registration = recording.register(
            self.children,
            self.episodes,
            returns,
            self.geo,
            self._number_series(),
            self.cal.number("share_local_id_kept_in_reorganisation"),
            self.rngs[2],
        )
        self.all_returns = returns
        self.returns, self.returned = faults.plant_missing_returns(
            returns,
            self.registration,
            self.episodes,
            self.registrations,
            self.geo,
            self.last_year,
            self.noise,
            self.log,
            self.rngs[1],
        )

    def _number_series(self) -> recording.NumberSeries:
        """The same series for every chunk; each chunk has slots of its own."""
        modulus = 24 * max(int(self.request.cohort_totals.sum()), 2000) + 1
        rng = np.random.Generator(np.random.PCG64(self.request.seed))
        offsets = rng.integers(0, modulus, len(self.geo.codes))
        return recording.NumberSeries(self.first_child * SLOTS_PER_CHILD, modulus, offsets)

    @cached_property
    def pmr_number(self) -> np.ndarray:
        """Child x version: the digits of the pupil matching reference."""
        person = (self.first_child + np.arange(len(self.children)))[:, None] * 2 + np.arange(2)
        return (person * 98_491_317_823 + self.request.seed * 7_919) % 10**15

    def _planter(self) -> faults.Planter:
        """The rows of all years in random order, ready for faults."""
        rng = self.rngs[3]
        self.clean_rows = recording.write_down(
            self.children,
            self.episodes,
            self.plans,
            self.returns,
            self.registrations,
            self.returned,
            self.pmr_number,
            self.cal,
            rng,
        )
        rows = {name: values.copy() for name, values in self.clean_rows.items()}
        return faults.Planter(
            rows,
            self.returns,
            self.episodes,
            self._twin_references(),
            self.last_day,
            self.noise,
            self.spelling,
            self.log,
            self.rngs[4],
            at_least_one=self.number == 0,
        )

    def _twin_references(self) -> np.ndarray:
        """Per local child id: the pupil matching reference of the child's elder twin, or -1."""
        child = self.registrations.child
        known = self.children.ref_known[child - 1, 0] <= self.last_day
        is_second = self.children.is_twin[child] & (self.registrations.version == 0)
        return np.where(is_second & known, self.pmr_number[child - 1, 0], -1)

    def _main_files(self, rows: dict[str, np.ndarray]) -> dict[str, pl.DataFrame]:
        """cin_<year>: one frame per census year, rows shuffled."""
        order = self.rngs[5].permutation(len(rows["year"]))
        years = rows["year"][order]
        files = {}
        for year in self.request.years:
            chosen = order[years == year - FIRST_CENSUS_YEAR]
            pairs = columns.headers_of(year)
            part = {name: rows[name][chosen] for _, name in pairs}
            frame = columns.render(part, self.geo.codes, self.spelling)
            files[f"cin_{year}"] = frame.select(
                [pl.col(name).alias(header) for header, name in pairs]
            )
        return files

    def _disability_files(self) -> dict[str, pl.DataFrame]:
        """cin_disabilities_<year>: one frame per census year, rows shuffled."""
        child = self.episodes.child[self.clean_rows["episode"]]
        rows = recording.write_down_disabilities(self.clean_rows, self.children, child, self.cal)
        codes = [*self.cal.weights("disability"), "NONE"]
        rows = faults.plant_disability_faults(
            rows, self.registrations, len(codes) - 1, self.noise, self.log, self.rngs[4]
        )
        rows["code"] = self.registrations.code[rows["registration"]]
        rows["local"] = self.registrations.number[rows["registration"]]
        order = self.rngs[5].permutation(len(rows["year"]))
        years = rows["year"][order]
        spelling = {"disability_code": columns.Spelling(codes, {})}
        files = {}
        for year in self.request.years:
            chosen = order[years == year - FIRST_CENSUS_YEAR]
            pairs = columns.disability_headers_of(year)
            part = {name: rows[name][chosen] for _, name in pairs}
            frame = columns.render(part, self.geo.codes, spelling)
            files[f"cin_disabilities_{year}"] = frame.select(
                [pl.col(name).alias(header) for header, name in pairs]
            )
        return files

    def _truth(self) -> dict[str, pl.DataFrame]:
        """The lives, the true child of each local child id, and the log of faults."""
        return {
            "children": self._true_children(),
            "la_child_ids": self._true_ids(),
            "episodes": self._true_episodes(),
            "plans": self._true_plans(),
            "faults": self._fault_rows(),
        }

    def _true_children(self) -> pl.DataFrame:
        """One row per child who is in at least one return."""
        c = self.children
        seen = np.unique(self.registrations.child)
        adopted = np.zeros(len(c), dtype=bool)
        ended = self.episodes.closure <= self.last_day
        adopted[self.episodes.child[ended & (self.episodes.reason == lives.RC1)]] = True
        ethnicity = list(self.cal.weights("ethnicity"))
        return pl.DataFrame(
            {
                "child_id": self.first_child + seen,
                "birth_date": _dates(c.birth[seen]),
                "sex": pl.Series(["male", "female"]).gather((c.sex[seen] - 1).astype(np.uint32)),
                "ethnicity_code": pl.Series(ethnicity).gather(c.ethnicity[seen].astype(np.uint32)),
                "has_disability": c.disabilities[seen] > 0,
                "is_adopted": adopted[seen],
                "is_twin": c.is_twin[seen],
                "death_date": _dates(c.death[seen], self.last_day),
            }
        )

    def _true_ids(self) -> pl.DataFrame:
        """One row per local child id."""
        r = self.registrations
        known = self.children.ref_known[r.child, r.version] <= self.last_day
        pmr = np.where(known, self.pmr_number[r.child, r.version], -1)
        text = columns.render(
            {"code": r.code, "local": r.number, "pmr": pmr}, self.geo.codes, self.spelling
        )
        return text.select(
            pl.col("code").alias("local_authority_code"),
            pl.col("local").alias("local_child_id"),
            pl.Series("child_id", self.first_child + r.child),
            pl.col("pmr").replace("", None).alias("pupil_matching_ref"),
            pl.Series("from_date", _dates(r.from_day)),
            pl.Series("to_date", _dates(r.to_day, self.last_day)),
            pl.Series(recording.REASON_KINDS).gather(r.reason.astype(np.uint32)).alias("reason"),
        )

    def _true_keys(self, registration: np.ndarray) -> pl.DataFrame:
        """The key columns of a list of local child ids."""
        r = self.registrations
        text = columns.render(
            {"code": r.code[registration], "local": r.number[registration]},
            self.geo.codes,
            self.spelling,
        )
        return text.select(
            pl.Series("child_id", self.first_child + r.child[registration]),
            pl.col("code").alias("local_authority_code"),
            pl.col("local").alias("local_child_id"),
        )

    def _true_episodes(self) -> pl.DataFrame:
        """One row per case and local child id that it was returned under, or should have been.

        A second referral of an open case is no case of its own, and is marked. `returned_years` has one bit per
        census year in which the case is in the extract, 2009 being the lowest; 0 if it never reached the extract.
        """
        n_ids = len(self.registrations.child)
        key = np.unique(self.all_returns.episode * n_ids + self.registration)
        e, reg = key // n_ids, key % n_ids
        ep = self.episodes
        reason = np.where(ep.closure[e] <= self.last_day, ep.reason[e], columns.BLANK)
        text = columns.render(
            {"need": ep.need[e], "reason": reason}, self.geo.codes, self.spelling
        )
        return self._true_keys(reg).with_columns(
            pl.Series("referral_date", _dates(ep.referral[e])),
            pl.Series("closure_date", _dates(ep.closure[e], self.last_day)),
            pl.Series("is_no_further_action", ep.outcome[e] == lives.NFA),
            pl.Series("is_not_in_need", ep.outcome[e] == lives.NOT_IN_NEED),
            pl.Series("is_in_need", ep.outcome[e] == lives.IN_NEED),
            pl.Series("is_rereferral_while_open", ep.is_extra[e]),
            pl.Series("returned_years", self._years_in_extract(key)),
            text["need"].replace("", None).alias("primary_need_code"),
            text["reason"].replace("", None).alias("closure_reason_code"),
        )

    def _years_in_extract(self, key: np.ndarray) -> np.ndarray:
        """Per case and local child id (`key`, in order): one bit per census year that returned it."""
        delivered = self.returns.episode * len(self.registrations.child) + self.returned
        position = np.minimum(np.searchsorted(key, delivered), len(key) - 1)
        known = key[position] == delivered
        years = np.zeros(len(key), dtype=np.int32)
        bits = np.left_shift(1, self.returns.year[known]).astype(np.int32)
        np.bitwise_or.at(years, position[known], bits)
        return years

    def _true_plans(self) -> pl.DataFrame:
        """One row per plan, under the local child id of the year in which it began."""
        p = self.plans
        returned = self.all_returns.episode * N_CENSUS_YEARS + self.all_returns.year
        wanted = p.episode * N_CENSUS_YEARS + census_year_index(p.start)
        position = np.minimum(np.searchsorted(returned, wanted), max(len(returned) - 1, 0))
        earlier = np.maximum(position - 1, 0)
        same = self.all_returns.episode[position] == p.episode
        position = np.where(same, position, earlier)
        keep = (self.all_returns.episode[position] == p.episode) & (p.start <= self.last_day)
        p, reg = p.take(keep), self.registration[position[keep]]
        text = columns.render(
            {"category": p.category, "latest_category": p.latest_category},
            self.geo.codes,
            self.spelling,
        )
        return self._true_keys(reg).with_columns(
            pl.Series("referral_date", _dates(self.episodes.referral[p.episode])),
            pl.Series("plan_start_date", _dates(p.start)),
            pl.Series("plan_end_date", _dates(p.end, self.last_day)),
            text["category"].alias("initial_abuse_category_code"),
            text["latest_category"].alias("latest_abuse_category_code"),
            pl.Series("n_previous_plans", p.n_previous),
        )

    def _fault_rows(self) -> pl.DataFrame:
        """One row per planted fault, with the keys as they stand in the files."""
        if self.number == 0:
            self._log_authorities()
        log = self.log.arrays()
        text = columns.render(
            {"code": log["code"], "local": log["local"], "referral": log["referral"]},
            self.geo.codes,
            self.spelling,
        )
        return pl.DataFrame(
            {
                "fault_kind": log["kind"],
                "census_year": log["year"] + FIRST_CENSUS_YEAR,
                "local_authority_code": text["code"].replace("", None),
                "local_child_id": text["local"].replace("", None),
                "referral_date": text["referral"].replace("", None),
                "column_name": pl.Series(log["column"]).replace("", None),
            }
        )

    def _log_authorities(self) -> None:
        """Authorities that made no return, once for the whole extract."""
        year, code = np.nonzero(faults.did_not_return(self.geo, self.noise))
        asked = np.isin(year + FIRST_CENSUS_YEAR, self.request.years)
        year, code = year[asked], code[asked]
        no_child, no_date = np.full(len(year), -1), np.full(len(year), NEVER)
        self.log.add("authority_did_not_return", year, code, no_child, no_date)


def _dates(days: np.ndarray, last_day: int = NEVER - 1) -> pl.Series:
    """Dates; null after the last day."""
    series = pl.Series(days.astype(np.int32))
    frame = pl.DataFrame({"d": series}).select(
        pl.when(pl.col("d") <= last_day).then(pl.col("d")).otherwise(None).cast(pl.Date)
    )
    return frame.to_series()
