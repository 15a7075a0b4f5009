"""What `benchmarks/burst.py` measures with."""
