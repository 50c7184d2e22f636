"""What the order that plans were compared in means for the answer."""

from __future__ import annotations

from gridprio.figures.language import Text
from gridprio.report.run_tables import RunTables

WHAT_IF = Text("Wat als (volgorde naar behoefte)", "What if (order by need)")
"""Stands over everything that comes from a reconstructed order."""
ESTABLISHED = Text(
    "De volgorde van de netbeheerder in deze studie is die van vóór de status. Daarom mag het verschil tussen het plan "
    "met en het plan zonder status het effect van status heten.",
    "The operator's order in this study is the one from before status. The difference between the plan with and the "
    "plan without status may therefore be called the effect of status.",
)
AFTER_STATUS = Text(
    "In de volgorde van de netbeheerder is de status al meegewogen.",
    "The operator's order already has status weighed in.",
)
NOT_KNOWN = Text(
    "Van de volgorde van de netbeheerder is niet bekend of de status er al in is meegewogen.",
    "It is not known whether the operator's order already has status weighed in.",
)
UNRANKED = Text(
    "De volgorde van de netbeheerder is niet volledig: van een of meer projecten ontbreekt de rang (zie de meldingen).",
    "The operator's order is not complete: one or more projects have no rank in it (see the messages).",
)
NO_EFFECT_FROM_IT = Text(
    " Daarmee is niet vast te stellen wat status in het echt verandert. Wat hier staat is een wat-als: een volgorde "
    "naar het jaar waarin een project nodig is, eerst zonder en dan met status.",
    " What status really changes cannot be established from it. What is shown is a what-if: an order by the year in "
    "which a project is needed, first without and then with status.",
)
ASK_ORDER = Text(
    " Vraag de netbeheerder om de volgorde van vóór de weging.",
    " Ask the operator for the order from before the weighing.",
)
ASK_RANKS = Text(
    " Vraag de netbeheerder om de rang van elk project.", " Ask the operator for the rank of every project."
)


def basis_text(tables: RunTables) -> Text:
    """One paragraph: what kind of order it is, and what that allows one to say."""
    if tables.comparison.established:
        return ESTABLISHED
    if tables.comparison.reason == "unranked":
        return UNRANKED + NO_EFFECT_FROM_IT + ASK_RANKS
    order = AFTER_STATUS if tables.settings.order_basis == "after_status" else NOT_KNOWN
    return order + NO_EFFECT_FROM_IT + ASK_ORDER
