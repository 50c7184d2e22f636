"""What is switched once an outage has happened (docs/theory/cells.md, Actions after an outage)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import Id, Name, Row, Text, Texts
from gridprio.inputs.texts import one_word_checked

Outage = Annotated[
    Name,
    Field(
        description="element that goes out as table:index: line, trafo or trafo3w, such as line:12; one system of a "
        "row with parallel as line:12:1"
    ),
]
Closes = Annotated[
    Texts,
    Field(
        description="what is closed then, as table:index, such as 'switch:7 line:3': switch, line, trafo, trafo3w, "
        "impedance"
    ),
]
Opens = Annotated[Texts, Field(description="what is opened then, as table:index")]
Taps = Annotated[
    Texts, Field(description="position of a tap changer then, as trafo:index=position, such as trafo:3=-4")
]


class OutageAction(Row):
    """What an operator, or a protection, switches after one outage: a normally open point that is closed, load that is
    moved to a neighbour, a phase shifter that is set. It is carried out after that outage always, and never before.
    """

    action_id: Annotated[
        Id, AfterValidator(one_word_checked), Field(description="short unique name, without blanks and colons")
    ]
    outage: Annotated[Outage, Field(min_length=1)]
    closes: Closes = ()
    opens: Opens = ()
    taps: Taps = ()
    source: of.Source = ""
    source_date: of.SourceDate = None
    assumed: of.Assumed = False
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""
