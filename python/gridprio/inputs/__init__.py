"""What a person writes: a study folder or workbook into a validated Study, with every problem at once."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gridprio.inputs.enumerations import crew_units
    from gridprio.inputs.months import month_index, month_text
    from gridprio.inputs.read import inspect_study, read_study
    from gridprio.inputs.settings import Settings, StudyHead
    from gridprio.inputs.study import Study

_PUBLIC = {
    "Settings": "settings",
    "Study": "study",
    "StudyHead": "settings",
    "crew_units": "enumerations",
    "inspect_study": "read",
    "month_index": "months",
    "month_text": "months",
    "read_study": "read",
    "with_settings": "read",
}
"""Name -> module; loaded on first use, because reading tables needs pandas and showing the settings does not."""

__all__ = [
    "Settings",
    "Study",
    "StudyHead",
    "crew_units",
    "inspect_study",
    "month_index",
    "month_text",
    "read_study",
    "with_settings",
]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
