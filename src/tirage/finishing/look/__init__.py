"""Look: scene light to display values, by a character that a file describes.

Purpose: tone, colour and gamut in one step. Method: light in the output space's primaries, compressed smoothly into
them; a shaper per channel (a table over float32 bits), then a 33^3 table read tetrahedrally; both are compiled from the
look (`compile.py`), and `reference.py` says what they hold. Domain: scene-linear Rec.2020 after exposure, 0.18 = grey,
0 to 16; range: R'G'B' of the output space, 0..65535. Limits: pointwise; the tables lie within half an 8-bit code of the
look itself up to the white point.
"""
