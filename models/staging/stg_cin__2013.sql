{{ config(enabled=2013 in census_years()) }}{{ stage_census_year('cin', 2013) }}
