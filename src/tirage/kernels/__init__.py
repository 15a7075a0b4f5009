"""Halide plumbing and no image science: it is handed graphs by name and knows no stage.

`vocabulary` says what a graph is, `build` compiles graphs ahead of time, `call` runs them.
Only `call` is imported at run time; it needs NumPy and the compiled library, never halide.
"""
