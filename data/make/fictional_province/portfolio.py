"""The invented portfolio: forty-four projects, the crews and budgets they share, and the new stations among them."""

from __future__ import annotations

from dataclasses import dataclass

LANDNET, STREEKNET, WARMTE, MOLECULEN = "landnet", "streeknet", "warmtewerk", "moleculennet"


@dataclass(frozen=True)
class Work:
    project_id: str
    name: str
    operator: str
    kind: str
    """template of phases; blank for research"""
    maturity: str
    at: str
    """station where it is, for the map and the region"""
    cost_meur: float = 0.0
    rank: int | None = None
    need: int | None = None
    stage: str = "initiation"
    status: bool = False
    listed: bool = True
    carrier: str = "electricity"
    start: str = ""
    """fixed start of running works"""
    requires: str = ""
    excludes: str = ""
    support: tuple[int, int] = (0, 0)
    """permit and land months that status saves through support"""
    decide_by: int | None = None
    informs: str = ""
    status_from: str = ""
    reason: str = ""


C, X, R = "concrete", "exploration", "research"

# fmt: off
WORKS: tuple[Work, ...] = (
    # Landnet: national grid, 380/150 kV transformers and 150 kV lines
    Work("L01", "Zwanekamp: vierde transformator 380/150", LANDNET, "ehv_trafo", C, "N04", 38, 6, 2035),
    Work("L02", "Ravenoord: derde transformator 380/150", LANDNET, "ehv_trafo", C, "M06", 36, 7, 2032, "design",
         True, support=(6, 0), reason="Ontsluit wonen en industrie in regio Midden"),
    Work("L03", "Egelbrink: vierde transformator 380/150", LANDNET, "ehv_trafo", C, "S04", 36, 2, 2030, "design"),
    Work("L04", "Zwanekamp-Kraanwolde: derde circuit 150 kV", LANDNET, "new_line", C, "N04", 58, 3, 2030,
         "initiation", True, support=(12, 0), reason="Groei Kraanwolde en Ottermonde"),
    Work("L05", "Wielewaalsum-Akker: verzwaring 150 kV", LANDNET, "uprate_line", X, "S06", 24, 4, 2029),
    Work("L06", "Ravenoord-Campus: derde kabelcircuit 150 kV", LANDNET, "cable", C, "M03", 32, 8, 2031, "design",
         True, support=(3, 0), reason="Campus en woningbouw Vlierdrecht"),
    Work("L07", "Elzenmonde-Chemie: verzwaring 150 kV", LANDNET, "uprate_line", C, "S02", 28, 5, 2031),
    Work("L08", "Vlierdrecht Polder: verzwaring 150 kV", LANDNET, "uprate_line", C, "M02", 14, 1, 2027, "execution",
         start="2026-04"),
    Work("L09", "Energiepark: nieuwe 150 kV-verbinding naar Zwanekamp", LANDNET, "new_line", X, "N09", 85, 9, 2031,
         "initiation", True, support=(12, 6), reason="Invoeding wind en zon regio Noord"),
    Work("L10", "Nieuw 380/150 kV-station Kikkerveld bij Chemie", LANDNET, "ehv_station", X, "S02", 240, 10, 2034),
    # Streeknet: regional grid, 150/20 and 150/10 kV stations
    Work("K01", "Kraanwolde: derde transformator", STREEKNET, "add_trafo", C, "N04", 16, 1, 2026, "execution",
         start="2025-10"),
    Work("K02", "Hommelgeest Logistiek: derde transformator", STREEKNET, "add_trafo", C, "M10", 17, 2, 2026,
         "execution", True, start="2026-03", reason="Logistieke corridor"),
    Work("K03", "Wielewaalsum: derde transformator", STREEKNET, "add_trafo", C, "S06", 15, 3, 2026, "design"),
    Work("K04", "Ottermonde Centrum: vierde transformator", STREEKNET, "add_trafo", C, "N02", 15, 4, 2028, "design"),
    Work("K05", "Reigersholt: derde transformator", STREEKNET, "add_trafo", C, "M07", 15, 5, 2028),
    Work("K06", "Distelrade Industrie: vierde transformator", STREEKNET, "add_trafo", C, "M05", 18, 6, 2028),
    Work("K07", "Elzenmonde Weide: derde transformator", STREEKNET, "add_trafo", C, "S03", 15, 7, 2029),
    Work("K08", "Vlierdrecht Campus: vierde transformator", STREEKNET, "add_trafo", C, "M03", 18, 8, 2030),
    Work("K09", "Distelrade West: derde transformator", STREEKNET, "add_trafo", C, "M04", 16, 9, 2027, "design",
         True, support=(3, 0), reason="Stationsgebied Distelrade, 2.600 woningen"),
    Work("K10", "Leeuwerikum West: derde transformator", STREEKNET, "add_trafo", C, "N08", 15, 10, 2027,
         "initiation", True, support=(3, 0), reason="Woonwijk Westrand"),
    Work("K11", "Dassenhem Stad: vierde transformator", STREEKNET, "add_trafo", C, "S04", 17, 11, 2028, "initiation",
         True, reason="Binnenstad Dassenhem, 3.000 woningen"),
    Work("K12", "Leeuwerikum Meer: 2x60 naar 2x100 MVA", STREEKNET, "replace_trafo", X, "N10", 19, 12, 2030,
         excludes="K14"),
    Work("K13", "Distelrade Heide: derde transformator", STREEKNET, "add_trafo", C, "M06", 15, 13, 2029,
         "initiation", True, reason="Zonnevelden Heiderand"),
    Work("K14", "Leeuwerikum Meer: derde transformator", STREEKNET, "add_trafo", X, "N10", 14, 14, 2031),
    Work("K15", "Nieuw station Distelrade Oost", STREEKNET, "new_station", X, "M05", 72, 15, 2033),
    Work("K16", "Nieuw station Kraanwolde Zuid", STREEKNET, "new_station", X, "N04", 68, 16, 2032, "initiation",
         True, requires="L04", support=(6, 12), reason="Groei Kraanwolde na 2030"),
    Work("K17", "Wielewaalsum Akker: derde transformator", STREEKNET, "add_trafo", X, "S07", 16, 17, 2030),
    Work("K18", "Flexcontract Hommelgeest Logistiek", STREEKNET, "contract", X, "M10", 3, 18, 2027),
    # Heat
    Work("H01", "Warmtenet Ottermonde", WARMTE, "pipes", C, "N02", 60, 1, 2030, "design", True, carrier="heat",
         support=(6, 0), reason="4.000 woningen van het gas zonder warmtepomp"),
    Work("H02", "Warmtenet Dassenhem", WARMTE, "pipes", C, "S04", 75, 2, 2031, "design", carrier="heat"),
    Work("H03", "Geothermie Sperwerzijl Kassen", WARMTE, "plant", C, "N07", 45, 3, 2030, "design", carrier="heat"),
    Work("H04", "Warmtetransportleiding Distelrade", WARMTE, "pipes", X, "M05", 90, 4, 2033, carrier="heat"),
    Work("H05", "Aquathermie Ottermonde", WARMTE, "", R, "N01", decide_by=2029,
         informs="warmteprogramma Ottermonde", carrier="heat"),
    Work("H06", "Seizoensopslag warmte Dassenhem", WARMTE, "", R, "S05", decide_by=2030,
         informs="H02, de grootte van bron en net", carrier="heat"),
    Work("H07", "Restwarmte datacentrum Campus", WARMTE, "", R, "M03", decide_by=2028,
         informs="warmteprogramma Vlierdrecht", carrier="heat"),
    # Hydrogen and gas
    Work("W01", "Elektrolyser bij invoeding Energiepark", MOLECULEN, "plant", X, "N09", 80, 1, 2032,
         carrier="hydrogen"),
    Work("W02", "Waterstofleiding Waterstofkade", MOLECULEN, "pipes", X, "S09", 110, 2, 2031, "initiation", True,
         carrier="hydrogen", reason="Aansluiting op landelijk waterstofnet"),
    Work("W03", "Waterstofopslag", MOLECULEN, "", R, "S10", decide_by=2031,
         informs="W02, de druk en de buffer", carrier="hydrogen"),
    Work("W04", "Waterstof voor zwaar vervoer", MOLECULEN, "", R, "M10", decide_by=2029,
         informs="vulpunten langs de A-Ring", carrier="hydrogen"),
    Work("G01", "Groengasbooster Vlierdrecht", MOLECULEN, "", R, "M02", decide_by=2028,
         informs="de invoeding van groen gas bij Vlierdrecht", carrier="gas"),
    # Research without a grid change
    Work("R01", "Onderzoek zoekgebied hoogspanning Noord", LANDNET, "", R, "N05", decide_by=2028,
         informs="L09 en de ruimte voor hoogspanning in de omgevingsvisie", status=True,
         reason="Ruimte tijdig reserveren"),
    Work("R02", "Onderzoek verzwaring regio Zuid na 2035", LANDNET, "", R, "S05", decide_by=2030,
         informs="opvolgers van L05 en L07 na 2035"),
    Work("R03", "Onderzoek stroomhub Fazantwijk", STREEKNET, "", R, "S08", decide_by=2029,
         informs="de grootte van stations in Fazantwijk"),
    Work("R04", "Onderzoek cable pooling zonnevelden", STREEKNET, "", R, "M08", decide_by=2027,
         informs="aansluitingen van zonnevelden op M08 zonder K-projecten"),
)
# fmt: on

