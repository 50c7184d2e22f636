"""Megawatts of developments by key figure: spatial plans become developments, ranges become assumptions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gridprio.errors import Problem
from gridprio.inputs.hierarchy import is_stations
from gridprio.inputs.known import Known
from gridprio.inputs.scenario_tables import Assumption
from gridprio.inputs.schema import Development
from gridprio.inputs.spatial_tables import PLAN_NUMBERS, KeyFigure, SpatialPlan
from gridprio.inputs.study import Study
from gridprio.text import sentence

TABLE = "key_figures"


def with_plans(study: Study) -> Study:
    """The study with a development for each number of its spatial plans in the place of these, the megawatts of all
    key figures, and their ranges as assumptions. Numbers without a key figure, a problem of their own, are left out."""
    figures = {figure.key_figure_id: figure for figure in study.key_figures}
    planned = [
        _development(plan, figures[number], getattr(plan, number))
        for plan in study.spatial_plans
        for number in PLAN_NUMBERS
        if getattr(plan, number) and number in figures
    ]
    study = with_figures(replace(study, developments=(*study.developments, *planned), spatial_plans=()))
    used = {development.key_figure_id for development in study.developments}
    stated = {row.row for row in study.assumptions if row.table == TABLE}
    ranges = [
        Assumption(
            table=TABLE,
            row=figure.key_figure_id,
            column="mw_per_unit",
            low=figure.low_mw_per_unit,
            high=figure.high_mw_per_unit,
            note=figure.note,
        )
        for figure in study.key_figures
        if figure.low_mw_per_unit is not None
        and figure.high_mw_per_unit is not None
        and figure.key_figure_id in used - stated
    ]
    return replace(study, assumptions=(*study.assumptions, *ranges))


def with_figures(study: Study) -> Study:
    """The study with `mw_per_unit`, and where blank the profile, of each development as its key figure has them."""
    figures = {figure.key_figure_id: figure for figure in study.key_figures}
    on_grid = not is_stations(study)
    developments = []
    for row in study.developments:
        figure = figures.get(row.key_figure_id)
        if figure is not None:
            profile = row.profile or (figure.profile if on_grid else "")
            row = row.model_copy(update={"mw_per_unit": figure.mw_per_unit, "profile": profile})
        developments.append(row)
    return replace(study, developments=tuple(developments))


def _development(plan: SpatialPlan, figure: KeyFigure, amount: float) -> Development:
    return Development(
        development_id=planned_id(plan, figure.key_figure_id),
        name=f"{plan.name}: {figure.name}",
        station_id=plan.station_id,
        municipality_id=plan.municipality_id,
        sector=figure.sector,
        direction=figure.direction,
        size=amount,
        key_figure_id=figure.key_figure_id,
        dwellings=plan.dwellings if figure.key_figure_id == "dwellings" else 0,
        requested_year=plan.requested_year,
        ramp_years=plan.ramp_years,
        request_date=plan.request_date,
        connection_class=figure.connection_class,
        acm_category=figure.acm_category,
        note=plan.note,
        source=plan.source,
        source_date=plan.source_date,
        assumed=plan.assumed or figure.assumed,
    )


def planned_id(plan: SpatialPlan, number: str) -> str:
    """development_id of a number of a plan."""
    return f"{plan.plan_id}-{number}"


def key_figure_problems(study: Study, known: Known) -> Iterator[Problem]:
    """Ranges that do not hold their figure, numbers of plans without a key figure, megawatts that are given twice."""
    yield from _ranges(study)
    yield from _developments(study)
    if TABLE not in known.partial:
        yield from _numbers_of_plans(study, {figure.key_figure_id: figure for figure in study.key_figures})


def _ranges(study: Study) -> Iterator[Problem]:
    for at, figure in enumerate(study.key_figures):
        low, high = figure.low_mw_per_unit, figure.high_mw_per_unit
        if low is None and high is None:
            continue
        if low is None or high is None or not (low <= figure.mw_per_unit <= high and low < high):
            yield study.problem(
                TABLE,
                at,
                "high_mw_per_unit" if high is None else "low_mw_per_unit",
                sentence("problem.range"),
                found=" - ".join("" if end is None else f"{end:g}" for end in (low, high)),
                expected=sentence("expected.range_around", value=f"{figure.mw_per_unit:g}"),
                mend=sentence("remedy.range"),
            )


def _numbers_of_plans(study: Study, figures: dict[str, KeyFigure]) -> Iterator[Problem]:
    developments = {row.development_id for row in study.developments}
    for at, plan in enumerate(study.spatial_plans):
        numbers = [number for number in PLAN_NUMBERS if getattr(plan, number)]
        if not numbers:
            yield study.problem(
                "spatial_plans",
                at,
                PLAN_NUMBERS[0],
                sentence("problem.plan_without_numbers"),
                found=sentence("found.nothing"),
                expected=sentence("expected.one_of_columns", columns=", ".join(PLAN_NUMBERS)),
                mend=sentence("remedy.fill_cell"),
            )
        for number in numbers:
            if number not in figures:
                yield study.problem(
                    "spatial_plans",
                    at,
                    number,
                    sentence("problem.no_key_figure"),
                    found=f"{getattr(plan, number):g}",
                    expected=sentence("expected.id_of", table=TABLE),
                    mend=sentence("remedy.add_key_figure", name=repr(number)),
                )
            elif planned_id(plan, number) in developments:
                yield study.problem(
                    "spatial_plans",
                    at,
                    number,
                    sentence("problem.plan_is_development"),
                    found=repr(planned_id(plan, number)),
                    expected=sentence("expected.once"),
                    mend=sentence("remedy.rename_development"),
                )
            elif not is_stations(study) and not figures[number].profile:
                yield study.problem(
                    TABLE,
                    study.key_figures.index(figures[number]),
                    "profile",
                    sentence("problem.required_blank"),
                    found=sentence("found.nothing"),
                    expected=sentence("expected.known_profile"),
                    mend=sentence("remedy.fill_cell"),
                )


def _developments(study: Study) -> Iterator[Problem]:
    for at, row in enumerate(study.developments):
        for column in ("p_mw", "mw_per_unit"):
            if row.key_figure_id and getattr(row, column) is not None:
                yield study.problem(
                    "developments",
                    at,
                    column,
                    sentence("problem.megawatts_twice"),
                    found=f"{getattr(row, column):g}, {row.key_figure_id}",
                    expected=sentence("expected.one_of_columns", columns=f"{column}, key_figure_id"),
                    mend=sentence("remedy.leave_blank"),
                )
