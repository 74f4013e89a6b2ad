{{ config(enabled=2011 in census_years()) }}{{ stage_census_year('cin', 2011) }}
