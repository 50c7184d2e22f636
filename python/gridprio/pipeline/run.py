"""One study from its rows to a run folder (docs/architecture.md)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from gridprio.cells import is_sealed
from gridprio.inputs.plausibility import warning_message
from gridprio.inputs.study import Study
from gridprio.orders import BEST_FOUND
from gridprio.pipeline.better_order import better_order, compared_messages, search_tables
from gridprio.pipeline.contribution_tables import run_contributions
from gridprio.pipeline.curves import curve_tables
from gridprio.pipeline.draws import draw_until_settled
from gridprio.pipeline.effects import effect_tables, study_effects
from gridprio.pipeline.plausibility import study_warnings
from gridprio.pipeline.reach import binding_projects, reach_tables
from gridprio.pipeline.schedules import make_schedules, schedule_messages
from gridprio.pipeline.session import Session
from gridprio.pipeline.tables import outcomes_table, plan_table
from gridprio.store import Progress, Run, RunWriter, read_run
from gridprio.text import message


def run_study(
    study: Study,
    out: str | Path | None = None,
    backend: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    cells: str | Path | None = None,
) -> Run:
    """Plan, simulate and compare; the tables of docs/run-folder.md in `out`, or in a temporary folder.

    `backend`, `threads` and `cells` as of `Session`. `progress(stage, part)`: part from 0 to 1.
    Raises InputError for a study that cannot be run; an interrupted run leaves a folder that says so.
    """
    folder = Path(out) if out is not None else Path(tempfile.mkdtemp(prefix="gridprio-")) / "run"
    with (
        Session(study, backend, threads, cells) as session,
        RunWriter(folder, study, backend=session.kernels.name, threads=session.threads, progress=progress) as writer,
    ):
        with writer.stage("grid"):
            source = session.cells
        with writer.stage("plan"):
            evaluator = session.evaluator
            schedules = make_schedules(evaluator)
        writer.comparison(
            established=schedules.established, reason=schedules.unknown_because, order=schedules.order_name
        )
        with writer.stage("cells") as advance:
            effects = study_effects(evaluator, schedules)
            drawn = draw_until_settled(evaluator, schedules, effects, advance)
            planned_cells = source.table()  # those that a search asks for besides are many
        with writer.stage("search") as advance:
            # A sealed study has the cells of its own orders alone.
            better = (
                None
                if is_sealed(study)
                else better_order(evaluator, schedules.ruled_order(), drawn.comparison.draws, advance)
            )
        with writer.stage("effect"):
            tables = effect_tables(evaluator, schedules, effects, drawn)
        with writer.stage("reach"):
            tables |= reach_tables(evaluator, schedules)
            binding = binding_projects(evaluator, schedules.orders)
            if binding is not None:
                tables["connections"] = tables["connections"].merge(binding, "left", ["scenario", "development_id"])
        with writer.stage("curves") as advance:
            curves = curve_tables(evaluator, schedules, advance)
            tables |= curves or {}
        with writer.stage("contributions"):
            tables |= run_contributions(evaluator)
        session.close()
        writer.cells(source.origin())
        with writer.stage("write"):
            named = schedules.rows()
            plans = {name: schedules.plans[timeline] for name, timeline in named.items()}
            metrics = {name: drawn.metric[timeline] for name, timeline in named.items()}
            if better is not None:
                plans[BEST_FOUND], metrics[BEST_FOUND] = better.plans, better.metrics
                tables |= {**search_tables(better.compared), "shadow_prices": better.prices}
            writer.write("plan", plan_table(schedules.problem, plans, evaluator.scenarios))
            writer.write("cells", planned_cells)
            writer.write("outcomes", outcomes_table(metrics, evaluator.scenarios))
            for name, table in tables.items():
                writer.write(name, table)
            found = [] if better is None else compared_messages(better.compared)
            found += [message("cells.no_binding_projects")] if binding is None else []
            found += [message("cells.no_curves")] if curves is None else []
            doubts = [warning_message(warning) for warning in study_warnings(study, session.kernels)]
            for sentence in [*doubts, *schedule_messages(evaluator, schedules), *source.messages(), *found]:
                writer.message(sentence)
    return read_run(folder)
