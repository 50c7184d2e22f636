"""What branches are called: table `branches`, and the words for messages and the command line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from gridprio.cells import CellSource, SimulatedCells
from gridprio.grid.union import UnionGrid
from gridprio.inputs.schema import Station
from gridprio.model.grid import GROUP, MARKER, BranchId, branch_name
from gridprio.pipeline.grid_places import NOWHERE, node_places
from gridprio.pipeline.session import Session
from gridprio.text import Message, element, message, word_message

COLUMNS = ("branch", "own_name", "from_station_id", "to_station_id", "from_kv", "to_kv", "name_nl", "name_en")
Names = Mapping[str, Message]
"""`line:12` -> what it is called"""
_GENERIC = re.compile(r"(line|lijn|trafo|transformer|transformator|branch|tak|impedance|switch)?[\s_:#-]*\d*", re.I)
"""A name of this form tells no more than kind and number."""


@dataclass(frozen=True)
class _Branch:
    id: BranchId
    own_name: str
    """in the net; empty where it has none that tells something"""
    stations: tuple[str, str]
    """ids at both ends, separated by blanks"""
    places: tuple[Message | str, Message | str]
    """names of the stations at both ends, else of the buses"""
    kv: tuple[float, float]


def branch_tables(session: Session) -> dict[str, pd.DataFrame]:
    """Table `branches` (docs/run-folder.md); none where the study has no grid."""
    cells = session.cells
    if not isinstance(cells, SimulatedCells):
        return {}
    branches = list(_branches(session.study.stations, cells.grid.union))
    twin_of = cells.grid.union.grid.twin_of
    rows = [
        (branch_name(b.id), b.own_name, *b.stations, *b.kv, said["nl"], said["en"])
        for b, said in zip(branches, map(word_message, _with_twins(branches, twin_of)), strict=True)
    ]
    return {"branches": pd.DataFrame(rows, columns=list(COLUMNS))}


def names_of_branches(stations: Sequence[Station], cells: CellSource) -> Names:
    """By the code in the tables; empty where there is no grid."""
    if not isinstance(cells, SimulatedCells):
        return {}
    branches = list(_branches(stations, cells.grid.union))
    named = _with_twins(branches, cells.grid.union.grid.twin_of)
    return {branch_name(b.id): said for b, said in zip(branches, named, strict=True)}


def _branches(stations: Sequence[Station], union: UnionGrid) -> Iterator[_Branch]:
    grid, arrays = union.grid, union.grid.arrays
    at = node_places(stations, union)
    own_stations: dict[int, list[str]] = {}
    node_of = dict(zip(grid.bus_ids.tolist(), grid.bus_node.tolist(), strict=True))
    for station, of_station in union.station_buses.items():
        for node in dict.fromkeys(node_of.get(bus, -1) for bus in of_station):
            own_stations.setdefault(node, []).append(station)
    station_name = {station.station_id: station.name for station in stations}
    buses = list(zip(grid.bus_node.tolist(), grid.bus_ids.tolist(), grid.bus_name, grid.bus_kv.tolist(), strict=True))
    bus_of = {node: (bus, name, kv) for node, bus, name, kv in reversed(buses)}

    def stations_at(node: int) -> list[str]:
        """With a bus there, else those that transformers join it with."""
        return own_stations.get(node) or at.get(node, NOWHERE)[0].split()

    def place(node: int) -> Message | str:
        bus, name, _ = bus_of.get(node, (node, "", 0.0))
        named = " / ".join(station_name[station] for station in stations_at(node)) or name
        return named or message("phrase.numbered", what=message("element.bus"), number=str(bus))

    lies_at = grid.place_node()
    for row, branch in enumerate(grid.branch_ids):
        if branch[0] == MARKER:
            continue
        nodes = ends = int(lies_at[arrays.from_node[row]]), int(lies_at[arrays.to_node[row]])
        own = grid.element_name.get(branch[:2], "")
        if branch[0] != "line":
            inside = [node for node in ends if node in own_stations]
            ends = (inside[-1], inside[-1]) if inside else ends
        kv = [bus_of[node][2] if node in bus_of else float(arrays.nominal_kv[row]) for node in nodes]
        yield _Branch(
            branch,
            "" if branch[0] != GROUP and _GENERIC.fullmatch(own) else own,
            (" ".join(stations_at(ends[0])), " ".join(stations_at(ends[1]))),
            (place(ends[0]), place(ends[1])),
            (kv[0], kv[1]),
        )


def _named(branches: Sequence[_Branch]) -> list[Message]:
    """Kind, own name and stations; lines that are alike are circuits, and what is alike shows its index too."""
    said = [_name_of(branch) for branch in branches]
    alike = Counter(map(_key, said))
    circuits = Counter[object]()
    named = []
    for branch, one in zip(branches, said, strict=True):
        if alike[_key(one)] > 1:
            circuits[_key(one)] += 1
            if one.code == "branch.line":
                one = message("branch.circuit", n=circuits[_key(one)], **one.params)
            one = message("branch.numbered", what=one, number=":".join(map(str, branch.id[1:])))
        named.append(one)
    return named


def _with_twins(branches: Sequence[_Branch], twin_of: Mapping[BranchId, BranchId]) -> list[Message]:
    """A transformer as an action after an outage sets it is called as it is before, with its tap."""
    own = [branch for branch in branches if branch.id not in twin_of]
    named = {branch.id: said for branch, said in zip(own, _named(own), strict=True)}
    for twin, branch in twin_of.items():
        tap = message("phrase.tap", position=branch_name(twin).rpartition("=")[2])
        named[twin] = message("phrase.in_brackets", what=named[branch], detail=tap)
    return [named[branch.id] for branch in branches]


def _key(said: Message) -> tuple[str, ...]:
    """The same for lines between the same places, whichever end is named first."""
    if said.code != "branch.line":
        return (word_message(said)["en"],)
    return tuple(sorted(map(_in_words, (said.params["from_"], said.params["to"]))))


def _in_words(place: Message | str) -> str:
    return place if isinstance(place, str) else word_message(place)["en"]


def _name_of(branch: _Branch) -> Message:
    (from_, to), own = branch.places, branch.own_name
    at = to if branch.stations[1] and not branch.stations[0] else from_
    if branch.id[0] == "line":
        ends = {"from_": from_, "to": to}
        return message("branch.own_line", name=own, **ends) if own else message("branch.line", **ends)
    if branch.id[0] == "trafo":
        kv = "/".join(f"{kv:g}" for kv in branch.kv)
        if not own:
            return message("branch.transformer", kv=kv, at=at)
        if not any(branch.stations) or _in_words(at).casefold() in own.casefold():
            return message("branch.own_transformer", name=own, kv=kv)
        return message("branch.own_transformer_at", name=own, kv=kv, at=at)
    if branch.id[0] == GROUP:
        limit = message("branch.group", name=own)
        project = str(branch.id[2]) if len(branch.id) > 2 else ""
        return message("phrase.in_brackets", what=limit, detail=project) if project else limit
    kind = element(branch_name(branch.id))
    return message("branch.other", kind=message("phrase.in_brackets", what=kind, detail=own) if own else kind, at=at)
