"""A small publication in the service form, with invented names, and ways to change it."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

TSO_PROJECT = {"gridOperator": "TenneT", "gridOperatorType": "TENNET", "name": "Zandveen 150 kV", "source": "IP"}
TSO_PROJECT |= {"dateString": "2034 - 2037", "projectPhase": "scheduled", "year": "2037", "quarter": "4"}
TSO_PROJECT |= {"startDate": "2034-01-01 00:00:00", "endDate": "2037-12-31 00:00:00"}
OWN_PROJECT = {"gridOperator": "Noord", "gridOperatorType": "RNB", "name": "Extra trafo Aa", "source": "LI"}
OWN_PROJECT |= {"dateString": "2029", "projectPhase": "inProgress", "year": "2029", "startDate": None, "endDate": None}

AREA: dict[str, Any] = {
    "id": "AA",
    "name": "AA Aadorp",
    "rnb": "Noord",
    "bboxLeft": 5.0,
    "bboxRight": 5.2,
    "bboxBottom": 52.0,
    "bboxTop": 52.1,
    "existingTransportCapacityWithdrawal": "83.6 MW",
    "existingTransportCapacityInjection": "-",
    "requiredTransportCapacityWithdrawal": "80 MW",
    "requiredTransportCapacityInjection": "-",
    "queueWithdrawal": "10.5 MW",
    "queueInjection": "0 MW",
    "uniqueRequestsWithdrawal": "4",
    "uniqueRequestsInjection": "-",
    "yearSolvedWithdrawal": "2029",
    "yearSolvedInjection": "-",
    "tennetYearSolvedWithdrawal": "2035",
    "tennetYearSolvedInjection": "-",
    "tennetWithdrawalMax": 3,
    "tennetInjectionMax": 0,
    "information": "",
    "projects": [OWN_PROJECT, TSO_PROJECT],
}
ABOVE: dict[str, Any] = AREA | {
    "id": "Midden",
    "name": "Midden",
    "rnb": "TenneT",
    "bboxLeft": 4.5,
    "bboxRight": 6.0,
    "bboxBottom": 51.5,
    "bboxTop": 52.5,
    "existingTransportCapacityWithdrawal": "300 MW",
    "requiredTransportCapacityWithdrawal": "290 MW",
    "queueWithdrawal": "100 MW",
    "yearSolvedWithdrawal": "2035",
    "tennetYearSolvedWithdrawal": None,
    "tennetYearSolvedInjection": None,
    "tennetWithdrawalMax": None,
    "tennetInjectionMax": None,
    "projects": [TSO_PROJECT],
}


def changed(entry: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return copy.deepcopy(entry) | changes


def write(folder: Path, *entries: dict[str, Any], name: str = "map.json") -> Path:
    """The file of these areas; the small publication where none are given."""
    path = folder / name
    path.write_text(json.dumps([{"serviceArea": entry} for entry in entries or (AREA, ABOVE)]), encoding="utf-8")
    return path
