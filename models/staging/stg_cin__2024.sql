{{ config(enabled=2024 in census_years()) }}{{ stage_census_year('cin', 2024) }}
