"""The files of a CGMES model in a zip, looked at with Expat before a converter builds anything of them."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath
from typing import IO
from xml.parsers import expat

from gridprio.errors import InputError, Problem
from gridprio.grid.net.findings import FIRST_ROWS
from gridprio.inputs.door import foreign, reading
from gridprio.inputs.limits import too_large
from gridprio.text import sentence

UNPACKED_MAX_MB = 200
"""Of all files together; the converter takes about 12 MB of memory and 0.1 s for each."""
MEMBERS_MAX = 100
DEPTH_MAX = 100
TEXT_MAX = 10_000
"""Characters of a name or a profile after which nothing more is kept."""
VERSIONS = {"http://iec.ch/TC57/2013/CIM-schema-cim16#": "2.4.15", "http://iec.ch/TC57/CIM100#": "3.0"}
"""CGMES by the namespace of its classes"""
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
EQUIPMENT, HYPOTHESIS = ("/EquipmentCore/", "/CoreEquipment-EU/"), ("/SteadyStateHypothesis",)
CONNECTIONS = ("/Topology/", "/Topology-EU/", "/EquipmentOperation/", "/CoreEquipment-EU/")
"""Profiles that say what is connected: topological nodes, or connectivity nodes"""


@dataclass(eq=False)
class ModelFile:
    """One file of a model and what was seen in it."""

    content: bytes = field(repr=False)
    version: str = ""
    """of CGMES; empty where no class of a known version occurs"""
    profiles: list[str] = field(default_factory=list)
    equipment_of_terminals: set[str] = field(default_factory=set)
    base_voltages: set[str] = field(default_factory=set)
    """that the file defines"""
    base_voltages_named: set[str] = field(default_factory=set)
    """that voltage levels, nodes and equipment of the file refer to"""
    objects: dict[str, tuple[str, str]] = field(default_factory=dict)
    """by identifier, class and name, of everything that the file defines"""


def model_files(file: str, source: IO[bytes]) -> list[ModelFile]:
    """The files of a model, sorted by name; raises InputError for archives that are too large or lead out, files that
    are no CGMES or define entities, other versions, and profiles that are missing."""
    problems: list[Problem] = []
    files = []
    with foreign(file), zipfile.ZipFile(source) as archive:
        for part in _members(file, archive):
            place = f"{file} [{part.filename}]"
            with reading(place, problems):
                files.append(_Look(place, archive.read(part)).file)
    if problems:
        raise InputError(problems)
    problems = [*_versions(file, files), *_profiles(file, files), *_boundary(file, files)]
    if problems:
        raise InputError(problems)
    return files


def _members(file: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """XML files by name; other files, such as a text beside them, are no part of a model."""
    parts = [part for part in archive.infolist() if not part.is_dir()]
    if len(parts) > MEMBERS_MAX:
        raise too_large(
            file, sentence("expected.at_most_files", n=MEMBERS_MAX), sentence("found.files_in_zip", n=len(parts))
        )
    problems = []
    for part in parts:
        names = PurePosixPath(part.filename), PureWindowsPath(part.filename)
        if any(name.anchor or ".." in name.parts for name in names):
            problems.append(_problem(f"{file} [{part.filename}]", "problem.leads_out_of_zip", "remedy.zip_anew"))
        elif part.filename.lower().endswith(".zip"):
            problems.append(_problem(f"{file} [{part.filename}]", "problem.zip_in_zip", "remedy.one_zip"))
    parts = [part for part in parts if part.filename.lower().endswith((".xml", ".rdf"))]
    if not parts and not problems:
        problems = [_problem(file, "problem.zip_without_model", "remedy.one_zip")]
    if problems:
        raise InputError(problems)
    megabytes = sum(part.file_size for part in parts) / 1e6  # no more is unpacked of any part
    if megabytes > UNPACKED_MAX_MB:
        expected = sentence("expected.at_most_megabytes", n=UNPACKED_MAX_MB)
        raise too_large(file, expected, sentence("found.megabytes", n=megabytes))
    return sorted(parts, key=lambda part: part.filename)


def _problem(place: str, what: str, mend: str, found: str = "", expected: str = "") -> Problem:
    return Problem(place, None, None, sentence(what), found, expected, sentence(mend))


def _versions(file: str, files: list[ModelFile]) -> list[Problem]:
    found = sorted({one.version for one in files} - {""})
    if len(found) == 1:
        for one in files:
            one.version = found[0]
        return []
    expected = sentence("expected.one_of_cgmes", versions=", ".join(VERSIONS.values()))
    return [_problem(file, "problem.cgmes_version", "remedy.export_cgmes_anew", ", ".join(found), expected)]


def _profiles(file: str, files: list[ModelFile]) -> list[Problem]:
    named = [profile for one in files for profile in one.profiles]
    wanted = {"EQ": EQUIPMENT, "SSH": HYPOTHESIS, "TP": CONNECTIONS}
    missing = [key for key, marks in wanted.items() if not any(mark in name for name in named for mark in marks)]
    if not missing:
        return []
    found = ", ".join(sorted(set(named)))
    what = sentence("problem.profiles_missing", profiles=", ".join(missing))
    expected, mend = sentence("expected.cgmes_profiles"), sentence("remedy.one_zip")
    return [Problem(file, None, None, what, found, expected, mend)]


def _boundary(file: str, files: list[ModelFile]) -> list[Problem]:
    """The boundary defines the base voltages that models of several operators share."""
    defined = {voltage for one in files for voltage in one.base_voltages}
    missing = sorted({voltage for one in files for voltage in one.base_voltages_named} - defined)
    if not missing:
        return []
    found = ", ".join(missing[:FIRST_ROWS])
    return [_problem(file, "problem.base_voltage_missing", "remedy.one_zip", found)]


class _Look:
    """One file while Expat goes through it; `file` is what was seen."""

    def __init__(self, place: str, content: bytes) -> None:
        self.place, self.file = place, ModelFile(content)
        self.depth, self.text = 0, ""
        self.identifier = self.kind = ""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartDoctypeDeclHandler = self._refuse_entities
        parser.StartNamespaceDeclHandler = self._namespace
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.buffer_text = True
        parser.Parse(content, True)
        if not self.file.profiles:
            raise InputError([_problem(place, "problem.file_without_profile", "remedy.one_zip")])

    def _refuse_entities(self, *_: object) -> None:
        raise InputError([Problem(self.place, None, None, sentence("problem.defines_entities"))])

    def _namespace(self, _: str | None, uri: str) -> None:
        self.file.version = VERSIONS.get(uri, self.file.version)

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth, self.text = self.depth + 1, ""
        if self.depth > DEPTH_MAX:
            raise too_large(self.place, sentence("expected.at_most_levels", n=DEPTH_MAX))
        if self.depth == 2:
            self.kind = tag.rpartition(" ")[2]
            self.identifier = attributes.get(f"{RDF} ID", "")
            if self.identifier:
                self.file.objects[self.identifier] = (self.kind, "")
            if self.kind == "BaseVoltage":
                self.file.base_voltages.add(self.identifier or attributes.get(f"{RDF} about", "")[1:])
        elif tag.endswith(".BaseVoltage"):
            self.file.base_voltages_named.add(attributes.get(f"{RDF} resource", "")[1:])
        elif tag.endswith((" Terminal.ConductingEquipment", " DCTerminal.DCConductingEquipment")):
            self.file.equipment_of_terminals.add(attributes.get(f"{RDF} resource", "")[1:])

    def _end(self, tag: str) -> None:
        if tag.endswith(" Model.profile"):
            self.file.profiles.append(self.text.strip())
        elif self.identifier and tag.endswith(" IdentifiedObject.name"):
            self.file.objects[self.identifier] = (self.kind, self.text.strip())
        self.depth -= 1

    def _characters(self, text: str) -> None:
        if len(self.text) < TEXT_MAX:
            self.text += text
