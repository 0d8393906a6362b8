"""Ready sets of features, and the choice of a few by what they tell; part of `millwright.features`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._typing import AnyArray, FloatArray
from ..data.settings import Channel
from ..vibration.physics import Bearing

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FeatureSet",
    "acoustic",
    "bearing",
    "comprehensive",
    "efficient",
    "gearbox",
    "minimal",
    "prognostic_scores",
    "rank",
    "select",
]

#: Gives the names of the features for one channel; `Pipeline(features=...)` takes one and asks it for every channel.
FeatureSet = Callable[[Channel], list[str]]


def minimal(channel: Channel) -> list[str]:
    """Level, impacts and where the power lies: five features for a vibration channel, for when windows are few."""
    return _core.preset_feature_names("minimal", channel.to_dict(), {})


def efficient(channel: Channel) -> list[str]:
    """The time domain without duplicates, the shape of the spectrum, octave bands; what a pipeline takes by default."""
    return _core.preset_feature_names("efficient", channel.to_dict(), {})


def comprehensive(channel: Channel, length: int = 0) -> list[str]:
    """Every feature that needs no knowledge of the machine; a start for `rank` and `select`, not for a gateway.

    Parameters
    ----------
    channel : Channel
    length : int, default=0
        Samples in a window, to leave out what a short one cannot give; 0: not known.
    """
    return _core.preset_feature_names("comprehensive", channel.to_dict(), {"length": length})


def acoustic(channel: Channel) -> list[str]:
    """For a microphone: level, crest, shape of the spectrum, 13 mel-frequency cepstral coefficients, octave bands."""
    return _core.preset_feature_names("acoustic", channel.to_dict(), {})


class BandChoice:
    """A set of features whose envelope band is still to be chosen: `Pipeline.fit` does it on the training recording.

    Called with a channel only, it gives the names for the whole spectrum.
    """

    def __init__(self, bearing: Bearing, options: dict[str, Any]) -> None:
        self._bearing = bearing
        self._options = options

    def __call__(self, channel: Channel, band: tuple[float, float] = (0.0, 0.0)) -> list[str]:
        options = self._options | {"f_lo": float(band[0]), "f_hi": float(band[1])}
        return _core.preset_feature_names("bearing", channel.to_dict(), options)

    def min_bandwidth(self, shaft_hz: float) -> float:
        """In Hz, so that the harmonics of the highest fault frequency pass; 0 when the speed is not known."""
        shaft = self._options["shaft_hz"] or shaft_hz
        return float(self._options["harmonics"]) * max(self._bearing.bpfo, self._bearing.bpfi) * shaft


def bearing(
    bearing: Bearing,
    *,
    band: tuple[float, float] | Literal["auto"] | None = None,
    harmonics: int = 3,
    shaft_hz: float = 0.0,
) -> FeatureSet:
    """For a rolling-element bearing: level and impacts, envelope, fault lines of both races, rolling elements and cage.

    Parameters
    ----------
    bearing : Bearing
        Its geometry.
    band : (f_lo, f_hi) or "auto", optional
        In Hz, around a resonance that impacts excite. Being part of the names, it is frozen in the bundle. ``"auto"``:
        `Pipeline.fit` chooses it for each vibration channel on the windows of the training recording, as
        `millwright.vibration.choose_band` does, and writes the numbers into the names; `Pipeline.bands_` tells them.
        It needs `shaft_hz`: `Features`, which names a speed channel, takes names only. Default: the whole spectrum.
    harmonics : int, default=3
        Lines taken of each fault.
    shaft_hz : float, default=0.0
        Fixed speed of the shaft in Hz. 0: lines are orders, and the pipeline is told the speed (`shaft_hz` or a speed channel).

    Returns
    -------
    callable
        Channel -> names, for ``Pipeline(features=...)``.
    """
    if isinstance(band, str) and band != "auto":
        raise ValueError(f'band is {band!r}: give (f_lo, f_hi) in Hz, "auto", or None for the whole spectrum')
    options: dict[str, Any] = {
        "elements": bearing.n,
        "element_diameter": bearing.d,
        "pitch_diameter": bearing.D,
        "contact_angle_deg": bearing.angle,
        "harmonics": harmonics,
        "shaft_hz": float(shaft_hz),
    }
    choice = BandChoice(bearing, options)
    if isinstance(band, str):
        return choice
    low, high = band if band is not None else (0.0, 0.0)
    return lambda channel: choice(channel, (low, high))


def gearbox(teeth: Sequence[int] | int, *, shaft_hz: float = 0.0) -> FeatureSet:
    """For gears on one shaft: level and impacts, lines of the shaft and of each wheel's mesh.

    Parameters
    ----------
    teeth : int or sequence of int
        Of each wheel on the shaft.
    shaft_hz : float, default=0.0
        As in `bearing`.
    """
    wheels = [teeth] if isinstance(teeth, int) else list(teeth)
    options = {"teeth": wheels, "shaft_hz": float(shaft_hz)}
    return lambda channel: _core.preset_feature_names("gearbox", channel.to_dict(), options)


def prognostic_scores(runs: Sequence[ArrayLike]) -> dict[str, float]:
    """How well one feature serves as a health indicator, from its values over runs to failure.

    Parameters
    ----------
    runs : sequence of array_like
        The feature in time order, one array a run. Values that are not finite are left out.

    Returns
    -------
    dict
        ``monotonicity``, ``trendability`` and ``prognosability``, each from 0 to 1; the last two are NaN for one run.

    References
    ----------
    J. Coble and J. W. Hines, "Identifying optimal prognostic parameters from data", PHM Society 2009.
    """
    return _core.prognostic_scores([np.asarray(run, np.float64) for run in runs])


def rank(runs: Sequence[Any]) -> pd.DataFrame:
    """Features ordered by what they tell of the remaining life, over runs to failure.

    Parameters
    ----------
    runs : sequence of DataFrame
        One table a run, rows in time order, as `Pipeline.features` gives them; numeric columns are features.

    Returns
    -------
    DataFrame
        One row a feature, the best first: monotonicity, trendability, prognosability and their mean, ``score``.
    """
    import pandas as pd

    names = [name for name in runs[0].columns if np.issubdtype(runs[0][name].dtype, np.floating)]
    rows = []
    for name in names:
        try:
            scores = prognostic_scores([run[name] for run in runs])
        except ValueError:  # undefined in some run
            scores = {"monotonicity": np.nan, "trendability": np.nan, "prognosability": np.nan}
        defined = [value for value in scores.values() if not np.isnan(value)]
        rows.append({"feature": name, **scores, "score": float(np.mean(defined)) if defined else np.nan})
    table = pd.DataFrame(rows)
    return table.sort_values("score", ascending=False, kind="stable", na_position="last").reset_index(drop=True)


def select(values: ArrayLike, merit: ArrayLike, *, max_features: int = 16, max_correlation: float = 0.95) -> AnyArray:
    """Columns to keep: the best by merit, without those that say the same as a better one or never vary.

    Parameters
    ----------
    values : array_like of shape (windows, features)
    merit : array_like of shape (features,)
        Higher is better: ``score`` of `rank`, or the negative cost of a feature, or what you know.
    max_features : int, default=16
    max_correlation : float, default=0.95
        Largest absolute Spearman correlation between two features that are both kept.

    Returns
    -------
    ndarray of int
        Columns, the best first. A pipeline with only these computes only these: ``Pipeline.with_features``.
    """
    rows: FloatArray = np.ascontiguousarray(values, np.float64)
    return _core.select_features(rows, np.asarray(merit, np.float64), max_features, max_correlation)
