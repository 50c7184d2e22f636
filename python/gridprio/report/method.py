"""How the numbers came about, for the reader of the page."""

from __future__ import annotations

from gridprio.figures.language import Text, number, percent
from gridprio.report.run_tables import RunTables

RULES = {
    "head_start": Text(
        "een statusproject krijgt een voorsprong in de volgorde (bindendheid {strength})",
        "a status project gets a head start in the order (bindingness {strength})",
    ),
    "tiers": Text(
        "alle statusprojecten gaan strikt voor (een wat-als)", "all status projects strictly go first (a what-if)"
    ),
    "reserved_share": Text(
        "een deel van elke ploeg ({strength}) blijft voor statusprojecten, en vervalt als die het "
        "niet kunnen gebruiken",
        "a share of each crew ({strength}) is kept for status projects, and lapses when none can use it",
    ),
}


def method_notes(tables: RunTables) -> tuple[Text, ...]:
    """Plain sentences with the settings that this run used."""
    s = tables.settings
    strength = s.bindingness if s.rule == "head_start" else s.reserved_share
    rule = RULES[s.rule].fill(strength=number(strength, 2))
    return (
        Text(
            f"Het plan wordt per maand gemaakt, van {s.start_year} tot en met {s.end_year}: elke fase begint zodra "
            "voorgangers, ploegen, vergunningenloket, jaarbudget, materiaal en vensters het toelaten. Met en "
            "zonder status verschilt "
            "alleen de volgorde: {rule}.",
            f"The plan is made month by month, from {s.start_year} to {s.end_year}: each phase starts "
            f"when predecessors, "
            "crews, permit desk, yearly budget, material and windows allow. With and without status only the "
            "order differs: {rule}.",
        ).fill(rule=rule),
        Text(
            "Meer ploegen of voorrang helpen bij een gegeven volgorde niet altijd: wat eerder kan beginnen, neemt soms "
            "de ploeg die een ander werk nodig had. Zulke uitkomsten staan er zoals ze zijn.",
            "More crews or priority do not always help under a given order: what can begin earlier sometimes takes "
            "the crew that other works needed. Such results are shown as they are.",
        ),
        Text(
            "Elke toestand van het net die in het plan voorkomt is met een wisselstroom-loadflow "
            "doorgerekend, met de "
            "uitval van losse verbindingen waar dat bij afname hoort; bij invoeding geldt een "
            "ruimere regel. Wie nog wacht "
            "krijgt in de volgorde van de wachtrij wat er past.",
            "Every state of the grid that occurs in the plan was solved with an AC load flow, with "
            "single outages where "
            "demand asks for them; feed-in has a more lenient rule. Those who wait get what fits, in "
            "the order of the queue.",
        ),
        _chance(tables),
        Text(
            "‘Geen meetbaar effect’: het hele interval ligt binnen de marge die als verwaarloosbaar "
            "geldt. ‘Nog niet te "
            "zeggen’: het interval is te breed voor een oordeel.",
            "‘No measurable effect’: the whole interval lies within the margin that counts as "
            "negligible. ‘Undecided’: "
            "the interval is too wide for a verdict.",
        ),
        Text(
            "pMIEK ordent projecten. De volgorde van aansluitverzoeken (ACM) is iets anders en is gelijk gehouden.",
            "pMIEK orders projects. The order of connection requests (ACM) is another thing and was kept alike.",
        ),
        Text(
            "Niet gewogen: bodem, water, natuur en landschap. De uitkomsten zijn indicatief: zo goed "
            "als de invoer, en geen "
            "uitspraak van een netbeheerder.",
            "Not weighed: soil, water, nature and landscape. The results are indicative: as good as "
            "the inputs, and no "
            "statement by a grid operator.",
        ),
    )


def _chance(tables: RunTables) -> Text:
    """What the intervals cover."""
    if tables.draws == 1:
        return Text(
            "Er is geen toeval in deze berekening: elke fase duurt precies zo lang als is opgegeven, "
            "zonder vertraging. "
            "Er zijn dus geen intervallen; de onzekerheid van de invoer blijft. Scenario's hebben "
            "geen kans, tenzij de "
            "gebruiker gewichten gaf.",
            "Nothing in this run is left to chance: each phase lasts exactly as long as was stated, "
            "without delay. So "
            "there are no intervals; the uncertainty of the inputs remains. Scenarios have no probability unless the "
            "user gave weights.",
        )
    return Text(
        f"Vertragingen zijn {tables.draws} keer getrokken en gelijk voor beide plannen. De "
        f"intervallen ({{confidence}}) "
        "dekken alleen dat toeval, niet de onzekerheid van de invoer; daarom staat alles per "
        "scenario. Scenario's hebben "
        "geen kans, tenzij de gebruiker gewichten gaf.",
        f"Delays were drawn {tables.draws} times, alike for both plans. The intervals "
        f"({{confidence}}) cover that chance "
        "only, not the uncertainty of the inputs, which is why everything stands per scenario. Scenarios have no "
        "probability unless the user gave weights.",
    ).fill(confidence=percent(tables.settings.confidence))
