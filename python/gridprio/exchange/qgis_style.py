"""Styles for QGIS (QML): rules with a filter, a label and a symbol; shape and width tell what colour tells."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, tostring

from gridprio.text import Language, say

HEADER = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
BLUE, ORANGE, YELLOW, GREY, CLEAR = "0,114,178", "213,94,0", "230,159,0", "110,110,110", "240,240,240"
"""Colours that the colour-blind tell apart (Okabe and Ito, 2008)."""


@dataclass(frozen=True)
class Rule:
    """One kind of feature and how it is drawn."""

    label: str
    """code of its words"""
    symbol: str
    """marker, line or fill"""
    colour: str
    shape: str = "circle"
    """of a marker (QGIS name), or of the stroke of a line"""
    size: float = 2.6
    """mm, of a marker or the width of a line"""
    filter: str = ""
    """QGIS expression; empty: every feature"""


OVER, AFTER = '"overload_percent" is not null', "coalesce(\"overload_outage\", '')"
LOADED = 'coalesce("worst_loading_percent" > "worst_limit_percent", false)'

STYLES: dict[str, tuple[Rule, ...]] = {
    "stations": (Rule("map.station", "marker", GREY, size=1.8),),
    "lines": (
        Rule("map.line", "line", GREY, "solid", 0.4, f'"in_service" and not {LOADED}'),
        Rule("map.line_loaded", "line", ORANGE, "solid", 1.0, f'"in_service" and {LOADED}'),
        Rule("map.line_planned", "line", BLUE, "dash", 0.6, 'not "in_service"'),
    ),
    "line_loading": (
        Rule("map.line_below", "line", BLUE, "solid", 0.5, '"overload_percent" is null and "loading_percent" < 70'),
        Rule("map.line_from", "line", YELLOW, "solid", 0.8, '"overload_percent" is null and "loading_percent" >= 70'),
        Rule("map.line_after_outage", "line", ORANGE, "dash", 1.0, f"{OVER} and {AFTER} <> ''"),
        Rule("map.line_over", "line", ORANGE, "solid", 1.4, f"{OVER} and {AFTER} = ''"),
    ),
    "projects": (
        Rule("map.project_with_status", "marker", YELLOW, "diamond", 4.0, '"status"'),
        Rule("map.project_without_status", "marker", CLEAR, "diamond", 3.0, 'not "status"'),
    ),
    "headroom": (
        Rule("map.fits", "marker", BLUE, "circle", 2.6, '"fits_mw" >= 0.999999 * "requested_mw"'),
        Rule("map.fits_partly", "marker", YELLOW, "triangle", 3.0,
             '"fits_mw" > 0 and "fits_mw" < 0.999999 * "requested_mw"'),
        Rule("map.fits_not", "marker", ORANGE, "square", 3.0, '"fits_mw" <= 0 and "requested_mw" > 0'),
    ),
    "station_headroom": (
        Rule("colour_class.transparent", "marker", CLEAR, "circle", 2.6, "\"colour_class\" = 'transparent'"),
        Rule("colour_class.yellow", "marker", YELLOW, "triangle", 3.0, "\"colour_class\" = 'yellow'"),
        Rule("colour_class.red", "marker", ORANGE, "square", 3.0, "\"colour_class\" = 'red'"),
    ),
    "waiting": (
        Rule("map.earlier", "marker", BLUE, "triangle", 3.0, '"years_later_with_status" < 0'),
        Rule("map.later", "marker", ORANGE, "square", 3.0, '"years_later_with_status" > 0'),
        Rule("map.same", "marker", GREY, "circle", 2.0, '"years_later_with_status" = 0'),
        Rule("map.not_connected", "marker", CLEAR, "cross_fill", 3.0, '"years_later_with_status" is null'),
    ),
    "municipalities": (Rule("map.municipality", "fill", CLEAR, "solid"),),
}  # fmt: skip
"""By layer."""


def style_of(layer: str, language: Language) -> str:
    """QML of a layer, with its labels in one language."""
    root = Element("qgis", version="3.28", styleCategories="Symbology")
    renderer = SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0", forceraster="0")
    rules, symbols = SubElement(renderer, "rules", key="rules"), SubElement(renderer, "symbols")
    for number, rule in enumerate(STYLES[layer]):
        about = {"key": f"rule{number}", "symbol": str(number), "label": say(rule.label)[language]}
        SubElement(rules, "rule", about | ({"filter": rule.filter} if rule.filter else {}))
        symbol = SubElement(symbols, "symbol", type=rule.symbol, name=str(number), alpha="1")
        drawn = SubElement(symbol, "layer", {"class": f"Simple{rule.symbol.capitalize()}", "enabled": "1", "pass": "0"})
        options = SubElement(drawn, "Option", type="Map")
        for name, value in _properties(rule).items():
            SubElement(options, "Option", type="QString", name=name, value=value)
    return HEADER + tostring(root, encoding="unicode")


def _properties(rule: Rule) -> dict[str, str]:
    colour, size = f"{rule.colour},255", str(rule.size)
    if rule.symbol == "line":
        return {"line_color": colour, "line_width": size, "line_width_unit": "MM", "line_style": rule.shape}
    outline = {"outline_color": "60,60,60,255", "outline_width": "0.2", "outline_width_unit": "MM"}
    if rule.symbol == "marker":
        return {"color": colour, "name": rule.shape, "size": size, "size_unit": "MM"} | outline
    return {"color": f"{rule.colour},120", "style": rule.shape} | outline
