"""What a reader of loadings should know of ratings that change over the year."""

from __future__ import annotations

from collections.abc import Iterator

from gridprio.inputs.study import Study
from gridprio.text import Message, message


def rating_messages(study: Study) -> Iterator[Message]:
    """Of ratings by month and by temperature; none where every rating holds the whole year."""
    if study.seasonal_ratings:
        yield message("run.ratings_by_month", n=len(study.seasonal_ratings))
    if study.temperature_ratings:
        series = sorted({row.temperature for row in study.temperature_ratings})
        yield message("run.ratings_by_temperature", n=len(study.temperature_ratings), series=series)
