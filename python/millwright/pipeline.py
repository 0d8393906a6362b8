"""The pipeline: declared once, fitted on normal operation, run in the notebook and in the gateway."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.exceptions import NotFittedError
from tqdm.auto import tqdm

from . import _core, stages
from ._feature_sets import BandChoice
from ._times import TimeLike, to_datetime64
from ._typing import AnyArray
from .estimators import Detector, Normalizer
from .features import _table as plain_table
from .recording import Recording, RecordingLike, as_recording
from .result import Result, table
from .sections import Section
from .settings import Channel, Window
from .stages import (
    Alarm,
    AlertBudget,
    CauchyFusion,
    Clock,
    ContextNormalizer,
    Features,
    FitOptions,
    MinFusion,
    RunningMedian,
    TailCalibration,
)
from .stream import Stream, to_result
from .vibration import choose_band

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Pipeline", "load"]

_BLOCK_SAMPLES = 65_536

#: Windows of the training recording that choose a band.
_BAND_WINDOWS = 64

_BAND_OF_NAME = re.compile(r"^([^.@]+)[^.(]*\.(?:log_)?envelope\w*\((?=.*\bf_lo=([^,)]+))(?=.*\bf_hi=([^,)]+))")

_ESTIMATORS: dict[str, type[Detector | Normalizer]] = {
    cls.stage_id: cls
    for cls in vars(stages).values()
    if isinstance(cls, type) and issubclass(cls, (Detector, Normalizer)) and hasattr(cls, "stage_id")
}


class Pipeline:
    """Signals in, alarms out: clock, windows, features, context normaliser, detectors, calibrated tails, alarm.

    Parameters
    ----------
    channels : sequence of Channel
        The signals, with name, unit, role and rate.
    window : Window or str
        How they are cut; a text is the length, without overlap.
    features : sequence of str or Features, optional
        Names such as ``"vib_x.kurtosis"`` or ``"vib_x.band_rms(f_lo=500,f_hi=1500)"``; see `millwright.features`. With
        `Features` also the speed of the shaft. Default: a set for each channel's role.
    normalize : ContextNormalizer, optional
        Default: one regime.
    detect : sequence of Detector, optional
        Default: ``[IsolationForest(), Mahalanobis()]``.
    smooth : RunningMedian, optional
        Over the scores of the detectors; default: none.
    fuse : CauchyFusion or MinFusion, optional
        How the detectors become one severity.
    calibrate : TailCalibration, optional
        How scores become tail probabilities.
    alert : AlertBudget, optional
        How many false episodes people accept; it sets the threshold. Default: one a week.
    alarm : Alarm, optional
        Delays, deadband and pauses of the alarm.
    clock : Clock, optional
        What happens with gaps, late samples and stuck sensors.
    fit_options : FitOptions, optional
        How the fit holds data out.
    name : str, default=""
        What you call the asset; kept in the bundle.

    Attributes
    ----------
    normalize_ : Normalizer
        The fitted normaliser.
    detect_ : list of Detector
        The fitted detectors; estimators as scikit-learn knows them, on the same core objects.
    feature_names_ : list of str
        Columns of the features.
    threshold_ : float
        Severity at which a window counts towards an alarm.
    evidence_ : dict
        What the training data could prove about the threshold: weeks of data, false episodes, upper bound of their
        rate, and whether the threshold is extrapolated.
    provenance_ : dict
        Where the model comes from.
    bands_ : dict of str to list of (f_lo, f_hi)
        Bands in Hz of each channel's envelope features, from their names: those given, and those that `fit` chose.
    memory_needed_ : int
        Bytes that one stream takes.

    Raises
    ------
    ValueError
        When a setting is impossible or a name unknown; the message says what, where and how to mend it.

    Examples
    --------
    >>> import millwright as mw
    >>> run = mw.simulate_bearing_run(records=200)
    >>> pump = mw.Pipeline(channels=run.channels, window="100ms", normalize=mw.ContextNormalizer(by=["speed"]))
    >>> result = pump.fit(run.recording(0, 100), progress=False).run(run.recording(100))
    >>> result.severity.shape
    (100,)
    """

    def __init__(
        self,
        *,
        channels: Sequence[Channel],
        window: Window | str,
        features: Sequence[str] | Features | None = None,
        normalize: ContextNormalizer | None = None,
        detect: Sequence[Detector] | None = None,
        smooth: RunningMedian | None = None,
        fuse: CauchyFusion | MinFusion | None = None,
        calibrate: TailCalibration | None = None,
        alert: AlertBudget | None = None,
        alarm: Alarm | None = None,
        clock: Clock | None = None,
        fit_options: FitOptions | None = None,
        name: str = "",
    ) -> None:
        self._band_choice = features if isinstance(features, BandChoice) else None
        declared: dict[str, Any] = {
            "channels": [channel.to_dict() for channel in channels],
            "window": (Window(window) if isinstance(window, str) else window).to_dict(),
        }
        if isinstance(features, Features):
            # No names means those of the channels' roles.
            declared["features"] = {key: value for key, value in features.get_params().items() if value != ()}
        elif features is not None:
            sets = (features(channel) for channel in channels) if callable(features) else (features,)
            declared["features"] = [name for names in sets for name in names]
        if normalize is not None:
            declared["normalize"] = _stage(normalize)
        if detect is not None:
            declared["detect"] = [_stage(detector) for detector in detect]
        if smooth is not None:
            declared["smooth"] = _stage(smooth)
        if fuse is not None:
            declared["fuse"] = _stage(fuse)
        plain = {"calibrate": calibrate, "alert": alert, "alarm": alarm, "clock": clock, "fit": fit_options}
        declared |= {key: section.get_params() for key, section in plain.items() if section is not None}
        self.name = name
        self._core: _core.Pipeline | None = None
        self._declare(_core.canonical_declaration(json.dumps(declared)))

    def _declare(self, declaration: str) -> None:
        """Every setting as the core understood it, defaults written out."""
        self._declaration = declaration
        parts = json.loads(declaration)
        self.channels = [Channel(**channel) for channel in parts["channels"]]
        self.window = _window(parts["window"])
        features = parts["features"]
        self.features_: list[str] = features["names"] if isinstance(features, dict) else features

    @classmethod
    def _from_core(cls, core: _core.Pipeline) -> Self:
        pipeline = cls.__new__(cls)
        pipeline._band_choice = None
        pipeline.name = core.origin["name"]
        pipeline._core = core
        pipeline._declare(core.declaration)
        return pipeline

    def _fitted(self) -> _core.Pipeline:
        if self._core is None:
            raise NotFittedError(
                "this pipeline has not been fitted: call fit with recordings of normal operation, or load a bundle"
            )
        return self._core

    @property
    def is_fitted(self) -> bool:
        """Whether `fit` or `load` has given it models."""
        return self._core is not None

    def with_features(self, features: Sequence[str]) -> Self:
        """The same pipeline with other features, not fitted: ``with_features(chosen).fit(recording).save(path)`` gives a
        bundle that computes only these.

        Features of context channels that the pipeline has are kept, named or not: the normaliser tells regimes by them.
        Everything else that was declared is kept too. Models are not: detectors, tails and the threshold were learned on
        all features together, and a part of a forest, a covariance or a calibration says nothing true about fewer.

        Parameters
        ----------
        features : sequence of str
            Names, for example a selection of `features_`.
        """
        declaration = self.get_declaration()
        context = {channel.name for channel in self.channels if channel.role == "context"}
        kept = [name for name in self.features_ if name.split(".")[0].split("@")[0] in context]
        features = [*features, *(name for name in kept if name not in features)]
        extraction = declaration["features"]
        if not isinstance(extraction, dict):
            extraction = {}
        declaration["features"] = {**extraction, "names": list(features)}
        pipeline = type(self).__new__(type(self))
        pipeline.name = self.name
        pipeline._core = None
        pipeline._band_choice = None
        pipeline._declare(_core.canonical_declaration(json.dumps(declaration)))
        return pipeline

    def get_declaration(self) -> dict[str, Any]:
        """The whole declaration with every default written out, as the bundle's JSON has it.

        A band that is still to be chosen has no place in it: fit first.
        """
        self._check_band()
        declaration: dict[str, Any] = json.loads(self._declaration)
        return declaration

    def _check_band(self) -> None:
        if self._band_choice is not None and self._core is None:
            raise NotFittedError(
                'the features have band="auto", which fit chooses: call fit first, or give a band in Hz'
            )

    def _choose_bands(self, recordings: Sequence[_core.Recording]) -> None:
        """Puts the bands that the training recording tells into the names of the features."""
        if self._band_choice is None:
            return
        declaration: dict[str, Any] = json.loads(self._declaration)
        given = declaration["features"]
        extraction: dict[str, Any] = given if isinstance(given, dict) else {}
        names: list[str] = []
        for channel in self.channels:
            band = (0.0, 0.0)
            if channel.role == "vibration":
                windows = _core.sample_windows(self._declaration, recordings, channel.name, _BAND_WINDOWS)
                if not windows:
                    raise ValueError(
                        f'channel "{channel.name}": the recording holds no complete window to choose a band from; '
                        "record longer, use a shorter window, or give the band in Hz"
                    )
                width = self._band_choice.min_bandwidth(extraction.get("shaft_hz"))
                try:
                    low, high = choose_band(windows, channel.rate_hz, min_bandwidth=width).band
                except ValueError as refused:
                    raise ValueError(
                        f'channel "{channel.name}": no band can be chosen from windows of {len(windows[0])} samples: {refused}; '
                        "use a longer window, or give the band in Hz"
                    ) from refused
                band = (float(low), float(high))
            names += self._band_choice(channel, band)
        declaration["features"] = {**extraction, "names": names}
        self._declare(_core.canonical_declaration(json.dumps(declaration)))

    def _recordings(
        self, data: RecordingLike | Sequence[Recording], start_time: TimeLike | None, record_interval_s: float | None
    ) -> list[Recording]:
        if isinstance(data, list | tuple):
            if not all(isinstance(part, Recording) for part in data):
                raise TypeError(
                    "a list must hold Recording objects only; for samples in a list, call numpy.asarray first"
                )
            return list(data)
        recording = as_recording(data, self.channels, start_time=start_time, record_interval_s=record_interval_s)
        return [recording]

    def fit(
        self,
        recording: RecordingLike | Sequence[Recording],
        *,
        start_time: TimeLike | None = None,
        record_interval_s: float | None = None,
        created_utc: str = "",
        notes: str = "",
        progress: bool = True,
    ) -> Self:
        """Learn what normal operation looks like, and set the alarm threshold.

        The same data give the same model, byte for byte, whatever the machine.

        Parameters
        ----------
        recording : Recording, ndarray, DataFrame, Arrow table, dict, or list of Recording
            Normal operation, at least 20 usable windows; see `as_recording` for what is taken and how.
        start_time, record_interval_s : optional
            See `as_recording`.
        created_utc : str, default=""
            Time of creation, ISO 8601, for the bundle's provenance. Nothing is read from a clock.
        notes : str, default=""
            Free text for the provenance.
        progress : bool, default=True
            Show a progress bar, where someone can see it: on a terminal or in a notebook.

        Returns
        -------
        Pipeline
            Itself.

        Raises
        ------
        ValueError
            If the data do not match the channels, are too few, or cannot be learned from.
        """
        recordings = [r._handle for r in self._recordings(recording, start_time, record_interval_s)]
        self._choose_bands(recordings)
        with tqdm(total=100, desc="fit", unit="%", disable=None if progress else True, leave=False) as bar:

            def report(share: float, what: str) -> None:
                bar.set_postfix_str(what, refresh=False)
                bar.update(round(100 * share) - bar.n)

            self._core = _core.fit_pipeline(self._declaration, recordings, self.name, created_utc, notes, report)
        return self

    def features(
        self,
        recording: RecordingLike | Sequence[Recording],
        *,
        start_time: TimeLike | None = None,
        record_interval_s: float | None = None,
    ) -> pd.DataFrame | AnyArray:
        """Features of every window, by end time; needs no fit.

        Parameters
        ----------
        recording, start_time, record_interval_s
            As in `fit`.

        Returns
        -------
        DataFrame, or structured ndarray if pandas is not installed
            Float64; NaN where a feature is undefined.
        """
        self._check_band()
        recordings = [r._handle for r in self._recordings(recording, start_time, record_interval_s)]
        found = _core.extract_features(self._declaration, recordings)
        columns: Mapping[str, AnyArray] = dict(zip(found["names"], found["values"].T, strict=True))
        return table(to_datetime64(found["end_time_ns"]), columns)

    def cost(
        self,
        recording: RecordingLike | None = None,
        *,
        start_time: TimeLike | None = None,
        record_interval_s: float | None = None,
        windows: int = 2,
        calls: int = 10,
    ) -> pd.DataFrame | AnyArray:
        """Time that each feature takes in a window, measured on this machine; needs no fit.

        A view (sorted samples, a spectrum) is computed once for all features that read it. Its time is split evenly among
        its readers, so that the two columns of times add up to the time of all features. ``millwright inspect --cost``
        tells the same of a bundle.

        Parameters
        ----------
        recording, start_time, record_interval_s : optional
            As in `run`; its first complete windows are measured. Default: the golden vectors of a fitted pipeline, noise
            before `fit`.
        windows : int, default=2
            Windows to measure.
        calls : int, default=10
            How often each part is run for one figure; the least of five such rounds counts.

        Returns
        -------
        DataFrame, or structured ndarray if pandas is not installed
            ``feature``, ``view``, ``own_ns`` (its own function; NaN where undefined), ``view_ns`` (its part of the view),
            ``sharing`` (features that read the view of this channel and window).
        """
        self._check_band()
        if windows < 1 or calls < 1:
            raise ValueError(f"windows={windows}, calls={calls}: give at least 1 of both")
        if recording is not None:
            if isinstance(recording, list | tuple):
                raise TypeError("cost takes one recording")
            given = as_recording(
                recording, self.channels, start_time=start_time, record_interval_s=record_interval_s
            )._handle
            found = _core.declared_cost(self._declaration, given, windows, calls)
        elif self._core is not None:
            found = self._core.cost(windows, calls)
        else:
            found = _core.declared_cost(self._declaration, None, windows, calls)
        columns = zip(*found["features"], strict=True)
        names = ("feature", "view", "own_ns", "view_ns", "sharing")
        return plain_table({name: np.array(values) for name, values in zip(names, columns, strict=True)})

    def run(
        self,
        recording: RecordingLike,
        *,
        start_time: TimeLike | None = None,
        record_interval_s: float | None = None,
        block_samples: int = _BLOCK_SAMPLES,
        progress: bool = False,
    ) -> Result:
        """Run over a whole recording: features, scores and episodes.

        It is a new stream that is given the recording in the order of time, so it says what a gateway would have said.

        Parameters
        ----------
        recording, start_time, record_interval_s
            As in `fit`, one recording.
        block_samples : int, default=65536
            Samples pushed at once; it has no influence on the result.
        progress : bool, default=False
            Show a progress bar.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If the data do not match the channels.
        """
        stream = Stream(self)
        if isinstance(recording, list | tuple):
            raise TypeError("run takes one recording; a list of recordings would be several streams")
        source = as_recording(recording, self.channels, start_time=start_time, record_interval_s=record_interval_s)
        total = sum(source._handle.sample_counts)
        with tqdm(
            total=total, desc="run", unit="sample", unit_scale=True, disable=None if progress else True, leave=False
        ) as bar:

            def report(samples: int) -> None:
                bar.update(samples - bar.n)

            columns = stream._core.run(source._handle, block_samples, report if progress else None)
        return to_result(columns, self)

    def score(
        self,
        recording: RecordingLike,
        *,
        start_time: TimeLike | None = None,
        record_interval_s: float | None = None,
    ) -> pd.DataFrame | AnyArray:
        """Severity and scores of every window, by end time: `run(...).scores`."""
        return self.run(recording, start_time=start_time, record_interval_s=record_interval_s).scores

    def stream(self) -> Stream:
        """A new stream: the state of one asset. Many streams share one pipeline.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        return Stream(self)

    def save(self, path: str | Path) -> None:
        """Write the bundle: one safetensors file that the gateway program and `millwright.load` read.

        The file is replaced in one step, so a crash leaves the old or the new one.

        Raises
        ------
        NotFittedError
            Before `fit`.
        OSError
            If the file cannot be written.
        """
        self._fitted().save(str(path))

    def to_bytes(self) -> bytes:
        """The bundle as bytes."""
        return self._fitted().to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """A pipeline from the bytes of a bundle; see `load` for what is checked."""
        return cls._from_core(_core.Pipeline.from_bytes(data))

    def __getstate__(self) -> dict[str, Any]:
        if self._core is None:
            return {"name": self.name, "declaration": self._declaration, "band_choice": self._band_choice}
        return {"bundle": self.to_bytes()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "bundle" in state:
            self.__dict__ = type(self).from_bytes(state["bundle"]).__dict__
            return
        self.name = state["name"]
        self._core = None
        self._band_choice = state.get("band_choice")
        self._declare(state["declaration"])

    def __repr__(self) -> str:
        names = ", ".join(channel.name for channel in self.channels)
        state = "fitted" if self.is_fitted else "not fitted"
        return f"Pipeline({self.name!r}, channels: {names}; {len(self.features_)} features; {state})"

    @property
    def normalize_(self) -> Normalizer:
        return _estimator(self._fitted().normalizer)

    @property
    def detect_(self) -> list[Detector]:
        return [_estimator(stage) for stage in self._fitted().detectors]

    @property
    def feature_names_(self) -> list[str]:
        return self._fitted().feature_names

    @property
    def threshold_(self) -> float:
        return self._fitted().evidence["threshold"]

    @property
    def evidence_(self) -> _core.Evidence:
        return self._fitted().evidence

    @property
    def provenance_(self) -> _core.Origin:
        return self._fitted().origin

    @property
    def bands_(self) -> dict[str, list[tuple[float, float]]]:
        bands: dict[str, list[tuple[float, float]]] = {}
        for name in self.feature_names_:
            if (found := _BAND_OF_NAME.match(name)) is not None:
                band = (float(found[2]), float(found[3]))
                if band not in bands.setdefault(found[1], []):
                    bands[found[1]].append(band)
        return bands

    @property
    def memory_needed_(self) -> int:
        return self._fitted().memory_needed


def load(path: str | Path) -> Pipeline:
    """Read a bundle.

    Layout, checksum and versions are checked, and the golden vectors inside are replayed: the pipeline proves on
    this machine that it computes what it computed where it was fitted.

    Parameters
    ----------
    path : str or Path
        A file that `Pipeline.save` wrote.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is damaged, or was made for another version; the message says which.
    """
    return Pipeline._from_core(_core.Pipeline.load(str(path)))


def _stage(stage: Detector | Normalizer | Section) -> dict[str, Any]:
    """Id and settings of a stage, as the declaration's JSON has them."""
    if not isinstance(stage, Detector | Normalizer | Section):
        raise TypeError(f"{stage!r} is not a stage of a pipeline")
    settings = stage.get_params() if isinstance(stage, Section) else stage.get_params(deep=False)
    return {"stage": stage.stage_id} | {key: list(v) if isinstance(v, tuple) else v for key, v in settings.items()}


def _estimator(stage: _core.Stage) -> Detector | Normalizer:
    return _ESTIMATORS[stage.id]._from_stage(stage)


def _window(parts: Mapping[str, Any]) -> Window:
    lengths = parts["length"]
    return Window(lengths[0] if len(lengths) == 1 else lengths, parts["hop"], parts["min_valid_share"])
