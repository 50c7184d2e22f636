"""A stored run: tables as attributes, loaded when asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridprio.errors import StoreError
from gridprio.store.manifest import (
    COMPLETE,
    MANIFEST,
    SCHEMA_VERSION,
    is_as_written,
    manifest_of,
    verified_file,
)
from gridprio.store.whole import earlier
from gridprio.text import say, sentence
from gridprio.text.notebook import as_html

if TYPE_CHECKING:
    import pandas as pd

    from gridprio.figures.run_figures import RunFigures

MAP_FILE = "municipalities.geojson"
SWITCHED_ON = {
    **dict.fromkeys(("dilution", "bindingness"), ("curve_lists", 39)),
    **dict.fromkeys(("search", "search_history", "shadow_prices"), ("search_orders", 40)),
    "sensitivity": ("sensitivity", "true"),
}
"""Tables that a setting switches on, and a value that does."""


class Run:
    """One run folder; `run.status_effect`, `run.plan`, ... are DataFrames, read on first use.

    Every file is compared with its digest in the manifest when it is opened; StoreError where it is another.
    """

    plan: pd.DataFrame
    cells: pd.DataFrame
    outcomes: pd.DataFrame
    status_effect: pd.DataFrame
    connections: pd.DataFrame
    distribution: pd.DataFrame

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest
        self.tables = tuple(sorted(Path(name).stem for name in manifest["files"] if name.endswith(".parquet")))

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_") or name not in self.tables:
            raise AttributeError(self._absent(name))
        import pandas as pd

        frame = pd.read_parquet(self._file(f"{name}.parquet"))
        self.__dict__[name] = frame
        return frame

    def _absent(self, name: str) -> str:
        """What a table takes that a setting of this run left out; else the tables that there are."""
        said = f"this run has no table {name!r}"
        setting, value = SWITCHED_ON.get(name, ("", 0))
        if setting and not self.manifest["settings"].get(setting):
            now = f"{setting} is {self.manifest['settings'].get(setting)}"
            return f"{said}: its setting {now}; run the study again with --set {setting}={value}"
        return f"{said}; it has {', '.join(self.__dict__.get('tables', ()))}"

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.tables})

    def _file(self, name: str) -> Path:
        return verified_file(self.folder, name, self.manifest)

    @property
    def municipalities(self) -> dict[str, Any] | None:
        """GeoJSON FeatureCollection, None when the study had no map."""
        if MAP_FILE not in self.manifest["files"]:
            return None
        feature_collection: dict[str, Any] = json.loads(self._file(MAP_FILE).read_text(encoding="utf-8"))
        return feature_collection

    @property
    def plot(self) -> RunFigures:
        """Figures (Plotly): `run.plot.plan()`, `connections()`, `map()`, `dilution()`, `bindingness()`, `lorenz()`."""
        from gridprio.figures.run_figures import RunFigures

        return RunFigures(self)

    def sql(self, query: str) -> pd.DataFrame:
        """Answer of a SQL query (DuckDB) in which every table of the run is a view of its name."""
        import duckdb

        with duckdb.connect(":memory:") as connection:
            for name in self.tables:
                path = str(self._file(f"{name}.parquet")).replace("'", "''")
                connection.execute(f"""create view "{name}" as select * from read_parquet('{path}')""")
            try:
                frame: pd.DataFrame = connection.execute(query).df()
            except duckdb.Error as error:
                raise StoreError(
                    sentence("store.query_failed", why=str(error), tables=", ".join(self.tables))
                ) from None
        return frame

    def __repr__(self) -> str:
        study = self.manifest["study"]
        label = " (fictional)" if study.get("fictional") else ""
        return (
            f"Run({study['name']!r}{label}, backend {self.manifest['backend']}, seed {self.manifest['seed']}, "
            f"{self.folder}: {', '.join(self.tables)})"
        )

    def _repr_html_(self) -> str:
        import pyarrow.parquet as pq

        study = self.manifest["study"]
        language = self.manifest["settings"]["language"]
        title = study.get(f"title_{language}") or study.get("title_nl") or study["name"]
        made = f"{self.manifest['created']}, {self.manifest['backend']}, seed {self.manifest['seed']}"
        below = f"{say('answer.fictional')[language]}. {made}" if study.get("fictional") else made
        sizes = {name: pq.read_metadata(self._file(f"{name}.parquet")).num_rows for name in self.tables}
        return as_html(title, below, sizes, ("table", "rows"))


def read_run(folder: str | Path) -> Run:
    """Open a run folder; StoreError when it is none, not complete, or of another version of the format."""
    folder = Path(folder)
    if not folder.is_dir():
        left = earlier(folder) if folder.parent.is_dir() else []
        if left:
            words = {"folder": str(folder), "manifest": MANIFEST, "earlier": str(left[0])}
            raise StoreError(sentence("store.no_folder_any_more", **words))
        raise StoreError(sentence("store.no_folder", folder=str(folder), manifest=MANIFEST))
    manifest = manifest_of(folder)
    if manifest is None:
        raise StoreError(sentence("store.no_run", folder=str(folder), manifest=MANIFEST))
    if manifest.get("status") != COMPLETE:
        reached = {name: repr(manifest.get(name)) for name in ("status", "stage")}
        raise StoreError(sentence("store.not_complete", folder=str(folder), **reached))
    if manifest.get("schema_version") != SCHEMA_VERSION:
        versions = {"found": repr(manifest.get("schema_version")), "read": str(SCHEMA_VERSION)}
        raise StoreError(sentence("store.other_version", folder=str(folder), **versions))
    if not is_as_written(manifest):
        raise StoreError(sentence("store.damaged", file=str(folder / MANIFEST)))
    return Run(folder, manifest)
