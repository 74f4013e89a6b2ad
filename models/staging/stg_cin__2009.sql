{{ config(enabled=2009 in census_years()) }}{{ stage_census_year('cin', 2009) }}
