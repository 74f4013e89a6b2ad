{{ config(enabled=2027 in census_years()) }}{{ stage_census_year('cin', 2027) }}
