"""Which features exist, and which a pipeline takes when none are named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .. import _core
from .._typing import AnyArray
from ..data.settings import Channel
from ..data.tables import table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["default_names", "definitions"]


def default_names(channel: Channel) -> list[str]:
    """Names of the features that a pipeline takes for a channel when none are given, by its role and rate."""
    return _core.default_feature_names(channel.to_dict())


def definitions() -> pd.DataFrame | AnyArray:
    """Every feature: name, family, arguments, unit, formula, what it tells, source.

    Returns
    -------
    DataFrame, or structured ndarray if pandas is not installed
        ``has_log`` says whether the name may carry the prefix ``log_``.
    """
    rows = _core.feature_definitions()
    columns: dict[str, AnyArray] = {
        "name": np.array([r["name"] for r in rows], np.str_),
        "family": np.array([r["family"] for r in rows], np.str_),
        "arguments": np.array([", ".join(_argument(a) for a in r["arguments"]) for r in rows], np.str_),
        "unit": np.array([r["unit"] for r in rows], np.str_),
        "has_log": np.array([r["has_log"] for r in rows], np.bool_),
        "formula": np.array([r["formula"] for r in rows], np.str_),
        "doc": np.array([r["doc"] for r in rows], np.str_),
        "source": np.array([r["source"] for r in rows], np.str_),
    }
    return table(columns)


def _argument(argument: _core.ArgumentDescription) -> str:
    default = argument["default"]
    if default is None:
        return argument["name"]
    return f"{argument['name']}={default if isinstance(default, str) else format(default, 'g')}"
