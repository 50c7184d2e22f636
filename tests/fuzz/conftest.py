"""How long the readers are fuzzed: `pytest tests/fuzz --hypothesis-profile=long` for the long way."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("short", deadline=None, max_examples=150, derandomize=True)
settings.register_profile("long", deadline=None, max_examples=100_000)
settings.load_profile("short")
