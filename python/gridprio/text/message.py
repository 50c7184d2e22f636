"""A sentence as a run stores it: a code of the catalogue with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Message:
    """A sentence that is not yet worded; a parameter is a text, a number, another message or a list of these."""

    code: str
    params: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "params": {name: _as_json(value) for name, value in self.params.items()}}


def message(code: str, **params: Any) -> Message:
    return Message(code, params)


def message_of_json(stored: Mapping[str, Any]) -> Message:
    """A message as a manifest holds it."""
    return Message(stored["code"], {name: _of_json(value) for name, value in stored["params"].items()})


def _as_json(value: Any) -> Any:
    if isinstance(value, Message):
        return value.as_json()
    if isinstance(value, list | tuple):
        return [_as_json(part) for part in value]
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"a parameter of a message is a text, a number, a message or a list; found {type(value).__name__}")


def _of_json(value: Any) -> Any:
    if isinstance(value, dict):
        return message_of_json(value)
    return [_of_json(part) for part in value] if isinstance(value, list) else value
