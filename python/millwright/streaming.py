"""Signal stages, each a stream of its own: samples in, samples or frames out. Made by
python/generate_stages.py from the core's registry; do not edit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import DTypeLike

from ._signal_stage import SignalStage

__all__ = [
    "Dwt",
    "Modwt",
    "TeagerEnergy",
]


class Dwt(SignalStage):
    """Discrete wavelet transform of a stream: an item holds one coarsest approximation and all details that belong to
    it.

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
    wavelet : str, default="db4"
        Haar, db1-20, sym2-20, coif1-5, bior or rbio, by PyWavelets' names.
    level : int, default=4
        Times that the approximation is split (1 to 12).
    mode : {"zero", "constant", "symmetric", "reflect", "smooth", "antisymmetric", "antireflect", "periodic", "periodization"}, default="symmetric"
        How the signal goes on past its ends; a stream has no periodic ones.
    """

    stage_id: ClassVar[str] = "dwt"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        wavelet: str = "db4",
        level: int = 4,
        mode: Literal["zero", "constant", "symmetric", "reflect", "smooth", "antisymmetric", "antireflect", "periodic", "periodization"] = "symmetric",
    ) -> None:
        self._params = {"wavelet": wavelet, "level": level, "mode": mode}
        self._prepare(rate_hz, columns, dtype, max_items)


class Modwt(SignalStage):
    """Maximal overlap wavelet transform, sample by sample: the approximation, then the details from the coarsest to the
    finest.

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
    wavelet : str, default="db4"
        Orthogonal wavelet: haar, db1-20, sym2-20, coif1-5.
    level : int, default=4
        Octaves that are split off (1 to 16).
    """

    stage_id: ClassVar[str] = "modwt"

    def __init__(
        self,
        *,
        rate_hz: float,
        columns: int = 1,
        dtype: DTypeLike = np.float64,
        max_items: int = 4096,
        wavelet: str = "db4",
        level: int = 4,
    ) -> None:
        self._params = {"wavelet": wavelet, "level": level}
        self._prepare(rate_hz, columns, dtype, max_items)


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
