"""The project's own synthetic option market, written in LEAN's data layout.

Everything is a function of a seed: the index walks through one scripted day after another (`market.scenarios`),
a library prices the options (`market.pricing`), market makers quote them (`market.quotes`) and the writer puts
the minutes into zips of CSV that LEAN and `replay` read alike. Nothing here was ever traded.
"""
