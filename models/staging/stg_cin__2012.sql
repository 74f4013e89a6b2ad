{{ config(enabled=2012 in census_years()) }}{{ stage_census_year('cin', 2012) }}
