"""docs/parameters.md, docs/study-folder.md and study.schema.json, made from the records of settings and columns.

`python -m gridprio.inputs.document` writes them anew (`make docs`); a test fails when they are not current.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import models_json_schema

from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.synonyms import COLUMN_SYNONYMS, NOTE_NAMES, TABLE_SYNONYMS, VALUE_SYNONYMS
from gridprio.inputs.table_rules import CHANGE_COLUMNS, REQUIRED_TABLES, TABLE_KEYS
from gridprio.inputs.values import choices_of, constraints_of, kind_of
from gridprio.text.entries import entries

SCHEMA_FILE = Path(__file__).with_name("study.schema.json")
FOLDER_TEMPLATE = Path(__file__).with_name("study-folder.template.md")
DOCS = Path(__file__).parents[3] / "docs"

_BOUNDS = (("ge", ">= {}"), ("gt", "> {}"), ("le", "<= {}"), ("lt", "< {}"), ("max_length", "<= {} characters"))
_KINDS = {"text": "text", "int": "whole number", "float": "number", "bool": "yes/no", "list": "list"}


@dataclass(frozen=True)
class Parameter:
    """One setting or column in words."""

    name: str
    kind: str
    default: str
    bounds: str
    help: str


def parameters(model: type[BaseModel] = Settings) -> Iterator[Parameter]:
    """Every field of `model`, in its order."""
    for name, spec in model.model_fields.items():
        yield Parameter(name, _kind(spec), _default(spec), _bounds(spec), spec.description or "")


def _kind(spec: FieldInfo) -> str:
    kind = kind_of(spec.annotation)
    if kind == "choice":
        return " / ".join(choices_of(spec.annotation))
    if kind == "text" and _attribute(constraints_of(spec), "pattern"):
        return "month"
    return _KINDS.get(kind, "table")


def _default(spec: FieldInfo) -> str:
    if spec.is_required():
        return "required"
    value = spec.get_default(call_default_factory=True)
    if value is None or value == () or value == {} or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _bounds(spec: FieldInfo) -> str:
    """Bounds of the field itself, else of what is inside it (`X | None`, lists)."""
    found = {key: _attribute(constraints_of(spec), key) for key, _ in _BOUNDS}
    if kind_of(spec.annotation) != "text":
        del found["max_length"]
    return ", ".join(text.format(_plain(found[key])) for key, text in _BOUNDS if found.get(key) is not None)


def _plain(bound: float) -> str:
    return str(int(bound)) if float(bound).is_integer() else f"{bound:g}"


def _attribute(metadata: list[Any], key: str) -> Any:
    """First value of `key` (a bound or a pattern) in the constraints of a field."""
    return next((value for entry in metadata if (value := getattr(entry, key, None)) is not None), None)


WARNING_FRAMES = ("warning.message", "warning.place")
"""What a warning is told in."""
NOTICE = "<!-- Made by `make docs` from the records in python/gridprio/inputs; edit those. -->"


def parameters_page() -> str:
    """docs/parameters.md."""
    lines = [
        "# Parameters",
        "",
        NOTICE,
        "",
        "Under `[settings]` in `study.toml`, in a sheet `settings` (key, value), or after `--set` as `name=value`. "
        "`bindingness_by_operator` takes an entry per operator: `--set bindingness_by_operator.NAME=0.8`. "
        "Every value that a run used stands in its `manifest.json`.",
        "",
        *_markdown_table(Settings),
        "",
        "## Head of a study",
        "",
        "Under `[study]` in `study.toml`, or in a sheet `study`.",
        "",
        *_markdown_table(StudyHead),
    ]
    return "\n".join(lines) + "\n"


def study_folder_page() -> str:
    """docs/study-folder.md."""
    tables: list[str] = []
    for name, model in TABLES.items():
        need = "Required." if name in REQUIRED_TABLES else "May be absent."
        key = " and ".join(f"`{column}`" for column in TABLE_KEYS[name])
        what = " ".join((model.__doc__ or "").split("\n\n")[0].split())
        unique = "A project may have several rows." if name == "project_changes" else f"One row per {key}."
        tables += [f"### {name}", "", f"{what} {need} {unique}", "", *_markdown_table(model), ""]
        if name == "project_changes":
            tables += ["| action | needs |", "|---|---|"]
            tables += [f"| {action.value} | {', '.join(columns)} |" for action, columns in CHANGE_COLUMNS.items()]
            tables += [""]
    template = FOLDER_TEMPLATE.read_text(encoding="utf-8")
    parts = {
        "{notice}": NOTICE,
        "{tables}": "\n".join(tables).rstrip(),
        "{notes}": ", ".join(f"`{name}`" for name in sorted(NOTE_NAMES)),
        "{synonyms}": "\n".join(f"| `{name}` | {', '.join(others)} |" for name, others in _synonyms().items()),
        "{warnings}": "\n".join(f"* {text}" for text in _warnings()),
        "{values}": ", ".join(f"{' and '.join(others)} (`{value}`)" for value, others in VALUE_SYNONYMS.items()),
    }
    for place, text in parts.items():
        template = template.replace(place, text)
    return template


def _synonyms() -> dict[str, tuple[str, ...]]:
    """Tables first, then columns; what is both has the names of both."""
    both = {
        name: TABLE_SYNONYMS.get(name, ()) + COLUMN_SYNONYMS.get(name, ())
        for name in (*TABLE_SYNONYMS, *COLUMN_SYNONYMS)
    }
    return {name: tuple(dict.fromkeys(others)) for name, others in both.items()}


def _warnings() -> list[str]:
    """Every warning of the catalogue in English, with dots for what it takes from a study."""
    said = [entry.en for code, entry in entries().items() if code.startswith("warning.") and code not in WARNING_FRAMES]
    return sorted(re.sub(r"\{[^}]*\}", "...", text) for text in said)


def json_schema() -> dict[str, Any]:
    """A study as one JSON object: sections and tables, each table a list of rows."""
    models: list[tuple[type[BaseModel], Any]] = [(StudyHead, "validation"), (Settings, "validation")]
    models += [(model, "validation") for model in TABLES.values()]
    references, definitions = models_json_schema(models)
    found = {model: reference for (model, _), reference in references.items()}
    properties: dict[str, Any] = {"study": found[StudyHead], "settings": found[Settings]}
    properties |= {name: {"type": "array", "items": found[model]} for name, model in TABLES.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gridprio study",
        "type": "object",
        "required": ["study", *REQUIRED_TABLES],
        "additionalProperties": False,
        "properties": properties,
        **definitions,
    }


def outputs() -> dict[Path, str]:
    """Text by file, of everything that is made from the records."""
    return {
        DOCS / "parameters.md": parameters_page(),
        DOCS / "study-folder.md": study_folder_page(),
        SCHEMA_FILE: json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n",
    }


def _markdown_table(model: type[BaseModel]) -> list[str]:
    lines = ["| name | kind | default | bounds | what |", "|---|---|---|---|---|"]
    for parameter in parameters(model):
        cells = (f"`{parameter.name}`", parameter.kind, parameter.default, parameter.bounds, parameter.help)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


if __name__ == "__main__":
    for path, text in outputs().items():
        path.write_text(text, encoding="utf-8")
