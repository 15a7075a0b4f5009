"""The tables of `benchmarks/quality.py`, a module each."""
