{{ config(enabled=2019 in census_years()) }}{{ stage_census_year('cin', 2019) }}
