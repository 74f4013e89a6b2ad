{{ config(enabled=2021 in census_years()) }}{{ stage_census_year('cin', 2021) }}
