"""What a check is, and how checks are run: in stages, of which one that fails is the last."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .pair import Pair

PASS, WARNING, FAIL = "PASS", "WARNING", "FAIL"
STAGES = [
    "filename",
    "columns",
    "cross-file",
    "meta",
    "time",
    "filters",
    "geography",
    "general",
    "indicators",
    "harmonised",
    "API",
]


@dataclass(frozen=True)
class Check:
    """A check: its name, its stage, what a problem means, and the function that finds problems."""

    name: str
    stage: str
    severity: str
    rule: str
    find: Callable[[Pair], Iterable[str]]


@dataclass(frozen=True)
class Result:
    """What a check found."""

    check: Check
    outcome: str
    message: str


CHECKS: list[Check] = []


def check(stage: str, severity: str = FAIL) -> Callable:
    """Registers a function that yields problems as a check; its docstring is the rule."""

    def register(find: Callable[[Pair], Iterable[str]]) -> Callable:
        CHECKS.append(Check(find.__name__, stage, severity, find.__doc__, find))
        return find

    return register


class Mild(str):
    """A problem that is a warning in a check that else fails."""


def screen(pair: Pair) -> list[Result]:
    """The results of all checks, up to the last stage that was run."""
    results = []
    for stage in STAGES:
        results += [_run(one, pair) for one in CHECKS if one.stage == stage]
        if any(result.outcome == FAIL for result in results):
            break
    return results


def is_passed(results: list[Result]) -> bool:
    """True where nothing failed: the files may be published."""
    return all(result.outcome != FAIL for result in results)


def is_api_suitable(results: list[Result]) -> bool:
    """True where nothing failed or warned: the files may be offered through the API."""
    return all(result.outcome == PASS for result in results)


def _run(one: Check, pair: Pair) -> Result:
    problems = list(one.find(pair))
    if not problems:
        return Result(one, PASS, "")
    outcome = WARNING if all(isinstance(problem, Mild) for problem in problems) else one.severity
    return Result(one, outcome, "; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else ""))


def repeated(names: Iterable[str]) -> list[str]:
    """Names that come again, each in quotes."""
    seen: set[str] = set()
    return [f"'{name}'" for name in names if name in seen or seen.add(name)]
