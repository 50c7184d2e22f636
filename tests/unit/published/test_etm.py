"""Exports of the Energy Transition Model as growth and profiles. The files are invented; their form is the real one."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from gridprio.cli.app import app
from gridprio.demand.growth import GrowthFactors
from gridprio.errors import InputError
from gridprio.inputs.read import inspect_as_written
from gridprio.published.etm import read_etm_exports
from gridprio.published.etm_classes import column_parts, column_use
from gridprio.published.etm_growth import EtmTables, etm_tables
from gridprio.text import sentence

APPLIANCES = "households_final_demand_for_appliances_electricity.input (MW)"
COOKING = "households_cooker_induction_electricity.input (MW)"
CARS = "transport_car_using_electricity.input (MW)"
ROOF, PARK = "households_solar_pv_solar_radiation.output (MW)", "energy_power_solar_pv_solar_radiation.output (MW)"
BATTERY = "energy_flexibility_mv_batteries_electricity.input (MW)"
SEA = "energy_power_wind_turbine_offshore.output (MW)"
IMPORT = "energy_interconnector_1_imported_electricity.output (MW)"
ODD = "moon_base_electricity.input (MW)"


def export(
    folder: Path, year: int, hours: dict[str, dict[int, float]], *, rows: int = 8760, separator: str = ","
) -> Path:
    """A file as the etengine writes it; `hours`: MW by hour of each column, 0 in the others."""
    frame = pd.DataFrame(0.0, index=range(rows), columns=[*hours, "deficit"])
    for column, values in hours.items():
        frame.loc[list(values), column] = list(values.values())
    times = pd.date_range("1970-01-01", periods=rows, freq="h").strftime(f"{year}-%m-%d %H:%M")
    frame.insert(0, "Time", times)
    path = folder / f"merit_order_{year}.csv"
    frame.to_csv(path, index=False, sep=separator, decimal="," if separator == ";" else ".", float_format="%.4f")
    return path


def tables_of(folder: Path, sectors: dict[str, str] | None = None, **form: Any) -> EtmTables:
    """By hand: households 10 + 0 and 4 + 8 MW in 2023, so 12; 3 + 15 in 2050, so 18, which is 1.5 times."""
    first = export(
        folder,
        2023,
        {
            ROOF: {12: 2.0},
            PARK: {12: 3.0, 13: 4.5},
            SEA: {0: 700.0},
            IMPORT: {0: 5.0},
            APPLIANCES: {17: 10.0, 18: 4.0},
            COOKING: {18: 8.0},
            CARS: {},
            BATTERY: {3: 9.0},
            ODD: {5: 1.0},
        },
        **form,
    )
    last = export(
        folder,
        2050,
        {ROOF: {12: 30.0}, PARK: {12: 20.0}, APPLIANCES: {18: 3.0}, COOKING: {18: 15.0}, CARS: {2: 7.0}},
        **form,
    )
    return etm_tables(read_etm_exports({2050: last, 2023: first}), sectors or {}, "en")


@pytest.mark.parametrize("separator", [",", ";"])
def test_factors_and_profiles_by_hand(tmp_path: Path, separator: str) -> None:
    tables = tables_of(tmp_path, separator=separator)
    factors = {(row.sector, row.year): row.factor for row in tables.growth}
    assert factors == {
        ("households", 2023): 1.0,
        ("households", 2050): 1.5,
        ("solar", 2023): 1.0,
        ("solar", 2050): 10.0,  # 30 + 20 in hour 12 over 2 + 3 in hour 12
    }
    assert GrowthFactors(tables.growth, (), ()).existing("etm", "households", 2041) == pytest.approx(1 + 0.5 * 18 / 27)
    households = tables.profiles["etm_households"]
    assert households[17] == pytest.approx(10 / 12, abs=1e-6) and households[18] == 1.0
    assert households.sum() == pytest.approx(22 / 12, abs=1e-6)
    assert tables.profiles["etm_solar"][13] == pytest.approx(4.5 / 5, abs=1e-6)
    assert tables.profiles["etm_mobility"][2] == 1.0  # of 2050, since 2023 has none
    assert tables.without_factor == ("mobility",)


def test_every_column_is_told_with_its_sector_or_why_it_is_left_out(tmp_path: Path) -> None:
    tables = tables_of(tmp_path, {"mobility": "ev"})
    told = {column.column: (column.sector, column.reason) for column in tables.columns}
    assert told == {
        ROOF: ("solar", ""),
        PARK: ("solar", ""),
        SEA: ("", "etm.at_sea"),
        IMPORT: ("", "etm.import_export"),
        APPLIANCES: ("households", ""),
        COOKING: ("households", ""),
        CARS: ("ev", ""),
        BATTERY: ("", "etm.flexible"),
        ODD: ("", "etm.unknown"),
        "deficit": ("", "etm.balance"),
    }
    [park] = [column.row("en") for column in tables.columns if column.column == PARK]
    assert (park["direction"], park["highest_mw_2023"], park["highest_mw_2050"]) == ("feed_in", 4.5, 20.0)


@pytest.mark.parametrize(
    ("node", "sector"),
    [
        ("households_space_heater_hybrid_heatpump_air_water_electricity.input (MW)", "heat_pumps"),
        ("households_cooling_heatpump_air_water_electricity.input", "households"),
        ("buildings_space_heater_heatpump_air_water_electricity.input (MW)", "services"),
        ("industry_final_demand_for_other_ict_electricity.input (MW)", "data_centres"),
        ("industry_steel_scrap_hbi_eaf.input (MW)", "industry"),
        ("industry_chp_turbine_hydrogen.output (MW)", "chp"),
        ("energy_power_wind_turbine_coastal.output (MW)", "wind"),
        ("energy_heat_heatpump_water_water_mt_electricity.input (MW)", "heat_networks"),
        ("energy_heat_flexibility_p2h_boiler_ht_electricity.input (MW)", ""),
        ("energy_power_hv_network_loss.input (MW)", ""),
        ("transport_tram_using_electricity.input (MW)", "rail"),
    ],
)
def test_classes_of_real_names(node: str, sector: str) -> None:
    use = column_use(node)
    assert (use.class_, bool(use.reason)) == (sector, not sector)
    assert column_parts(node) is not None


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda path: path.write_text("Merit order and time-resolved calculation are not enabled\n"), "not_etm"),
        (lambda path: path.write_text("key,input_of_crude_oil (MJ)\na,1\n"), "not_etm"),
        (lambda path: path.write_text(path.read_text().rpartition("2023-12-31")[0]), "not_one_year"),
        (lambda path: path.write_text(path.read_text().replace("2023-", "2019-")), "etm_other_year"),
        (lambda path: path.write_text(path.read_text().replace("10.0000", "ten")), "not_readable"),
        (lambda path: path.write_text(path.read_text().replace("10.0000", "-1.0")), "profile_negative"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, change: Any, word: str) -> None:
    path = export(tmp_path, 2023, {APPLIANCES: {17: 10.0}})
    change(path)
    with pytest.raises(InputError) as raised:
        etm_tables(read_etm_exports({2023: path}), {}, "en")
    [problem] = raised.value.problems
    assert problem.what == sentence(f"problem.{word}") and problem.file == path.name


STUDY = {
    "study.toml": '[study]\nname = "small"\ngrid = "pandapower:case9"\nfictional = true\n\n'
    "[settings]\nstart_year = 2026\nend_year = 2035\n",
    "stations.csv": "station_id,name,buses\ns1,North,4\n",
    "loads.csv": "load_id,station_id,sector,direction,p_mw,profile\n"
    "l1,s1,households,demand,20,home\nl2,s1,ev,demand,2,home\nl3,s1,glass,demand,3,home\n",
    "projects.csv": "project_id,name,operator_id,maturity,operator_rank\np1,One,west,concrete,1\n",
    "project_phases.csv": "project_id,phase,duration_months\np1,build,18\n",
    "scenarios.csv": "scenario_id,name,weight\nmid,Middle,1\n",
    "growth.csv": "scenario_id,sector,year,factor\nmid,households,2030,1.1\n",
}


def test_a_study_takes_growth_and_profiles(tmp_path: Path) -> None:
    """Of the sectors that its loads have; the command says what it left out."""
    tables_of(tmp_path)
    files = [f"{year}={tmp_path / f'merit_order_{year}.csv'}" for year in (2023, 2050)]
    study = tmp_path / "small"
    study.mkdir()
    for name, text in STUDY.items():
        (study / name).write_text(text)
    pd.DataFrame({"home": np.ones(8760), "etm_solar": np.ones(8760)}).to_parquet(study / "profiles.parquet")
    asked = ["new", str(tmp_path / "s"), *files, str(study), "--from", "etm", "--sector", "mobility=ev"]
    done = CliRunner().invoke(app, [*asked, "--language", "en"])
    assert done.exit_code == 0, done.output
    told = done.stdout.replace("\n", " ")
    assert f"Left out, since no rule knows them: {ODD}." in told and "weight 0" in told
    assert "no load has this sector: solar." in told and "do not grow in scenario etm: ev, glass." in told
    after, problems = inspect_as_written(tmp_path / "s")
    assert not problems and after is not None and after.profiles is not None
    assert [(row.scenario_id, row.sector, row.year, row.factor) for row in after.growth] == [
        ("mid", "households", 2030, 1.1),
        ("etm", "households", 2023, 1.0),
        ("etm", "households", 2050, 1.5),
    ]
    assert [(row.scenario_id, row.weight) for row in after.scenarios] == [("mid", 1.0), ("etm", 0.0)]
    assert set(after.profiles) == {"home", "etm_households", "etm_solar", "etm_ev"}
    assert after.profiles["etm_solar"].sum() == pytest.approx(1 + 4.5 / 5, abs=1e-6)
    rows = list(csv.DictReader((tmp_path / "s" / "notes.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 10 and rows[-1]["left_out_because"] == "balance of all columns"


def test_without_a_study_the_tables_stand_alone(tmp_path: Path) -> None:
    tables_of(tmp_path)
    files = [f"{year}={tmp_path / f'merit_order_{year}.csv'}" for year in (2023, 2050)]
    done = CliRunner().invoke(app, ["new", str(tmp_path / "t"), *files, "--from", "etm"])
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "t").iterdir()) == [
        "growth.csv",
        "profiles.parquet",
        "scenarios.csv",
        "toelichting.csv",
    ]
    assert np.isclose(pd.read_parquet(tmp_path / "t" / "profiles.parquet").max(), 1).all()
    one = CliRunner().invoke(app, ["new", str(tmp_path / "u"), files[0], "--from", "etm"])
    assert one.exit_code == 2


def test_one_sector_never_grows_in_both_directions(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        tables_of(tmp_path, {"solar": "households", "moon": "x"})
    assert [problem.found for problem in raised.value.problems] == ["'moon'", "households"]
