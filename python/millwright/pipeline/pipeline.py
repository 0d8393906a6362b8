"""The pipeline: declared once, fitted on normal operation, run in the notebook and in the gateway."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from .. import _core
from .._errors import not_fitted
from .._foreign_arguments import PIPELINE_REASONS, KnownArguments, refuse_foreign
from .._typing import AnyArray
from ..data.recording import Recording, RecordingLike, as_recording
from ..data.settings import Channel, Window
from ..data.tables import table, time_table
from ..data.times import TimeLike, to_datetime64
from ..features.sets import BandChoice, FeatureSet
from ..vibration.envelopes import choose_band
from .declaration import ARGUMENTS, conditioned_channels, to_argument, to_declaration
from .progress import progress_bar
from .result import Result
from .stream import Stream
from .summary import Summary, pipeline_summary

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.utils import Tags

    from .._generated.estimators import ContextNormalizer
    from .._generated.sections import (
        Alarm,
        CauchyFusion,
        Clock,
        Features,
        FitOptions,
        MinFusion,
        RunningMedian,
        TailCalibration,
    )
    from .._signal_stage import SignalStage
    from ..data.sections import Section
    from ..detect.estimators import Detector, Normalizer

__all__ = ["Pipeline", "load"]

_BLOCK_SAMPLES = 65_536

#: Windows of the training recording that choose a band.
_BAND_WINDOWS = 64

_BAND_OF_NAME = re.compile(r"^([^.@]+)[^.(]*\.(?:log_)?envelope\w*\((?=.*\bf_lo=([^,)]+))(?=.*\bf_hi=([^,)]+))")


class _Argument:
    """An argument that was not given but stands in a bundle: made when it is asked for, because running a bundle needs no
    estimators. What is given hides it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, pipeline: Pipeline | None, owner: type) -> Any:
        if pipeline is None:
            return self
        value = to_argument(self._name, json.loads(pipeline._source))
        vars(pipeline)[self._name] = value
        return value


def _argument() -> Any:
    return _Argument()


