"""Invented measurements of the year before the study, for the comparison of the model with what operators know.

The limit is what a station may carry with one of its transformers out (demand), or an invented agreement (feed-in).
"""

from __future__ import annotations

YEAR = 2025
NOTE = "fictief; verzonnen meting"
MEASURED = (
    # element, highest loading in percent, or in MVA, hours above the limit, limit in percent
    ("Leeuwerikum Energiepark TR1", 91, "", 61, 85),
    ("Elzenmonde Weide TR1", 78, "", 190, 70),
    ("Wielewaalsum Akker TR1", 66, "", 0, 70),
    ("Dassenhem Stad TR2", 70, "", 48, 65),
    ("Kraanwolde TR1", 59, "", 310, 45),
    ("Hommelgeest Logistiek TR1", 60, "", "", 45),
    ("Wielewaalsum TR1", 54, "", 95, 50),
    ("Reigersholt TR1", 48, "", 0, 50),
    ("Ottermonde Centrum TR1", 61, "", 0, 67),
    ("N07-N09 Z", "", 104, "", ""),
    ("Distelrade Industrie TR2", "", "", 0, 67),
)


def measurements_rows() -> list[dict[str, object]]:
    columns = ("element", "highest_percent", "highest_mva", "hours_above_limit", "limit_percent")
    return [{**dict(zip(columns, row, strict=True)), "year": YEAR, "assumed": True, "note": NOTE} for row in MEASURED]
