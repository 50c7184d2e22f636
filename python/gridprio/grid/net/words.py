"""Words of a net that are nearly right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from gridprio.text import sentence


def did_you_mean(word: object, known: Iterable[str], cutoff: float = 0.5) -> str:
    """A remedy for a word that is nearly one of `known`, or nothing."""
    names = {name.lower(): name for name in known}
    near = difflib.get_close_matches(str(word).strip().lower(), names, n=1, cutoff=cutoff)
    return sentence("remedy.did_you_mean", name=names[near[0]]) if near else ""
