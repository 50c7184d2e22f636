"""A document of JSON with a few of its values replaced by what people and programs write by mistake."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

WRONG = (
    *(None, True, False, 0, -1, 1, 2, 7, 2.5, -0.0, 1e-300, 1e300, 1.5e9, 3_000_000_000, float("nan"), float("inf")),
    *("", "x", "1", "1,5", "Ratio", "hv", "nan", [], [1], [1, 2, 3], {}, {"a": 1}),
)


@st.composite
def spoilt(draw: st.DrawFn, document: Any) -> Any:
    """`document` with one to three places changed, left out or doubled."""
    changed = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        parent, key = draw(st.sampled_from(_places(changed)))
        action = draw(st.sampled_from(("replace", "replace", "remove", "double")))
        if action == "replace":
            parent[key] = copy.deepcopy(draw(st.sampled_from(WRONG)))
        elif action == "remove":
            del parent[key]
        elif isinstance(parent, list):
            parent.append(copy.deepcopy(parent[key]))
        else:
            parent[f"{key}x"] = parent[key]
        if not _places(changed):
            break
    return changed


def _places(document: Any) -> list[tuple[Any, Any]]:
    keys = list(document) if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    found: list[tuple[Any, Any]] = [(document, key) for key in keys]
    for key in keys:
        found += _places(document[key])
    return found
