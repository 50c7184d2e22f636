"""A CGMES model in a zip as a pandapower net, by pandapower's own converter, which sees only what was looked at.

The converter drops what it does not know without a word, so what has terminals and no element in the net is noted.
"""

from __future__ import annotations

import importlib
import io
import logging
import tempfile
import threading
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gridprio.errors import InputError, Problem
from gridprio.grid.cgmes_files import ModelFile, model_files
from gridprio.grid.net.findings import FIRST_ROWS
from gridprio.grid.pandapower_files import todays_net
from gridprio.inputs.door import LONGEST, foreign
from gridprio.text import message, sentence

CONVERTER = "pandapower.converter.cim.cim2pp.from_cim"
NO_ELEMENTS = ("BusbarSection", "Junction", "CsConverter", "VsConverter")
"""They have a terminal and are places of the net; converters are ends of the DC line, which has an element."""
MESSAGES_MAX = 20
UNBOUNDED = 1e30
"""MVAr; the largest number of four bytes is 3.4e38."""

_log = logging.getLogger("gridprio")


def net_from_cgmes(path: Path) -> Any:
    """The net of a zip; raises InputError for what may not be in it and for what the converter cannot take.

    `net["reading_notes"]` holds what the converter said and the equipment that is no element of the net.
    """
    files = model_files(path.name, io.BytesIO(path.read_bytes()))
    from_cim = _converter(path.name)
    with tempfile.TemporaryDirectory() as folder, _heard() as said:
        places = []
        for at, file in enumerate(files):
            places.append(str(Path(folder) / f"{at}.xml"))  # the names in the zip name no file here
            Path(places[-1]).write_bytes(file.content)
        what, mend = sentence("problem.cgmes_not_converted"), sentence("remedy.export_cgmes_anew")
        with foreign(path.name, what, mend, sentence("expected.cgmes_converted")):
            net = from_cim(file_list=places, cgmes_version=files[0].version)
    for extra in ("CGMES", "report_container"):
        net.pop(extra, None)
    _without_unbounded(net)
    net["reading_notes"] = [*_left_out(path.name, files, net), *_notes(path.name, said)]
    return todays_net(net)


def _without_unbounded(net: Any) -> None:
    """Limits of reactive power that a program wrote as the largest number it has, for want of one, are none."""
    for table in ("gen", "sgen"):
        limits = [column for column in ("min_q_mvar", "max_q_mvar") if column in net[table]]
        net[table][limits] = net[table][limits].mask(net[table][limits].astype(float).abs() >= UNBOUNDED)


def _converter(file: str) -> Any:
    try:
        return importlib.import_module(CONVERTER).from_cim
    except ImportError as error:
        what, mend = sentence("problem.lxml_not_installed"), sentence("remedy.install_lxml")
        raise InputError([Problem(file, None, None, what, str(error), "", mend)]) from error


class _Listener(logging.Handler):
    """Warnings of pandapower in the thread that made it."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread = threading.get_ident()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self.thread and "pandapower" in record.pathname:
            self.said.append(" ".join(record.getMessage().split())[:LONGEST])


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What the converter logs as a warning or worse; no handler of its own means that none of it is shown."""
    listener = _Listener()
    logging.getLogger().addHandler(listener)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pandas, about how the converter is written
            yield listener.said
    finally:
        logging.getLogger().removeHandler(listener)


def _notes(file: str, said: Sequence[str]) -> Iterator[Problem]:
    texts = list(dict.fromkeys(said))
    for text in texts[:MESSAGES_MAX]:
        yield Problem(file, None, None, sentence("cgmes_note.said", text=text))
    for text in texts[MESSAGES_MAX:]:
        _log.debug("%s: %s", file, text)
    if len(texts) > MESSAGES_MAX:
        yield Problem(file, None, None, sentence("cgmes_note.said_more", n=len(texts) - MESSAGES_MAX))


def _left_out(file: str, files: Sequence[ModelFile], net: Any) -> Iterator[Problem]:
    """Equipment with a terminal of which no table of the net has the id, by class."""
    tables = [table["origin_id"] for table in net.values() if "origin_id" in getattr(table, "columns", ())]
    held = {identifier for column in tables for identifier in column.dropna()}
    ends = {identifier for one in files for identifier in one.equipment_of_terminals}
    left: dict[str, list[str]] = defaultdict(list)
    for one in files:
        for identifier, (kind, name) in one.objects.items():
            if identifier in ends and identifier not in held and kind not in NO_ELEMENTS:
                left[kind].append(name or identifier)
    for kind, names in sorted(left.items()):
        first, more = sorted(names)[:FIRST_ROWS], len(names) - FIRST_ROWS
        rows = message("grid.first_rows", rows=", ".join(first), more=more) if more > 0 else ", ".join(first)
        yield Problem(file, None, None, sentence("cgmes_note.left_out", kind=kind, n=len(names), names=rows))
