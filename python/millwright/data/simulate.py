"""Simulation of a bearing that runs to failure, for use where no data is at hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from ..vibration.physics import Bearing
from .recording import Recording
from .settings import Channel
from .signals import Signal

if TYPE_CHECKING:
    from .._typing import BoolArray, FloatArray, Int64Array, SampleArray

__all__ = ["BearingRun", "Fault", "SensorFaults", "simulate_bearing_run"]

Fault = Literal["outer", "inner", "ball", "none"]

_SLOW_RATE_HZ = 1.0
_START_NS = 1_700_000_000_000_000_000


@dataclass(frozen=True)
class SensorFaults:
    """What goes wrong with the sensors during a simulated run. Every share is of the records; default: nothing.

    Parameters
    ----------
    dropout : float, default=0.0
        Share of records that are lost.
    nan : float, default=0.0
        Share of records with a burst of NaN in one channel (a twentieth to a half of the record).
    stuck : float, default=0.0
        Share of records in which one channel repeats one value (a tenth to the whole record).
    clip_g : float or None, default=None
        Measuring range of the accelerometers: larger values are cut to it.
    clock_jump : float, default=0.0
        Share of records after which the clock is wrong by a further -30 .. +30 s, for the rest of the run.
    """

    dropout: float = 0.0
    nan: float = 0.0
    stuck: float = 0.0
    clip_g: float | None = None
    clock_jump: float = 0.0

    def __post_init__(self) -> None:
        for name in ("dropout", "nan", "stuck", "clock_jump"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"SensorFaults: {name} is a share, 0 to 1, got {getattr(self, name)}")
        if self.clip_g is not None and not self.clip_g > 0.0:
            raise ValueError(f"SensorFaults: clip_g must be positive, got {self.clip_g}")


@dataclass(frozen=True)
class BearingRun:
    """A simulated run to failure: the signals, and the truth that a monitoring system has to find.

    Attributes
    ----------
    vibration : ndarray of shape (records, samples, 2), float32
        Acceleration in g, horizontal and vertical.
    rate_hz : float
        Sampling rate of `vibration`.
    record_start_ns : ndarray of shape (records,), int64
        Stamp of each record's first sample (nanoseconds since 1970), as the possibly wrong clock gave it.
    context : ndarray of shape (instants, 2), float32
        Shaft speed in rpm and load (1 = nominal), measured once a second.
    speed_rpm, load, fault_size : ndarray of shape (records,), float64
        The truth for each record. `fault_size` is 0 while the bearing is healthy and 1 at the end of its life.
    onset_record : int
        First record with a fault; equal to the number of records when there is none.
    fault_order : float
        Impacts for each revolution of the shaft; 0 without a fault.
    bearing : Bearing
        Its geometry.
    lost, has_nan, is_stuck, clock_jumped : ndarray of shape (records,), bool
        Records that a sensor fault hit.
    """

    vibration: SampleArray
    rate_hz: float
    record_start_ns: Int64Array
    context: SampleArray
    speed_rpm: FloatArray
    load: FloatArray
    fault_size: FloatArray
    onset_record: int
    fault_order: float
    bearing: Bearing
    lost: BoolArray
    has_nan: BoolArray
    is_stuck: BoolArray
    clock_jumped: BoolArray
    channels: list[Channel] = field(default_factory=list)

    def recording(self, first: int = 0, last: int | None = None) -> Recording:
        """Records `first` up to, not including, `last` as a recording (lost ones are absent).

        Channels: ``horizontal`` and ``vertical`` (g), ``speed`` (rpm) and ``load`` with role context at 1 Hz.
        """
        records = len(self.vibration)
        first, last, _ = slice(first, last).indices(records)
        kept = np.flatnonzero(~self.lost[first:last]) + first
        if kept.size == 0:
            raise ValueError(f"no record is left between {first} and {last} of {records}")
        interval = len(self.context) / records / _SLOW_RATE_HZ
        begin, end = (round(edge * interval * _SLOW_RATE_HZ) for edge in (first, last))
        return Recording(
            [
                Signal.from_records(self.channels[:2], self.vibration[kept], self.record_start_ns[kept]),
                Signal.continuous(
                    self.channels[2:], self.context[begin:end], _START_NS + round(begin / _SLOW_RATE_HZ * 1e9)
                ),
            ]
        )


def simulate_bearing_run(
    bearing: Bearing | str = "6205",
    *,
    records: int = 600,
    record_s: float = 0.1,
    interval_s: float = 10.0,
    rate_hz: float = 25_600.0,
    speed_rpm: float = 1_800.0,
    variation: float = 0.1,
    fault: Fault = "outer",
    onset: float = 0.6,
    fault_g: float = 8.0,
    resonance_hz: float = 3_000.0,
    damping: float = 0.05,
    slip: float = 0.01,
    noise_g: float = 0.1,
    unbalance_g: float = 0.2,
    sensor_faults: SensorFaults | None = None,
    seed: int | np.random.Generator = 0,
) -> BearingRun:
    """Simulate the vibration of a bearing from new to failed.

    One accelerometer pair records bursts. The signal is the sum of the shaft's harmonics (unbalance, growing with
    the square of the speed), a resonance that flow and friction excite at random, broadband noise, and, once a
    fault has begun, one impact each time a rolling element meets it: a decaying oscillation at the resonance. The
    time between impacts jitters, because the elements slip, and the jitter accumulates. Impacts of an inner-race
    fault are strongest in the load zone, which they pass once a revolution, those of a ball fault once a turn of
    the cage. Speed and load wander and step during the run.

    Parameters
    ----------
    bearing : Bearing or str, default="6205"
        Geometry, or a name that :meth:`Bearing.from_name` knows.
    records : int, default=600
        Number of bursts from new to failed.
    record_s, interval_s : float, default=0.1 and 10.0
        Length of a burst and distance of their starts, in seconds.
    rate_hz : float, default=25600.0
        Sampling rate.
    speed_rpm : float, default=1800.0
        Nominal shaft speed.
    variation : float, default=0.1
        Relative range over which speed and load vary during the run; 0 keeps both constant.
    fault : {"outer", "inner", "ball", "none"}, default="outer"
        Part that fails.
    onset : float, default=0.6
        Share of life after which the fault begins; from there its size grows exponentially to 1.
    fault_g : float, default=8.0
        Peak acceleration of one impact at the end of life, in g.
    resonance_hz, damping : float, default=3000.0 and 0.05
        Natural frequency and damping ratio (zeta) of the structure between bearing and sensor.
    slip : float, default=0.01
        Standard deviation of the time between impacts, relative to its mean.
    noise_g, unbalance_g : float, default=0.1 and 0.2
        Standard deviation of the sensor's noise; amplitude of the first shaft harmonic.
    sensor_faults : SensorFaults, optional
        What goes wrong with the sensors; default: nothing.
    seed : int or numpy.random.Generator, default=0
        The same seed gives the same run.

    Returns
    -------
    BearingRun
        Signals and truth; ``run.recording()`` is what a pipeline takes.

    Raises
    ------
    ValueError
        If a setting is impossible (share outside 0 .. 1, resonance above half the sampling rate ...).

    References
    ----------
    P. D. McFadden and J. D. Smith, "Model for the vibration produced by a single point defect in a rolling element
    bearing", JSV 96 (1984). J. Antoni and R. B. Randall, "A stochastic model for simulation and diagnostics of
    rolling element bearings with localized faults", J. Vib. Acoust. 125 (2003).

    Examples
    --------
    >>> run = simulate_bearing_run(records=20, onset=0.5)
    >>> run.vibration.shape, run.onset_record
    ((20, 2560, 2), 10)
    """
    if isinstance(bearing, str):
        bearing = Bearing.from_name(bearing)
    samples = round(record_s * rate_hz)
    _check(records, samples, record_s, interval_s, rate_hz, onset, resonance_hz, damping, fault, variation, slip)
    random = np.random.default_rng(seed)

    instants = round(records * interval_s * _SLOW_RATE_HZ)
    context = _operating_points(random, instants, speed_rpm, variation)
    nearest = np.minimum((np.arange(records) * interval_s * _SLOW_RATE_HZ).astype(np.int64), instants - 1)
    speed, load = context[nearest].T

    order, modulation = _fault_orders(bearing, fault)
    first_faulty = records if fault == "none" else min(records, round(onset * records))
    size = _growth(records, first_faulty)

    time = np.arange(samples) / rate_hz
    pole = np.exp((-damping + 1j * np.sqrt(1 - damping**2)) * 2 * np.pi * resonance_hz / rate_hz)
    response = pole ** np.arange(samples)
    vibration = np.empty((records, samples, 2), np.float32)
    for k in range(records):
        shaft_hz = speed[k] / 60
        shaft = _shaft(random, time, shaft_hz, unbalance_g * (speed[k] / speed_rpm) ** 2)
        rubbing = _ring(random.normal(0.0, 0.02 * load[k], samples), response)
        impacts = _impacts(random, samples, rate_hz, order * shaft_hz, modulation * shaft_hz, slip)
        knocking = fault_g * size[k] * load[k] * _ring(impacts, response)
        noise = random.normal(0.0, noise_g, (samples, 2))
        vibration[k] = shaft + np.outer(rubbing + knocking, (1.0, 0.7)) + noise

    starts = _START_NS + np.round(np.arange(records) * interval_s * 1e9).astype(np.int64)
    marks = _break_sensors(random, vibration, starts, sensor_faults or SensorFaults())
    return BearingRun(
        vibration=vibration,
        rate_hz=rate_hz,
        record_start_ns=starts,
        context=context.astype(np.float32),
        speed_rpm=speed,
        load=load,
        fault_size=size,
        onset_record=first_faulty,
        fault_order=order,
        bearing=bearing,
        channels=[
            Channel("horizontal", unit="g", rate_hz=rate_hz),
            Channel("vertical", unit="g", rate_hz=rate_hz),
            Channel("speed", unit="rpm", rate_hz=_SLOW_RATE_HZ, role="context"),
            Channel("load", rate_hz=_SLOW_RATE_HZ, role="context"),
        ],
        **marks,
    )


def _check(
    records: int,
    samples: int,
    record_s: float,
    interval_s: float,
    rate_hz: float,
    onset: float,
    resonance_hz: float,
    damping: float,
    fault: str,
    variation: float,
    slip: float,
) -> None:
    rules = [
        (records >= 1, f"records must be at least 1, got {records}"),
        (samples >= 16, f"a record needs at least 16 samples, record_s={record_s} at {rate_hz} Hz has {samples}"),
        (
            interval_s >= max(record_s, 1 / _SLOW_RATE_HZ),
            f"interval_s must be at least record_s and 1 s, got {interval_s}",
        ),
        (0.0 <= onset <= 1.0, f"onset is a share of life, 0 to 1, got {onset}"),
        (0.0 < resonance_hz < rate_hz / 2, f"resonance_hz must lie below half the sampling rate, got {resonance_hz}"),
        (0.0 < damping < 1.0, f"damping is a ratio between 0 and 1, got {damping}"),
        (0.0 <= variation < 0.5, f"variation must be at least 0 and below 0.5, got {variation}"),
        (0.0 <= slip < 0.2, f"slip must be at least 0 and below 0.2, got {slip}"),
        (fault in ("outer", "inner", "ball", "none"), f"fault must be outer, inner, ball or none, got {fault!r}"),
    ]
    for holds, message in rules:
        if not holds:
            raise ValueError(f"simulate_bearing_run: {message}")


def _fault_orders(bearing: Bearing, fault: str) -> tuple[float, float]:
    """Impacts per revolution, and how often per revolution their strength goes round."""
    return {
        "outer": (bearing.bpfo, 0.0),
        "inner": (bearing.bpfi, 1.0),
        "ball": (2 * bearing.bsf, bearing.ftf),
        "none": (0.0, 0.0),
    }[fault]


def _operating_points(random: np.random.Generator, instants: int, speed_rpm: float, variation: float) -> FloatArray:
    """Speed and load once a second: three products in turn, some minutes each, and a slow wander about their levels."""
    products = ((-0.5, -0.5), (0.0, 0.5), (0.5, 0.0))
    levels = np.empty((instants, 2))
    at = 0
    while at < instants:
        for product in random.permutation(3):
            length = int(random.integers(60, 240))
            levels[at : at + length] = products[product]
            at += length
    steps = random.normal(0.0, 1.0, (instants, 2))
    wander = np.empty((instants, 2))
    state = np.zeros(2)
    for i in range(instants):
        state = 0.99 * state + 0.01 * steps[i]
        wander[i] = state
    relative = 1.0 + variation * (levels + wander)
    return relative * (speed_rpm, 1.0)


def _growth(records: int, first_faulty: int) -> FloatArray:
    size = np.zeros(records)
    life = (
        np.linspace(0.0, 1.0, records - first_faulty) if records - first_faulty > 1 else np.ones(records - first_faulty)
    )
    size[first_faulty:] = np.exp(4.0 * (life - 1.0))
    return size


def _shaft(random: np.random.Generator, time: FloatArray, shaft_hz: float, amplitude: float) -> FloatArray:
    """Harmonics 1 to 3 of the shaft; the vertical sensor sees them a quarter turn later."""
    angle = 2 * np.pi * (shaft_hz * time + random.uniform())
    out = np.zeros((len(time), 2))
    for harmonic, share in ((1, 1.0), (2, 0.3), (3, 0.1)):
        out[:, 0] += amplitude * share * np.cos(harmonic * angle)
        out[:, 1] += amplitude * share * np.cos(harmonic * (angle - np.pi / 2))
    return out


def _impacts(
    random: np.random.Generator, samples: int, rate_hz: float, impact_hz: float, modulation_hz: float, slip: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Train of impulses, each split between its two neighbouring samples so that its time is not rounded."""
    train = np.zeros(samples)
    if impact_hz <= 0.0:
        return train
    spacing = rate_hz / impact_hz
    count = int(samples / spacing * 1.5) + 8
    gaps = np.maximum(spacing * (1.0 + slip * random.normal(size=count)), 1.0)
    at = np.cumsum(gaps) - gaps[0] * (1.0 - random.uniform())
    phase = random.uniform()
    at = at[at < samples - 1]
    strength = 1.0 + 0.05 * random.normal(size=len(at))
    if modulation_hz > 0.0:
        strength = strength * _load_zone(2 * np.pi * (modulation_hz * at / rate_hz + phase))
    whole = at.astype(np.int64)
    np.add.at(train, whole, strength * (1.0 - (at - whole)))
    np.add.at(train, whole + 1, strength * (at - whole))
    return train


