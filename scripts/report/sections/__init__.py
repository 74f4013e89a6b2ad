"""Each module turns facts into the tables and charts of one or two sections.

Every section is a function of the raw facts and a profile of disclosure control, and gives the values that its template names.
"""
