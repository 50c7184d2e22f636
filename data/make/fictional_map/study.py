"""The study of the fictional map, as `gridprio new --from capacity-map` writes it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from data.make.fictional_map.entries import outline, service_areas

from gridprio.published.reader import read_publication
from gridprio.published.selection import select
from gridprio.published.study_areas import Origin
from gridprio.published.study_folder import study_texts

STUDY_FOLDER = "fictional-map"
PUBLISHED = "published"
DATE = dt.date(2026, 8, 8)
MAP, OUTLINE = "service_areas.json", "provinces.geojson"


def published_texts() -> dict[str, str]:
    """What stands in the folder `published`: the map and the outline of its province."""
    return {
        MAP: json.dumps(service_areas(), ensure_ascii=False, indent=1) + "\n",
        OUTLINE: json.dumps(outline(), ensure_ascii=False) + "\n",
    }


def made_texts(published: Path) -> dict[str, str]:
    """Tables and head of the study of the files in `published`."""
    publication, provinces = read_publication([published / MAP, published / OUTLINE])
    origin = Origin("Fictieve capaciteitskaart / fictional capacity map", DATE, "nl", fictional=True)
    return study_texts(select(publication, provinces, "Merelland"), origin, {})
