{{ config(enabled=2017 in census_years()) }}{{ stage_census_year('cin', 2017) }}
