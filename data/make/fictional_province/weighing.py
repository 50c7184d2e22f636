"""The invented societal weighing: criteria, scores, principles, the land that works need, and what is not known."""

from __future__ import annotations

from data.make.fictional_province.portfolio import WORKS

CRITERIA = (
    ("wonen", "Woningen die op aansluiting wachten", 3),
    ("economie", "Bedrijven die willen groeien of verduurzamen", 2),
    ("opwek", "Ruimte voor opwek van zon en wind", 2),
    ("robuust", "Robuustheid van het energiesysteem", 2),
    ("inpassing", "Inpassing in ruimte en landschap", 1),
)
INVENTED = "fictief; verzonnen score van 1 tot en met 5"

SCORES = {
    "L01": "33343", "L02": "43343", "L03": "44343", "L04": "44242", "L05": "22432", "L06": "45223",
    "L07": "25333", "L08": "22434", "L09": "12531", "L10": "35451",
    "K01": "43234", "K02": "15134", "K03": "42234", "K04": "43234", "K05": "41234", "K06": "24134",
    "K07": "11534", "K08": "34133", "K09": "52233", "K10": "51234", "K11": "53133", "K12": "22523",
    "K13": "11533", "K14": "22433", "K15": "34242", "K16": "54242", "K17": "11524", "K18": "14125",
    "H01": "52143", "H02": "52143", "H03": "14154", "H04": "42142",
    "W01": "12443", "W02": "15253",
}  # fmt: skip
"""project -> score from 1 to 5 on each criterion, in their order; research is not scored"""

SPARING, TOGETHER, CLEAN, FAIR = (
    "Eerst besparen en bestaande netten beter benutten",
    "Vraag en opwek bij elkaar brengen",
    "Energie zonder fossiele bron",
    "Zuinig met ruimte",
)
VISION = "Energievisie Merelland (fictief)"

PRINCIPLES = (
    ("K18", SPARING, "serves"), ("R04", SPARING, "serves"), ("H06", SPARING, "serves"), ("L10", SPARING, "hinders"),
    ("L01", SPARING, "leaves"), ("K12", SPARING, "serves"), ("K15", SPARING, "hinders"), ("K16", SPARING, "leaves"),
    ("W01", TOGETHER, "serves"), ("K13", TOGETHER, "leaves"), ("L09", TOGETHER, "hinders"), ("H07", TOGETHER, "serves"),
    ("R03", TOGETHER, "serves"), ("L02", TOGETHER, "leaves"), ("L06", TOGETHER, "leaves"),
    ("L09", CLEAN, "serves"), ("K13", CLEAN, "serves"), ("K07", CLEAN, "serves"), ("K17", CLEAN, "serves"),
    ("H01", CLEAN, "serves"), ("H02", CLEAN, "serves"), ("H03", CLEAN, "serves"), ("W02", CLEAN, "serves"),
    ("K02", CLEAN, "leaves"), ("G01", CLEAN, "leaves"),
    ("L09", FAIR, "hinders"), ("L04", FAIR, "hinders"), ("L10", FAIR, "hinders"), ("K15", FAIR, "hinders"),
    ("K16", FAIR, "hinders"), ("K09", FAIR, "serves"), ("K12", FAIR, "serves"), ("L05", FAIR, "serves"),
)  # fmt: skip
"""project, leading principle, whether it serves, leaves or hinders it"""

LAND = {
    "L04": (9.0, "in procedure"),
    "L06": (2.0, "vastgesteld"),
    "L09": (22.0, "geen"),
    "L10": (14.0, "geen"),
    "K15": (3.5, "geen"),
    "K16": (3.0, "gereserveerd in de omgevingsvisie"),
    "H03": (2.5, "in procedure"),
    "W01": (4.0, "gereserveerd in de omgevingsvisie"),
}
"""project -> hectares, and how far the land use plan is"""

NOT_KNOWN = (
    # table, row, column, lowest, highest, why
    ("settings", "", "bindingness", 0.1, 0.6, "hoe streng netbeheerders status volgen is nergens vastgelegd"),
    ("project_phases", "L04 permit", "duration_months", 18, 48, "tracékeuze nog niet gemaakt"),
    ("project_phases", "L09 land", "duration_months", 24, 72, "grondverwerving nog niet begonnen"),
    ("project_phases", "L02 procurement", "duration_months", 24, 44, "levertijd van 380 kV-transformatoren loopt op"),
    ("crews", "hv_primary", "units", 5, 8, "werving van de komende jaren onbekend"),
    ("crews", "permit_desk_province", "units", 1, 3, "bezetting na de herindeling onbekend"),
    ("budgets", "streeknet 2028", "budget_meur", 20, 36, "nog niet vastgesteld"),
)


def criteria_rows() -> list[dict[str, object]]:
    note = "fictief; verzonnen gewicht"
    return [{"criterion_id": key, "name": name, "weight": weight, "note": note} for key, name, weight in CRITERIA]


def scores_rows() -> list[dict[str, object]]:
    return [
        {"project_id": project, "criterion_id": criterion, "score": int(score), "note": INVENTED}
        for project, scores in SCORES.items()
        for (criterion, _, _), score in zip(CRITERIA, scores, strict=True)
    ]


def principles_rows() -> list[dict[str, object]]:
    place = {work.project_id: k for k, work in enumerate(WORKS)}
    return [
        {"project_id": project, "principle": principle, "stance": stance, "source": VISION}
        for project, principle, stance in sorted(PRINCIPLES, key=lambda row: place[row[0]])
    ]


def assumptions_rows() -> list[dict[str, object]]:
    columns = ("table", "row", "column", "low", "high", "note")
    return [{**dict(zip(columns, row, strict=True)), "note": f"fictief; {row[-1]}"} for row in NOT_KNOWN]
