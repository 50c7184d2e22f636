"""How long kinds of works take and whom they need: templates of phases (assumptions, scaled to published lead times).

Published: a large station takes five to eight years, high voltage up to ten and more; crews and months per phase are
assumptions of this study.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

COLUMNS = (
    "project_id",
    "phase",
    "duration_months",
    "after",
    "lag_months",
    "crews",
    "start",
    "earliest",
    "work_months",
    "cost_share",
    "delay_mean_months",
    "delay_sd_months",
    "lever",
)


@dataclass(frozen=True)
class Step:
    phase: str
    months: int
    crews: str = ""
    after: str = ""
    cost_share: float = 0.0
    delay: tuple[float, float] = (0.0, 0.0)
    """mean and standard deviation of the drawn delay, months"""
    lever: str = "operator"
    work_months: str = ""


FIRST = "none"
"""No phase comes before"""
SUMMER = "4 5 6 7 8 9"

KINDS: dict[str, tuple[Step, ...]] = {
    "add_trafo": (
        Step("study", 8, "project_lead:1", delay=(1, 1)),
        Step("permit", 9, "permit_desk_municipality:1", delay=(2, 2), lever="municipality"),
        Step("procurement", 20, after="study", cost_share=0.3, delay=(2, 3)),
        Step(
            "build",
            14,
            "hv_primary:1 secondary_protection:1 civil:1 commissioning:0.5",
            after="permit procurement",
            cost_share=0.7,
            delay=(2, 2),
        ),
    ),
    "replace_trafo": (
        Step("study", 8, "project_lead:1", delay=(1, 1)),
        Step("procurement", 22, cost_share=0.4, delay=(2, 3)),
        Step("build", 12, "hv_primary:1 secondary_protection:1 commissioning:0.5", cost_share=0.6, delay=(1, 2)),
    ),
    "new_station": (
        Step("study", 12, "project_lead:1", delay=(2, 2)),
        Step("permit", 24, "permit_desk_municipality:1 permit_desk_province:0.5", delay=(6, 5), lever="municipality"),
        Step("land", 36, after="study", delay=(6, 6), lever="municipality"),
        Step("procurement", 24, after="permit", cost_share=0.3, delay=(2, 3)),
        Step(
            "build",
            24,
            "hv_primary:2 secondary_protection:1 civil:2 mv_cable:2 commissioning:1",
            after="land procurement",
            cost_share=0.7,
            delay=(3, 3),
        ),
    ),
    "uprate_line": (
        Step("study", 12, "project_lead:1", delay=(1, 1)),
        Step("permit", 15, "permit_desk_province:1", delay=(3, 3), lever="province"),
        Step("procurement", 12, after="permit", cost_share=0.2, delay=(1, 2)),
        Step(
            "build",
            12,
            "hv_primary:2 civil:1 secondary_protection:0.5",
            cost_share=0.8,
            delay=(1, 1),
            work_months=SUMMER,
        ),
    ),
    "cable": (
        Step("study", 10, "project_lead:1", delay=(1, 1)),
        Step("permit", 18, "permit_desk_province:1", delay=(3, 3), lever="province"),
        Step("procurement", 14, after="study", cost_share=0.3, delay=(1, 2)),
        Step(
            "build",
            12,
            "hv_primary:1 mv_cable:2 civil:1 secondary_protection:0.5",
            after="permit procurement",
            cost_share=0.7,
            delay=(2, 2),
        ),
    ),
    "new_line": (
        Step("study", 18, "project_lead:1", delay=(2, 2)),
        Step("permit", 42, delay=(8, 7), lever="state"),
        Step("land", 30, after="study", delay=(4, 4), lever="province"),
        Step("procurement", 18, after="study", cost_share=0.2, delay=(1, 2)),
        Step(
            "build",
            24,
            "hv_primary:2 civil:2 secondary_protection:1 commissioning:0.5",
            after="permit land procurement",
            cost_share=0.8,
            delay=(3, 3),
        ),
    ),
    "ehv_trafo": (
        Step("study", 10, "project_lead:1", delay=(1, 1)),
        Step("permit", 12, "permit_desk_province:1", delay=(2, 2), lever="province"),
        Step("procurement", 34, after="study", cost_share=0.4, delay=(4, 4)),
        Step(
            "build",
            14,
            "hv_primary:2 secondary_protection:1 civil:1 commissioning:1",
            after="permit procurement",
            cost_share=0.6,
            delay=(2, 2),
        ),
    ),
    "ehv_station": (
        Step("study", 24, "project_lead:2", delay=(3, 3)),
        Step("permit", 54, delay=(10, 8), lever="state"),
        Step("land", 48, after="study", delay=(8, 8), lever="province"),
        Step("procurement", 36, after="permit", cost_share=0.3, delay=(3, 3)),
        Step(
            "build",
            40,
            "hv_primary:3 secondary_protection:2 civil:3 commissioning:1",
            after="land procurement",
            cost_share=0.7,
            delay=(4, 4),
        ),
    ),
    "contract": (
        Step("study", 8, "project_lead:0.5", delay=(1, 1)),
        Step("procurement", 10, cost_share=1.0, delay=(2, 2)),
    ),
    "pipes": (
        # Heat and hydrogen: own people and money of the executor; only the municipal desk is shared.
        Step("study", 12, delay=(2, 2)),
        Step("permit", 18, "permit_desk_municipality:1", delay=(4, 4), lever="municipality"),
        Step("build", 30, cost_share=1.0, delay=(4, 4)),
    ),
    "plant": (
        Step("study", 12, delay=(2, 2)),
        Step("permit", 20, "permit_desk_province:1", delay=(4, 4), lever="province"),
        Step("build", 24, cost_share=1.0, delay=(3, 3)),
    ),
}


def running_rows(project_id: str, kind: str, start: str) -> list[dict[str, object]]:
    """Only the build is left and its start is fixed."""
    (build,) = (step for step in KINDS[kind] if step.phase == "build")
    return [{**row(project_id, build), "after": FIRST, "start": start, "cost_share": 1.0}]


def row(project_id: str, step: Step) -> dict[str, object]:
    return {
        "project_id": project_id,
        "phase": step.phase,
        "duration_months": step.months,
        "after": step.after,
        "lag_months": 0,
        "crews": step.crews,
        "start": "",
        "earliest": "",
        "work_months": step.work_months,
        "cost_share": step.cost_share,
        "delay_mean_months": step.delay[0],
        "delay_sd_months": step.delay[1],
        "lever": step.lever,
    }


def phase_rows(project_id: str, kind: str, stage: str, start: str = "") -> list[dict[str, object]]:
    """All phases of a project that has to begin, without the study once design runs; the build of running works."""
    if start:
        return running_rows(project_id, kind, start)
    steps = KINDS[kind]
    if stage == "design":
        steps = tuple(replace(step, after=FIRST if step.after == "study" else step.after) for step in steps[1:])
    return [row(project_id, step) for step in steps]
