"""What a workbook says of a column: note, unit, drop-down list and bounds, all from the definition of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from gridprio.exchange.study_cells import YES_NO
from gridprio.inputs.document import parameters
from gridprio.inputs.table_rules import TABLE_KEYS
from gridprio.inputs.values import choices_of, constraints_of, kind_of
from gridprio.text import LANGUAGES, Language, Text, column_text, say

_SYMBOLS = {"mw": "MW", "meur": "M€", "ha": "ha", "m2": "m2", "kv": "kV", "km": "km"}
UNITS: Mapping[str, Text] = MappingProxyType(
    {ending: Text(nl=symbol, en=symbol) for ending, symbol in _SYMBOLS.items()}
    | {"months": Text(nl="maanden", en="months"), "years": Text(nl="jaren", en="years")}
)
"""Unit by the ending of a column name."""

_ID_OF = MappingProxyType(
    {
        table: keys[0]
        for table, keys in TABLE_KEYS.items()
        if len(keys) == 1 and table not in ("project_changes", "measurements")
    }
)
"""Column with the ids that a table gives."""
_LED_TO = MappingProxyType(
    {column: table for table, column in _ID_OF.items()}
    | {"to_station_id": "stations", "parents": "areas", "areas": "areas"}
    | dict.fromkeys(("requires", "excludes", "until_projects"), "projects")
)


@dataclass(frozen=True)
class SheetColumn:
    """One column of a sheet."""

    table: str
    name: str
    spec: FieldInfo
    kind: str
    words: Text
    bounds: str
    default: str

    @property
    def is_required(self) -> bool:
        return self.spec.is_required()

    @property
    def is_text(self) -> bool:
        """Whether its cells are kept as they are typed, so that 3-1 becomes no date."""
        return self.kind in ("text", "list", "choice", "bool")

    def unit(self, language: Language) -> str:
        """By the end of its name; empty where it has none."""
        unit = UNITS.get(self.name.rpartition("_")[2]) if self.kind in ("int", "float") else None
        return "" if unit is None else unit[language]

    def seen(self, language: Language) -> str:
        """Its words with its unit, as they stand above its head."""
        words, unit = self.words[language], self.unit(language)
        return f"{words} [{unit}]" if unit and unit not in words else words

    def choices(self, language: Language) -> tuple[str, ...]:
        """Of its drop-down list."""
        if self.kind == "choice":
            return choices_of(self.spec.annotation)
        return YES_NO[language] if self.kind == "bool" else ()

    @property
    def table_of_ids(self) -> str:
        """Table of which the ids may stand here; empty for the ids of the table itself and for other columns."""
        return "" if _ID_OF.get(self.table) == self.name else _LED_TO.get(self.name, "")

    def bound(self, name: str) -> float | None:
        """Its least (`ge`) or largest (`le`) value."""
        found = (getattr(entry, name, None) for entry in constraints_of(self.spec))
        return next((value for value in found if value is not None), None)

    def note(self, language: Language) -> str:
        """All that is known of it, in Dutch and English, the language of the workbook first."""
        order = sorted(LANGUAGES, key=lambda one: one != language)
        return "\n\n".join(self._note_in(one) for one in order)

    def _note_in(self, language: Language) -> str:
        need = say("workbook.required" if self.is_required else "workbook.optional")[language]
        lines = [f"{self.words[language]} ({need})"]
        if unit := self.unit(language):
            lines.append(f"{say('workbook.unit')[language]}: {unit}")
        if choices := self.choices(language):
            lines.append(f"{say('workbook.choices')[language]}: {', '.join(choices)}")
        if self.table_of_ids:
            lines.append(say("workbook.from_sheet", sheet=self.table_of_ids)[language])
        if self.bounds and self.kind in ("int", "float"):
            lines.append(f"{say('workbook.bounds')[language]}: {self.bounds}")
        if self.default and not self.is_required:
            default = dict(zip(YES_NO["en"], YES_NO[language], strict=True)).get(self.default, self.default)
            lines.append(f"{say('workbook.default')[language]}: {default}")
        return "\n".join(lines)


def sheet_columns(table: str, model: type[BaseModel]) -> list[SheetColumn]:
    """Every column of a table, or setting of a section, in its order."""
    return [
        SheetColumn(
            table,
            parameter.name,
            spec := model.model_fields[parameter.name],
            kind_of(spec.annotation),
            column_text(table, parameter.name, parameter.help),
            parameter.bounds,
            parameter.default,
        )
        for parameter in parameters(model)
    ]
