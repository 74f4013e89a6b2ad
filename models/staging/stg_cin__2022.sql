{{ config(enabled=2022 in census_years()) }}{{ stage_census_year('cin', 2022) }}
