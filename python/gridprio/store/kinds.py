"""Types of the columns of a run's tables."""

from __future__ import annotations

import pyarrow as pa

TEXT, INT, FLOAT, BOOL = pa.string(), pa.int64(), pa.float64(), pa.bool_()
