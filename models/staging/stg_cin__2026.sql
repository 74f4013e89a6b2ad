{{ config(enabled=2026 in census_years()) }}{{ stage_census_year('cin', 2026) }}
