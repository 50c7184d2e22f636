"""Every column has its Dutch, and no Dutch is left of a column that is gone."""

from __future__ import annotations

from gridprio.exchange.workbook import ORDER
from gridprio.inputs.schema import TABLES
from gridprio.inputs.settings import Settings, StudyHead
from gridprio.text import column_text
from gridprio.text.columns import dutch_columns

MODELS = {**TABLES, "study": StudyHead, "settings": Settings}


def test_every_column_and_every_setting_has_dutch() -> None:
    asked = {name: list(model.model_fields) for name, model in MODELS.items()}
    missing = [(t, c) for t, columns in asked.items() for c in columns if column_text(t, c, "?").nl == "?"]
    assert missing == []
    assert set(dutch_columns()["tables"]) == set(TABLES) == set(ORDER)


def test_no_dutch_of_what_is_gone() -> None:
    every = {column for model in TABLES.values() for column in model.model_fields}
    assert set(dutch_columns()["all"]) <= every
    for table, columns in dutch_columns().items():
        if table not in ("all", "tables"):
            assert set(columns) <= set(MODELS[table].model_fields), table
