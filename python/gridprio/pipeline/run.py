"""One study from its rows to a run folder (docs/architecture.md)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridprio.cells import is_sealed
from gridprio.inputs.plausibility import warning_message
from gridprio.inputs.study import Study
from gridprio.model.plan import Plans
from gridprio.orders import BEST_FOUND
from gridprio.pipeline.base_case import base_case_messages, base_case_tables
from gridprio.pipeline.better_order import BetterOrder, better_order, compared_messages, search_tables
from gridprio.pipeline.bound_by_others import bound_by_others
from gridprio.pipeline.branch_names import Names, branch_tables, names_of_branches
from gridprio.pipeline.congestion import congestion_tables
from gridprio.pipeline.contract_messages import contract_messages
from gridprio.pipeline.contribution_tables import contribution_messages, run_contributions
from gridprio.pipeline.curves import curve_messages, curve_tables
from gridprio.pipeline.draws import ORDER_DRAWS, Drawn, detailed_pair, draw_until_settled
from gridprio.pipeline.effects import effect_tables, study_effects
from gridprio.pipeline.given_grid import given_grid_tables, space_messages
from gridprio.pipeline.grid_lines import grid_line_tables
from gridprio.pipeline.headroom import headroom_tables
from gridprio.pipeline.hours_error import hours_error_messages, hours_error_tables
from gridprio.pipeline.ledger import earlier_entries, ledger_tables
from gridprio.pipeline.left_out import left_out_messages, left_out_record, requesting
from gridprio.pipeline.measured import measured_tables
from gridprio.pipeline.not_known import without_unknown
from gridprio.pipeline.plausibility import study_warnings
from gridprio.pipeline.queue_messages import queue_messages
from gridprio.pipeline.rating_messages import rating_messages
from gridprio.pipeline.reach import binding_projects, reach_tables
from gridprio.pipeline.regret import regret_table, turning_scenarios
from gridprio.pipeline.schedules import Schedules, make_schedules, schedule_messages
from gridprio.pipeline.sensitivity import sensitivity, sensitivity_messages
from gridprio.pipeline.session import Session
from gridprio.pipeline.tables import outcomes_table, plan_table
from gridprio.pipeline.voltages import voltage_messages, voltage_tables
from gridprio.pipeline.who import who_tables
from gridprio.store import Progress, Run, RunWriter, read_run
from gridprio.text import Message, message


def run_study(  # noqa: PLR0913 - what a run may be told
    study: Study,
    out: str | Path | None = None,
    backend: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
    cells: str | Path | None = None,
    ledger: Run | None = None,
    skip_missing: bool = False,
    request: str | Path | None = None,
    cluster: str | None = None,
) -> Run:
    """Plan, simulate and compare; the tables of docs/run-folder.md in `out`, or in a temporary folder.

    `backend`, `threads`, `cells` and `cluster` as of `Session`. `progress(stage, part)`: part from 0 to 1.
    `ledger`: run of the round before, whose ledger this one goes on with. `skip_missing`: go on without what a seal
    lacks cells for, and say what that is. `request`: file for the cells that a seal lacks (docs/sealed-studies.md).
    Raises InputError for a study that cannot be run; an interrupted run leaves a folder that says so.
    """
    earlier = None if ledger is None else earlier_entries(ledger)
    folder = Path(out) if out is not None else Path(tempfile.mkdtemp(prefix="gridprio-")) / "run"
    with (
        Session(study, backend, threads, cells, cluster) as session,
        requesting(session, request),
        RunWriter(folder, study, backend=session.kernels.name, threads=session.threads, progress=progress) as writer,
    ):
        with writer.stage("grid"):
            source = session.cells
            as_read, named = _as_read(session), names_of_branches(study.stations, source)
        with writer.stage("plan"):
            evaluator = session.evaluator
            schedules = make_schedules(evaluator)
        writer.comparison(
            established=schedules.established, reason=schedules.unknown_because, order=schedules.order_name
        )
        with writer.stage("cells") as advance:
            effects = study_effects(evaluator, schedules)
            drawn = draw_until_settled(evaluator, schedules, effects, advance, skip_missing=skip_missing)
            planned_cells = source.table()  # those that a search asks for besides are many
        with writer.stage("search") as advance:
            # A sealed study has the cells of its own orders alone.
            better = (
                None
                if is_sealed(study)
                else better_order(evaluator, schedules.ruled_order(), min(ORDER_DRAWS, len(drawn.draw_rows)), advance)
            )
        with writer.stage("effect"):
            pair = detailed_pair(evaluator, schedules, drawn)
            tables = effect_tables(evaluator, schedules, effects, drawn, pair) | as_read
        with writer.stage("reach"):
            tables |= reach_tables(evaluator, schedules)
            binding = binding_projects(evaluator, schedules.orders)
            tables["connections"] = _with_binding(tables["connections"], binding)
        with writer.stage("congestion") as advance:
            tables |= congestion_tables(evaluator, schedules, advance) | hours_error_tables(session, schedules, advance)
        with writer.stage("curves") as advance:
            tables |= curve_tables(evaluator, schedules, advance)
        with writer.stage("ledger"):
            tables |= ledger_tables(evaluator, schedules.orders, tables, earlier)
        with writer.stage("given_grid"):
            tables |= given_grid_tables(evaluator, schedules.orders, tables["connections"]) | headroom_tables(session)
        with writer.stage("sensitivity") as advance:
            tables |= sensitivity(session, drawn.comparison.draws, advance)
        with writer.stage("who"):
            tables |= who_tables(evaluator, schedules, pair, binding)
        with writer.stage("contributions"):
            tables |= run_contributions(evaluator)
        session.close()
        writer.cells(source.origin() | left_out_record(session, drawn))
        with writer.stage("write"):
            plans, metrics = _plans_and_metrics(schedules, drawn, better)
            tables |= _order_tables(study, metrics, better)
            writer.write("plan", plan_table(schedules.problem, plans, evaluator.scenarios))
            writer.write("cells", planned_cells)
            tables["outcomes"] = outcomes_table(metrics, evaluator.scenarios, drawn.draw_rows)
            for name, table in tables.items():
                writer.write(name, without_unknown(table, source.not_known))
            found = _messages_of(study, schedules, tables, better, binding is not None, named)
            for sentence in [
                *map(warning_message, study_warnings(study, session.kernels)),
                *schedule_messages(evaluator, schedules),
                *source.messages(),
                *left_out_messages(drawn),
                *contract_messages(study, source),
                *hours_error_messages(session, tables.get("hours_error")),
                *found,
            ]:
                writer.message(sentence)
    return read_run(folder)


def _as_read(session: Session) -> dict[str, pd.DataFrame]:
    """The grid before any project, and what is in it."""
    before = base_case_tables(session) | voltage_tables(session)
    return before | grid_line_tables(session) | branch_tables(session) | measured_tables(session)


def _with_binding(connections: pd.DataFrame, binding: pd.DataFrame | None) -> pd.DataFrame:
    """With who waits for whose project, where that is known."""
    return connections if binding is None else connections.merge(binding, "left", ["scenario", "development_id"])


def _messages_of(
    study: Study,
    schedules: Schedules,
    tables: dict[str, pd.DataFrame],
    better: BetterOrder | None,
    binding_known: bool,
    named: Names,
) -> Iterator[Message]:
    """What the tables say beside their numbers; `binding_known`: who waits for whose project; `named`: branches."""
    yield from queue_messages(study)
    yield from rating_messages(study)
    yield from base_case_messages(tables.get("base_case"), study.settings.interruption_max_mw, named)
    yield from voltage_messages(tables.get("voltages"), named)
    if better is not None:
        yield from compared_messages(better.compared)
    if not binding_known:
        yield message("cells.no_binding_projects")
    if "last_out" not in tables:
        yield message("cells.no_last_out")
    yield from curve_messages(tables)
    yield from contribution_messages(study, tables)
    if study.settings.curve_lists > 0 and "dilution" not in tables:
        yield message("cells.no_curves")
    yield from sensitivity_messages(study, tables.get("sensitivity"))
    yield from space_messages(tables["space"])
    yield from turning_scenarios(tables["status_effect"], schedules.prefix + "both")
    if binding_known:
        yield from bound_by_others(study, tables["connections"])


def _order_tables(
    study: Study, metrics: dict[str, NDArray[np.float64]], better: BetterOrder | None
) -> dict[str, pd.DataFrame]:
    """What is told of whole orders, with those of a search where there was one."""
    if better is None:
        return {"regret": regret_table(study, metrics, {})}
    regret = regret_table(study, metrics, better.compared.order_points)
    return {"regret": regret, **search_tables(better.compared), "shadow_prices": better.prices}


def _plans_and_metrics(
    schedules: Schedules, drawn: Drawn, better: BetterOrder | None
) -> tuple[dict[str, Plans], dict[str, NDArray[np.float64]]]:
    """By order name; metrics are [scenario, draw, metric], of named orders on the first draws alone."""
    named = schedules.rows()
    plans = {name: schedules.plans[timeline] for name, timeline in named.items()}
    every = {name: drawn.metric(timeline) for name, timeline in named.items()}
    metrics = {name: metric for name, metric in every.items() if not np.isnan(metric).any()}
    if better is not None:
        plans[BEST_FOUND], metrics[BEST_FOUND] = better.plans, better.metrics
    return plans, metrics
