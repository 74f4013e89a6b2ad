"""Census years as unbroken runs, and in words."""

from collections.abc import Iterable


def runs(years: Iterable[int]) -> list[tuple[int, int]]:
    """First and last year of each unbroken run of years, in order."""
    found: list[tuple[int, int]] = []
    for year in sorted(years):
        if found and found[-1][1] == year - 1:
            found[-1] = (found[-1][0], year)
        else:
            found.append((year, year))
    return found


def spans(years: Iterable[int]) -> str:
    """Years in words: `2009, 2013 to 2025`. Empty where there are none."""
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in runs(years))
