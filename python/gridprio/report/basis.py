"""What the order that plans were compared in means for the answer."""

from __future__ import annotations

from gridprio.report.run_tables import RunTables
from gridprio.text import Text, same, say


def basis_text(tables: RunTables) -> Text:
    """One paragraph: what kind of order it is, and what that allows one to say."""
    if tables.comparison.established:
        return say("basis.established")
    if tables.comparison.reason == "unranked":
        order, ask = say("basis.unranked"), say("basis.ask_ranks")
    else:
        after = tables.settings.order_basis == "after_status"
        order, ask = say("basis.after_status" if after else "basis.not_known"), say("basis.ask_order")
    return order + same(" ") + say("basis.what_if") + same(" ") + ask
