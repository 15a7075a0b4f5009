"""Look: scene light to display values, by a character that a file describes.

Purpose: tone, colour and gamut in one step. Method: a smooth compression into Rec.2020, a shaper per channel (a table
over float32 bits), a 33^3 table read tetrahedrally; both are compiled from the look (`compile.py`). Domain: scene-
linear Rec.2020 after exposure, 0.18 = grey, 0 to 16; range: R'G'B' of the output space, 0..65535. Limits: pointwise.
"""
