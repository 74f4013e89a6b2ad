"""A data file and its metadata, as the checks see them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import polars as pl

from .standard import PLACES, Lookups


@dataclass(frozen=True)
class Pair:
    """A data file and its metadata, read as text."""

    data_name: str
    meta_name: str
    data: pl.DataFrame
    meta: pl.DataFrame
    lookups: Lookups = field(repr=False)

    @classmethod
    def read(cls, data_file: Path, meta_file: Path, lookups: Lookups) -> Pair:
        """The pair as its files have it. Raises ValueError where one cannot be read as comma-separated UTF-8."""
        return cls(data_file.name, meta_file.name, _read(data_file), _read(meta_file), lookups)

    @cached_property
    def filters(self) -> list[str]:
        return self._meta_of("Filter", "col_name")

    @cached_property
    def indicators(self) -> list[str]:
        return self._meta_of("Indicator", "col_name")

    @cached_property
    def groups(self) -> list[str]:
        return [name for name in self.meta["filter_grouping_column"] if name]

    @cached_property
    def levels(self) -> list[str]:
        return self.data["geographic_level"].unique(maintain_order=True).to_list()

    def rows(self, col_type: str) -> list[dict[str, str]]:
        """Rows of the metadata of one type."""
        return [row for row in self.meta.to_dicts() if row["col_type"] == col_type]

    def items(self, column: str) -> list[str]:
        """The different values of a column."""
        return self.data[column].unique(maintain_order=True).to_list()

    def places(self, level: str) -> set[tuple[str, ...]]:
        """The places of a kind that any row names, each as its codes and name. Rows that leave all blank name none."""
        columns = [name for name in PLACES[level] if name in self.data.columns]
        return {row for row in self.data.select(columns).unique().rows() if any(row)} if columns else set()

    def at(self, level: str) -> pl.DataFrame:
        """The rows of a geographic level."""
        return self.data.filter(pl.col("geographic_level") == level)

    def _meta_of(self, col_type: str, column: str) -> list[str]:
        return [row[column] for row in self.rows(col_type)]


def _read(path: Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False).fill_null("")
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} cannot be read as comma-separated UTF-8 ({type(error).__name__})") from None
