"""From what stands in a cell (text, number, date, boolean) to the type a field asks for, without guessing."""

from __future__ import annotations

import datetime as dt
import math
import re
import types
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

TRUE_WORDS = frozenset({"true", "ja", "yes", "1", "waar", "j", "y"})
FALSE_WORDS = frozenset({"false", "nee", "no", "0", "onwaar", "n"})
NO_ENTRIES = "none"
"""Written in a list column where an empty list is meant and blank means something else."""

SEEN_CHARACTERS = 120
INTEGER_DIGITS = 18
"""Any more are no number of a study, and Python refuses to read very long ones."""

_INTEGER = re.compile(rf"[+-]?\d{{1,{INTEGER_DIGITS}}}")
_POINT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(\d+,\d*|,\d+)([eE][+-]?\d+)?")

EXPECTED = {
    "float": "a number",
    "int": "a whole number",
    "bool": "ja/nee, yes/no, true/false or 1/0",
    "text": "text",
}


class NotThisType(ValueError):
    """A cell that cannot be read as its field asks; the message says what was expected."""


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
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, str) else str(cell)


def has_decimal_comma(cell: object) -> bool:
    return isinstance(cell, str) and bool(_COMMA.fullmatch(cell.strip()))


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


def expected_of(annotation: Any) -> str:
    """In words, what a column takes."""
    kind = kind_of(annotation)
    if kind == "choice":
        return "one of " + ", ".join(choices_of(annotation))
    if kind == "list":
        entry = get_args(base_type(annotation))[0]
        return f"a list ({expected_of(entry)}) separated by blanks or ;"
    return EXPECTED.get(kind, "a value")


def convert(cell: object, annotation: Any, *, decimal_comma: bool = False) -> Any:
    """Read a cell that is not blank; bounds are left to pydantic.

    `decimal_comma`: the table writes numbers with a comma, so a point in a number is refused, not guessed.
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
        return _float(cell, decimal_comma)
    if kind == "list":
        return _list(cell, get_args(base_type(annotation))[0])
    raise NotThisType("a value that is not written in one cell")


def _text(cell: object) -> str:
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
    choices = choices_of(annotation)
    word = re.sub(r"[\s\-]+", "_", _text(cell).lower())
    if word in choices:
        return word
    raise NotThisType("one of " + ", ".join(choices))


def _bool(cell: object) -> bool:
    word = _text(cell).lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise NotThisType(EXPECTED["bool"])


def _int(cell: object) -> int:
    if isinstance(cell, bool):
        raise NotThisType(EXPECTED["int"])
    if isinstance(cell, int):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    if isinstance(cell, dt.datetime | dt.date) and cell.month == 1 and cell.day == 1:
        return cell.year
    text = str(cell).strip()
    if _INTEGER.fullmatch(text):
        return int(text)
    if re.fullmatch(rf"[+-]?\d{{1,{INTEGER_DIGITS}}}[.,]0+", text) and not re.fullmatch(r"[+-]?\d{1,3}[.,]000", text):
        return int(re.split("[.,]", text)[0])
    raise NotThisType(EXPECTED["int"])


def _float(cell: object, decimal_comma: bool) -> float:
    if isinstance(cell, bool | dt.datetime | dt.date | dt.time):
        raise NotThisType(EXPECTED["float"])
    if isinstance(cell, int | float):
        return float(cell)
    text = str(cell).strip()
    if _COMMA.fullmatch(text):
        return float(text.replace(",", "."))
    if _POINT.fullmatch(text):
        if decimal_comma and "." in text:
            raise NotThisType("a decimal comma and no points, as elsewhere in this table")
        return float(text)
    raise NotThisType("a number without thousands separators or unit")


def _list(cell: object, entry: Any) -> tuple[Any, ...]:
    if not isinstance(cell, str):
        return (convert(cell, entry),)
    words = cell.replace(";", " ").split()
    if kind_of(entry) == "int":
        words = [part for word in words for part in word.split(",") if part]
    elif any("," in word for word in words):
        raise NotThisType("a list separated by blanks or ; (no commas)")
    if [word.lower() for word in words] == [NO_ENTRIES]:
        return ()
    return tuple(convert(word, entry) for word in words)
