"""read_study: a folder or workbook into a Study, or every problem at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from gridprio.errors import InputError, Problem
from gridprio.inputs.checks import brings_profiles, cross_problems, known_of, settings_problems
from gridprio.inputs.columns import Row
from gridprio.inputs.contents import HEAD_FILE, Contents, Lines
from gridprio.inputs.door import reading
from gridprio.inputs.enumerations import Phase
from gridprio.inputs.example import example_problems
from gridprio.inputs.files import read_folder, read_workbook
from gridprio.inputs.hierarchy import is_stations, with_named_readings, with_readings
from gridprio.inputs.key_figures import key_figure_problems, with_plans
from gridprio.inputs.known import ANY_ID, Known
from gridprio.inputs.limits import content_of
from gridprio.inputs.rows import ParsedTable, parse_section, parse_table, parse_texts
from gridprio.inputs.rules_in_force import rules_in_force
from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.inputs.source import PROFILES
from gridprio.inputs.study import Study
from gridprio.inputs.table_rules import REQUIRED_TABLES, STATION_TABLES
from gridprio.text import sentence

M = TypeVar("M", bound=BaseModel)


def read_study(path: str | Path) -> Study:
    """Read a study folder (study.toml and tables) or one workbook (.xlsx); InputError holds every problem found."""
    study, problems = inspect_study(path)
    if problems or study is None:
        raise InputError(problems)
    return study


def inspect_study(path: str | Path) -> tuple[Study | None, list[Problem]]:
    """The study as far as it can be read (None when there is nothing to go on) and every problem found."""
    study, problems = inspect_as_written(path)
    return (None if study is None else _completed(study)), problems


def checked_study(written: Study) -> Study:
    """The study that is run of one whose rows or settings were changed after reading; InputError names all problems."""
    known = known_of(written)
    problems = cross_problems(_with_queue_rules(_with_cost_shares(written)), known)
    problems += settings_problems(written, known)
    if problems:
        raise InputError(problems)
    return _completed(written)


def _completed(written: Study) -> Study:
    """With what follows from its rows: cost shares, developments of plans, rules of the queue, readings."""
    return with_readings(_with_queue_rules(with_plans(_with_cost_shares(written))))


def inspect_as_written(path: str | Path) -> tuple[Study | None, list[Problem]]:
    """Rows as they stand, without what follows: developments of plans, rules of the queue, readings, cost shares."""
    path, problems = Path(path), list[Problem]()
    contents: Contents | None = None
    with reading(str(path), problems):
        if path.is_dir():
            contents = read_folder(path)
        elif path.is_file() and path.suffix.lower() == ".xlsx":
            contents = read_workbook(path)
        else:
            what = sentence("problem.no_study" if path.exists() else "problem.no_path")
            expected, remedy = sentence("expected.study_path"), sentence("remedy.name_study")
            problems.append(Problem(str(path), None, None, what, repr(str(path)), expected, remedy))
    return (None, problems) if contents is None else _study_of(contents)


def _study_of(contents: Contents) -> tuple[Study | None, list[Problem]]:
    problems = contents.problems
    head = _section(contents, "study", StudyHead)
    settings = _section(contents, "settings", Settings)
    parsed: dict[str, ParsedTable[Row]] = {
        name: parse_table(contents.tables[name], model, problems)
        for name, model in TABLES.items()
        if name in contents.tables
    }
    absent = {name for name in TABLES if name not in contents.table_files}
    unknown = contents.unread | (absent if contents.workbook_is_unreadable else set())
    head_or_guess = head or _head_of_refused(contents)
    required = (*REQUIRED_TABLES, *(STATION_TABLES if head_or_guess.mode == "stations" else ()))
    empty = {name for name in required if name in absent - unknown}
    empty |= {name for name in required if name in parsed and not contents.tables[name].cells}
    problems.extend(_missing_table(name, sentence("expected.table_with_rows")) for name in sorted(empty))
    unknown |= empty
    positions = {name: contents.position(table.file, table.row_numbers) for name, table in parsed.items()}
    settings_file, _ = contents.lines.get("settings", {}).get("", (HEAD_FILE, None))
    positions["study"] = contents.position(settings_file, ())
    if PROFILES in contents.table_files:
        positions[PROFILES] = contents.position(contents.table_files[PROFILES], contents.profiles_rows)
    rows: dict[str, Any] = {name: table.rows for name, table in parsed.items()}
    rows.setdefault("queue_rules", ())
    study = Study(
        head=head_or_guess,
        settings=settings or _settings_of_refused(contents),
        folder=contents.folder,
        profiles=contents.profiles,
        municipalities=contents.municipalities,
        input_hashes=dict(sorted(contents.hashes.items())),
        positions=positions,
        reading_warnings=tuple(contents.warnings),
        **rows,
    )
    if head is not None and not is_stations(study):
        study = _with_grid_file(study, problems)
    known = Known(
        {name: ANY_ID if name in unknown else _ids_of(parsed, name) for name in TABLES},
        unknown
        | frozenset(name for name, table in parsed.items() if table.is_partial)
        | frozenset({"study"} if head is None else ()),
    )
    problems.extend(cross_problems(_with_queue_rules(_with_cost_shares(study)), known))
    problems.extend(key_figure_problems(study, known))
    problems.extend(example_problems(study))
    if settings is not None:
        problems.extend(settings_problems(study, known))
    if (
        not (PROFILES in contents.table_files or contents.workbook_is_unreadable)
        and study.missing_profiles
        and not brings_profiles(study)
    ):
        missing = sentence("expected.columns", columns=", ".join(study.missing_profiles))
        problems.append(_missing_table("profiles", missing))
    return study, list(dict.fromkeys(contents.located(problem) for problem in problems))


def _ids_of(parsed: Mapping[str, ParsedTable[Row]], name: str) -> frozenset[str]:
    return parsed[name].ids if name in parsed else frozenset()


def _missing_table(name: str, expected: str) -> Problem:
    what, remedy = sentence("problem.table_missing"), sentence("remedy.add_file", file=f"{name}.csv")
    return Problem(name, None, None, what, sentence("found.nothing"), expected, remedy)


def _head_of_refused(contents: Contents) -> StudyHead:
    """Enough to go on looking for problems."""
    written = contents.sections.get("study", {})
    mode = "stations" if written.get("mode") == "stations" else "grid"
    return StudyHead.model_construct(name="?", grid=str(written.get("grid", "grid.json")), mode=mode)


def _settings_of_refused(contents: Contents) -> Settings:
    """As if nothing was set but the language, in which the problems are said."""
    return Settings(language="en" if contents.sections.get("settings", {}).get("language") == "en" else "nl")


def _with_cost_shares(study: Study) -> Study:
    """Where no phase of a project has a cost share, the build phase bears all of its cost."""
    shared = {phase.project_id for phase in study.project_phases if phase.cost_share > 0}
    phases = tuple(
        phase.model_copy(update={"cost_share": 1.0})
        if phase.phase is Phase.BUILD and phase.project_id not in shared
        else phase
        for phase in study.project_phases
    )
    return replace(study, project_phases=phases)


def _with_queue_rules(study: Study) -> Study:
    """A study without rules of its own has those in force."""
    return replace(study, queue_rules=study.queue_rules or rules_in_force(study.developments))


def _section(contents: Contents, name: str, model: type[M]) -> M | None:
    if contents.head_is_unreadable and name not in contents.sections:
        return None
    lines: Lines = {"": (HEAD_FILE, None)} | contents.lines.get(name, {})
    values: Mapping[str, Any] = contents.sections.get(name, {})
    if name not in contents.text_sections:
        return parse_section(values, model, name, lines, contents.problems)
    unreadable: list[Problem] = []
    values = parse_texts(values, model, name, lines, unreadable)
    contents.problems.extend(unreadable)
    found: list[Problem] = []
    section = parse_section(values, model, name, lines, found)
    named = {problem.column for problem in unreadable}
    contents.problems.extend(problem for problem in found if problem.column not in named)
    return None if unreadable else section


def _with_grid_file(study: Study, problems: list[Problem]) -> Study:
    """Hash the grid or the seal where it is a file; a source such as simbench:... has a colon."""
    grid = study.head.grid
    # A seal names the digests of its own tables.
    name = f"{grid.removeprefix('sealed:')}/seal.json" if grid.startswith("sealed:") else grid
    path = study.folder / name
    with reading(HEAD_FILE, problems):
        if path.exists() and not path.is_dir():
            digest = hashlib.sha256(content_of(path, study.folder, name)).hexdigest()
            study = replace(study, input_hashes=dict(sorted({**study.input_hashes, name: digest}.items())))
        elif ":" not in grid:
            what, remedy = sentence("problem.no_grid_file"), sentence("remedy.put_grid_file")
            expected = sentence("expected.grid_source")
            problems.append(Problem(HEAD_FILE, None, "[study] grid", what, repr(grid), expected, remedy))
    return study


def changed_settings(study: Study, changes: Mapping[str, object], source: str = "settings") -> Study:
    """The study with `changes` in its settings; texts (from the command line) are read as cells are.

    `source` stands in problems where a file would.
    """
    problems: list[Problem] = []
    lines: Lines = {"": (source, None)}
    texts = {key: value for key, value in changes.items() if isinstance(value, str)}
    values: dict[str, Any] = {key: value for key, value in changes.items() if not isinstance(value, str)}
    values |= parse_texts(texts, Settings, "settings", lines, problems)
    merged = study.settings.model_dump(exclude_unset=True) | values
    for name, value in values.items():
        current = getattr(study.settings, name, None)
        if isinstance(current, dict) and any(key.startswith(f"{name}.") for key in texts):
            merged[name] = current | value
    settings = parse_section(merged, Settings, "settings", lines, problems)
    if settings is None or problems:
        raise InputError(problems)
    changed = with_named_readings(replace(study, settings=settings))
    known = known_of(changed)
    problems = [replace(problem, file=source) for problem in settings_problems(changed, known)]
    if (settings.start_year, settings.end_year) != (study.settings.start_year, study.settings.end_year):
        problems += cross_problems(changed, known)
    if problems:
        raise InputError(problems)
    return changed


def with_settings(study: Study, **changes: object) -> Study:
    """The same study under other settings; InputError names every unknown or impossible one."""
    return changed_settings(study, changes)