class Pipeline(KnownArguments):
    """Signals in, alarms out: clock, condition stages, windows, features, context normaliser, detectors, calibrated tails, alarm.

    An estimator as scikit-learn knows them: every argument is an attribute of the same name, `get_params`, `set_params` and
    `sklearn.base.clone` work. A pipeline that was loaded has them too, as its bundle declares them.

    Parameters
    ----------
    channels : sequence of Channel
        The signals, with name, unit, role and rate.
    window : Window or str
        How they are cut; a text is the length, without overlap.
    condition : mapping of channel name to signal stages, optional
        Stages of `millwright.streaming` that a channel goes through before its windows, in order, such as
        ``{"vib_x": [SosFilter(rate_hz=25600.0, band="highpass", low_hz=10.0)]}``: filters, integration, envelope, lower rate.
        Their settings count, not what they have seen. Default: none.
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
    alert : Section, optional
        What sets the threshold: how many false episodes people accept. Default: one a week.
    monitor : sequence of monitors, optional
        What looks on and reports (`Stream.reports`); nothing depends on it. Default: ``[ScoringMonitor()]``.
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
    features_ : list of str
        Names of the features, before `fit` too.
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
        Bytes that one stream takes, if it runs alone: state and scratch.
    memory_sizes_ : dict
        The same in parts: ``plan`` once for the model, ``state`` for each stream, ``scratch`` for each thread.

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

    _reasons = PIPELINE_REASONS

    channels: Sequence[Channel] = _argument()
    window: Window | str = _argument()
    condition: Mapping[str, SignalStage | Sequence[SignalStage]] | None = _argument()
    features: Sequence[str] | Features | FeatureSet | None = _argument()
    normalize: ContextNormalizer | None = _argument()
    detect: Sequence[Detector] | None = _argument()
    smooth: RunningMedian | None = _argument()
    fuse: CauchyFusion | MinFusion | None = _argument()
    calibrate: TailCalibration | None = _argument()
    alert: Section | None = _argument()
    monitor: Sequence[Section] | None = _argument()
    alarm: Alarm | None = _argument()
    clock: Clock | None = _argument()
    fit_options: FitOptions | None = _argument()
    name: str

    def __init__(
        self,
        *,
        channels: Sequence[Channel],
        window: Window | str,
        condition: Mapping[str, SignalStage | Sequence[SignalStage]] | None = None,
        features: Sequence[str] | Features | FeatureSet | None = None,
        normalize: ContextNormalizer | None = None,
        detect: Sequence[Detector] | None = None,
        smooth: RunningMedian | None = None,
        fuse: CauchyFusion | MinFusion | None = None,
        calibrate: TailCalibration | None = None,
        alert: Section | None = None,
        monitor: Sequence[Section] | None = None,
        alarm: Alarm | None = None,
        clock: Clock | None = None,
        fit_options: FitOptions | None = None,
        name: str = "",
    ) -> None:
        self.channels = channels
        self.window = window
        self.condition = condition
        self.features = features
        self.normalize = normalize
        self.detect = detect
        self.smooth = smooth
        self.fuse = fuse
        self.calibrate = calibrate
        self.alert = alert
        self.monitor = monitor
        self.alarm = alarm
        self.clock = clock
        self.fit_options = fit_options
        self.name = name
        self._core: _core.Pipeline | None = None
        #: Where arguments that were not given here come from.
        self._source = ""
        self._declared()  # what is impossible is refused where it is written, not hours later in fit

    @classmethod
    def _from_declaration(cls, declaration: str, name: str, core: _core.Pipeline | None = None) -> Self:
        pipeline = cls.__new__(cls)
        pipeline.name = name
        pipeline._core = core
        pipeline._source = declaration
        return pipeline

    @classmethod
    def _from_core(cls, core: _core.Pipeline) -> Self:
        return cls._from_declaration(core.declaration, core.origin["name"], core)

    def _declared(self) -> str:
        """Every argument as the core understands it, defaults written out."""
        if self._source and not any(name in self.__dict__ for name in ARGUMENTS):
            return self._source
        return _core.canonical_declaration(json.dumps(to_declaration(self.get_params(deep=False))))

    def _declaration(self) -> str:
        """That of the fitted model; before `fit`, that of the arguments."""
        return self._declared() if self._core is None else self._core.declaration

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Arguments by name.

        Parameters
        ----------
        deep : bool, default=True
            Those of its parts too: ``alert__confidence``, and ``detect__0__trees`` for the first detector.
        """
        params: dict[str, Any] = {name: getattr(self, name) for name in (*ARGUMENTS, "name")}
        if deep:
            for path, part in list(_parts(params)):
                params |= {f"{path}__{name}": value for name, value in part.get_params().items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Change arguments, those of parts by names such as ``alert__confidence``. What was fitted stays until the next fit.

        Raises
        ------
        TypeError, ValueError
            If there is no such argument, or a value is impossible; nothing is changed then.
        """
        refuse_foreign(type(self), params)
        own = self.get_params(deep=False)
        unknown = [name for name in params if name.split("__")[0] not in own]
        if unknown:
            raise ValueError(f"Pipeline has no argument {unknown[0]}; it has {', '.join(own)}")
        changed = own | {name: value for name, value in params.items() if name in own}
        nested: dict[str, dict[str, Any]] = {}
        for name, value in params.items():
            if name not in own:
                path, _, setting = name.rpartition("__")
                nested.setdefault(path, {})[setting] = value
        parts = dict(_parts(changed))
        for path, settings in nested.items():
            if path not in parts:
                raise ValueError(
                    f"there is no {path} whose arguments could be set; there are: {', '.join(parts) or 'none'}"
                )
            name, _, place = path.partition("__")
            part = _changed(parts[path], settings)
            changed[name] = [part if str(k) == place else old for k, old in enumerate(changed[name])] if place else part
        _core.canonical_declaration(json.dumps(to_declaration(changed)))
        for name, value in changed.items():
            setattr(self, name, value)
        return self

    def __sklearn_is_fitted__(self) -> bool:
        return self.is_fitted

    def __sklearn_tags__(self) -> Tags:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(
            estimator_type="outlier_detector",
            target_tags=TargetTags(required=False),
            input_tags=InputTags(two_d_array=False),
        )

    @property
    def core_(self) -> _core.Pipeline:
        """The core's fitted pipeline, which all streams share."""
        if self._core is None:
            raise not_fitted(
                "this pipeline has not been fitted: call fit with recordings of normal operation, or load a bundle"
            )
        return self._core

    @property
    def features_(self) -> list[str]:
        names: list[str] = _extraction(json.loads(self._declaration()))["names"]
        return names

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
        context = {channel["name"] for channel in declaration["channels"] if channel["role"] == "context"}
        kept = [name for name in self.features_ if name.split(".")[0].split("@")[0] in context]
        names = [*features, *(name for name in kept if name not in features)]
        declaration["features"] = {**_extraction(declaration), "names": names}
        return self._from_declaration(_core.canonical_declaration(json.dumps(declaration)), self.name)

    def get_declaration(self) -> dict[str, Any]:
        """The whole declaration with every default written out, as the bundle's JSON has it.

        A band that is still to be chosen has no place in it: fit first.
        """
        self._check_band()
        declaration: dict[str, Any] = json.loads(self._declaration())
        return declaration

    def _check_band(self) -> None:
        if self._core is None and isinstance(self.features, BandChoice):
            raise not_fitted('the features have band="auto", which fit chooses: call fit first, or give a band in Hz')

    def _to_fit(self, recordings: Sequence[_core.Recording]) -> str:
        """The declaration, with the bands that the training recording tells in the names of the features."""
        declared = self._declared()
        if not isinstance(self.features, BandChoice):
            return declared
        declaration: dict[str, Any] = json.loads(declared)
        extraction = _extraction(declaration)
        names: list[str] = []
        for channel in conditioned_channels(self.channels, self.condition):
            band = (0.0, 0.0)
            if channel.role == "vibration":
                windows = _core.sample_windows(declared, recordings, channel.name, _BAND_WINDOWS)
                if not windows:
                    raise ValueError(
                        f'channel "{channel.name}": the recording holds no complete window to choose a band from; '
                        "record longer, use a shorter window, or give the band in Hz"
                    )
                width = self.features.min_bandwidth(extraction.get("shaft_hz"))
                try:
                    low, high = choose_band(windows, channel.rate_hz, min_bandwidth=width).band
                except ValueError as refused:
                    raise ValueError(
                        f'channel "{channel.name}": no band can be chosen from windows of {len(windows[0])} samples: {refused}; '
                        "use a longer window, or give the band in Hz"
                    ) from refused
                band = (float(low), float(high))
            names += self.features(channel, band)
        declaration["features"] = {**extraction, "names": names}
        return _core.canonical_declaration(json.dumps(declaration))

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
        recordings = [r.handle for r in self._recordings(recording, start_time, record_interval_s)]
        declaration = self._to_fit(recordings)
        with progress_bar(progress, total=100, desc="fit", unit="%") as show:

            def report(share: float, what: str) -> None:
                show(round(100 * share), what)

            self._core = _core.fit_pipeline(declaration, recordings, self.name, created_utc, notes, report)
        return self

    def extract_features(
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
        recordings = [r.handle for r in self._recordings(recording, start_time, record_interval_s)]
        found = _core.extract_features(self._declaration(), recordings)
        columns: Mapping[str, AnyArray] = dict(zip(found["names"], found["values"].T, strict=True))
        return time_table(to_datetime64(found["end_time_ns"]), columns)

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
            ).handle
            found = _core.declared_cost(self._declaration(), given, windows, calls)
        elif self._core is not None:
            found = self._core.cost(windows, calls)
        else:
            found = _core.declared_cost(self._declaration(), None, windows, calls)
        columns = zip(*found["features"], strict=True)
        names = ("feature", "view", "own_ns", "view_ns", "sharing")
        return table({name: np.array(values) for name, values in zip(names, columns, strict=True)})

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
        total = sum(source.handle.sample_counts)
        with progress_bar(progress, total=total, desc="run", unit="sample", unit_scale=True) as show:
            return stream.run(source, block_samples=block_samples, report=show if progress else None)

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
        self.core_.save(str(path))

    def to_bytes(self) -> bytes:
        """The bundle as bytes."""
        return self.core_.to_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """A pipeline from the bytes of a bundle; see `load` for what is checked."""
        return cls._from_core(_core.Pipeline.from_bytes(data))

    def __getstate__(self) -> dict[str, Any]:
        if self._core is not None:
            return {"bundle": self.to_bytes()}
        # Sets of features may be functions that cannot be pickled: their names can, and a choice that is still open.
        choice = self.features if isinstance(self.features, BandChoice) else None
        return {"name": self.name, "declaration": self._declared(), "band_choice": choice}

    def __setstate__(self, state: dict[str, Any]) -> None:
        if "bundle" in state:
            self.__dict__ = type(self).from_bytes(state["bundle"]).__dict__
            return
        self.__dict__ = type(self)._from_declaration(state["declaration"], state["name"]).__dict__
        if state.get("band_choice") is not None:
            self.features = state["band_choice"]

    def __repr__(self) -> str:
        return self._summary().text()

    def _repr_html_(self) -> str:
        return self._summary().html()

    def _summary(self) -> Summary:
        try:
            declaration = json.loads(self._declaration())
        except (
            TypeError,
            ValueError,
        ) as refused:  # an attribute was set that cannot be; whoever debugs it needs a text
            return Summary(f"Pipeline that cannot be put together: {refused}")
        core = self._core
        return pipeline_summary(
            self.name,
            channels=len(declaration["channels"]),
            features=len(_extraction(declaration)["names"]),
            detectors=len(declaration["detect"]),
            alert=declaration["alert"],
            origin=None if core is None else core.origin,
            evidence=None if core is None else core.evidence,
        )

    @property
    def normalize_(self) -> Normalizer:
        from ..detect.of_stage import fitted_normalizer

        return fitted_normalizer(self.core_.normalizer)

    @property
    def detect_(self) -> list[Detector]:
        from ..detect.of_stage import fitted_detector

        return [fitted_detector(stage) for stage in self.core_.detectors]

    @property
    def feature_names_(self) -> list[str]:
        return self.core_.feature_names

    @property
    def threshold_(self) -> float:
        return self.core_.evidence["threshold"]

    @property
    def evidence_(self) -> _core.Evidence:
        return self.core_.evidence

    @property
    def provenance_(self) -> _core.Origin:
        return self.core_.origin

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
        sizes = self.core_.memory_needed
        return sizes["state"] + sizes["scratch"]

    @property
    def memory_sizes_(self) -> _core.MemorySizes:
        return self.core_.memory_needed


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


def _extraction(declaration: Mapping[str, Any]) -> dict[str, Any]:
    """The declared features, with names as the only setting where no other was given."""
    given = declaration["features"]
    return given if isinstance(given, dict) else {"names": given}


def _parts(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What has arguments of its own: where it stands, and the object."""
    for name, value in params.items():
        several = isinstance(value, list | tuple)
        for place, part in enumerate(value if several else (value,)):
            if hasattr(part, "get_params") and not isinstance(part, type):
                yield (f"{name}__{place}" if several else name), part


def _changed(part: Any, settings: dict[str, Any]) -> Any:
    """A copy with other settings; the object itself may stand in another pipeline too."""
    if isinstance(part, KnownArguments):
        refuse_foreign(type(part), settings)
    known = part.get_params(deep=False)
    for name in settings:
        if name not in known:
            raise ValueError(f"{type(part).__name__} has no argument {name}; it has {', '.join(known)}")
    return type(part)(**(known | settings))
