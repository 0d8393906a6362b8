"""Tables of columns: pandas where it is installed, else structured NumPy arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .._typing import AnyArray

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["table", "time_table"]


def table(columns: Mapping[str, AnyArray]) -> pd.DataFrame | AnyArray:
    """A pandas table if pandas is installed, else a structured array."""
    try:
        import pandas as pd
    except ModuleNotFoundError:
        return _structured(columns)
    return pd.DataFrame(dict(columns))


def time_table(
    index_values: AnyArray, columns: Mapping[str, AnyArray], index: str = "end_time"
) -> pd.DataFrame | AnyArray:
    """The same by time; in a structured array the index is the first field."""
    try:
        import pandas as pd
    except ModuleNotFoundError:
        return _structured({index: index_values, **columns})
    return pd.DataFrame(dict(columns), index=pd.DatetimeIndex(index_values, name=index))


def _structured(columns: Mapping[str, AnyArray]) -> AnyArray:
    rows = len(next(iter(columns.values())))
    out = np.empty(rows, [(name, values.dtype) for name, values in columns.items()])
    for name, values in columns.items():
        out[name] = values
    return out