NEW_BUS = {"K16": (900, 901), "K15": (910, 911)}
"""150 kV and 20 kV bus of the new stations"""
KIKKERVELD_BUS = 920
"""380 kV bus of the new station of L10"""
NEW_STATIONS = (
    ("N11", "Kraanwolde Zuid", "K16", "kraanwolde", 0.41, 0.80),
    ("M11", "Distelrade Oost", "K15", "distelrade", 0.46, 0.50),
)

CREWS = (
    # crew, region, kind, units, growth per year, share taken by replacement and customer work, lever
    ("hv_primary", "", "crew", 6.0, 0.25, 0.25, "operator"),
    ("secondary_protection", "", "crew", 3.6, 0.15, 0.25, "operator"),
    ("mv_cable", "", "crew", 6.0, 0.3, 0.50, "operator"),
    ("civil", "noord", "crew", 2.0, 0.1, 0.10, "operator"),
    ("civil", "midden", "crew", 2.4, 0.1, 0.10, "operator"),
    ("civil", "zuid", "crew", 2.0, 0.1, 0.10, "operator"),
    ("civil", "", "crew", 1.0, 0.0, 0.0, "operator"),
    ("commissioning", "", "crew", 2.0, 0.1, 0.25, "operator"),
    ("project_lead", "", "crew", 6.0, 0.2, 0.20, "operator"),
    ("permit_desk_municipality", "", "permit_desk", 3.0, 0.0, 0.0, "municipality"),
    ("permit_desk_province", "", "permit_desk", 2.0, 0.0, 0.0, "province"),
)

BUDGET_MEUR = {LANDNET: (34.0, 1.0), STREEKNET: (26.0, 0.8)}
"""first year and growth per year"""
