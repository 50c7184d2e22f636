"""What codes and columns are called in Dutch and English."""

from __future__ import annotations

from gridprio.figures.language import Text, same

FICTIONAL = Text("Fictief", "Fictional")

METRICS: dict[str, tuple[Text, Text]] = {
    "waiting_mw_years_demand": (Text("Wachten op afname", "Waiting for demand"), Text("MW-jaar", "MW-years")),
    "waiting_mw_years_feed_in": (Text("Wachten op invoeding", "Waiting for feed-in"), Text("MW-jaar", "MW-years")),
    "waiting_dwelling_years": (Text("Wachtende woningen", "Waiting dwellings"), Text("woningjaren", "dwelling-years")),
    "overload_mvah": (Text("Overbelasting van het net", "Grid overload"), same("MVAh")),
    "insecure_hours": (Text("Uren zonder storingsreserve", "Insecure hours"), Text("uur", "hours")),
    "shortfall_mw_years": (
        Text("Tekort voor wie al is aangesloten", "Shortfall for those already connected"),
        Text("MW-jaar", "MW-years"),
    ),
    "capital_cost_meur": (
        Text("Investeringskosten", "Capital cost"),
        Text("mln € contant", "€ million, discounted"),
    ),
    "congestion_cost_meur": (
        Text("Congestiekosten", "Congestion cost"),
        Text("mln € contant", "€ million, discounted"),
    ),
    "in_service_months": (Text("In bedrijf", "In service"), Text("maanden", "months")),
}
POOLED = Text("alle scenario's, naar uw gewichten", "all scenarios, by your weights")
WAITING = ("waiting_mw_years_demand", "waiting_mw_years_feed_in", "waiting_dwelling_years")

WHO_WAITS: dict[str, Text] = {
    "waiting_mw_years_demand": Text("de afname als geheel (in MW)", "demand as a whole (in MW)"),
    "waiting_mw_years_feed_in": Text("invoeding", "feed-in"),
    "waiting_dwelling_years": Text("woningen", "dwellings"),
}

VERDICTS: dict[str, Text] = {
    "better": Text("gunstiger", "better"),
    "worse": Text("ongunstiger", "worse"),
    "none": Text("geen meetbaar effect", "no measurable effect"),
    "undecided": Text("nog niet te zeggen", "undecided"),
    "not_assessable": Text("niet te beoordelen", "not assessable"),
}
VERDICTS_IN_TIME: dict[str, Text] = VERDICTS | {
    "better": Text("eerder aan de beurt", "earlier"),
    "worse": Text("later aan de beurt", "later"),
}
MARKS = {"better": "▼", "worse": "▲", "none": "=", "undecided": "?", "not_assessable": "–"}
"""A second sign beside colour, for those who do not see the colours."""

