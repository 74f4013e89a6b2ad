{{ config(enabled=2015 in census_years()) }}{{ stage_census_year('cin', 2015) }}
