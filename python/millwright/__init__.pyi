"""What the package gives, and where each name comes from: for type checkers, and at run time for `_lazy`."""

from . import features, fft, filter, physics, presets, signal, streaming, vibration, wavelet
from ._core import force_kernel_level, kernel_level, show_config
from ._core import version as __version__
from ._generated.estimators import (
    Aakr,
    ApproximateOneClassSvm,
    Autoencoder,
    ContextNormalizer,
    ExtendedIsolationForest,
    HalfSpaceTrees,
    IsolationForest,
    KmeansDistance,
    KnnDistance,
    Mahalanobis,
    OneClassSvm,
    OnlineIsolationForest,
    PcaMonitor,
    QuantizedForest,
    RandomCutForest,
    Svdd,
)
from ._generated.sections import (
    Alarm,
    AlertBudget,
    CauchyFusion,
    Clock,
    Features,
    FitOptions,
    MinFusion,
    QuantileThreshold,
    RunningMedian,
    TailCalibration,
)
from .data.readers import Reader, read, read_csv, read_npy, read_wav, readers, register_reader
from .data.recording import Recording, as_recording
from .data.settings import Channel, Window
from .data.signals import Signal
from .data.simulate import BearingRun, SensorFaults, simulate_bearing_run
from .detect.detector_stream import DetectorStream
from .detect.fused import FusedDetector
from .evaluate.fault_signatures import FaultSignatures, Hypothesis, event_deviations
from .evaluate.fusion_weights import FusionWeights, learn_fusion_weights
from .lifecycle.accepted_buffer import AcceptedBuffer
from .lifecycle.forest_refresh import refresh_forest
from .pipeline.pipeline import Pipeline, load
from .pipeline.plot import FeatureTrendDisplay, ScoreDisplay, SpectrumDisplay
from .pipeline.result import Contributor, Episode, Result
from .pipeline.stream import Stream
from .vibration.physics import Bearing

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
    "QuantileThreshold",
    "QuantizedForest",
    "RandomCutForest",
    "Reader",
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
    "read",
    "read_csv",
    "read_npy",
    "read_wav",
    "readers",
    "refresh_forest",
    "register_reader",
    "show_config",
    "signal",
    "simulate_bearing_run",
    "streaming",
    "vibration",
    "wavelet",
]
