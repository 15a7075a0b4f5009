"""Colour: spaces, transfer functions, adaptation, temperature, perception. Pure NumPy, float64, arrays (..., 3).

Every figure is derived from the primaries and whites that the standards print, and checked against colour-science.
"""
