"""What goes out in each outage, as rules of security tell elements apart."""

from __future__ import annotations

import pandapower as pp

from gridprio import read_grid
from gridprio.grid import build_union, split_areas
from gridprio.grid.net.empty import new_net
from gridprio.inputs.schema import ProjectChange
from gridprio.model.grid import OutageElement

from .nets import small_province


def test_kinds_and_the_other_side() -> None:
    """Of three windings the second highest voltage counts, wherever it stands; a system is the element of its row."""
    net = new_net(sn_mva=100.0)
    for kv in (380.0, 150.0, 20.0, 20.0, 110.0):
        pp.create_bus(net, kv)
    pp.create_ext_grid(net, 0)
    other = pp.create_bus(net, 150.0)
    for kind, parallel in (("ol", 1), ("cs", 2), ("", 1), (None, 1)):
        pp.create_line_from_parameters(net, 1, other, 1.0, 0.06, 0.4, 9.0, 0.3, type=kind, parallel=parallel)
    pp.create_transformer_from_parameters(net, 1, 2, 40.0, 150.0, 20.0, 0.0, 10.0, 0, 0)
    for mv, lv in ((1, 2), (2, 3)):
        pp.create_transformer3w_from_parameters(
            net, 0, mv, lv, 380.0, float(net.bus.vn_kv[mv]), 20.0, 100, 100, 30, 10, 10, 10, 0.3, 0.3, 0.3, 0, 0
        )
    assert read_grid(net).arrays.outage_elements == (
        OutageElement("line:0", "overhead_line", None),
        OutageElement("line:1", "cable", None),
        OutageElement("line:1", "cable", None),
        OutageElement("line:2", "", None),
        OutageElement("line:3", "", None),
        OutageElement("trafo:0", "transformer", 20.0),
        OutageElement("trafo3w:0", "transformer", 150.0),
        OutageElement("trafo3w:1", "transformer", 20.0),
    )


def test_what_a_project_puts_in_the_place_of_an_element_goes_by_its_name() -> None:
    """Not what it adds; the kind is its own. Areas and switch positions have the same."""
    changes = [
        ProjectChange(project_id="P", action="replace_line", element="line:1", std_type="Cable 150 kV 2000 Cu"),
        ProjectChange(
            project_id="P", action="add_line", from_bus=0, to_bus=2, std_type="Cable 150 kV 2000 Cu", length_km=9
        ),
        ProjectChange(project_id="P", action="replace_trafo", element="trafo:0", std_type="100 MVA 150/10.5 kV"),
        ProjectChange(project_id="P", action="switch_element", element="switch:0", closed=True),
    ]
    union = build_union(small_province(), [], changes)
    arrays = union.grid.arrays
    told = dict(zip(union.grid.outage_ids, arrays.outage_elements, strict=True))
    assert told["line", 1] == OutageElement("line:1", "overhead_line", None)
    assert told["line", 5] == OutageElement("line:1", "cable", None)
    assert told["line", 6] == OutageElement("line:6", "cable", None)
    assert told["trafo", 3] == OutageElement("trafo:0", "transformer", 10.5)
    assert union.variant(["P"]).arrays.outage_elements == arrays.outage_elements
    for area in split_areas(union.grid):
        assert area.arrays.outage_elements == tuple(arrays.outage_elements[k] for k in area.outages)
