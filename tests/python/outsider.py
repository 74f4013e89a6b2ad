"""An attack on a release by somebody who has the published files and knows what the columns mean, and nothing else.

Written apart from the protection: it reads the CSV files, not the project's list of relations, and reasons with whole numbers:
each count lies between two limits, and each relation below narrows the limits of its counts by those of the others, until
nothing moves.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

UNKNOWN = 10**8
COLUMNS = {  # file: column: short name
    "children_in_need": {
        "any_point_child_count": "need",
        "at_31_march_child_count": "need31",
        "ended_child_count": "ended",
        "any_point_episode_count": "e_need",
        "at_31_march_episode_count": "e_need31",
        "ended_episode_count": "e_ended",
    },
    "referrals": {
        "referral_count": "e_ref",
        "referral_child_count": "ref",
        "rereferral_count": "e_again",
        "rereferral_child_count": "again",
        "no_further_action_count": "e_nfa",
        "not_in_need_count": "e_not",
    },
    "episodes_started_and_ended": {
        "started_episode_count": "e_start",
        "started_child_count": "start",
        "ended_episode_count": "e_ended",
        "ended_child_count": "ended",
    },
    "protection_plans": {
        "plan_started_count": "e_pstart",
        "plan_started_child_count": "pstart",
        "plan_any_point_child_count": "plan",
        "plan_at_31_march_child_count": "plan31",
    },
    "data_quality": {
        "row_count": "rows",
        "reconciled_row_count": "good",
        "duplicate_row_count": "twice",
        "rejected_row_count": "bad",
        "closed_return_count": "closed",
        "closure_date_missing_count": "undated",
        "reference_missing_count": "no_ref",
    },
}
MEASURES = {  # as the file of prevalence and incidence names them
    "Children in the census of the year": "rec",
    "Children with a case open at any point of the year": "open",
    "Children in need at any point of the year": "need",
    "Children in need on 31 March": "need31",
    "Children on a child protection plan at any point of the year": "plan",
    "Children on a child protection plan on 31 March": "plan31",
    "Children referred in the year": "ref",
    "Children referred in the year for the first time": "new",
    "Children referred in the year and before it": "old",
    "Children referred again within twelve months": "again",
    "Children who started an episode of need in the year": "start",
    "Children who started a child protection plan in the year": "pstart",
}
IDS = {
    "Child followed across authorities": "",
    "Child of one authority": "@la",
    "Pupil matching reference, else child of one authority": "@pmr",
}
SUMS = ["e_ref = e_nfa + e_not + e_start", "e_need = e_need31 + e_ended", "ref = new + old", "rows = good + twice + bad"]
LIMITS = """
need31 <= need | need <= open | ref <= open | start <= ref | start <= need | ended <= need | plan31 <= plan | pstart <= plan |
new <= ref | old <= ref | again <= ref | rec <= good | closed <= good | undated <= closed | no_ref <= rows |
need <= e_need | need31 <= e_need31 | ended <= e_ended | start <= e_start | ref <= e_ref | again <= e_again | pstart <= e_pstart |
e_start <= e_need | e_again <= e_ref | need <= need31 + ended | ref <= start + e_nfa + e_not | e_ref <= ref + e_again |
e_again + new <= e_ref | e_again + ref <= e_ref + again | e_need31 + need <= e_need + need31 |
e_ended + need <= e_need + ended | e_start + need <= e_need + start | e_start + ref <= e_ref + start
"""
LIMITS = [relation.strip() for relation in LIMITS.split("|")]
# of England and the regions: the other two ids. One id of an authority for each child of it; a child of several has several.
ID_SUMS = ["ref@la = new@la + old@la", "ref@pmr = new@pmr + old@pmr"]
SAME = ("rec", "open", "need", "need31", "plan", "plan31", "ref", "start", "pstart")
NESTED = (
    ("need31", "need"),
    ("need", "open"),
    ("ref", "open"),
    ("start", "ref"),
    ("start", "need"),
    ("plan31", "plan"),
    ("pstart", "plan"),
)
OF_IDS = [
    *(f"{a}{i} <= {a}@la" for a in (*SAME, "new") for i in ("", "@pmr")),
    *(f"{a}{i} <= {b}{i}" for a, b in (*NESTED, ("again", "ref")) for i in ("@la", "@pmr")),
    *(f"{a}@la + {b}{i} <= {b}@la + {a}{i}" for a, b in NESTED for i in ("", "@pmr")),
    *(
        f"{a}@la <= {e}"
        for a, e in (
            ("need", "e_need"),
            ("need31", "e_need31"),
            ("start", "e_start"),
            ("ref", "e_ref"),
            ("pstart", "e_pstart"),
            ("rec", "good"),
            ("again", "e_again"),
        )
    ),
    *(f"e_{a} + {b}@la <= e_{b} + {a}@la" for a, b in (("need31", "need"), ("start", "need"), ("start", "ref"))),
]
# of a year (') and the one before it
YEARS = [
    "e_need' <= e_need31 + e_start'",
    *(f"{a}'{i} <= {a}31{i} + {s}'{i}" for a, s in (("need", "start"), ("plan", "pstart")) for i in IDS.values()),
]
ADD_UP = ("e_", "rows", "good", "twice", "bad", "closed", "undated", "no_ref")


@dataclass
class Found:
    """What the outsider knows of the withheld counts: by place and name, the least and the most. Also as zeros alone tell it."""

    limits: dict[tuple, tuple[int, int]]
    least_by_zeros: dict[tuple, int]

    def exact(self) -> list[tuple]:
        """Withheld counts that can have one value only."""
        return [cell for cell, (low, high) in self.limits.items() if low == high]

    def narrowed(self, counts: dict[tuple, int], small: range) -> list[tuple]:
        """Small counts that cannot have all values that the rule withholds, but for what shown zeros alone give away."""
        return [
            cell
            for cell, (low, high) in self.limits.items()
            if counts[cell] in small and (high < small[-1] or low > max(small[0], self.least_by_zeros[cell]))
        ]

    def excepted(self, counts: dict[tuple, int], small: range) -> int:
        """How many small counts shown zeros alone keep from the least value that the rule withholds."""
        return sum(counts[cell] in small and self.least_by_zeros[cell] > small[0] for cell in self.limits)


def read_release(folder: Path) -> tuple[dict[tuple, str], dict[tuple, str]]:
    """Published texts by year, place and name of the count; and the region of each authority by year and place."""
    texts, region = {}, {}
    for file in [*COLUMNS, "children_in_need_characteristics", "prevalence_and_incidence"]:
        with open(folder / f"{file}.csv", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                level = row["geographic_level"]
                code = {"National": "England", "Regional": row["region_code"]}.get(level, row["old_la_code"])
                place = (int(row["time_period"]), level, code)
                region[place] = row["region_code"] if level == "Local authority" else "England"
                if file in COLUMNS:
                    told = {name: row[column] for column, name in COLUMNS[file].items()}
                elif file == "prevalence_and_incidence":
                    told = {MEASURES[row["measure"]] + IDS[row["id_scheme"]]: row["child_count"]}
                elif row["breakdown_topic"] == "Total":
                    told = {"need31": row["child_count"]}
                else:
                    told = {f"need31:{row['breakdown_topic']}:{row['breakdown']}": row["child_count"]}
                for name, text in told.items():
                    assert texts.setdefault((place, name), text) == text, "two files tell different things"
    return texts, region


def attack(folder: Path, profile: str, counts: dict[tuple, int]) -> Found:
    """Everything that the files tell. `counts` (the truth) serves to leave out relations that the data do not keep to."""
    texts, region = read_release(folder)
    cells = sorted(cell for cell, text in texts.items() if text not in ("x", "z"))
    number = {cell: place for place, cell in enumerate(cells)}
    truth = np.array([counts[cell] for cell in cells])
    rows = [row for row in _relations(number, region) if (left := _left(row, truth)) >= 0 and not (row[2] and left)]
    told = np.array([_told(texts[cell], profile, cell[0][1]) for cell in cells])
    low, high = _narrow(told[:, 0], told[:, 1], rows)
    is_zero = told[:, 1] == 0
    least = 1 if profile == "dfe" else 0
    zeros_low, _ = _narrow(np.where(is_zero, 0, least), np.where(is_zero, 0, UNKNOWN), rows)
    withheld = [cell for cell in cells if texts[cell] == "c"]
    assert all(low[number[cell]] <= counts[cell] <= high[number[cell]] for cell in withheld), "a relation is not true"
    return Found(
        {cell: (int(low[number[cell]]), int(high[number[cell]])) for cell in withheld},
        {cell: int(zeros_low[number[cell]]) for cell in withheld},
    )


def _told(text: str, profile: str, level: str) -> tuple[int, int]:
    if text == "c":
        return (1 if profile == "dfe" else 0), UNKNOWN
    n = int(text)
    if profile == "dfe" and (level == "Local authority" or n == 0):
        return n, n
    return max(n - 5, 6 if profile == "dfe" else 10), n + 4


def _relations(number: dict[tuple, int], region: dict[tuple, str]):
    """All relations as (cells of the larger side, cells of the smaller side, whether both are equal)."""
    names: dict[tuple, list[str]] = {}
    for place, name in number:
        names.setdefault(place, []).append(name)

    def read(text: str, place: tuple, earlier: tuple | None = None):
        assert text.count("=") == 1, "two relations in one"
        small, sign, large = text.strip().partition(" = ") if " = " in text else text.strip().partition(" <= ")
        sides = []
        for side in (large, small):
            keys = [(place if "'" in t or earlier is None else earlier, t.replace("'", "")) for t in side.split(" + ")]
            if any(key not in number for key in keys):
                return []
            sides.append([number[key] for key in keys])
        return [(*sides, sign == " = ")]

    inner: dict[tuple, list[tuple]] = {}
    for place in names:
        if place[1] != "National":
            inner.setdefault((place[0], region[place]), []).append(place)
    for place, known in names.items():
        for text in (*SUMS, *LIMITS, *ID_SUMS, *OF_IDS):
            yield from read(text, place)
        before = (place[0] - 1, *place[1:])
        if before in names:
            for text in YEARS:
                yield from read(text, place, before)
        for topic in {name.split(":")[1] for name in known if ":" in name}:
            parts = [number[place, name] for name in known if name.startswith(f"need31:{topic}:")]
            yield parts, [number[place, "need31"]], True
        parts = inner.get((place[0], place[2]), []) if place[1] != "Local authority" else []
        for name in known:
            keys = [number[part, name] for part in parts if (part, name) in number]
            if not keys:
                continue
            total = number[place, name]
            if name.startswith(ADD_UP) or name.endswith("@la"):
                yield keys, [total], True
                continue
            yield keys, [total], False
            if not name.startswith("old"):
                yield from (([total], [key], False) for key in keys)
            if (place, f"{name}@la") in number and name not in ("old", "again"):
                yield [number[place, f"{name}@la"]], keys, False
        for few, many in (*NESTED, ("ended", "need"), ("again", "ref")) if parts else ():
            sides = [[number[part, name] for part in parts if (part, name) in number] for name in (few, many)]
            if all(sides) and (place, few) in number and (place, many) in number:
                yield [*sides[1], number[place, few]], [*sides[0], number[place, many]], False


def _left(row: tuple, truth: np.ndarray) -> int:
    return int(truth[row[0]].sum() - truth[row[1]].sum())


def _narrow(low: np.ndarray, high: np.ndarray, rows: list[tuple]) -> tuple[np.ndarray, np.ndarray]:
    """The limits after each relation has narrowed each of its counts, again and again."""
    low, high = low.astype(float), high.astype(float)
    both = [*((more, less) for more, less, _ in rows), *((less, more) for more, less, is_equal in rows if is_equal)]
    row = np.repeat(np.arange(len(both)), [len(more) + len(less) for more, less in both])
    cell = np.array([c for more, less in both for c in (*more, *less)])
    is_more = np.array([side for more, less in both for side in [True] * len(more) + [False] * len(less)])
    for _ in range(200):
        most = np.where(is_more, high[cell], -low[cell])  # of each term of more - less >= 0
        rest = np.bincount(row, most, len(both))[row] - most
        new_low, new_high = low.copy(), high.copy()
        np.maximum.at(new_low, cell[is_more], -rest[is_more])
        np.minimum.at(new_high, cell[~is_more], rest[~is_more])
        if (new_low == low).all() and (new_high == high).all():
            break
        low, high = new_low, new_high
    return low, np.minimum(high, UNKNOWN)
