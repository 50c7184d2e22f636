"""Values of a study as the cells of a file, so that reading them again gives the same values."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel

from gridprio.inputs.values import NO_ENTRIES, is_prose_list

YES, NO = "ja", "nee"


def written_cells(row: BaseModel) -> dict[str, Any]:
    """Cell by column of what a person filled in; what was left to its default is left out."""
    return {
        name: cell
        for name in type(row).model_fields
        if name in row.model_fields_set and (cell := _cell(getattr(row, name), type(row), name)) is not None
    }


def written_entries(section: BaseModel) -> Iterator[tuple[str, Any]]:
    """Key and cell of what stands in a section; an entry for each of the names in a setting by name."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if name not in section.model_fields_set:
            continue
        if isinstance(value, dict):
            yield from ((f"{name}.{key}", held) for key, held in value.items())
        elif (cell := _cell(value, type(section), name)) is not None:
            yield name, cell


def _cell(value: Any, model: type[BaseModel], name: str) -> Any:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Enum):
        return value.value
    if not isinstance(value, tuple):
        return None if value == "" else value
    if not value:
        return NO_ENTRIES if model.model_fields[name].get_default() != () else None
    if is_prose_list(model.model_fields[name].annotation):
        return "\n".join(value) + "\n" * (len(value) == 1)  # a line break, so that `;` separates nothing
    return " ".join(str(entry.value if isinstance(entry, Enum) else entry) for entry in value)
