"""The catalogue: every sentence and word for people, in Dutch and English, from the TOML files in `catalogue/`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from gridprio.text.language import Language


@dataclass(frozen=True)
class Entry:
    """A template per language; `params` says what each parameter means."""

    nl: str
    en: str
    params: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, language: Language) -> str:
        return self.nl if language == "nl" else self.en


@cache
def entries() -> Mapping[str, Entry]:
    """Code -> entry; a code is `group.key`, a group is a table in one of the files."""
    found: dict[str, Entry] = {}
    for path in resources.files("gridprio.text").joinpath("catalogue").iterdir():
        for group, held in tomllib.loads(path.read_text(encoding="utf-8")).items():
            found |= {f"{group}.{key}": Entry(**entry) for key, entry in held.items()}
    return found
