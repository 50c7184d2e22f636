"""Stations whose id, name and place stay with the operator."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from gridprio.inputs.study import Study

Withheld = Collection[str] | Literal["all"]
"""station_ids"""


class WithheldStations:
    """Withheld stations and what stands instead of their ids and names."""

    def __init__(self, study: Study, withhold: Withheld) -> None:
        self.of_id = {
            station.station_id: f"station-{number}"
            for number, station in enumerate(study.stations, start=1)
            if withhold == "all" or station.station_id in withhold
        }
        names = {s.name: self.of_id[s.station_id] for s in study.stations if s.station_id in self.of_id}
        self._of_word = names | self.of_id
        # The longest first, so that no part of a name is left.
        words = sorted(map(re.escape, self._of_word), key=lambda word: (-len(word), word))
        self._words = re.compile(rf"(?<!\w)({'|'.join(words)})(?!\w)") if words else None

    def station(self, station_id: str) -> str:
        return self.of_id.get(station_id, station_id)

    def without_names(self, text: str) -> str:
        """Free text without the names."""
        return text if self._words is None else self._words.sub(lambda word: self._of_word[word[0]], text)

    def left_in(self, text: str) -> list[str]:
        """Names and ids that still stand in a text."""
        return [] if self._words is None else sorted(set(self._words.findall(text)))

    def left_in_files(self, folder: Path) -> tuple[str, ...]:
        """Texts below `folder` in which a withheld name still stands, by file."""
        found = []
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".parquet":
                found += [f"{path.name}: {name}" for name in self.left_in(path.read_text(encoding="utf-8"))]
        return tuple(found)
