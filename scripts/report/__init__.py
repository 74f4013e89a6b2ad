"""The report: one self-contained HTML page, built from the marts.

`facts` reads the database, one query in `queries` for each set of facts. The package `disclosure` decides what may be shown,
and how. Each module of `sections` turns facts into tables and charts of one or two sections; `page` puts them into `templates`.
"""
