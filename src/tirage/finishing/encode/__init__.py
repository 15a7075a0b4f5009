"""Encode: display values to the integers of a file; 8 bits with a dither.

Domain: R'G'B' 0..65535; range: uint8 or uint16. The dither is Roberts' R2 sequence (2018), the same in the three
channels and in every run.
"""
