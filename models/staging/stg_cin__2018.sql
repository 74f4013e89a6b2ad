{{ config(enabled=2018 in census_years()) }}{{ stage_census_year('cin', 2018) }}
