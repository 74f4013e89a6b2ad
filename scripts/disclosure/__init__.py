"""What may leave, and in which form (R25).

`profiles` has the rules for one count. `suppression` decides for all counts of a release together which are withheld, so that
none can be found by subtraction; `system` has them as numbers and a matrix. `attacker` tries to find them, from what is released
alone, and shares no code with the two. `cells` has what they all speak about.
"""
