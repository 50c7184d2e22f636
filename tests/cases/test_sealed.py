"""A sealed study: the operator's own numbers without the operator's grid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import gridprio
from gridprio.cli.check import beside_the_grid
from gridprio.errors import InputError, StoreError
from gridprio.exchange import Hold, Sealed, random_lists, seal_study
from gridprio.inputs import with_settings
from gridprio.inputs.study import Study
from gridprio.outcome import Evaluator
from gridprio.pipeline import make_evaluator, run_study
from gridprio.pipeline.headroom import study_headroom
from gridprio.store import Run
from gridprio.store.grid_tables import GRID_TABLES

HERE = Path(__file__).parent
PROVINCE = HERE.parents[1] / "data" / "grids" / "fictional-province"
GRID_WORDS = re.compile(
    r"(_ohm|_ka\b|vn_|_pu\b|std_type|length_km|loading_percent|impedance|reactance|rating|voltage|va_degree|p_from|q_from"
    r"|sn_mva|vk_percent|line:|trafo:|\bbus)",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def crowded() -> Study:
    """Without a search: a seal holds the cells of its own orders alone, so a run of it does not search."""
    return with_settings(gridprio.read_study(HERE / "crowded"), search_orders=0)


@pytest.fixture(scope="module")
def sealed(crowded: Study, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    out = tmp_path_factory.mktemp("seal") / "sealed"
    return seal_study(crowded, out, hold=Hold(random=5, seed=3), withhold="all", threads=1)


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Every column name, every text and every manifest of a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            table = pd.read_parquet(path)
            yield path.name, " ".join(table.columns)
            for column in table.select_dtypes(include=["object", "string"]):
                yield f"{path.name} {column}", " ".join(map(str, table[column].unique()))
        elif path.is_file():
            yield path.name, path.read_text(encoding="utf-8")


def numbers(folder: Path) -> np.ndarray:
    """Every number of a folder that is not whole."""
    found = [np.array(re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text), dtype=float) for _, text in texts(folder)]
    for path in folder.rglob("*.parquet"):
        table = pd.read_parquet(path).select_dtypes("number")
        found += [table[column].to_numpy(dtype=float) for column in table]
    every = np.concatenate(found)
    return np.unique(np.abs(every[every != np.round(every)]))


def same_run(one: gridprio.Run, other: gridprio.Run) -> None:
    # a seal shows nothing of the grid, and whose statuses hurt whom asks for plans of which it has no cells
    assert set(one.tables) - {"municipalities", "externality", *GRID_TABLES} <= set(other.tables) | {"areas"}
    for name in ("plan", "outcomes", "status_effect", "distribution"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name), check_exact=True)
    hidden = ["limiting_element"]
    pd.testing.assert_frame_equal(
        one.connections.drop(columns=hidden), other.connections.drop(columns=hidden), check_exact=True
    )


def cell_figures(run: Run) -> list[list[float]]:
    """Rows of the table of cells without the names of areas and states, which a seal hides."""
    return sorted(run.cells.drop(columns=["area", "state_hash", "scenario"]).to_numpy().tolist())


def test_a_run_of_the_sealed_study_has_the_operators_numbers(crowded: Study, sealed: Sealed, tmp_path: Path) -> None:
    given = gridprio.read_study(sealed.folder)
    assert beside_the_grid(given)[0] == []
    one = run_study(crowded, tmp_path / "one", threads=1)
    other = run_study(given, tmp_path / "other", threads=1)
    same_run(one, other)
    assert "sealed/seal.json" in other.manifest["inputs"]
    assert other.manifest["cells"]["kind"] == "sealed" and other.manifest["cells"]["simulated"] == 0
    assert set(other.connections.limiting_element) <= {"", "withheld"}
    assert cell_figures(one) == cell_figures(other)
    assert (one.cells.served_mw_demand > 0).any() and (one.cells.waiting_mw_demand > 0).any()


@pytest.mark.parametrize("rule", ["head_start", "tiers", "reserved_share"])
def test_every_rule_can_be_tried(crowded: Study, sealed: Sealed, tmp_path: Path, rule: str) -> None:
    given = gridprio.read_study(sealed.folder)
    runs = [
        run_study(with_settings(study, rule=rule), tmp_path / name, threads=1)
        for name, study in (("one", crowded), ("other", given))
    ]
    same_run(*runs)


def test_sealed_orders_have_the_same_bytes(crowded: Study, sealed: Sealed) -> None:
    lists = random_lists(len(crowded.projects), 5, 3)
    one = make_evaluator(crowded, threads=1).evaluate(lists)
    other = make_evaluator(gridprio.read_study(sealed.folder), threads=1).evaluate(lists)
    assert one.tobytes() == other.tobytes() and np.isfinite(one).all()


def test_nothing_of_the_grid_is_handed_over(crowded: Study, sealed: Sealed) -> None:
    allowed = {"study.toml", "stations.csv"}
    for where, text in texts(sealed.folder):
        found = GRID_WORDS.findall(text)
        assert not found or (where in allowed and set(found) == {"bus"}), (where, found)
    stations = pd.read_csv(sealed.folder / "stations.csv")
    assert (stations.buses == 0).all() and sealed.left == ()
    names = [word for station in crowded.stations for word in (station.station_id, station.name)]
    for where, text in texts(sealed.folder):
        assert not [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)], where
    assert not (numbers_of_the_grid(crowded) & set(numbers(sealed.folder).tolist()))


def numbers_of_the_grid(study: Study) -> set[float]:
    """Impedances, ratings and lengths that are not whole numbers, as they stand in the grid."""
    net = gridprio.grid.read_net(study.grid_source)[0]
    columns = {
        "line": ["r_ohm_per_km", "x_ohm_per_km", "c_nf_per_km", "max_i_ka", "length_km"],
        "trafo": ["vk_percent", "vkr_percent", "pfe_kw", "i0_percent"],
    }
    every = [float(value) for table, names in columns.items() for name in names for value in net[table].get(name, ())]
    return {abs(value) for value in every if value != round(value)}


def test_missing_cells_are_named(crowded: Study, sealed: Sealed, tmp_path: Path) -> None:
    lists = random_lists(len(crowded.projects), 40, 11)
    first = make_evaluator(gridprio.read_study(sealed.folder), threads=1)
    first.evaluate(lists[:1])
    known = {(state.in_service, state.year) for table in first.tables for state, _ in table.states()}
    row = {project.project_id: k for k, project in enumerate(crowded.projects)}
    folder = copied(sealed, tmp_path)
    states, seal = folder / "sealed" / "states.parquet", folder / "sealed" / "seal.json"
    held = pd.read_parquet(states)
    keys = [(tuple(row[p] for p in s.split()), y) for s, y in zip(held.in_service, held.year, strict=True)]
    held[[key in known for key in keys]].to_parquet(states, index=False)
    manifest = json.loads(seal.read_text())
    manifest["sha256"]["states"] = sha256(states.read_bytes()).hexdigest()
    seal.write_text(json.dumps(manifest))
    poorer: Evaluator = make_evaluator(gridprio.read_study(folder), threads=1)
    found = poorer.evaluate(lists, skip_missing=True)
    complete = np.isfinite(found).all(axis=(1, 2, 3))
    assert 0 < complete.sum() < len(lists)
    with pytest.raises(InputError) as raised:
        poorer.evaluate(lists)
    for problem in raised.value.problems:
        assert problem.what == "a cell is not in the seal"
        assert re.fullmatch(
            r"area area-\d, in service: .+, works: .+, year 20\d\d, scenario \w+(, \w+)*", problem.found
        )
    whole = make_evaluator(crowded, threads=1).evaluate(lists)
    assert found[complete].tobytes() == whole[complete].tobytes()


@pytest.mark.parametrize(
    "change", [{"loading_limit_percent": 90.0}, {"end_year": 2038}, {"security_min_kv": 500.0}], ids=str
)
def test_what_the_cells_were_made_with_cannot_change(sealed: Sealed, change: dict[str, float]) -> None:
    given = with_settings(gridprio.read_study(sealed.folder), **change)
    with pytest.raises(InputError, match=next(iter(change))):
        make_evaluator(given)


def copied(sealed: Sealed, folder: Path) -> Path:
    import shutil

    return Path(shutil.copytree(sealed.folder, folder / "copy"))


def test_a_seal_from_before_the_setting_taps_was_made_with_fixed_taps(sealed: Sealed, tmp_path: Path) -> None:
    folder = copied(sealed, tmp_path)
    path = folder / "sealed" / "seal.json"
    manifest = json.loads(path.read_text())
    assert manifest["cell_settings"].pop("taps") == "fixed"
    path.write_text(json.dumps(manifest))
    given = gridprio.read_study(folder)
    make_evaluator(given)
    with pytest.raises(InputError, match=r"taps.*found 'acting'; expected 'fixed'"):
        make_evaluator(with_settings(given, taps="acting"))


def test_other_developments_and_damage_are_refused(sealed: Sealed, tmp_path: Path) -> None:
    folder = copied(sealed, tmp_path)
    table = pd.read_csv(folder / "developments.csv", dtype=str, keep_default_na=False)
    table.assign(name="Other", dwellings="3").to_csv(folder / "developments.csv", index=False)
    make_evaluator(gridprio.read_study(folder))
    table.assign(p_mw="1.5").to_csv(folder / "developments.csv", index=False)
    assert [p.file for p in beside_the_grid(gridprio.read_study(folder))[0]] == ["developments"]
    table.to_csv(folder / "developments.csv", index=False)
    path = folder / "sealed" / "months.parquet"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match=r"months.parquet.*not the one that was sealed"):
        run_study(gridprio.read_study(folder), tmp_path / "run", threads=1)


def test_headroom_is_told_without_what_limits(crowded: Study, sealed: Sealed) -> None:
    one, other = study_headroom(crowded, threads=1), study_headroom(gridprio.read_study(sealed.folder))
    told = ["direction", "sector", "year", "scenario", "headroom_mw", "colour_class"]
    pd.testing.assert_frame_equal(one[told], other[told], check_exact=True)
    assert set(other.limiting_branch) == {"withheld"} and other.station_id.str.startswith("station-").all()


def test_refusals(crowded: Study, sealed: Sealed, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there already"):
        seal_study(crowded, sealed.folder)
    with pytest.raises(InputError, match="no such station"):
        seal_study(crowded, tmp_path / "out", withhold=["nowhere"])
    with pytest.raises(InputError, match="sealed already"):
        seal_study(gridprio.read_study(sealed.folder), tmp_path / "out")
    manifest = json.loads((sealed.folder / "sealed" / "seal.json").read_text())
    folder = copied(sealed, tmp_path)
    (folder / "sealed" / "seal.json").write_text(json.dumps(manifest | {"format": 99}))
    with pytest.raises(InputError, match="another format"):
        make_evaluator(gridprio.read_study(folder))


@pytest.mark.slow
def test_the_sealed_province_gives_a_thousand_orders_byte_for_byte(tmp_path: Path) -> None:
    """On four years and one scenario."""
    province = with_settings(gridprio.read_study(PROVINCE), end_year=2029, scenarios=("KM",))
    lists = random_lists(len(province.projects), 1000, 7)
    seal_study(province, tmp_path / "sealed", hold=Hold(lists=lists), withhold="all", cells=tmp_path / "cells")
    evaluator = make_evaluator(province, cells=tmp_path / "cells")
    assert isinstance(evaluator, gridprio.Evaluator) and repr(evaluator).startswith(
        "Evaluator('fictional-province': 44"
    )
    one = evaluator.evaluate(lists)
    other = make_evaluator(gridprio.read_study(tmp_path / "sealed")).evaluate(lists)
    assert one.tobytes() == other.tobytes() and len(np.unique(one.round(6), axis=0)) > 10
