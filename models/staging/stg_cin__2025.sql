{{ config(enabled=2025 in census_years()) }}{{ stage_census_year('cin', 2025) }}
