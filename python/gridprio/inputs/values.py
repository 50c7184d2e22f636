"""From what stands in a cell (text, number, date, boolean) to the type a field asks for, without guessing."""

from __future__ import annotations

import datetime as dt
import math
import re
import types
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from gridprio.inputs.columns import PROSE
from gridprio.inputs.number_style import COMMA, GROUPED, POINT, NumberStyle
from gridprio.inputs.synonyms import value_of
from gridprio.text import Sentence, sentence

TRUE_WORDS = frozenset({"true", "ja", "yes", "1", "waar", "j", "y"})
FALSE_WORDS = frozenset({"false", "nee", "no", "0", "onwaar", "n"})
NO_ENTRIES = "none"
"""Written in a list column where an empty list is meant and blank means something else."""

SEEN_CHARACTERS = 120

_INTEGER = re.compile(r"[+-]?\d{1,18}")
"""Any more are no number of a study, and Python refuses to read very long ones."""
_PERCENT = re.compile(r"(?P<number>.+?)\s*%")
_UNIT = re.compile(r"(?P<number>[+-]?[\d.,]*\d)(?![eE][+-]?\d)\s*(?P<unit>[^\W\d].*|€.*)")


class Percent(float):
    """A number that a spreadsheet shows as percent; its value is the part of one."""


class _Faulty:
    """A cell that is reported already: it is not blank, and nothing more is said of it."""

    def __repr__(self) -> str:
        return "?"


FAULTY = _Faulty()


class NotThisType(ValueError):
    """A cell that cannot be read as its field asks: what was expected, and how to mend it where that is known."""

    def __init__(self, expected: str, remedy: str = "") -> None:
        super().__init__(expected)
        self.expected, self.remedy = expected, remedy


def is_blank(cell: object) -> bool:
    if cell is None:
        return True
    if isinstance(cell, float):
        return math.isnan(cell)
    return isinstance(cell, str) and not cell.strip()


def as_seen(cell: object) -> str:
    """The cell as a person would write it, for error messages; the middle of long ones is left out."""
    seen = _seen(cell)
    return seen if len(seen) <= SEEN_CHARACTERS else f"{seen[: SEEN_CHARACTERS // 2]}...{seen[-10:]}"


def _seen(cell: object) -> str:
    if cell is None or cell == ():
        return sentence("found.nothing")
    if isinstance(cell, Percent):
        return f"{cell * 100:g}%"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()
    return repr(str(cell)) if isinstance(cell, str) else str(cell)