def _load_zone(angle: FloatArray) -> FloatArray:
    """Stribeck's distribution of the load around the bearing (McFadden & Smith 1984, eq. 2), 1 at its centre."""
    extent, exponent = 0.45, 1.5
    inside = np.maximum(1.0 - (1.0 - np.cos(angle)) / (2 * extent), 0.0)
    return inside**exponent


def _ring(excitation: FloatArray, response: np.ndarray[tuple[int], np.dtype[np.complex128]]) -> FloatArray:
    """Excitation through the resonance: convolution with exp(-zeta w t) sin(w_d t)."""
    samples = len(excitation)
    spectrum = np.fft.rfft(excitation, 2 * samples) * np.fft.rfft(response.imag, 2 * samples)
    return np.fft.irfft(spectrum, 2 * samples)[:samples]


def _break_sensors(
    random: np.random.Generator, vibration: SampleArray, starts: Int64Array, faults: SensorFaults
) -> dict[str, BoolArray]:
    records, samples, channels = vibration.shape
    hit: dict[str, BoolArray] = {
        name: np.less(random.uniform(size=records), share)
        for name, share in (
            ("lost", faults.dropout),
            ("has_nan", faults.nan),
            ("is_stuck", faults.stuck),
            ("clock_jumped", faults.clock_jump),
        )
    }
    if faults.clip_g is not None:
        np.clip(vibration, -faults.clip_g, faults.clip_g, out=vibration)
    for k in np.flatnonzero(hit["is_stuck"]):
        length = int(random.integers(samples // 10 + 1, samples + 1))
        at = int(random.integers(0, samples - length + 1))
        channel = int(random.integers(channels))
        vibration[k, at : at + length, channel] = vibration[k, at, channel]
    for k in np.flatnonzero(hit["has_nan"]):
        length = int(random.integers(samples // 20 + 1, samples // 2 + 1))
        at = int(random.integers(0, samples - length + 1))
        vibration[k, at : at + length, random.integers(channels)] = np.nan
    for k in np.flatnonzero(hit["clock_jumped"]):
        starts[k + 1 :] += int(random.integers(-30_000_000_000, 30_000_000_001))
    return hit