CHANNELS: dict[str, Text] = {
    "order": Text("volgorde", "order"),
    "support": Text("ondersteuning", "support"),
    "both": Text("volgorde en ondersteuning", "order and support"),
}
LEVERS: dict[str, Text] = {
    "province": Text("provincie", "province"),
    "municipality": Text("gemeente", "municipality"),
    "operator": Text("netbeheerder", "grid operator"),
    "state": Text("Rijk", "State"),
}
PHASES: dict[str, Text] = {
    "study": Text("studie", "study"),
    "permit": Text("vergunning", "permit"),
    "land": Text("grond", "land"),
    "procurement": Text("inkoop", "procurement"),
    "build": Text("bouw", "build"),
}
REASONS: dict[str, Text] = {
    "none": Text("niets houdt het op", "nothing holds it up"),
    "predecessor": Text(
        "de doorlooptijd van de eigen fasen (studie, vergunning, grond, inkoop, bouw)",
        "the lead time of its own phases (study, permit, land, procurement, build)",
    ),
    "crew": Text("te weinig uitvoerders", "too few crews"),
    "permit_desk": Text("het vergunningenloket is vol", "the permit desk is full"),
    "budget": Text("het jaarbudget", "the yearly budget"),
    "outage_window": Text(
        "het venster waarin delen van het net uit bedrijf mogen", "the window in which parts of the grid may be out"
    ),
    "material": Text("levertijd van materiaal", "delivery of material"),
    "status_from": Text(
        "elke fase die kon schuiven is al begonnen voordat status werkt",
        "every phase that could move has started before status works",
    ),
    "bindingness": Text(
        "status bindt deze netbeheerder niet (bindendheid 0)", "status does not bind this operator (bindingness 0)"
    ),
    "tier": Text(
        "staat vast waar de netbeheerder het zet (verplicht of voor de veiligheid)",
        "stays where the operator puts it (obliged, or for safety)",
    ),
    "unranked": Text(
        "in de volgorde van de netbeheerder ontbreekt de rang van projecten",
        "projects have no rank in the operator's order",
    ),
    "earliest": Text("een vroegst mogelijke datum", "an earliest possible date"),
    "fixed": Text("al in uitvoering, de datums liggen vast", "works are running, dates are fixed"),
    "excluded": Text("een ander project sluit het uit", "another project excludes it"),
    "requires": Text("wacht op een ander project", "waits for another project"),
    "horizon": Text("past niet binnen de horizon", "does not fit within the horizon"),
    "lapses": Text(
        "zou vervallen voor de volgende fase kan beginnen, of is vervallen",
        "would lapse before the phase after it can start, or did lapse",
    ),
    "overtaken": Text(
        "een tijdelijke oplossing die niet eerder werkt dan wat zij overbrugt",
        "a temporary solution that works no sooner than what it bridges to",
    ),
    "security": Text("het net zou tijdens de werken onveilig zijn", "the grid would be insecure during the works"),
    "other_carrier": Text(
        "andere energiedrager, met eigen uitvoerder en geld", "another carrier, with its own executor and money"
    ),
    "no_change": Text("verandert het net en de vraag niet", "changes neither grid nor demand"),
    "not_scarce": Text("wacht op niemand, dus voorrang helpt niet", "waits for nobody, so priority does not help"),
    "order_basis": Text(
        "uit deze volgorde is het effect van status niet vast te stellen",
        "the effect of status cannot be established from this order",
    ),
    "moved": Text(
        "komt op een ander moment, maar hier hangt dat er niet van af",
        "comes at another time, but this does not hang on it",
    ),
    "no_status": Text("heeft geen status", "has no status"),
}
ELEMENTS: dict[str, Text] = {
    "line": Text("verbinding", "line"),
    "trafo": Text("transformator", "transformer"),
    "trafo3w": Text("driewikkelingstransformator", "three-winding transformer"),
    "impedance": Text("impedantie", "impedance"),
    "switch": Text("schakelaar", "switch"),
}
CREWS: dict[str, Text] = {
    "hv_primary": Text("hoogspanning primair", "high-voltage primary"),
    "secondary_protection": Text("secundair en beveiliging", "secondary and protection"),
    "permit_desk_province": Text("provincie", "province"),
    "permit_desk_municipality": Text("gemeente", "municipality"),
    "mv_cable": Text("middenspanningskabel", "medium-voltage cable"),
    "civil": Text("civiel", "civil works"),
    "commissioning": Text("inbedrijfstelling", "commissioning"),
    "project_lead": Text("projectleiding", "project lead"),
}
GROUPS: dict[str, Text] = {
    "municipality": Text("gemeente", "municipality"),
    "province": Text("provincie", "province"),
    "area": Text("gebied", "area"),
    "sector": Text("sector", "sector"),
    "operator": Text("netbeheerder", "operator"),
}
DIRECTIONS: dict[str, Text] = {"demand": Text("afname", "demand"), "feed_in": Text("invoeding", "feed-in")}


def reason(code: object) -> Text:
    """Words for a code such as `crew:hv_primary`; a text that is no code stays as it is."""
    text = "" if code is None or code != code else str(code).strip()
    head, _, detail = text.partition(":")
    if head.strip() not in REASONS:
        return same(text)
    words = REASONS[head.strip()]
    if head.strip() == "no_change" and detail.strip():
        return words + Text(f"; besluit nodig in {detail.strip()}", f"; to be decided in {detail.strip()}")
    return words + Text(f" ({resource(detail).nl})", f" ({resource(detail).en})") if detail.strip() else words


def resource(name: str) -> Text:
    """hv_primary@noord as words."""
    kind, _, region = name.strip().partition("@")
    words = CREWS.get(kind, same(kind.replace("_", " ")))
    return words + same(f", {region}") if region else words


def lever(code: object) -> Text:
    """Whose lever; several may stand beside each other, separated by blanks, commas or ;."""
    text = "" if code is None or code != code else str(code)
    parts = [LEVERS.get(p, same(p)) for p in text.replace(",", " ").replace(";", " ").split()]
    return Text(", ".join(p.nl for p in parts), ", ".join(p.en for p in parts))


def element(code: object) -> Text:
    """Words for what limits: `line:12`, `trafo3w:0:hv` or `no supply`, with or without `... without line:3 line:4`."""
    text = "" if code is None or code != code else str(code)
    head, lost, out = text.partition(" without ")
    names = _branch(head)
    if not lost:
        return names
    others = [_branch(part) for part in out.split()]
    return Text(
        f"{names.nl} bij uitval van {' en '.join(o.nl for o in others)}",
        f"{names.en} with {' and '.join(o.en for o in others)} out",
    )


def _branch(code: str) -> Text:
    if code == "no supply":
        return Text("geen voeding", "no supply")
    table, _, rest = code.partition(":")
    number, _, side = rest.partition(":")
    if table not in ELEMENTS or not number:
        return same(code)
    return ELEMENTS[table] + same(f" {number}" + (f" ({side})" if side else ""))


def metric(name: str) -> tuple[Text, Text]:
    """Label and unit; a metric unknown here is shown by its column name."""
    return METRICS.get(name, (same(name), same("")))


def lower(text: Text) -> Text:
    """First letter small, for use inside a sentence."""
    return Text(text.nl[:1].lower() + text.nl[1:], text.en[:1].lower() + text.en[1:])
