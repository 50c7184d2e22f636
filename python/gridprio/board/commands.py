"""What a meeting can do, as frozen commands with a line of JSON each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from gridprio.inputs import columns as of
from gridprio.inputs.columns import Id, Month, Name, Share, Year
from gridprio.inputs.enumerations import Phase
from gridprio.inputs.settings import StatusRule


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True)


class SetStatus(_Command):
    kind: Literal["set_status"] = "set_status"
    project_id: Id
    status: bool


class MoveProject(_Command):
    """Moves a project to `place` (0 is the first) in the list of its operator."""

    kind: Literal["move_project"] = "move_project"
    project_id: Id
    place: Annotated[int, Field(ge=0, le=100_000)]


class SetRule(_Command):
    """`strength`: bindingness under `head_start`, the share under `reserved_share`, of no effect under `tiers`."""

    kind: Literal["set_rule"] = "set_rule"
    rule: StatusRule
    strength: Share


class SetCrew(_Command):
    kind: Literal["set_crew"] = "set_crew"
    crew_type: Id
    region: Name = ""
    units: of.Units


class SetEarliest(_Command):
    """A phase starts in `month` at the earliest; None takes the date away."""

    kind: Literal["set_earliest"] = "set_earliest"
    project_id: Id
    phase: Phase
    month: Month | None


class SetDevelopment(_Command):
    kind: Literal["set_development"] = "set_development"
    development_id: Id
    p_mw: of.RequestMw
    requested_year: Year


class Undo(_Command):
    kind: Literal["undo"] = "undo"


class Redo(_Command):
    kind: Literal["redo"] = "redo"


class StartOver(_Command):
    """Back to the study as it is; can be undone."""

    kind: Literal["start_over"] = "start_over"


class NameVariant(_Command):
    """Keeps the variant of now under a name; the name may be taken over from another."""

    kind: Literal["name_variant"] = "name_variant"
    name: of.FileName


class OpenVariant(_Command):
    """Goes on with a variant that has a name; can be undone."""

    kind: Literal["open_variant"] = "open_variant"
    name: of.FileName


Edit = SetStatus | MoveProject | SetRule | SetCrew | SetEarliest | SetDevelopment
"""Changes the study."""
Command = Edit | Undo | Redo | StartOver | NameVariant | OpenVariant


class Entry(_Command):
    """Who did what when, in UTC."""

    at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")]
    who: Annotated[str, Field(max_length=60)]
    command: Annotated[Command, Field(discriminator="kind")]


ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


def entry_line(entry: Entry) -> str:
    """One line of the log, without its end."""
    return entry.model_dump_json()


def entry_of(line: str) -> Entry:
    """ValueError for a line that is none."""
    return ENTRY.validate_json(line)
