"""What no single row can tell: ids, references, and the things a study must not contradict itself in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from gridprio.errors import Problem
from gridprio.inputs.assumptions import assumption_problems
from gridprio.inputs.checks_groups import group_problems
from gridprio.inputs.checks_planner import planner_problems
from gridprio.inputs.checks_projects import project_problems
from gridprio.inputs.checks_queue import queue_problems
from gridprio.inputs.checks_ratings import place_of_profiles, surely_used, temperature_columns, temperature_problems
from gridprio.inputs.checks_security import replaced_settings, security_problems
from gridprio.inputs.checks_stations import station_problems
from gridprio.inputs.columns import PEAK_MAX_MW
from gridprio.inputs.hierarchy import is_stations
from gridprio.inputs.known import ANY_ID, Known
from gridprio.inputs.limits import PROBLEMS_PER_CHECK
from gridprio.inputs.profiles import profile_problems
from gridprio.inputs.rows import suggestion
from gridprio.inputs.schema import TABLES
from gridprio.inputs.study import Study
from gridprio.inputs.table_rules import TABLE_KEYS
from gridprio.text import sentence

REFERENCES = (
    ("loads", "station_id", "stations"),
    ("developments", "station_id", "stations"),
    ("developments", "key_figure_id", "key_figures"),
    ("spatial_plans", "station_id", "stations"),
    ("projects", "station_id", "stations"),
    ("project_changes", "station_id", "stations"),
    ("project_changes", "to_station_id", "stations"),
    ("project_changes", "development_id", "developments"),
    ("project_changes", "group_limit_id", "group_limits"),
    ("project_changes", "members", "developments"),
    ("project_phases", "project_id", "projects"),
    ("project_changes", "project_id", "projects"),
    ("projects", "requires", "projects"),
    ("projects", "excludes", "projects"),
    ("projects", "until_projects", "projects"),
    ("growth", "scenario_id", "scenarios"),
    ("stations", "areas", "areas"),
    ("areas", "parents", "areas"),
    ("station_capacity", "area_id", "areas"),
    ("station_capacity", "scenario_id", "scenarios"),
    ("project_capacity", "area_id", "areas"),
    ("project_capacity", "project_id", "projects"),
    ("scores", "project_id", "projects"),
    ("scores", "criterion_id", "criteria"),
    ("principles", "project_id", "projects"),
)
"""table, column, table that it leads to; a blank reference is none."""


def known_of(study: Study) -> Known:
    """For a study whose rows are all there."""
    ids = {name: frozenset(str(getattr(row, TABLE_KEYS[name][0])) for row in getattr(study, name)) for name in TABLES}
    return Known(ids, frozenset())


def cross_problems(study: Study, known: Known) -> list[Problem]:
    """Every problem between rows, tables and settings, in the order of the tables."""
    checks: tuple[Callable[[Study, Known], Iterator[Problem]], ...] = (
        _duplicates,
        _references,
        _municipalities,
        _operators,
        _scenarios,
        _sectors,
        _developments,
        _criteria,
        _profile_names,
        _measurements,
        group_problems,
        temperature_problems,
        security_problems,
        assumption_problems,
    )
    problems = [problem for check in checks for problem in islice(check(study, known), PROBLEMS_PER_CHECK)]
    problems.extend(project_problems(study, known))
    problems.extend(planner_problems(study, known))
    problems.extend(station_problems(study, known))
    problems.extend(queue_problems(study, known))
    if study.profiles is not None:
        problems.extend(profile_problems(*place_of_profiles(study), surely_used(study), temperature_columns(study)))
    return problems


def settings_problems(study: Study, known: Known) -> Iterator[Problem]:
    """Settings against each other and against the tables."""
    settings = study.settings

    def problem(name: str, what: str, **words: str) -> Problem:
        return study.problem("study", 0, f"[settings] {name}", what, **words)

    if settings.start_year > settings.end_year:
        yield problem(
            "end_year",
            sentence("problem.horizon"),
            found=str(settings.end_year),
            expected=sentence("expected.year_or_later", year=settings.start_year),
            mend=sentence("remedy.mend_horizon"),
        )
    operators = ANY_ID if "projects" in known.partial else frozenset(project.operator_id for project in study.projects)
    if settings.search_scenario and settings.search_scenario not in known.ids["scenarios"]:
        yield problem(
            "search_scenario",
            sentence("problem.not_in_table", table="scenarios"),
            found=repr(settings.search_scenario),
            expected=sentence("expected.id_of", table="scenarios"),
            mend=suggestion(settings.search_scenario, sorted(known.ids["scenarios"])),
        )
    for name, names, what in (
        ("scenarios", known.ids["scenarios"], sentence("problem.not_in_table", table="scenarios")),
        ("drivers", known.ids["drivers"], sentence("problem.not_in_table", table="drivers")),
        ("bindingness_by_operator", operators, sentence("problem.no_project_of_operator")),
    ):
        for wanted in getattr(settings, name):
            if wanted not in names:
                yield problem(
                    name,
                    what,
                    found=repr(wanted),
                    expected=sentence("expected.known_name"),
                    mend=suggestion(wanted, sorted(names)),
                )
    yield from replaced_settings(study)


def _duplicates(study: Study, known: Known) -> Iterator[Problem]:
    for table, columns in TABLE_KEYS.items():
        if table == "project_changes":
            continue
        first_at: dict[tuple[str, ...], int] = {}
        for at, row in enumerate(getattr(study, table)):
            key = tuple(str(getattr(row, column)) for column in columns)
            if key in first_at:
                other = study.problem(table, first_at[key], None, "").row
                yield study.problem(
                    table,
                    at,
                    columns[-1],
                    sentence("problem.row_twice", columns=list(columns)),
                    found=" ".join(repr(part) for part in key),
                    expected=sentence("expected.once"),
                    mend=sentence("remedy.same_in_row", row=other) if other else "",
                )
            first_at.setdefault(key, at)


def _measurements(study: Study, known: Known) -> Iterator[Problem]:
    """Each says something, and its highest loading once."""
    expected, mend = sentence("expected.measurement"), sentence("remedy.fill_measurement")
    for at, row in enumerate(study.measurements):
        given = [name for name in ("highest_percent", "highest_mva") if getattr(row, name) is not None]
        if not given and row.hours_above_limit is None:
            what = sentence("problem.nothing_measured", element=repr(row.element))
            found: str = sentence("found.nothing")
        elif len(given) > 1:
            what = sentence("problem.measured_twice", element=repr(row.element))
            found = ", ".join(given)
        else:
            continue
        yield study.problem("measurements", at, "highest_percent", what, found=found, expected=expected, mend=mend)


def _references(study: Study, known: Known) -> Iterator[Problem]:
    for table, column, target in REFERENCES:
        names, listed = known.ids[target], sorted(known.ids[target])
        if target == "areas" and not names:
            continue
        for at, row in enumerate(getattr(study, table)):
            value = getattr(row, column)
            for name in value if isinstance(value, tuple) else (value,):
                if name and name not in names:
                    yield study.problem(
                        table,
                        at,
                        column,
                        sentence("problem.not_in_table", table=target),
                        found=repr(name),
                        expected=sentence("expected.id_of", table=target),
                        mend=suggestion(name, listed),
                    )


def _municipalities(study: Study, known: Known) -> Iterator[Problem]:
    """Only where a map tells which municipalities there are."""
    if study.municipalities is None:
        return
    names = {str(feature["properties"]["municipality_id"]): None for feature in study.municipalities["features"]}
    for table in ("stations", "projects", "developments", "spatial_plans"):
        for at, row in enumerate(getattr(study, table)):
            name = row.municipality_id
            if name and name not in names:
                yield study.problem(
                    table,
                    at,
                    "municipality_id",
                    sentence("problem.not_on_the_map"),
                    found=repr(name),
                    expected=sentence("expected.known_name"),
                    mend=suggestion(name, sorted(names)),
                )


def _operators(study: Study, known: Known) -> Iterator[Problem]:
    operators = sorted({project.operator_id for project in study.projects})
    for at, budget in enumerate(study.budgets):
        if "projects" not in known.partial and budget.operator_id not in operators:
            yield study.problem(
                "budgets",
                at,
                "operator_id",
                sentence("problem.no_project_of_operator"),
                found=repr(budget.operator_id),
                expected=sentence("expected.known_name"),
                mend=suggestion(budget.operator_id, operators),
            )


def _scenarios(study: Study, known: Known) -> Iterator[Problem]:
    weights = [scenario.weight for scenario in study.scenarios]
    given = [weight for weight in weights if weight is not None]
    if not given:
        return
    for at, weight in enumerate(weights):
        if weight is None:
            yield study.problem(
                "scenarios",
                at,
                "weight",
                sentence("problem.weight_missing"),
                found=sentence("found.nothing"),
                expected=sentence("expected.float"),
                mend=sentence("remedy.all_weights_or_none"),
            )
    if not sum(given) > 0:
        yield _weights_zero(study, "scenarios")


def _weights_zero(study: Study, table: str) -> Problem:
    what, expected = sentence("problem.weights_zero"), sentence("expected.more_than", limit=0)
    mend = sentence("remedy.weight_above_zero")
    return study.problem(table, 0, "weight", what, found="0", expected=expected, mend=mend)


def _sectors(study: Study, known: Known) -> Iterator[Problem]:
    """Growth of a sector that nothing has would silently do nothing."""
    loads = {load.sector for load in study.loads}
    if known.partial & {"loads", "developments"}:
        return
    both = loads | {row.sector for row in study.developments} | {row.sector for row in study.key_figures}
    for table, used in (("growth", loads), ("drivers", both)):
        seen: set[str] = set()
        for at, row in enumerate(getattr(study, table)):
            if used and row.sector not in used and row.sector not in seen:
                seen.add(row.sector)
                yield study.problem(
                    table,
                    at,
                    "sector",
                    sentence("problem.sector_of_no_load" if table == "growth" else "problem.sector_of_nobody"),
                    found=repr(row.sector),
                    expected=sentence("expected.known_name"),
                    mend=suggestion(row.sector, sorted(used)),
                )


def _developments(study: Study, known: Known) -> Iterator[Problem]:
    for at, row in enumerate(study.developments):
        if row.p_mw is None and (row.size is None or (row.mw_per_unit is None and not row.key_figure_id)):
            yield study.problem(
                "developments",
                at,
                "p_mw",
                sentence("problem.no_requested_capacity"),
                found=sentence("found.nothing"),
                expected=sentence("expected.requested_capacity"),
                mend=sentence("remedy.fill_cell"),
            )
        elif row.p_mw is None and (row.size or 0.0) * (row.mw_per_unit or 0.0) > PEAK_MAX_MW:
            yield study.problem(
                "developments",
                at,
                "size",
                sentence("problem.request_too_large"),
                found=f"{row.size:g} x {row.mw_per_unit:g} MW",
                expected=sentence("expected.at_most", limit=PEAK_MAX_MW),
                mend=sentence("remedy.unit_of_size"),
            )


def _criteria(study: Study, known: Known) -> Iterator[Problem]:
    """Scores can only be added up when every scored project has one on every criterion, and some criterion counts."""
    if study.criteria and not sum(criterion.weight for criterion in study.criteria) > 0:
        yield _weights_zero(study, "criteria")
    if known.partial & {"criteria", "scores"}:
        return
    on: dict[str, list[str]] = defaultdict(list)
    first_at: dict[str, int] = {}
    for at, score in enumerate(study.scores):
        on[score.project_id].append(score.criterion_id)
        first_at.setdefault(score.project_id, at)
    for project_id, named in on.items():
        missing = [c.criterion_id for c in study.criteria if c.criterion_id not in named]
        if missing:
            yield study.problem(
                "scores",
                first_at[project_id],
                "criterion_id",
                sentence("problem.scores_missing", project=repr(project_id)),
                found=sentence("found.missing", names=", ".join(missing)),
                expected=sentence("expected.score_on_every_criterion"),
                mend=sentence("remedy.score_every_criterion"),
            )


def _profile_names(study: Study, known: Known) -> Iterator[Problem]:
    """Names that lead nowhere; what a SimBench grid may still bring is checked beside the grid."""
    if study.profiles is not None and not brings_profiles(study):
        yield from profile_name_problems(study, ())


def profile_name_problems(study: Study, of_grid: Iterable[str]) -> Iterator[Problem]:
    """Profiles that rows name and neither the study nor its grid source (`of_grid`) has."""
    own = () if study.profiles is None else study.profiles.columns
    columns = sorted({*map(str, own), *map(str, of_grid)})
    first_use: dict[str, list[tuple[str, int]]] = defaultdict(list)
    tables = ["loads", "developments", "project_changes"] + ["key_figures"] * (not is_stations(study))
    for table in tables:
        for at, row in enumerate(getattr(study, table)):
            if row.profile and row.profile not in columns:
                first_use[row.profile].append((table, at))
    for name, uses in first_use.items():
        table, at = uses[0]
        yield study.problem(
            table,
            at,
            "profile",
            sentence("problem.no_such_profile"),
            found=sentence("found.value_in_rows", value=repr(name), n=len(uses)),
            expected=sentence("expected.known_profile"),
            mend=suggestion(name, columns),
        )


def brings_profiles(study: Study) -> bool:
    """Whether the grid source has profiles of its own, or what follows from them."""
    return study.head.grid.startswith(("simbench:", "sealed:"))
