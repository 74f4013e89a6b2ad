{{ config(enabled=2014 in census_years()) }}{{ stage_census_year('cin', 2014) }}
