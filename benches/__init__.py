"""Benchmarks, run by `gridprio bench`; what is measured stands in `registry`."""
