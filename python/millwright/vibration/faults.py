"""Fault frequencies and what stands at them in a spectrum; the public names are in `millwright.vibration`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._typing import FloatArray
from .physics import Bearing

__all__ = [
    "FaultBand",
    "bearing_fault_frequencies",
    "fault_band_metrics",
    "fault_bands",
    "fault_snr",
    "gear_mesh_frequencies",
    "harmonic_energy",
    "harmonic_lines",
    "sideband_ratio",
]


def bearing_fault_frequencies(
    bearing: Bearing | str, speed: float = 1.0, *, outer_speed: float = 0.0
) -> dict[str, float]:
    """Fault frequencies of a bearing, in the unit of the speed: Hz for revolutions per second, orders for 1.

    Parameters
    ----------
    bearing : Bearing or str
        Geometry, or a name that `Bearing.from_name` knows.
    speed : float, default=1.0
        Speed of the inner race, which is the shaft's in most machines.
    outer_speed : float, default=0.0
        Speed of the outer race.

    Returns
    -------
    dict
        bpfo (outer race), bpfi (inner race), bsf (a fault on a rolling element shows at twice this), ftf (cage).

    Examples
    --------
    >>> round(bearing_fault_frequencies("6205", 1797 / 60)["bpfo"], 1)
    107.4
    """
    found = Bearing.from_name(bearing) if isinstance(bearing, str) else bearing
    return found.frequencies(60 * speed, 60 * outer_speed)


def gear_mesh_frequencies(input_teeth: int, output_teeth: int, speed: float = 1.0) -> dict[str, float]:
    """Frequencies of a pair of gears, in the unit of the speed of the driving shaft.

    Parameters
    ----------
    input_teeth, output_teeth : int
        Teeth of the driving and of the driven wheel.
    speed : float, default=1.0
        Speed of the driving shaft.

    Returns
    -------
    dict
        input, output (shafts: the distances of sidebands), mesh, assembly_phase, hunting_tooth.
    """
    return _core.gear_mesh_frequencies(input_teeth, output_teeth, float(speed))


class FaultBand(NamedTuple):
    """A band of a spectrum to look into, in the unit of the frequencies it was made from."""

    low: float
    center: float
    high: float
    line: str
    harmonic: int
    sideband: int


def fault_bands(
    frequencies: Mapping[str, float] | ArrayLike,
    harmonics: Sequence[int] | int = (1, 2, 3),
    sidebands: int = 0,
    *,
    sideband_spacing: float = 0.0,
    width: float = 0.0,
) -> list[FaultBand]:
    """Bands about the harmonics and sidebands of fault frequencies.

    Parameters
    ----------
    frequencies : dict or array_like
        In Hz or orders; a dict as from `bearing_fault_frequencies` names the lines.
    harmonics : sequence of int or int, default=(1, 2, 3)
        Which multiples; a number n means 1 to n.
    sidebands : int, default=0
        Pairs about each harmonic.
    sideband_spacing : float
        Their distance: the shaft's frequency for an inner race, FTF for rolling elements.
    width : float, default=0.0
        Of a band; 0: 4 % of its centre, for the slip of a bearing.

    Returns
    -------
    list of FaultBand
        In order of line, harmonic and sideband.
    """
    if isinstance(frequencies, Mapping):
        names, values = list(frequencies), [float(v) for v in frequencies.values()]
    else:
        values = [float(v) for v in np.atleast_1d(np.asarray(frequencies, dtype=np.float64))]
        names = [f"{v:g}" for v in values]
    wanted = (
        list(range(1, _counted("harmonics", harmonics) + 1))
        if isinstance(harmonics, int)
        else [int(h) for h in harmonics]
    )
    rows = _core.fault_bands(values, wanted, sidebands, float(sideband_spacing), float(width))
    return [FaultBand(low, center, high, names[line], h, s) for low, center, high, line, h, s in rows]


def _lines(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    power: bool = False,
    energy_scale: float = 4 / 3,
    tolerance: float = 0.02,
    background: float = 0.05,
) -> tuple[FloatArray, float, bool, float, float, float]:
    """A spectrum as the core takes it; checks that its frequencies are those of bins."""
    f = np.asarray(frequencies, dtype=np.float64)
    values = np.ascontiguousarray(spectrum, dtype=np.float64)
    if f.ndim != 1 or f.shape != values.shape or f.size < 2:
        raise ValueError(f"expected two arrays of one length, at least 2, got shapes {f.shape} and {values.shape}")
    spacing = float(f[-1]) / (f.size - 1)
    if not np.allclose(f, np.arange(f.size) * spacing, rtol=0.0, atol=1e-3 * abs(spacing)):
        raise ValueError("the frequencies must start at 0 and be evenly spaced")
    return values, spacing, power, energy_scale, tolerance, background


def _counted(name: str, count: int, lowest: int = 1) -> int:
    """A number of harmonics or sidebands, within the limit of the core."""
    if not lowest <= count <= _core.most_harmonics:
        raise ValueError(f"{name} is {count}, outside {lowest} .. {_core.most_harmonics}")
    return count


def fault_band_metrics(
    frequencies: ArrayLike, spectrum: ArrayLike, bands: Sequence[FaultBand], *, power: bool = False
) -> dict[str, FloatArray]:
    """Peak and energy of a spectrum in each band.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders; frequencies evenly spaced from 0.
    bands : sequence of FaultBand
        From `fault_bands`, in the unit of `frequencies`.
    power : bool, default=False
        The spectrum holds squares of magnitudes.

    Returns
    -------
    dict
        peak_magnitude, peak_frequency and energy, arrays with one value a band; energy is the mean square of what lies
        in the band when the spectrum is that of `envelope_spectrum`. NaN for bands outside the spectrum and for edges
        that are not finite.
    """
    rows = _core.measure_bands(_lines(frequencies, spectrum, power), [b[:3] for b in bands])
    found: FloatArray = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return dict(zip(("peak_magnitude", "peak_frequency", "energy"), found.T, strict=True))


def fault_snr(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    fault_frequency: float,
    harmonics: int = 3,
    *,
    power: bool = False,
    tolerance: float = 0.02,
    background: float = 0.05,
) -> float:
    """How far the harmonics of a fault frequency stand out, in dB.

    Mean over the harmonics of (highest magnitude within the tolerance / median magnitude around it), as 20 log10. Noise
    alone gives 5 to 10 dB, a fault 15 to 40.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders.
    fault_frequency : float
        In the unit of `frequencies`.
    harmonics : int, default=3
        1 to this, at most 1000; those beyond the spectrum are left out.
    power : bool, default=False
        The spectrum holds squares of magnitudes.
    tolerance : float, default=0.02
        Share of the frequency to both sides, at least 2 bins, in which the line may lie: bearings slip.
    background : float, default=0.05
        Share of the frequency to both sides, at least 8 bins more, whose median is the background.

    Returns
    -------
    float
        NaN when no harmonic lies in the spectrum.
    """
    lines = _lines(frequencies, spectrum, power, tolerance=tolerance, background=background)
    return _core.fault_snr(lines, float(fault_frequency), _counted("harmonics", harmonics))


def sideband_ratio(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    fault_frequency: float,
    spacing: float,
    harmonics: int = 3,
    sidebands: int = 1,
    *,
    power: bool = False,
    tolerance: float = 0.02,
) -> float:
    """Magnitudes of the sidebands of a fault frequency and its harmonics, divided by those of the lines themselves.

    An inner race turns through the load zone, so its lines have sidebands at the shaft's frequency; rolling elements
    have them at FTF; an outer race that stands still has none.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders.
    fault_frequency, spacing : float
        Of the line and of the sidebands, in the unit of `frequencies`.
    harmonics, sidebands : int
        How many harmonics, and pairs of sidebands about each; at most 1000 of either.
    power : bool, default=False
        The spectrum holds squares of magnitudes.
    tolerance : float, default=0.02
        As for `fault_snr`.
    """
    lines = _lines(frequencies, spectrum, power, tolerance=tolerance)
    _counted("sidebands", sidebands, 0)
    return _core.sideband_ratio(
        lines, float(fault_frequency), float(spacing), _counted("harmonics", harmonics), sidebands
    )


def harmonic_energy(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    fault_frequency: float,
    harmonics: int = 3,
    *,
    power: bool = False,
    energy_scale: float = 4 / 3,
    tolerance: float = 0.02,
) -> float:
    """Mean square of the lines at the harmonics of a fault frequency together.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders.
    fault_frequency : float
        In the unit of `frequencies`.
    harmonics : int, default=3
        1 to this, at most 1000.
    power : bool, default=False
        The spectrum holds squares of magnitudes.
    energy_scale : float, default=4/3
        From squares summed over a line to its mean square: 4/3 for `envelope_spectrum` and its Hann taper.
    tolerance : float, default=0.02
        As for `fault_snr`.
    """
    lines = _lines(frequencies, spectrum, power, energy_scale, tolerance)
    return _core.harmonic_energy(lines, float(fault_frequency), _counted("harmonics", harmonics))


def harmonic_lines(
    frequencies: ArrayLike,
    spectrum: ArrayLike,
    fault_frequency: float,
    harmonics: int = 3,
    *,
    power: bool = False,
    tolerance: float = 0.02,
    background: float = 0.05,
) -> dict[str, FloatArray]:
    """What stands at the harmonics of a fault frequency.

    Parameters
    ----------
    frequencies, spectrum : array_like of shape (bins,)
        As from `envelope_spectrum`, or of orders.
    fault_frequency : float
        In the unit of `frequencies`.
    harmonics : int, default=3
        1 to this, at most 1000.
    power : bool, default=False
        The spectrum holds squares of magnitudes.
    tolerance, background : float
        As for `fault_snr`.

    Returns
    -------
    dict
        frequency and magnitude of the highest bin near each harmonic, and the background there; NaN for harmonics beyond
        the spectrum.
    """
    lines = _lines(frequencies, spectrum, power, tolerance=tolerance, background=background)
    wanted = range(1, _counted("harmonics", harmonics) + 1)
    rows = _core.read_lines(lines, [h * float(fault_frequency) for h in wanted])
    found: FloatArray = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return dict(zip(("frequency", "magnitude", "background"), found.T[:3], strict=True))