def base_type(annotation: Any) -> Any:
    """The type behind Annotated[...] and `| None`: a class, Literal[...] or a generic tuple or dict."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return base_type(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return base_type(next(arg for arg in get_args(annotation) if arg is not type(None)))
    return annotation


def kind_of(annotation: Any) -> str:
    """text, int, float, bool, choice, list or mapping."""
    return _kind_of(annotation)


@cache  # asked for every cell
def _kind_of(annotation: Any) -> str:
    kind = base_type(annotation)
    origin = get_origin(kind)
    if origin is Literal:
        return "choice"
    if origin is tuple:
        return "list"
    if origin is dict:
        return "mapping"
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "choice"
    return {bool: "bool", int: "int", float: "float"}.get(kind, "text")


def choices_of(annotation: Any) -> tuple[str, ...]:
    kind = base_type(annotation)
    if get_origin(kind) is Literal:
        return tuple(get_args(kind))
    return tuple(member.value for member in kind)


def constraints_of(spec: FieldInfo) -> list[Any]:
    """Constraints of a field, then of what is inside it (`X | None`, lists), one level after another."""
    return [*spec.metadata, *_nested(spec.annotation)]


def _nested(annotation: Any) -> list[Any]:
    found: list[Any] = []
    for entry in getattr(annotation, "__metadata__", ()):
        found.extend(getattr(entry, "metadata", [entry]))
    for part in getattr(annotation, "__args__", ()):
        found.extend(_nested(part))
    return found


def takes_percent(spec: FieldInfo) -> bool:
    """Whether a field is a part of one, so that 50% means 0.5."""
    return any(getattr(entry, "le", None) == 1 for entry in constraints_of(spec))


def expected_of(annotation: Any) -> Sentence:
    """In words, what a column takes."""
    kind = kind_of(annotation)
    if kind == "choice":
        return sentence("expected.choice", choices=", ".join(choices_of(annotation)))
    if kind == "list":
        entry = get_args(base_type(annotation))[0]
        return sentence("expected.list", entry=expected_of(entry))
    if kind == "float":
        return sentence("expected.float")
    if kind == "int":
        return sentence("expected.int")
    if kind == "bool":
        return sentence("expected.bool")
    return sentence("expected.text" if kind == "text" else "expected.value")


def is_prose_list(annotation: Any) -> bool:
    """Whether the entries of a list are sentences, which may hold blanks."""
    return kind_of(annotation) == "list" and _is_prose(get_args(base_type(annotation))[0])


def _is_prose(entry: Any) -> bool:
    return PROSE in getattr(entry, "__metadata__", ())


def convert(cell: object, annotation: Any, style: NumberStyle = NumberStyle.LONE, *, percent: bool = False) -> Any:
    """Read a cell that is not blank; bounds are left to pydantic.

    `style`: how the table of the cell writes numbers. `percent`: 50% means 0.5.
    """
    kind = kind_of(annotation)
    if kind == "text":
        return _text(cell)
    if kind == "choice":
        return _choice(cell, annotation)
    if kind == "bool":
        return _bool(cell)
    if kind == "int":
        return _int(cell)
    if kind == "float":
        return _float(cell, style, percent)
    if kind == "list":
        return _list(cell, get_args(base_type(annotation))[0])
    raise NotThisType(sentence("expected.not_in_a_cell"))


def _text(cell: object) -> str:
    if isinstance(cell, Percent):
        raise NotThisType(sentence("expected.text"), sentence("remedy.format_as_text"))
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat()
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return str(cell).strip()


def _choice(cell: object, annotation: Any) -> str:
    choice = value_of(re.sub(r"[\s\-]+", "_", _text(cell).lower()), choices_of(annotation))
    if choice is None:
        raise NotThisType(expected_of(annotation))
    return choice


def _bool(cell: object) -> bool:
    word = _text(cell).lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise NotThisType(sentence("expected.bool"))


def _int(cell: object) -> int:
    expected = sentence("expected.int")
    if isinstance(cell, bool | Percent):
        raise NotThisType(expected)
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, dt.datetime | dt.date) and cell.month == 1 and cell.day == 1 and cell.year > 1900:
        return cell.year
    text = str(cell).strip()
    if _INTEGER.fullmatch(text):
        return int(text)
    if re.fullmatch(r"[+-]?\d{1,18}[.,]0+", text) and not GROUPED.fullmatch(text):
        return int(re.split("[.,]", text)[0])
    raise NotThisType(expected, _without_unit(text))


def _float(cell: object, style: NumberStyle, percent: bool) -> float:
    if isinstance(cell, bool | dt.datetime | dt.date | dt.time | dt.timedelta):
        raise NotThisType(sentence("expected.float"))
    if isinstance(cell, Percent) and not percent:
        raise NotThisType(sentence("expected.no_percent"), sentence("remedy.format_as_number"))
    if isinstance(cell, int | float | Decimal):
        return float(cell)
    text = str(cell).strip()
    if (part := _PERCENT.fullmatch(text)) and percent:
        return _float(part["number"], style, False) / 100
    if GROUPED.fullmatch(text) and (style is NumberStyle.UNSURE or (style is NumberStyle.LONE and "," in text)):
        whole, decimals = re.split("[.,]", text)
        raise NotThisType(
            sentence("expected.float_plain"),
            sentence("remedy.thousands_or_decimals", whole=whole + decimals, decimals=f"{whole}.{decimals}0"),
        )
    if COMMA.fullmatch(text):
        if style is NumberStyle.POINT:
            raise NotThisType(sentence("expected.decimal_point"), sentence("remedy.one_decimal_sign"))
        return float(text.replace(",", "."))
    if POINT.fullmatch(text):
        if style is NumberStyle.COMMA and "." in text:
            raise NotThisType(sentence("expected.decimal_comma"), sentence("remedy.one_decimal_sign"))
        return float(text)
    raise NotThisType(sentence("expected.float_plain"), _without_unit(text))


def _without_unit(text: str) -> str:
    """How to mend a number with a unit behind it; empty for another text."""
    match = _UNIT.fullmatch(text)
    return sentence("remedy.without_unit", number=match["number"], unit=match["unit"]) if match else ""


def _list(cell: object, entry: Any) -> tuple[Any, ...]:
    if not isinstance(cell, str):
        return (convert(cell, entry),)
    if _is_prose(entry):
        return tuple(part.strip() for part in cell.split("\n" if "\n" in cell else ";") if part.strip())
    words = cell.replace(";", " ").split()
    if kind_of(entry) == "int":
        words = [part for word in words for part in word.split(",") if part]
    elif any("," in word for word in words):
        raise NotThisType(sentence("expected.list_without_commas"))
    if [word.lower() for word in words] == [NO_ENTRIES]:
        return ()
    return tuple(convert(word, entry) for word in words)
