"""The standard as data: columns, symbols, units, places, times and names, and the lists that the project holds."""

from __future__ import annotations

import calendar
import csv
import re
from dataclasses import dataclass
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[3] / "seeds"

REQUIRED_COLUMNS = ["time_period", "time_identifier", "geographic_level", "country_code", "country_name"]
REQUIRED_META = [
    "col_name",
    "col_type",
    "label",
    "indicator_grouping",
    "indicator_unit",
    "indicator_dp",
    "filter_hint",
    "filter_grouping_column",
]
OPTIONAL_META = ["filter_default", "parent_filter"]
UNITS = ["", "£", "£m", "%", "pp", "numberstring"]
SYMBOLS = {"z", "x", "c", "low", "k", "u"}
LEGACY_SYMBOLS = {"N/A", ".", "..", "-"}
NULLS = {"NULL", "NA", "NaN", "null", "nan", "None"}
NUMBER = r"^-?\d+(\.\d+)?$"

# The columns of each kind of place: code, name, further code.
PLACES = {
    "National": ("country_code", "country_name"),
    "Regional": ("region_code", "region_name"),
    "Local authority": ("new_la_code", "la_name", "old_la_code"),
    "RSC region": ("rsc_region_lead_name",),
    "Parliamentary constituency": ("pcon_code", "pcon_name"),
    "Local authority district": ("lad_code", "lad_name"),
    "Local enterprise partnership": ("local_enterprise_partnership_code", "local_enterprise_partnership_name"),
    "Local skills improvement plan area": ("lsip_code", "lsip_name"),
    "English devolved area": ("english_devolved_area_code", "english_devolved_area_name"),
    "Opportunity area": ("opportunity_area_code", "opportunity_area_name"),
    "Ward": ("ward_code", "ward_name"),
    "MAT": ("trust_id", "trust_name"),
    "Sponsor": ("sponsor_id", "sponsor_name"),
    "School": ("school_urn", "school_name", "school_laestab"),
    "Provider": ("provider_ukprn", "provider_name"),
    "Institution": ("institution_id", "institution_name"),
    "Planning area": ("planning_area_code", "planning_area_name"),
}
IGNORED_LEVELS = ["School", "Provider", "Institution", "Planning area"]
BELOW_AUTHORITY = ["Local authority district", "Ward", *IGNORED_LEVELS]
BELOW_REGION = ["Local authority", "Parliamentary constituency", "English devolved area", "Opportunity area", *BELOW_AUTHORITY]
OTHER_LEVELS = ["Opportunity area", "MAT", "Sponsor"]  # with codes and names, and no list
COUNTRIES = {
    ("E92000001", "England"),
    ("W92000004", "Wales"),
    ("S92000003", "Scotland"),
    ("N92000002", "Northern Ireland"),
    ("K02000001", "United Kingdom"),
    ("K03000001", "Great Britain"),
    ("K04000001", "England and Wales"),
}
NOT_AVAILABLE, NOT_APPLICABLE = "Not available", "z"
OBSERVATION = {"time_period", "time_identifier", "geographic_level", *(name for names in PLACES.values() for name in names)}

MONTHS = calendar.month_name[1:]
QUARTERS = [f"{kind} Q{n}" for kind in ("Calendar year", "Academic year", "Financial year", "Tax year") for n in range(1, 5)]
TIME_FAMILIES = {  # identifier to family: those of one family may stand in one file
    **{name: name for name in ("Calendar year", "Academic year", "Financial year", "Tax year", "Reporting year")},
    **{name: name[:-3] + " quarter" for name in QUARTERS},
    **dict.fromkeys(("Autumn term", "Spring term", "Summer term", "Autumn and spring term"), "term"),
    **dict.fromkeys(MONTHS, "month"),
    **{f"Week {n}": "week" for n in range(1, 53)},
    **dict.fromkeys(("Part 1 (April to September)", "Part 2 (October to March)"), "half"),
}
FOUR_DIGITS = {"Calendar year", "Reporting year", "Calendar year quarter", "month", "week"}

SMUSHED = re.compile(r"(^|_)(male|female|boys?|girls?|white|asian|black|mixed|fsm|eal|ethnic\w*|gender|sex)(_|$)")
LOOKS_LIKE_PLACE = re.compile(
    r"(^|_)(la|lad|lep|lsip|pcon|ward|region|country|local_authority|urn|laestab|ukprn|trust|mat|sponsor|school|provider)(_|$)"
)
HARMONISED_NAMES = {
    re.compile(r"ethnic"): {"ethnicity_major", "ethnicity_minor", "ethnicity_detailed", "minority_ethnic"},
    re.compile(r"(^|_)(sex|gender)(_|$)"): {"sex"},
    re.compile(r"disab"): {"disability_status"},
}
ETHNICITY_MAJOR = {
    "White",
    "Mixed / Multiple ethnic groups",
    "Asian / Asian British",
    "Black / African / Caribbean / Black British",
    "Other ethnic group",
    "Unknown",
    "Total",
}
DICTIONARY_ITEMS = {
    "sex": {"Female", "Male", "Other", "Total", "All pupils"},
    "ethnicity_major": ETHNICITY_MAJOR,
    "disability_status": {"Disability", "No disability", "No known disability", "Not disclosed", "Total"},
}
API_LIMITS = {"location code": 30, "column name": 50, "label": 80, "item": 120}
ITEM_LIMIT = 25_000


@dataclass(frozen=True)
class Lookups:
    """What is known to be right: places by kind as (code, name, further code), and column names of the data dictionary."""

    places: dict[str, set[tuple[str, ...]]]
    regions_of_authorities: set[tuple[str, str]]  # old_la_code, region_code
    dictionary: frozenset[str]

    @classmethod
    def from_seeds(cls, folder: Path = SEEDS) -> Lookups:
        """Countries, regions and authorities of the project's seeds, and the names that they mark as in the dictionary."""
        authorities = _read_rows(folder / "local_authorities.csv")
        columns = _read_rows(folder / "release_columns.csv")
        return cls(
            places={
                "National": COUNTRIES,
                "Regional": {(row["region_code"], row["region_name"]) for row in authorities},
                "Local authority": {
                    (row["gss_code"], row["local_authority_name"], row["local_authority_code"]) for row in authorities
                },
            },
            regions_of_authorities={(row["local_authority_code"], row["region_code"]) for row in authorities},
            dictionary=frozenset(row["column_name"] for row in columns if row["is_in_dictionary"] == "true"),
        )


def _read_rows(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
