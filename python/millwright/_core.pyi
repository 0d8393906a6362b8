from collections.abc import Callable, Sequence
from typing import Any, TypedDict, type_check_only

import numpy as np
from numpy.typing import NDArray

version: str
numerics_id: str

@type_check_only
class ParamDescription(TypedDict):
    name: str
    default: bool | int | float | str | list[str] | list[float]
    low: float
    high: float
    unit: str
    doc: str
    choices: str

@type_check_only
class StageDescription(TypedDict):
    id: str
    doc: str
    learns: bool
    explains: bool
    params: list[ParamDescription]

@type_check_only
class ArgumentDescription(TypedDict):
    name: str
    default: float | str | None
    choices: list[str]
    low: float
    high: float
    unit: str
    doc: str

@type_check_only
class FeatureDescription(TypedDict):
    name: str
    family: str
    arguments: list[ArgumentDescription]
    unit: str
    has_log: bool
    formula: str
    doc: str
    source: str

@type_check_only
class EpisodeFields(TypedDict):
    number: int
    started_at: int
    raised_at: int
    cleared_at: int | None
    peak_severity: float
    peak_at: int
    priority: str
    regime: int
    extrapolated: bool
    contributors: list[tuple[str, float, float]]

@type_check_only
class WindowColumns(TypedDict):
    end_time_ns: NDArray[np.int64]
    feature_values: NDArray[np.float64]
    score_values: NDArray[np.float64]
    severity_values: NDArray[np.float64]
    severity: NDArray[np.float64]
    regime: NDArray[np.int32]
    quality: NDArray[np.uint32]
    is_scored: NDArray[np.bool_]
    is_alarm: NDArray[np.bool_]
    episodes: list[EpisodeFields]

@type_check_only
class FeatureRows(TypedDict):
    names: list[str]
    values: NDArray[np.float64]
    end_time_ns: NDArray[np.int64]
    quality: NDArray[np.uint32]

@type_check_only
class Evidence(TypedDict):
    threshold: float
    extrapolated: bool
    weeks: float
    false_episodes: int
    rate_upper_bound: float
    weeks_needed: float

@type_check_only
class Origin(TypedDict):
    name: str
    created_utc: str
    library_version: str
    numerics: str
    fft_backend: str
    training_rows: int
    dropped_rows: int
    training_start_ns: int
    training_end_ns: int
    notes: str

@type_check_only
class BundleSummary(TypedDict):
    header_json: str
    checksum_ok: bool
    file_bytes: int

class Stage:
    def __init__(self, id: str, params: dict[str, Any] = ...) -> None: ...
    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def params(self) -> dict[str, Any]: ...
    @property
    def learned(self) -> dict[str, NDArray[Any]]: ...
    @property
    def input_names(self) -> list[str]: ...
    @property
    def output_names(self) -> list[str]: ...
    def fit(self, rows: NDArray[np.float64], names: Sequence[str], context: Sequence[str] = ...) -> None: ...
    def process(
        self, rows: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.uint32]]: ...
    def explain(self, rows: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(data: bytes) -> Stage: ...
    def __getstate__(self) -> bytes: ...
    def __setstate__(self, state: bytes, /) -> None: ...

class Recording:
    def __init__(self) -> None: ...
    def add_signal(
        self,
        channels: Sequence[dict[str, Any]],
        samples: NDArray[np.float32],
        segment_first: NDArray[np.int64],
        start_ns: NDArray[np.int64],
        timestamps_ns: NDArray[np.int64] | None = None,
    ) -> None: ...
    def join(self, other: Recording) -> None: ...
    def channel(self, name: str) -> NDArray[np.float32]: ...
    @property
    def channel_names(self) -> list[list[str]]: ...
    @property
    def sample_counts(self) -> list[int]: ...
    @property
    def bad_lines(self) -> int: ...
    @property
    def is_truncated(self) -> bool: ...

class Pipeline:
    @staticmethod
    def from_bytes(data: bytes, replay: bool = True) -> Pipeline: ...
    @staticmethod
    def load(path: str, replay: bool = True, max_file_bytes: int | None = None) -> Pipeline: ...
    def to_bytes(self) -> bytes: ...
    def save(self, path: str) -> None: ...
    @property
    def declaration(self) -> str: ...
    @property
    def feature_names(self) -> list[str]: ...
    @property
    def normalized_names(self) -> list[str]: ...
    @property
    def detector_names(self) -> list[str]: ...
    @property
    def memory_needed(self) -> int: ...
    @property
    def evidence(self) -> Evidence: ...
    @property
    def origin(self) -> Origin: ...
    @property
    def normalizer(self) -> Stage: ...
    @property
    def detectors(self) -> list[Stage]: ...

class Stream:
    def __init__(self, pipeline: Pipeline) -> None: ...
    def push(
        self,
        group: int,
        samples: NDArray[np.float32],
        start_time: int | None = None,
        timestamps: NDArray[np.int64] | None = None,
    ) -> WindowColumns: ...
    def run(
        self, recording: Recording, block_samples: int, progress: Callable[[int], None] | None = None
    ) -> WindowColumns: ...
    def reset(self) -> None: ...
    def write_checkpoint(self) -> bytes: ...
    def restore_checkpoint(self, data: bytes) -> None: ...
    @property
    def groups(self) -> list[list[str]]: ...
    @property
    def counters(self) -> dict[str, int]: ...
    @property
    def position(self) -> list[int]: ...

def stages() -> list[StageDescription]: ...
def sections() -> list[StageDescription]: ...
def canonical_declaration(declaration: str) -> str: ...
def extract_features(declaration: str, recordings: Sequence[Recording]) -> FeatureRows: ...
def fit_pipeline(
    declaration: str,
    recordings: Sequence[Recording],
    name: str,
    created_utc: str,
    notes: str,
    progress: Callable[[float, str], None] | None = None,
) -> Pipeline: ...
def summarize_bundle(data: bytes) -> BundleSummary: ...
def read_recording(path: str, format: str, options: dict[str, Any]) -> Recording: ...
def arrow_columns(table: object) -> list[tuple[str, NDArray[np.float32] | NDArray[np.int64] | str]]: ...
def default_feature_names(channel: dict[str, Any]) -> list[str]: ...
def feature_definitions() -> list[FeatureDescription]: ...
def show_config() -> str: ...
def force_kernel_level(level: str) -> None: ...
def kernel_level() -> str: ...
