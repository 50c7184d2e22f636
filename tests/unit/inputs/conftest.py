"""A small study as text, and a way to write it with changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gridprio.errors import Problem
from gridprio.inputs import inspect_study
from gridprio.text import Sentence, in_language

TEXTS = {
    "study.toml": """[study]
name = "small"
grid = "simbench:1-HV-mixed--2-no_sw"
fictional = true

[settings]
start_year = 2026
end_year = 2035
bindingness = 0.5
language = "en"
""",
    "stations.csv": """station_id,name,buses,municipality_id
s1,North,12,m1
s2,South,14;15,m1
""",
    "loads.csv": """load_id,station_id,sector,direction,p_mw,profile
l1,s1,households,demand,20.5,home
l2,s2,industry,demand,10,home
""",
    "projects.csv": """project_id,name,operator_id,region,maturity,operator_rank,listed,status,requires,cost_meur
p1,Station North,west,noord,concrete,1,ja,nee,,10
p2,Cable,west,noord,concrete,2,true,true,p1,5.5
p3,Study only,west,,research,,yes,0,,
""",
    "project_phases.csv": """project_id,phase,duration_months,crews,cost_share
p1,permit,12,,0
p1,build,18,hv:2 civil:0.5,1
p2,build,10,hv:1,1
""",
    "project_changes.csv": """project_id,action,from_bus,to_bus,std_type,length_km,element
p1,add_line,12,14,NAYY 4x50 SE,3.2,
p2,replace_line,,,NAYY 4x50 SE,,line:3
""",
    "crews.csv": """crew_type,region,units
hv,,2
civil,noord,1.5
""",
    "budgets.csv": """operator_id,year,budget_meur
west,2026,12
""",
    "developments.csv": """\
development_id,name,station_id,sector,direction,p_mw,size,mw_per_unit,profile,requested_year,request_date
d1,Dwellings,s1,households,demand,5,,,home,2028,2025-03
d2,Park,s2,industry,demand,,20,0.25,home,2029,2025-04-01
""",
    "scenarios.csv": """scenario_id,name
low,Low
high,High
""",
    "growth.csv": """scenario_id,sector,year,factor
low,households,2026,1
low,households,2035,1.2
high,households,2035,1.5
""",
    "areas.csv": """area_id,name
""",
}


def profile_text(delimiter: str = ",", comma: bool = False, hours: int = 8760) -> str:
    values = 0.5 + 0.5 * np.sin(np.arange(hours) * 2 * np.pi / 24)
    rows = [f"{value:.4f}" for value in values]
    text = f"time{delimiter}home\n" + "\n".join(f"{at}{delimiter}{row}" for at, row in enumerate(rows)) + "\n"
    return text.replace(".", ",") if comma else text


@pytest.fixture
def write_study(tmp_path: Path) -> Callable[..., Path]:
    """Write the small study; `changes` by file name: a text, (old, new) pairs, or None to leave the file out."""

    def write(changes: dict[str, str | bytes | list[tuple[str, str]] | None] | None = None) -> Path:
        folder = tmp_path / "study"
        folder.mkdir(exist_ok=True)
        texts: dict[str, str | bytes | None] = {**TEXTS, "profiles.csv": profile_text()}
        for name, change in (changes or {}).items():
            if isinstance(change, list):
                text = texts[name]
                assert isinstance(text, str)
                for old, new in change:
                    assert old in text, f"{old!r} is not in {name}"
                    text = text.replace(old, new)
                change = text
            texts[name] = change
        for name, text in texts.items():
            if isinstance(text, str):
                (folder / name).write_text(text, encoding="utf-8")
            elif text is not None:
                (folder / name).write_bytes(text)
        return folder

    return write


@pytest.fixture
def problems_of(write_study: Callable[..., Path]) -> Callable[..., list[Problem]]:
    def problems(changes: dict[str, str | bytes | list[tuple[str, str]] | None]) -> list[Problem]:
        return inspect_study(write_study(changes))[1]

    return problems


def assert_all_words(problems: list[Problem]) -> None:
    """Every problem says what, found, expected and remedy, in Dutch too."""
    assert problems
    for problem in problems:
        assert problem.found and problem.expected and problem.mend, problem
        for words in (problem.what, problem.expected, problem.mend):
            assert isinstance(words, Sentence) or _is_a_value(words), words
        assert in_language(problem.what, "nl") != str(problem.what)


def _is_a_value(words: str) -> bool:
    """Numbers, names of columns and encodings are the same in every language."""
    return words in ("UTF-8", "1", "[study], [settings]", "listed = true", "permit, build", "build") or words[0] == "'"
