{{ config(enabled=2010 in census_years()) }}{{ stage_census_year('cin', 2010) }}
