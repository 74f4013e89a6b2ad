{{ config(enabled=2016 in census_years()) }}{{ stage_census_year('cin', 2016) }}
