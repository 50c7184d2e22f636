"""What the page reads of a run: tables with the columns of docs/run-folder.md, ready to look up names in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from gridprio.errors import Problem, StoreError
from gridprio.inputs.settings import Settings
from gridprio.text import LANGUAGES, Text, one_sentence, same, sentence, word, word_element

COLUMNS: dict[str, tuple[str, ...]] = {
    "status_effect": (
        "scenario", "channel", "project_id", "metric", "mean", "low95", "high95", "probability_better", "margin",
        "verdict", "reason", "lever", "without_status", "with_status", "draws", "further_draws",
    ),
    "placebo": ("scenario", "channel", "metric", "list", "mean", "rank", "lists", "p_value"),
    "plan": (
        "order_name", "scenario", "draw", "project_id", "phase", "start_month", "finish_month", "binding_constraint",
    ),
    "grid_lines": (
        "branch", "from_longitude", "from_latitude", "to_longitude", "to_latitude", "in_service", "added_by",
        "removed_by",
    ),
    "branches": ("branch", "from_station_id", "to_station_id", "name_nl", "name_en"),
    "measured": (
        "scenario", "year", "branch", "kind", "measured_year", "limit_percent", "measured_percent", "modelled_percent",
        "difference_percent", "measured_hours", "modelled_hours",
    ),
    "branch_loading": (
        "order_name", "scenario", "year", "branch", "loading_percent", "overload_percent", "overload_outage",
    ),
    "congestion": (
        "order_name", "scenario", "year", "area", "branch", "direction", "hours", "overload_mvah",
        "worst_loading_percent", "worst_limit_percent", "worst_outage",
    ),
    "lost_load": (
        "order_name", "scenario", "year", "area", "outage", "interrupted_mw", "interrupted_hours",
        "not_accepted_hours", "islands", "stations", "unsolved_hours",
    ),
    "outcomes": ("order_name", "scenario", "draw"),
    "connections": (
        "scenario", "development_id", "direction", "requested_year", "year_without_status", "year_with_status", "low95",
        "high95", "served_share_without_status", "served_share_with_status", "limiting_element", "lifted_by_project",
    ),
    "distribution": (
        "scenario", "group_kind", "group_id", "metric", "without_status", "with_status", "effect", "low95", "high95",
    ),
    "goal_shift": (
        "scenario", "metric", "goals", "saved", "saved_low95", "saved_high95", "added", "added_low95", "added_high95",
        "saved_per_added",
    ),
    "inequality": (
        "scenario", "side", "gini", "worst_tenth_share", "worst_development_id", "worst_waiting_share",
    ),
    "externality": ("scenario", "group_kind", "by_group", "on_group", "metric", "effect"),
    "shadow_prices": (
        "lever", "kind", "name", "year", "amount", "unit", "order_name", "basis", "metric", "change", "anomaly",
    ),
    "reach": (
        "project_id", "status", "plan_month", "month_with_order", "month_with_permit", "month_with_land",
        "month_with_both", "movable_months_order", "movable_months_permit", "movable_months_land",
        "movable_months_both",
    ),
    "reach_months": (
        "order_name", "project_id", "cause_kind", "cause", "lever", "whose_project", "whose_operator", "months",
    ),
    "why_not": ("project_id", "constraint", "lever", "whose_project", "whose_operator", "months_sooner", "binding"),
    "flips": ("project_id", "kind", "name", "year", "amount", "lever", "months_sooner", "smallest"),
    "last_out": (
        "scenario", "project_id", "saved_points", "relief_points", "harm_points", "saved_waiting_mw_years",
        "saved_waiting_dwelling_years", "saved_overload_mvah", "saved_insecure_hours",
    ),
    "ledger": (
        "project_id", "round", "name", "operator_id", "listed", "status", "status_from", "decision", "decided_by",
        "decided_on", "document", "reason", "informs", "assessment", "assessment_reason", "decide_by_year",
        "delivered_on", "binding_constraint", "binding_months", "lever", "whose_project", "whose_operator",
        "flip_condition", "flip_lever", "flip_months", "start_year", "end_year", "plan_month", "month_with_both",
        "movable_months_both", "own_months_province", "own_months_municipality", "own_months_operator",
        "own_months_state", "late_months", "waits_for", "societal_score", "share_first", "share_with_status",
        "saved_points_lowest", "saved_points_highest", "among_first_share", "principles", "input_hash",
    ),
    "base_case": (
        "area", "year", "scenario", "outage", "worst_branch", "worst_loading_percent", "worst_limit_percent",
        "worst_hour", "overload_mvah", "insecure_hours", "interrupted_mw", "interrupted_stations", "unsolved_cases",
    ),
    "voltages": ("area", "year", "scenario", "bus", "station_id", "outage", "vm_pu", "limit_pu", "hours"),
    "dilution": ("scenario", "n_status", "kind", "metric", "mean", "low95", "high95"),
    "bindingness": ("scenario", "bindingness", "kind", "metric", "mean", "low95", "high95"),
    "contribution": (
        "game", "scenario", "metric", "area", "project_id", "pint", "toot", "shapley", "low95", "high95", "exact",
    ),
    "interaction": ("game", "scenario", "metric", "area", "project_id", "other_project_id", "interaction"),
    "sensitivity": (
        "place", "kind", "name", "value", "scenario", "metric", "mean_before", "verdict_before", "mean", "low95",
        "high95", "verdict", "turns", "change_margins",
    ),
    "regret": ("metric", "order_name", "scenario", "outcome", "regret", "worst_regret", "worst_scenario"),
    "search": ("order_name", "scenario", "points", "best_found_points", "bound_points", "exact"),
    "orders": ("order_name", "place", "project_id"),
    "as_given": (
        "scenario", "year", "station_id", "direction", "development_id", "requested_mw", "fits_mw", "limiting_element",
    ),
    "headroom": (
        "station_id", "direction", "sector", "year", "scenario", "headroom_mw", "limiting_branch", "limiting_outage",
        "colour_class", "published_class", "voltage_headroom_mw", "voltage_bus", "voltage_outage",
    ),
    "moves": ("scenario", "year", "development_id", "place", "kind", "requested_mw", "to", "amount", "unit", "avoids"),
    "space": ("municipality_id", "project_id", "land_ha", "planning_status", "reserve_by_year"),
    "lorenz": ("scenario", "side", "place", "development_id", "asked_share", "waiting_share"),
    "security_rules": (
        "rule_id", "min_kv", "below_kv", "direction", "outages", "months", "interruption_max_mw", "interruption_max_h",
        "restored_within_h",
    ),
    "projects": ("project_id", "name", "status"),
    "stations": ("station_id", "name"),
    "developments": ("development_id", "name"),
    "scenarios": ("scenario_id", "name"),
    "areas": ("area_id", "name"),
}  # fmt: skip


@dataclass(frozen=True)
class OrderCompared:
    """Which order the plans with and without status were compared in, as the manifest says."""

    established: bool
    """whether the effect of status can be established from it"""
    reason: str
    """why not: `order_basis` (it may hold status already) or `unranked` (projects without a rank)"""


@dataclass(frozen=True, eq=False)
class RunTables:
    """The tables of one run with every needed column present; a table the run does not hold is empty."""

    status_effect: pd.DataFrame
    placebo: pd.DataFrame
    plan: pd.DataFrame
    grid_lines: pd.DataFrame
    branches: pd.DataFrame
    branch_loading: pd.DataFrame
    measured: pd.DataFrame
    congestion: pd.DataFrame
    lost_load: pd.DataFrame
    outcomes: pd.DataFrame
    connections: pd.DataFrame
    distribution: pd.DataFrame
    goal_shift: pd.DataFrame
    inequality: pd.DataFrame
    externality: pd.DataFrame
    shadow_prices: pd.DataFrame
    reach: pd.DataFrame
    reach_months: pd.DataFrame
    why_not: pd.DataFrame
    flips: pd.DataFrame
    last_out: pd.DataFrame
    ledger: pd.DataFrame
    base_case: pd.DataFrame
    voltages: pd.DataFrame
    dilution: pd.DataFrame
    bindingness: pd.DataFrame
    contribution: pd.DataFrame
    interaction: pd.DataFrame
    sensitivity: pd.DataFrame
    regret: pd.DataFrame
    search: pd.DataFrame
    orders: pd.DataFrame
    as_given: pd.DataFrame
    headroom: pd.DataFrame
    moves: pd.DataFrame
    space: pd.DataFrame
    lorenz: pd.DataFrame
    security_rules: pd.DataFrame
    projects: pd.DataFrame
    stations: pd.DataFrame
    developments: pd.DataFrame
    scenarios: pd.DataFrame
    areas: pd.DataFrame
    municipalities: Mapping[str, Any]
    """GeoJSON FeatureCollection, empty when the study has none"""
    manifest: Mapping[str, Any]
    settings: Settings
    comparison: OrderCompared

    def name(self, table: str, key: object) -> str:
        """The name that goes with an id of `projects`, `stations`, `developments`, ...; else the id."""
        rows: pd.DataFrame = getattr(self, table)
        found = rows.loc[rows.iloc[:, 0].astype(str) == str(key), "name"].tolist()
        return str(found[0]) if found and str(found[0]) not in ("", "nan") else str(key)

    def names(self, table: str, keys: object) -> list[str]:
        """Names of one id, or of several separated by blanks."""
        text = "" if keys is None or keys != keys else str(keys).strip()
        one = self.name(table, text)
        return [one] if one != text or not text else [self.name(table, key) for key in text.split()]

    def element(self, code: object) -> Text:
        """What limits or fails (`line:12`, `trafo:3 without line:4`, `bus:5`), by its name in table `branches`."""
        return word_element(code, self._branch_names)

    @cached_property
    def transformer_stations(self) -> dict[str, list[str]]:
        """Stations of each transformer, by its code."""
        rows = self.branches[self.branches["branch"].astype(str).str.startswith("trafo")]
        ends = zip(rows["from_station_id"].astype(str), rows["to_station_id"].astype(str), strict=True)
        stations = (list(dict.fromkeys(f"{one} {other}".split())) for one, other in ends)
        return dict(zip(rows["branch"].astype(str), stations, strict=True))

    @cached_property
    def _branch_names(self) -> Mapping[str, Text]:
        names = zip(*(self.branches[column].astype(str) for column in ("name_nl", "name_en")), strict=True)
        return dict(zip(self.branches["branch"].astype(str), (Text(*pair) for pair in names), strict=True))

    def scenario(self, scenario_id: object) -> Text:
        return scenario_text(str(scenario_id), self.name("scenarios", scenario_id))

    @property
    def is_search(self) -> bool:
        """Whether this is the folder of a search, which compares whole orders and no statuses."""
        return self.status_effect.empty and len(self.search) > 0

    @property
    def plan_sides(self) -> tuple[str, ...]:
        """The orders that plans are shown of: two, or one where nobody has status."""
        if self.is_search:
            return ("operator", "best_found")
        return ("without_status", "with_status") if self.projects["status"].any() else ("without_status",)

    @property
    def draws(self) -> int:
        """Draws that were made: one where nothing in the study is random; 0 where nothing was compared."""
        return int(self.status_effect["draws"].max()) if len(self.status_effect) else 0

    @property
    def first_scenario(self) -> str:
        """For what is shown of one scenario only; empty where there is none."""
        return next(iter(self.all_scenarios), "")

    @property
    def all_scenarios(self) -> list[str]:
        """Scenarios in the order of the study, without `pooled`."""
        return [s for s in self.scenario_ids if s != "pooled"]

    @property
    def municipality_names(self) -> dict[str, str]:
        return {
            str(f["properties"]["municipality_id"]): str(
                f["properties"].get("name") or f["properties"]["municipality_id"]
            )
            for f in self.municipalities.get("features", [])
        }

    @property
    def scenario_ids(self) -> list[str]:
        """Scenarios of the effects, or else of the orders searched, in the order of the study; `pooled` last."""
        shown = self.status_effect if len(self.status_effect) else self.search
        seen = list(dict.fromkeys(shown["scenario"].astype(str)))
        known = [s for s in self.scenarios["scenario_id"].astype(str) if s in seen]
        return known + [s for s in seen if s not in known and s != "pooled"] + ["pooled"] * ("pooled" in seen)


def scenario_rows(table: pd.DataFrame, scenario: str) -> pd.DataFrame:
    """Rows of one scenario; all rows where the table does not tell scenarios apart."""
    mine = table[table["scenario"].astype(str) == scenario]
    return table if mine.empty else mine


def run_tables(run: Any) -> RunTables:
    """Take the tables out of a run (attributes by table name and `manifest`); raises StoreError for missing columns."""
    manifest = run.manifest
    problems: list[Problem] = []
    tables: dict[str, pd.DataFrame] = {}
    for table, columns in COLUMNS.items():
        found = getattr(run, table, None)
        if found is None:
            tables[table] = pd.DataFrame(columns=list(columns))
            continue
        if table == "connections" and "scenario" not in found.columns:
            found = found.assign(scenario="")
        missing = [c for c in columns if c not in found.columns]
        if missing:
            problems.append(
                Problem(
                    table,
                    None,
                    None,
                    sentence("problem.columns_missing"),
                    found=", ".join(map(str, found.columns)),
                    expected=", ".join(missing),
                )
            )
        first = [c for c in columns if c in found.columns]
        tables[table] = found[first + [c for c in found.columns if c not in first]].reset_index(drop=True)
    if problems:
        said = sentence("store.cannot_show")
        for problem in problems:
            said = sentence("store.and_line", said=said, line=one_sentence(problem))
        raise StoreError(said)
    settings = Settings.model_validate(manifest["settings"])
    comparison = OrderCompared(bool(manifest["comparison"]["established"]), str(manifest["comparison"]["reason"]))
    if not comparison.established:
        tables |= _what_if(tables)
    return RunTables(
        **tables,
        municipalities=getattr(run, "municipalities", None) or {"type": "FeatureCollection", "features": []},
        manifest=manifest,
        settings=settings,
        comparison=comparison,
    )


def _what_if(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The rows of a reconstructed order instead of those of the operator's, where the run holds them.

    Their channels and orders carry a prefix (`need_year_order`, `need_year_without_status`), which is taken off.
    """
    effect = tables["status_effect"]
    channel = effect["channel"].astype(str)
    prefix = next((c.removesuffix("order") for c in channel if c.endswith("order") and c != "order"), "")
    if not prefix:
        return {}
    mine = effect[channel.str.startswith(prefix)]
    shown = {"status_effect": mine.assign(channel=mine["channel"].str.removeprefix(prefix)).reset_index(drop=True)}
    for name in ("plan", "outcomes", "reach_months", "branch_loading", "congestion", "lost_load"):
        rows = tables[name][tables[name]["order_name"].astype(str).str.startswith(prefix)]
        if len(rows):
            named = rows.assign(order_name=rows["order_name"].str.removeprefix(prefix))
            shown[name] = named.reset_index(drop=True)
    return shown


def scenario_text(scenario_id: str, name: str) -> Text:
    """The name of a scenario; where it ends with the reading of a study of stations, that in both languages."""
    reading = word("reading", scenario_id.rpartition(":")[2])
    for language in LANGUAGES:
        if name.endswith(f": {reading[language]}"):
            return same(name.removesuffix(reading[language])) + reading
    return same(name)
