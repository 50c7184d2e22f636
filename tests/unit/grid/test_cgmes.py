"""A CGMES model in a zip: names, what the converter leaves out or says, and what is no model."""

from __future__ import annotations

import logging
import zipfile
from pathlib import Path
from typing import Any

import pytest

from gridprio import read_grid
from gridprio.errors import InputError
from gridprio.grid import inspect_grid, is_grid, read_net
from gridprio.grid.cgmes import MESSAGES_MAX, net_from_cgmes
from gridprio.grid.net import net_findings
from gridprio.text import word_message
from tests.external import EXTERNAL

MODEL = EXTERNAL / "cgmes" / "ieee14.zip"


def files_of_model() -> dict[str, str]:
    with zipfile.ZipFile(MODEL) as archive:
        return {name.removeprefix("ieee14_"): archive.read(name).decode() for name in archive.namelist()}


def written(folder: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(folder / "grid.zip", "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return folder / "grid.zip"


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_grid(path)
    return str(caught.value)


def notes(path: Path) -> list[str]:
    return [str(note) for note in net_from_cgmes(path)["reading_notes"]]


def test_names_are_kept() -> None:
    assert is_grid(MODEL)
    net, drawing = read_net(MODEL)
    assert not drawing
    assert sorted(net.bus["name"], key=int) == [str(at) for at in range(1, 15)]
    assert set(net.bus["zone"]) == {"Station Fourteen"}
    grid = read_grid(MODEL)
    assert grid.name == "ieee14"
    assert {"Line 1-2", "Line 13-14"} < set(net.line["name"])
    assert sorted(net.trafo["name"])[0] == "Transformer 4-7"
    assert len(grid.branch_ids) == 20


def test_nothing_is_shown_and_all_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    handlers = list(logging.getLogger().handlers)
    assert notes(MODEL) == []
    assert logging.getLogger().handlers == handlers
    assert capfd.readouterr() == ("", "")


def test_check_says_which_equipment_is_not_in_the_net(tmp_path: Path) -> None:
    files = files_of_model()
    for name in ("EQ.xml", "SSH.xml"):
        assert "cim:EnergyConsumer " in files[name]
        for end in (" ", ">", "."):
            files[name] = files[name].replace(f"cim:EnergyConsumer{end}", f"cim:PetersenCoil{end}")
    found = inspect_grid(written(tmp_path, files))
    assert found.problems == ()
    assumed = [word_message(finding.message()) for finding in found.findings if finding.is_assumption]
    said = [text for text in assumed if "PetersenCoil" in text["en"]]
    assert len(said) == 1
    assert "11 PetersenCoil are not in the net" in said[0]["en"]
    assert "and 6 more" in said[0]["en"]
    assert "11 PetersenCoil staan niet in het net" in said[0]["nl"]
    assert "en nog 6" in said[0]["nl"]


def test_missing_ratings_are_counted(tmp_path: Path) -> None:
    files = files_of_model()
    files["EQ.xml"] = files["EQ.xml"].replace("cim:CurrentLimit", "cim:OtherLimit")
    net, _ = read_net(written(tmp_path, files))
    findings = net_findings(net, read_grid(tmp_path / "grid.zip"))
    assert [finding.rows for finding in findings if finding.code == "grid.unrated"] == [tuple(range(15))]


def test_warnings_of_the_converter_become_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def says_much(**_: Any) -> Any:
        record = logging.LogRecord("cim", logging.WARNING, "/site/pandapower/x.py", 1, "", (), None)
        for at in range(MESSAGES_MAX + 3):
            record.msg = f"odd {at}"
            logging.getLogger("cim").handle(record)
        record.pathname, record.msg = "/other/x.py", "of another library"
        logging.getLogger("cim").handle(record)
        return net

    net = net_from_cgmes(MODEL)
    monkeypatch.setattr("gridprio.grid.cgmes._converter", lambda _: says_much)
    said = notes(MODEL)
    assert said[0] == "ieee14.zip: pandapower's converter says: odd 0"
    assert len(said) == MESSAGES_MAX + 1
    assert said[-1].endswith("says 3 more things, which --debug shows")


@pytest.mark.parametrize("short", ["EQ", "SSH", "TP"])
def test_missing_profiles_are_named(tmp_path: Path, short: str) -> None:
    files = files_of_model()
    del files[f"{short}.xml"]
    text = refusal(written(tmp_path, files))
    assert f"grid.zip: the model lacks {short}; found http" in text
    assert "into one zip" in text


def test_a_boundary_that_is_missing_is_named(tmp_path: Path) -> None:
    files = files_of_model()
    begin = files["EQ.xml"].index('<cim:BaseVoltage rdf:ID="_135_BV"')
    end = files["EQ.xml"].index("</cim:BaseVoltage>", begin) + len("</cim:BaseVoltage>")
    apart, files["EQ.xml"] = files["EQ.xml"][begin:end], files["EQ.xml"][:begin] + files["EQ.xml"][end:]
    text = refusal(written(tmp_path, files))
    assert "grid.zip: the model names base voltages (BaseVoltage) that are not in it" in text
    assert "found _135_BV. Put the XML files of all profiles and of the boundary into one zip" in text
    head = files["EQ.xml"][: files["EQ.xml"].index("<cim:")].replace("EquipmentCore", "EquipmentBoundary")
    files["EQ_BD.xml"] = f"{head}{apart}</rdf:RDF>"
    grid = read_grid(written(tmp_path, files))
    assert sorted(set(grid.bus_kv)) == [0.208, 12, 14, 135]


def test_files_that_are_no_model_are_refused_at_once(tmp_path: Path) -> None:
    files = files_of_model() | {"a.xml": "<a/>", "b.xml": "<a>", "read.me": "not looked at"}
    text = refusal(written(tmp_path, files))
    assert "2 problems" in text
    assert "grid.zip [a.xml]: the file names no profile" in text
    assert "grid.zip [b.xml]: " in text


def test_other_versions_are_refused(tmp_path: Path) -> None:
    old = {name: text.replace("CIM-schema-cim16", "CIM-schema-cim14") for name, text in files_of_model().items()}
    assert "not CGMES of one known version" in refusal(written(tmp_path, old))
    mixed = files_of_model()
    mixed["SSH.xml"] = mixed["SSH.xml"].replace(
        "http://iec.ch/TC57/2013/CIM-schema-cim16#", "http://iec.ch/TC57/CIM100#"
    )
    assert "found 2.4.15, 3.0; expected all files of one of 2.4.15, 3.0" in refusal(written(tmp_path, mixed))


def test_zip_without_model_and_no_zip(tmp_path: Path) -> None:
    assert "the zip holds no XML file" in refusal(written(tmp_path, {"loads.csv": "load_id"}))
    (tmp_path / "grid.zip").write_text("no zip")
    assert "grid.zip" in refusal(tmp_path / "grid.zip")


def test_what_the_converter_raises_is_a_problem_of_the_model(tmp_path: Path) -> None:
    files = files_of_model()
    files["EQ.xml"] = files["EQ.xml"].replace(">800<", ">eight hundred<")
    text = refusal(written(tmp_path, files))
    assert "grid.zip: pandapower's converter cannot take this model; found " in text


def test_without_lxml(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str) -> Any:
        raise ModuleNotFoundError("No module named 'lxml'")

    monkeypatch.setattr("importlib.import_module", missing)
    with pytest.raises(InputError, match=r"pip install 'gridprio\[cgmes\]'"):
        net_from_cgmes(MODEL)
