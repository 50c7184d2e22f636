"""Tables `projects`, `project_phases` and `project_capacity` of a study from a publication."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gridprio.inputs.enumerations import Direction
from gridprio.published.records import ProjectKey, PublishedArea, PublishedProject
from gridprio.published.selection import Selection
from gridprio.published.study_areas import Origin, Row, Rows
from gridprio.published.windows import Widths

BUILD_MONTHS = 24
"""Building is the short part: two of the ten years of a transmission project (press on the draft investment plans)."""
STUDY_PART = 1 / 3
"""Of the time before building, while a project is only approved."""
_STAGES = {"inProgress": "execution", "scheduled": "design", "approved": "initiation", "": "initiation"}


@dataclass(frozen=True)
class Horizon:
    """Years of the study; months count from January of the first, the year of the publication."""

    start_year: int
    end_year: int
    published_month: int

    def months_until(self, project: PublishedProject) -> int | None:
        """Until the first month in service that the window allows; None without a date.

        A window that has passed, or that began already, opens after the publication.
        """
        if project.from_year is None:
            return None
        month = (project.from_year - self.start_year) * 12 + 3 * ((project.quarter or 1) - 1)
        return max(month, self.published_month + 1)


def make_horizon(selection: Selection, origin: Origin) -> Horizon:
    """Until some years after the last promise, so that delays end within it."""
    last = max(
        (p.to_year or 0 for key in selection.project_ids if (p := selection.publication.projects[key])), default=0
    )
    return Horizon(origin.date.year, min(max(last + 5, origin.date.year + 14), 2100), origin.date.month - 1)


def project_rows(selection: Selection, origin: Origin, horizon: Horizon) -> Rows:
    """In the order of the promised dates, which is also the rank that is assumed."""
    ranks: dict[str, int] = {}
    rows: Rows = []
    for key in _by_date(selection):
        project = selection.publication.projects[key]
        ranks[project.operator] = ranks.get(project.operator, 0) + 1
        promised = project.date_text if project.phase == "" else f"{project.date_text} ({project.phase})"
        cells = origin.cells(assumed=True)
        del cells["note"]
        rows.append(
            {
                "project_id": selection.project_ids[key],
                "name": project.name,
                "operator_id": project.operator,
                "province_id": selection.province,
                "maturity": "concrete",
                "stage": _STAGES[project.phase],
                "tier": 0 if project.phase == "inProgress" and project.from_year is not None else 3,
                "operator_rank": ranks[project.operator],
                "need_year": project.to_year if project.to_year is not None else None,
                "document": " ".join(filter(None, (project.source, promised))),
                **cells,
            }
        )
    return rows


def _by_date(selection: Selection) -> list[ProjectKey]:
    def place(key: ProjectKey) -> tuple[int, int, str]:
        project = selection.publication.projects[key]
        return project.to_year or 9999, project.quarter or 4, project.name

    return sorted(selection.project_ids, key=place)


def phase_rows(selection: Selection, origin: Origin, horizon: Horizon, widths: Widths) -> Rows:
    """Phases that end in the first month of the window, and the delay behind it on the last of them."""
    rows: Rows = []
    for key in _by_date(selection):
        project = selection.publication.projects[key]
        until = horizon.months_until(project)
        undated = until is None
        months = (horizon.end_year - horizon.start_year + 1) * 12 if until is None else until
        phases = list(_phases(project, months))
        mean, sd = (0.0, 0.0) if undated else widths.delay_months(project)
        for at, (phase, duration) in enumerate(phases):
            is_last = at == len(phases) - 1
            is_running = project.phase == "inProgress" and not undated
            cells = origin.cells(assumed=True)
            del cells["note"]
            rows.append(
                {
                    "project_id": selection.project_ids[key],
                    "phase": phase,
                    "duration_months": duration,
                    "start": f"{horizon.start_year:04d}-01" if at == 0 and is_running else "",
                    "delay_mean_months": round(mean, 1) if is_last else 0,
                    "delay_sd_months": round(sd, 1) if is_last else 0,
                    **cells,
                }
            )
    return rows


def _phases(project: PublishedProject, months: int) -> Iterator[tuple[str, int]]:
    """Months by phase, together `months`: what is under way is built, the rest is permitted or studied before."""
    build = months if project.phase == "inProgress" else min(months, BUILD_MONTHS)
    before = months - build
    study = round(before * STUDY_PART) if project.phase not in ("inProgress", "scheduled") else 0
    if study:
        yield "study", study
    if before - study:
        yield "permit", before - study
    yield "build", build


def project_capacity_rows(selection: Selection, origin: Origin) -> Rows:
    """Which project an area needs in a direction; megawatts of projects are not published."""
    return [row for area, direction in selection.limited() for row in _needed_rows(selection, area, direction, origin)]


def _needed_rows(selection: Selection, area: PublishedArea, direction: Direction, origin: Origin) -> Iterator[Row]:
    for key in needed_projects(selection, area, direction):
        inferred = key not in area.projects
        notes = ["published.projects_of_areas_below"] if inferred else ["published.needed_in_both_directions"]
        yield {
            "project_id": selection.project_ids[key],
            "area_id": selection.area_id(area),
            "direction": direction.value,
            "added_mw": None,
            **origin.cells(*notes, assumed=True),
        }


def needed_projects(selection: Selection, area: PublishedArea, direction: Direction) -> Sequence[ProjectKey]:
    """Listed projects, without those that only begin after the year in which congestion is published to end.

    Where that leaves none, all that are listed.
    """
    listed = selection.projects_of(area, direction)
    solved = area.figures[direction].solved.year
    projects = selection.publication.projects
    within = [key for key in listed if solved is None or (projects[key].from_year or 9999) <= solved]
    return within or listed
