"""What several sections know of the extract."""

from __future__ import annotations

from dataclasses import dataclass

from census_spans import spans

from ..facts import Facts

PAPER_YEARS = range(2009, 2017)


@dataclass(frozen=True)
class Extract:
    """The extract: its census years, the share of England that it stands for, and whether it says that it is synthetic."""

    census_years: list[int]
    sampling_fraction: float
    is_synthetic: bool | None

    @classmethod
    def of(cls, facts: Facts) -> Extract:
        return cls(**facts["extract"][0])

    @property
    def is_sample(self) -> bool:
        return self.sampling_fraction != 1

    @property
    def share(self) -> str:
        """The share of England in words: `1 %`."""
        return f"{100 * self.sampling_fraction:g} %"

    @property
    def scale(self) -> float:
        """By what a count is multiplied to stand for England."""
        return 1 / self.sampling_fraction

    @property
    def span(self) -> str:
        """The census years in words, with gaps: `2009 to 2016, 2018`."""
        return spans(self.census_years)

    @property
    def has_early_years(self) -> bool:
        """True where the extract has years in which most children without a pupil matching reference are lacking."""
        return min(self.census_years) < 2012

    @property
    def half_year_key(self) -> list[tuple[str, str]]:
        """What a key needs to say of the half year, if the extract has it."""
        return [("half", "Half a year")] if self.has_half_year else []

    @property
    def has_half_year(self) -> bool:
        """True where the extract has the census of 2009."""
        return 2009 in self.census_years

    @property
    def has_years_without_plans(self) -> bool:
        """True where the extract has years for which plans were not supplied."""
        return any(year in (2010, 2011, 2012) for year in self.census_years)

    @property
    def has_paper_years(self) -> bool:
        """True where the extract has any census year of the paper."""
        return any(year in PAPER_YEARS for year in self.census_years)
