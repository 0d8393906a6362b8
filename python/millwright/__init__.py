"""Condition monitoring: the same features, scores and alarms in the notebook and in the gateway.

A `Pipeline` is declared from channels, windows, features and detectors, fitted on recordings of normal operation,
saved as one bundle, and run: here, or by the ``millwright`` program, with the same results byte for byte."""

from . import features, fft, filter, physics, presets, signal, streaming, vibration, wavelet
from ._core import force_kernel_level, kernel_level, show_config
from ._core import version as __version__
from ._signals import Signal
from .physics import Bearing
from .pipeline import Pipeline, load
from .plot import FeatureTrendDisplay, ScoreDisplay, SpectrumDisplay
from .recording import Recording, as_recording, read_csv, read_npy, read_wav
from .result import Contributor, Episode, Result
from .settings import Channel, Window
from .simulate import BearingRun, SensorFaults, simulate_bearing_run
from .stages import (
    Alarm,
    AlertBudget,
    CauchyFusion,
    Clock,
    ContextNormalizer,
    ExtendedIsolationForest,
    Features,
    FitOptions,
    IsolationForest,
    Mahalanobis,
    RunningMedian,
    TailCalibration,
)
from .stream import Stream

__all__ = [
    "Alarm",
    "AlertBudget",
    "Bearing",
    "BearingRun",
    "CauchyFusion",
    "Channel",
    "Clock",
    "ContextNormalizer",
    "Contributor",
    "Episode",
    "ExtendedIsolationForest",
    "FeatureTrendDisplay",
    "Features",
    "FitOptions",
    "IsolationForest",
    "Mahalanobis",
    "Pipeline",
    "Recording",
    "Result",
    "RunningMedian",
    "ScoreDisplay",
    "SensorFaults",
    "Signal",
    "SpectrumDisplay",
    "Stream",
    "TailCalibration",
    "Window",
    "__version__",
    "as_recording",
    "features",
    "fft",
    "filter",
    "force_kernel_level",
    "kernel_level",
    "load",
    "physics",
    "presets",
    "read_csv",
    "read_npy",
    "read_wav",
    "show_config",
    "signal",
    "simulate_bearing_run",
    "streaming",
    "vibration",
    "wavelet",
]
