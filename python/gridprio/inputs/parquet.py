"""Parquet tables, measured by their own metadata before they are unpacked."""

from __future__ import annotations

from typing import Any

from gridprio.inputs.limits import FILE_MAX_MB, ROWS_MEND, TABLE_MAX_COLUMNS, too_large

VALUES_MAX = 20_000_000
"""Of all columns; profiles of a year have the most."""
TEXT_MAX_CHARACTERS = 200_000_000
"""A text that many rows share is stored once."""


def read_parquet(file: str, content: bytes, most_rows: int) -> Any:
    """`pyarrow.Table`; InputError where it is larger than a table of a study can be."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    stored = pq.ParquetFile(pa.BufferReader(content))
    found = stored.metadata
    if found.num_rows > most_rows:
        raise too_large(file, "the table has too many rows", found.num_rows, most_rows, ROWS_MEND)
    if found.num_columns > TABLE_MAX_COLUMNS:
        raise too_large(file, "the table has too many columns", found.num_columns, TABLE_MAX_COLUMNS, ROWS_MEND)
    chunks = [found.row_group(g).column(c) for g in range(found.num_row_groups) for c in range(found.num_columns)]
    values, unpacked = (sum(getattr(c, name) for c in chunks) for name in ("num_values", "total_uncompressed_size"))
    if values > VALUES_MAX:
        raise too_large(file, "the table has too many values", values, VALUES_MAX, ROWS_MEND)
    if unpacked > FILE_MAX_MB * 1_000_000:
        raise too_large(file, "the table unpacks to too many bytes", unpacked, FILE_MAX_MB * 1_000_000)
    texts = [name for name, kind in zip(found.schema.names, stored.schema_arrow.types, strict=False) if _is_text(kind)]
    packed = pq.read_table(pa.BufferReader(content), read_dictionary=texts)
    characters = 0
    for column in packed.columns:
        for chunk in column.chunks:
            if pa.types.is_dictionary(chunk.type) and len(chunk.dictionary):
                characters += len(chunk) * (pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0)
    if characters > TEXT_MAX_CHARACTERS:
        raise too_large(file, "the texts of the table are too long", characters, TEXT_MAX_CHARACTERS)
    return pq.read_table(pa.BufferReader(content))


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_binary(kind))
