"""Calendar months as bits."""

ALL_MONTHS = 0xFFF
"""Bit m is calendar month m, 0 = January."""
