"""Studies that try to run code, open files or reach out when they are read: one function per kind of attack."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandapower as pp
import pandas as pd

ORIGIN = Path(__file__).parents[1] / "cases" / "one_crew"
CANARY = "canary.txt"
"""Written by every payload that gets to run."""


@dataclass(frozen=True)
class Attack:
    name: str
    write: Callable[[Path], None]
    """puts the payload into a copy of a good study"""
    says: tuple[str, ...]
    """words of the refusal: the class or function, and the place"""
    modules: tuple[str, ...] = ()
    """modules that the file names and that must not be imported"""
    files: tuple[str, ...] = ()
    """ends of paths that must not be opened"""


def write_study(folder: Path, attack: Attack) -> None:
    shutil.copytree(ORIGIN, folder)
    (folder / "grid.json").write_text(_good_grid())
    attack.write(folder)


@cache
def _good_grid() -> str:
    """Half of the tables of a net are results, empty here and not read: the attacks do without them."""
    content = json.loads((ORIGIN / "grid.json").read_text())
    net = content["_object"]
    for name in [name for name in net if name.startswith(("res_", "_empty_"))]:
        del net[name]
    return json.dumps(content)


@cache
def _good_net() -> Any:
    return pp.from_json_string(_good_grid())


def stored(module: str, kind: str, content: Any = None, **more: Any) -> dict[str, Any]:
    """An object as pandapower writes it."""
    return {"_module": module, "_class": kind, "_object": {} if content is None else content, **more}


def frame(columns: list[str], rows: list[list[Any]], **more: Any) -> dict[str, Any]:
    text = json.dumps({"columns": columns, "index": list(range(len(rows))), "data": rows})
    return stored("pandas.core.frame", "DataFrame", text, orient="split", **more)


def module_beside(folder: Path, name: str) -> None:
    (folder / f"{name}.py").write_text(
        f"open({str(folder / CANARY)!r}, 'w').write('imported')\nclass Thing: pass\ndef act(*_): return 1.0\n"
    )


def change_net(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    path = folder / "grid.json"
    content = json.loads(path.read_text())
    change(content["_object"])
    path.write_text(json.dumps(content))


def in_user_data(module: str, kind: str, content: Any = None, beside: bool = True) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        if beside:
            module_beside(folder, module.split(".")[0])
        change_net(folder, lambda net: net.update(note={"deep": [1, stored(module, kind, content)]}))

    return write


def called_with_a_cell(module: str, function: str, cell: str) -> Callable[[Path], None]:
    """A function as the object of a characteristic: the load flow calls it with the tap position of a transformer."""

    def write(folder: Path) -> None:
        if module.startswith("beside_"):
            module_beside(folder, module)
        text = cell.format(canary=folder / CANARY)
        net = copy.deepcopy(_good_net())
        pp.create_transformer(net, int(net.bus.index[0]), int(net.bus.index[1]), next(iter(net.std_types["trafo"])))
        del net.trafo["tap_dependency_table"]  # as before pandapower 3.0
        table = json.loads(net.trafo.to_json(orient="split"))
        columns, row = table["columns"], table["data"][0]
        row[columns.index("tap_pos")] = text
        row[columns.index("tap_changer_type")] = None
        columns += ["tap_dependent_impedance", "vk_percent_characteristic", "vkr_percent_characteristic"]
        table["data"] = [[*row, True, 0, 0]]
        trafo = stored("pandas.core.frame", "DataFrame", json.dumps(table), orient="split")
        curve = frame(["object"], [[stored(module, "function", function)]])
        change_net(folder, lambda content: content.update(trafo=trafo, characteristic=curve))

    return write


CONTROLLER_COLUMNS = ["object", "in_service", "order", "level", "initial_run", "recycle"]


def controller(module: str, kind: str, content: Any = None) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        if module.startswith("beside_"):
            module_beside(folder, module)
        for name in ("beside_inside", "beside_source"):
            module_beside(folder, name)
        cell = stored(module, kind, json.dumps(content or {}))
        table = frame(CONTROLLER_COLUMNS, [[cell, True, 0, 0, True, False]])
        change_net(folder, lambda net: net.update(controller=table))

    return write


def table_at(target: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / "secret.json").write_text('{"columns":["a"],"index":[0],"data":[["secret"]]}')
        place = target.format(folder=folder)
        table = stored("pandas.core.frame", "DataFrame", place, orient="split")
        change_net(folder, lambda net: net.update(note=table))

    return write


def nested_net(folder: Path) -> None:
    module_beside(folder, "beside_nested")
    inner = json.dumps(stored("pandapower.auxiliary", "pandapowerNet", {"x": stored("beside_nested", "Thing")}))
    change_net(folder, lambda net: net.update(neighbour=stored("pandapower.auxiliary", "pandapowerNet", inner)))


def graph(folder: Path) -> None:
    module_beside(folder, "beside_graph")
    node = {"json_id": 0, "owner": stored("beside_graph", "Thing")}
    content = {"directed": False, "multigraph": True, "graph": [], "nodes": [node], "adjacency": [[]]}
    change_net(folder, lambda net: net.update(graph=stored("networkx", "MultiGraph", content)))


def standard_type(folder: Path) -> None:
    module_beside(folder, "beside_type")
    change_net(folder, lambda net: net["std_types"]["line"].update(cable={"r": stored("beside_type", "Thing")}))


def escaped(folder: Path) -> None:
    """The keys are written with escapes inside the text of a table."""
    module_beside(folder, "beside_escape")
    text = json.dumps({"columns": ["a"], "index": [0], "data": [[stored("beside_escape", "Thing")]]})
    text = text.replace("_module", "\\u005fmodule").replace("_class", "\\u005fclass")
    table = stored("pandas.core.frame", "DataFrame", text, orient="split")
    change_net(folder, lambda net: net.update(note=table))


def series(folder: Path) -> None:
    module_beside(folder, "beside_array")
    array = stored("numpy", "array", [stored("beside_array", "Thing")], dtype="object")
    change_net(folder, lambda net: net.update(note=array))


def several(folder: Path) -> None:
    for name in ("beside_one", "beside_two"):
        module_beside(folder, name)
    table = frame(["a"], [[1], [stored("beside_two", "function", "act")]])
    change_net(folder, lambda net: net.update(note=stored("beside_one", "Thing"), other=table))


def excel_cell(sheet: str, column: str, module: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        module_beside(folder, module)
        pp.to_excel(_good_net(), str(folder / "grid.xlsx"))
        sheets = pd.read_excel(folder / "grid.xlsx", sheet_name=None, index_col=0)
        cell = json.dumps(stored(module, "Thing"))
        if sheet == "controller":
            sheets[sheet] = pd.DataFrame([[cell, True, 0, 0, True, "false"]], columns=CONTROLLER_COLUMNS)
        else:
            sheets[sheet][column] = [cell] * len(sheets[sheet])
        with pd.ExcelWriter(folder / "grid.xlsx") as writer:
            for name, content in sheets.items():
                content.to_excel(writer, sheet_name=name)
        use_grid(folder, "grid.xlsx")

    return write


def use_grid(folder: Path, name: str) -> None:
    head = folder / "study.toml"
    head.write_text(head.read_text().replace('"grid.json"', json.dumps(name)))


class PickledCall:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (str(self.path), "w"))


def pickled(name: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        import pickle

        (folder / name).write_bytes(pickle.dumps({"bus": PickledCall(folder / CANARY)}))
        use_grid(folder, name)

    return write


def parquet_with_a_pickle(folder: Path) -> None:
    """Columns of a type that Arrow used to unpickle on reading."""
    import pickle

    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(pd.read_csv(folder / "profiles.csv", sep=None, engine="python"))
    payload = {
        b"ARROW:extension:name": b"arrow.py_extension_type",
        b"ARROW:extension:metadata": pickle.dumps(PickledCall(folder / CANARY)),
    }
    schema = pa.schema([field.with_metadata(payload) for field in table.schema])
    pq.write_table(table.replace_schema_metadata(None).cast(schema), folder / "profiles.parquet")
    (folder / "profiles.csv").unlink()


MATPOWER = """function mpc = grid
mpc.version = '2';
mpc.baseMVA = 100;
mpc.bus = [
1 3 0 0 0 0 1 1.02 0 150 1 1.1 0.9;
2 1 {cell} 10 0 5 1 1 0 150 1 1.1 0.9;
];
mpc.gen = [
1 50 0 100 -100 1.02 100 1 200 0;
];
mpc.branch = [
1 2 0.01 0.05 0.02 100 100 100 0 0 1 -360 360;
];
{line}
"""


def matpower(cell: str = "50", line: str = "") -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        words = {name: text.replace("CANARY", str(folder / CANARY)) for name, text in (("cell", cell), ("line", line))}
        (folder / "grid.m").write_text(MATPOWER.format(**words))
        use_grid(folder, "grid.m")

    return write


def geo_type(folder: Path) -> None:
    """geojson looks up the type of a place by its name in one of its modules."""

    def change(net: dict[str, Any]) -> None:
        net["format_version"] = "3.0.0"
        bus = json.loads(net["bus"]["_object"])
        at = bus["columns"].index("geo")
        for row in bus["data"]:
            row[at] = json.dumps({"type": "__init__", "name": "renamed", "coordinates": [5, 52]})
        net["bus"]["_object"] = json.dumps(bus)

    change_net(folder, change)


TAP = "pandapower.control.controller.trafo.DiscreteTapControl"
INSIDE = {"element": "trafo", "element_index": 0, "vm_lower_pu": stored("beside_inside", "function", "act")}
SOURCE = {"data_source": stored("beside_source", "Thing"), "element": "load"}

ATTACKS = (
    Attack(
        "shell command on a cell", called_with_a_cell("os", "system", "touch {canary}"), ("os.system", "characteristic")
    ),
    Attack(
        "exec on a cell",
        called_with_a_cell("builtins", "exec", "open({canary!r}, 'w')".replace("{canary!r}", "'{canary}'")),
        ("builtins.exec", "characteristic"),
    ),
    Attack("print on a cell", called_with_a_cell("builtins", "print", "said by the file"), ("builtins.print",)),
    Attack(
        "open on a cell",
        called_with_a_cell("builtins", "open", "/proc/self/limits"),
        ("builtins.open",),
        files=("/proc/self/limits",),
    ),
    Attack(
        "browser on a cell",
        called_with_a_cell("webbrowser", "open", "http://127.0.0.1:9/x"),
        ("webbrowser.open",),
    ),
    Attack(
        "pickle on a cell",
        called_with_a_cell("pickle", "loads", "text"),
        ("pickle.loads", "characteristic"),
    ),
    Attack(
        "function beside the study",
        called_with_a_cell("beside_function", "act", "1"),
        ("beside_function.act", "row 0", "object"),
        ("beside_function",),
    ),
    Attack(
        "class beside the study",
        in_user_data("beside_class", "Thing"),
        ("beside_class.Thing", "note", "deep[1]"),
        ("beside_class",),
    ),
    Attack(
        "module that begins like pandapower",
        in_user_data("pandapower_extra", "Thing"),
        ("pandapower_extra.Thing",),
        ("pandapower_extra",),
    ),
    Attack(
        "method beside the study",
        in_user_data("beside_method", "method", "act"),
        ("beside_method",),
        ("beside_method",),
    ),
    Attack("browser on import", in_user_data("antigravity", "x", beside=False), ("antigravity.x",), ("antigravity",)),
    Attack("print on import", in_user_data("this", "x", beside=False), ("this.x",), ("this",)),
    Attack(
        "submodule of numpy", in_user_data("numpy.f2py.__main__", "x", beside=False), ("numpy.f2py",), ("numpy.f2py",)
    ),
    Attack(
        "reconstruction as pickles do",
        in_user_data("numpy.core.multiarray", "_reconstruct", [1], beside=False),
        ("numpy.core.multiarray._reconstruct",),
        ("numpy.core.multiarray",),
    ),
    Attack(
        "controller beside the study",
        controller("beside_controller", "Thing"),
        ("beside_controller.Thing", "controller", "row 0", "object"),
        ("beside_controller",),
    ),
    Attack(
        "function inside a tap controller",
        controller(TAP, "DiscreteTapControl", INSIDE),
        ("beside_inside.act", "controller", "vm_lower_pu"),
        ("beside_inside",),
    ),
    Attack(
        "class inside a profile controller",
        controller("pandapower.control.controller.const_control", "ConstControl", SOURCE),
        ("beside_source.Thing", "controller", "data_source"),
        ("beside_source",),
    ),
    Attack(
        "class of pandapower that is no controller",
        controller("pandapower.converter.cim.cim2pp.to_pp_classes.generators", "AsynchronousMachinesCim16"),
        ("AsynchronousMachinesCim16", "controller"),
        ("pandapower.converter.cim",),
    ),
    Attack("table at a path", table_at("{folder}/secret.json"), ("note", "secret.json"), files=("secret.json",)),
    Attack("table at a URL", table_at("http://127.0.0.1:9/secret.json"), ("note", "127.0.0.1")),
    Attack("table at a file URL", table_at("file://{folder}/secret.json"), ("note",), files=("secret.json",)),
    Attack("net in a net", nested_net, ("beside_nested.Thing", "neighbour"), ("beside_nested",)),
    Attack("graph with a class", graph, ("beside_graph.Thing", "graph"), ("beside_graph",)),
    Attack(
        "standard type with a class",
        standard_type,
        ("beside_type.Thing", "std_types", "line.cable.r"),
        ("beside_type",),
    ),
    Attack("keys with escapes", escaped, ("beside_escape.Thing", "note"), ("beside_escape",)),
    Attack("array with a class", series, ("beside_array.Thing", "note"), ("beside_array",)),
    Attack("several at once", several, ("beside_one.Thing", "beside_two.act", "row 1"), ("beside_one", "beside_two")),
    Attack(
        "Excel controller cell",
        excel_cell("controller", "object", "beside_excel"),
        ("beside_excel.Thing", "controller", "row 0", "object"),
        ("beside_excel",),
    ),
    Attack(
        "Excel place cell",
        excel_cell("bus", "geo", "beside_geo"),
        ("beside_geo.Thing", "bus", "geo"),
        ("beside_geo",),
    ),
    Attack("pickled net", pickled("grid.p"), ("grid.p", "not a kind of grid file")),
    Attack("pickled net under another name", pickled("net.json"), ("net.json",)),
    Attack("pickled workbook", pickled("net.xlsx"), ("net.xlsx",)),
    Attack("pickled MATLAB file", pickled("net.mat"), ("net.mat",)),
    Attack("MATPOWER cell with a call", matpower("system('touch CANARY')"), ("grid.m", "row 6", "system")),
    Attack("MATPOWER line with a shell escape", matpower(line="!touch CANARY"), ("grid.m", "row 14", "!touch")),
    Attack("MATPOWER line with eval", matpower(line="eval('system(''touch CANARY'')')"), ("grid.m", "row 14", "eval")),
    Attack("place with the name of a method", geo_type, ("bus", "geo", "__init__")),
)
HARMLESS = (Attack("Parquet column with a pickle", parquet_with_a_pickle, ()),)
"""What a reader may pass over as well as refuse, as long as nothing happens."""
