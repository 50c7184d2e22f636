"""Parquet tables, measured by their own metadata before they are unpacked."""

from __future__ import annotations

from typing import Any

from gridprio.inputs.limits import FILE_MAX_MB, check_size, too_large
from gridprio.text import sentence

VALUES_MAX = 20_000_000
"""Of all columns, in lists too; profiles of a year have the most."""
TEXT_MAX_MB = 200
"""Of all rows; a text that many rows share is stored once."""


def read_parquet(file: str, content: bytes, most_rows: int) -> Any:
    """`pyarrow.Table`; InputError where it is larger than a table of a study can be."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    stored = pq.ParquetFile(pa.BufferReader(content))
    found = stored.metadata
    check_size(file, found.num_rows, found.num_columns, most_rows)
    chunks = [found.row_group(g).column(c) for g in range(found.num_row_groups) for c in range(found.num_columns)]
    values = sum(chunk.num_values for chunk in chunks)
    if values > VALUES_MAX:
        raise too_large(file, sentence("expected.at_most_cells", n=VALUES_MAX), sentence("found.cells", n=values))
    megabytes = sum(chunk.total_uncompressed_size for chunk in chunks) / 1e6
    _check_megabytes(file, megabytes, FILE_MAX_MB)
    texts = [field.name for field in stored.schema_arrow if pa.types.is_string(field.type)]
    packed = pq.read_table(pa.BufferReader(content), read_dictionary=texts)
    shared = [chunk for name in texts for chunk in packed[name].chunks if len(chunk.dictionary)]
    text_mb = sum(len(chunk) * (pc.max(pc.binary_length(chunk.dictionary)).as_py() or 0) for chunk in shared) / 1e6
    _check_megabytes(file, text_mb, TEXT_MAX_MB)
    return stored.read()


def _check_megabytes(file: str, found: float, most: int) -> None:
    if found > most:
        expected = sentence("expected.at_most_megabytes", n=most)
        raise too_large(file, expected, sentence("found.megabytes", n=found))
