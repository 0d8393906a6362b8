"""Signal stages, each a stream of its own: samples in, samples or frames out. Made by
python/generate_stages.py from the core's registry; do not edit."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike

from ._signal_stage import SignalStage

__all__ = [
    "TeagerEnergy",
]


class TeagerEnergy(SignalStage):
    """Teager-Kaiser energy operator x[n]^2 - x[n-1] x[n+1]; lifts short impacts out of a smooth ground.

    Parameters
    ----------
    rate_hz : float
        Samples per second of the input.
    columns : int, default=1
        Channels of the input.
    dtype : dtype, default=float64
        Float32 or float64.
    max_items : int, default=4096
        Largest piece that the core takes at once.
    """

    stage_id: ClassVar[str] = "teager_energy"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
    ) -> None:
        self._params = {}
        self._prepare(rate_hz, columns, dtype, max_items)
