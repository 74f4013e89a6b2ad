{{ config(enabled=2020 in census_years()) }}{{ stage_census_year('cin', 2020) }}
