"""Condition monitoring: the same features, scores and alarms in the notebook and in the gateway.

A `Pipeline` is declared from channels, windows, features and detectors, fitted on recordings of normal operation,
saved as one bundle, and run: here, or by the ``millwright`` program, with the same results byte for byte."""

from . import features, fft, filter, physics, presets, signal, streaming, vibration, wavelet
from ._core import force_kernel_level, kernel_level, show_config
from ._core import version as __version__
from ._signals import Signal
from .detector_stream import DetectorStream
from .fault_signatures import FaultSignatures, Hypothesis, event_deviations
from .forest_refresh import AcceptedBuffer, refresh_forest
from .fused import FusedDetector
from .fusion_weights import FusionWeights, learn_fusion_weights
from .physics import Bearing
from .pipeline import Pipeline, load
from .plot import FeatureTrendDisplay, ScoreDisplay, SpectrumDisplay
from .recording import Recording, as_recording, read_csv, read_npy, read_wav
from .result import Contributor, Episode, Result
from .settings import Channel, Window
from .simulate import BearingRun, SensorFaults, simulate_bearing_run
from .stages import (
    Aakr,
    Alarm,
    AlertBudget,
    ApproximateOneClassSvm,
    Autoencoder,
    CauchyFusion,
    Clock,
    ContextNormalizer,
    ExtendedIsolationForest,
    Features,
    FitOptions,
    HalfSpaceTrees,
    IsolationForest,
    KmeansDistance,
    KnnDistance,
    Mahalanobis,
    MinFusion,
    OneClassSvm,
    OnlineIsolationForest,
    PcaMonitor,
    QuantizedForest,
    RandomCutForest,
    RunningMedian,
    Svdd,
    TailCalibration,
)
from .stream import Stream

__all__ = [
    "Aakr",
    "AcceptedBuffer",
    "Alarm",
    "AlertBudget",
    "ApproximateOneClassSvm",
    "Autoencoder",
    "Bearing",
    "BearingRun",
    "CauchyFusion",
    "Channel",
    "Clock",
    "ContextNormalizer",
    "Contributor",
    "DetectorStream",
    "Episode",
    "ExtendedIsolationForest",
    "FaultSignatures",
    "FeatureTrendDisplay",
    "Features",
    "FitOptions",
    "FusedDetector",
    "FusionWeights",
    "HalfSpaceTrees",
    "Hypothesis",
    "IsolationForest",
    "KmeansDistance",
    "KnnDistance",
    "Mahalanobis",
    "MinFusion",
    "OneClassSvm",
    "OnlineIsolationForest",
    "PcaMonitor",
    "Pipeline",
    "QuantizedForest",
    "RandomCutForest",
    "Recording",
    "Result",
    "RunningMedian",
    "ScoreDisplay",
    "SensorFaults",
    "Signal",
    "SpectrumDisplay",
    "Stream",
    "Svdd",
    "TailCalibration",
    "Window",
    "__version__",
    "as_recording",
    "event_deviations",
    "features",
    "fft",
    "filter",
    "force_kernel_level",
    "kernel_level",
    "learn_fusion_weights",
    "load",
    "physics",
    "presets",
    "read_csv",
    "read_npy",
    "read_wav",
    "refresh_forest",
    "show_config",
    "signal",
    "simulate_bearing_run",
    "streaming",
    "vibration",
    "wavelet",
]
