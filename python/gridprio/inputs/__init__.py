"""What a person writes: a study folder or workbook into a validated Study, with every problem at once."""

from gridprio.inputs.months import month_index, month_text
from gridprio.inputs.read import inspect_study, read_study
from gridprio.inputs.schema import crew_units
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.study import Study

__all__ = [
    "Settings",
    "Study",
    "StudyHead",
    "crew_units",
    "inspect_study",
    "month_index",
    "month_text",
    "read_study",
]
