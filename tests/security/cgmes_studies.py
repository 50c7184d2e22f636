"""Studies whose grid is a CGMES model in a zip that tries to read, fetch or write files."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.external import EXTERNAL

from .studies import CANARY, Attack, use_grid

MODEL = EXTERNAL / "cgmes" / "ieee14.zip"
LINE_NAME = "<cim:IdentifiedObject.name>Line 1-2</cim:IdentifiedObject.name>"


def changed_model(target: Path, change: Callable[[str, str], str], **more: str | bytes) -> None:
    """The model with the text of each of its files changed, by its name, and with more files."""
    with zipfile.ZipFile(MODEL) as model, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in model.namelist():
            archive.writestr(name, change(name, model.read(name).decode()))
        for name, content in more.items():
            archive.writestr(name, content)


def with_doctype(doctype: str) -> Callable[[Path], None]:
    """The name of a line is what the entity `x` of a DOCTYPE stands for."""

    def write(folder: Path) -> None:
        (folder / "secret.txt").write_text("secret")

        def change(name: str, text: str) -> str:
            if not name.endswith("EQ.xml"):
                return text
            assert LINE_NAME in text
            text = text.replace(LINE_NAME, LINE_NAME.replace("Line 1-2", "&x;"))
            head, mark, rest = text.partition("?>")
            return f"{head}{mark}{doctype.format(folder=folder)}{rest}"

        changed_model(folder / "grid.zip", change)
        use_grid(folder, "grid.zip")

    return write


def with_member(name: str, content: str | bytes) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        changed_model(folder / "grid.zip", lambda _, text: text, **{name: content})
        use_grid(folder, "grid.zip")

    return write


CGMES_ATTACKS = (
    Attack(
        "CGMES entity of a file",
        with_doctype('<!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM "file://{folder}/secret.txt">]>'),
        ("grid.zip [ieee14_EQ.xml]", "DOCTYPE"),
        files=("secret.txt",),
    ),
    Attack(
        "CGMES entity of a URL",
        with_doctype('<!DOCTYPE rdf:RDF [<!ENTITY x SYSTEM "http://127.0.0.1:9/secret.txt">]>'),
        ("grid.zip [ieee14_EQ.xml]", "DOCTYPE"),
    ),
    Attack(
        "CGMES with a DTD beside it",
        with_doctype('<!DOCTYPE rdf:RDF SYSTEM "{folder}/secret.txt">'),
        ("grid.zip [ieee14_EQ.xml]", "DOCTYPE"),
        files=("secret.txt",),
    ),
    Attack(
        "CGMES that leads out",
        with_member(f"../{CANARY}", "x"),
        (f"grid.zip [../{CANARY}]", "leads out of the zip"),
        files=(CANARY,),
    ),
    Attack(
        "CGMES that leads out as Windows does",
        with_member(f"C:\\x\\..\\{CANARY}", "x"),
        ("grid.zip", "leads out of the zip"),
        files=(CANARY,),
    ),
    Attack("CGMES with a zip inside", with_member("more.zip", MODEL.read_bytes()), ("grid.zip [more.zip]", "one zip")),
)
