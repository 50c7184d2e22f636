"""Rows of the societal weighing (afwegingskader): the user's own criteria, scores and principles."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gridprio.inputs import columns as of
from gridprio.inputs.columns import Id, Name, Row, Text
from gridprio.inputs.enumerations import Stance


class Criterion(Row):
    """A criterion of the societal weighing (afwegingskader); there are no default weights."""

    criterion_id: Annotated[Id, Field(description="short unique name")]
    name: Annotated[Text, Field(description="name that people read")]
    weight: Annotated[of.Weight, Field(description="weight against the other criteria; only ratios count")]
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


class Score(Row):
    """What a project scores on a criterion: more is better, every criterion on the same scale."""

    project_id: Annotated[Id, Field(description="project that is scored")]
    criterion_id: Annotated[Id, Field(description="criterion it is scored on")]
    score: Annotated[of.Score, Field(description="score on the user's own scale, more is better")]
    note: Annotated[Text, Field(description="source or assumption, in words")] = ""


class Principle(Row):
    """Whether a project serves a leading principle of the energy vision; shown beside the scores, never added up."""

    project_id: Annotated[Id, Field(description="project that is looked at")]
    principle: Annotated[Name, Field(description="leading principle of the energy vision")]
    stance: Annotated[Stance, Field(description="whether the project serves, leaves or hinders it")]
    source: Annotated[Text, Field(description="where that stands")] = ""
