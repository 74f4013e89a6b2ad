"""The release: tables of counts that may leave the secure environment, in DfE's open-data format.

`source` reads exact counts from the database, `control` decides what may be told of each, `files` lays that out as tables, `pack`
puts them beside what an output checker needs, `screener` checks that the files keep to the format.
"""
