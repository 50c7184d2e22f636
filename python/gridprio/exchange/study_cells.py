"""Values of a study as the cells of a file, so that reading them again gives the same values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from gridprio.inputs.values import NO_ENTRIES, is_prose_list
from gridprio.text import Language

YES_NO: Mapping[Language, tuple[str, str]] = MappingProxyType({"nl": ("ja", "nee"), "en": ("yes", "no")})


def written_cells(row: BaseModel, language: Language = "nl") -> dict[str, Any]:
    """Cell by column of what a person filled in; what was left to its default is left out."""
    return {
        name: cell
        for name in type(row).model_fields
        if name in row.model_fields_set and (cell := written_cell(row, name, language)) is not None
    }


def written_entries(section: BaseModel, language: Language = "nl") -> Iterator[tuple[str, Any]]:
    """Key and cell of what stands in a section; an entry for each of the names in a setting by name."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if name not in section.model_fields_set:
            continue
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", held) for key, held in value.items())
        elif (cell := written_cell(section, name, language)) is not None:
            yield name, cell


def written_cell(row: BaseModel, name: str, language: Language = "nl") -> Any:
    """Cell of one column, also of a default; None where it stays blank."""
    value, spec = getattr(row, name), type(row).model_fields[name]
    if isinstance(value, bool):
        return YES_NO[language][not value]
    if isinstance(value, Enum):
        return value.value
    if not isinstance(value, tuple):
        return None if value == "" else value
    if not value:
        return NO_ENTRIES if spec.get_default() != () else None
    if is_prose_list(spec.annotation):
        return "\n".join(value) + "\n" * (len(value) == 1)  # a line break, so that `;` separates nothing
    return " ".join(str(entry.value if isinstance(entry, Enum) else entry) for entry in value)


def head_text(head: BaseModel, settings: BaseModel) -> str:
    """Of study.toml: what stands in its sections."""
    sections = (("study", head), ("settings", settings))
    lines: list[str] = []
    for name, section in sections:
        lines += [f"[{name}]"]
        lines += [f"{_toml_key(key)} = {_toml(section, key, cell)}" for key, cell in written_entries(section)] + [""]
    return "\n".join(lines)


def _toml_key(key: str) -> str:
    """An entry of a setting by name has its name in quotes."""
    name, dot, entry = key.partition(".")
    return f"{name}.{json.dumps(entry, ensure_ascii=False)}" if dot else name


def _toml(section: BaseModel, key: str, cell: Any) -> str:
    """A value as TOML, which writes JSON for numbers, texts, lists and yes or no."""
    value = getattr(section, key, cell)
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
