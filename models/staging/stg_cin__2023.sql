{{ config(enabled=2023 in census_years()) }}{{ stage_census_year('cin', 2023) }}
