"""What the basis of the operator's order means for the answer."""

from __future__ import annotations

from gridprio.figures.language import Text
from gridprio.report.run_tables import RunTables


def established(tables: RunTables) -> bool:
    """Whether the order is one from before status, so that its effect can be established."""
    return tables.settings.order_basis == "before_status"


def basis_text(tables: RunTables) -> Text:
    """One paragraph: what kind of order it is, and what that allows one to say."""
    basis = tables.settings.order_basis
    if basis == "before_status":
        return Text(
            "De volgorde van de netbeheerder in deze studie is die van vóór de status. Daarom mag "
            "het verschil tussen "
            "het plan met en het plan zonder status het effect van status heten.",
            "The operator's order in this study is the one from before status. The difference between the plan with "
            "and the plan without status may therefore be called the effect of status.",
        )
    what_if = Text(
        " Daarmee is niet vast te stellen wat status in het echt verandert. Wat hier staat is een "
        "wat-als: een volgorde "
        "naar het jaar waarin een project nodig is, eerst zonder en dan met status. Vraag de "
        "netbeheerder om de volgorde "
        "van vóór de weging.",
        " What status really changes cannot be established from it. What is shown is a what-if: an "
        "order by the year in "
        "which a project is needed, first without and then with status. Ask the operator for the "
        "order from before the "
        "weighing.",
    )
    if basis == "after_status":
        return (
            Text(
                "In de volgorde van de netbeheerder is de status al meegewogen.",
                "The operator's order already has status weighed in.",
            )
            + what_if
        )
    return (
        Text(
            "Van de volgorde van de netbeheerder is niet bekend of de status er al in is meegewogen.",
            "It is not known whether the operator's order already has status weighed in.",
        )
        + what_if
    )
