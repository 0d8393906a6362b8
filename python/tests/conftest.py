"""What many tests share: a simulated bearing, a pipeline fitted on its healthy start, and the gateway program."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import millwright as mw

RECORDS, TRAINING, INTERVAL_S = 160, 70, 10.0


@pytest.fixture(scope="session")
def run() -> mw.BearingRun:
    return mw.simulate_bearing_run(records=RECORDS, seed=3, onset=0.6)


@pytest.fixture(scope="session")
def vibration_channels(run: mw.BearingRun) -> list[mw.Channel]:
    return run.channels[:2]


def make_pipeline(channels: list[mw.Channel], **settings: object) -> mw.Pipeline:
    names = [c.name for c in channels if c.role == "vibration"]
    features = [f"{n}.{f}" for n in names for f in ("log_rms", "kurtosis", "log_band_rms(f_lo=2000,f_hi=4000)")]
    features += [f"{c.name}.mean" for c in channels if c.role == "context"]
    by = [c.name for c in channels if c.role == "context"]
    defaults = {
        "window": "100ms",
        "features": features,
        "normalize": mw.ContextNormalizer(by=by),
        "detect": [mw.IsolationForest(trees=50), mw.Mahalanobis()],
    }
    return mw.Pipeline(channels=channels, **{**defaults, **settings})


@pytest.fixture(scope="session")
def fitted(run: mw.BearingRun) -> mw.Pipeline:
    """Two rates: vibration at 25.6 kHz, speed and load at 1 Hz."""
    return make_pipeline(run.channels, name="bearing").fit(run.recording(0, TRAINING), progress=False)


@pytest.fixture(scope="session")
def fitted_vibration(run: mw.BearingRun, vibration_channels: list[mw.Channel]) -> mw.Pipeline:
    """One rate, so that every kind of input fits."""
    pipeline = make_pipeline(vibration_channels)
    return pipeline.fit(run.vibration[:TRAINING], record_interval_s=INTERVAL_S, progress=False)


@pytest.fixture(scope="session")
def expected(run: mw.BearingRun, fitted: mw.Pipeline) -> mw.Result:
    return fitted.run(run.recording(TRAINING))


def assert_same(found: mw.Result, wanted: mw.Result) -> None:
    """Every array equal byte for byte, every episode equal."""
    for name in ("end_time_ns", "quality", "regime", "is_scored", "is_alarm"):
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name), err_msg=name)
    for name in ("feature_values", "score_values", "severity_values", "severity"):
        assert getattr(found, name).tobytes() == getattr(wanted, name).tobytes(), name
    assert found.episode_list == wanted.episode_list


def find_tool() -> list[str] | None:
    """The program: MILLWRIGHT_TOOL, else beside the interpreter (where a wheel puts it), else on the PATH."""
    named = os.environ.get("MILLWRIGHT_TOOL")
    if named:
        return shlex.split(named)
    beside = Path(sys.executable).parent / "millwright"
    found = str(beside) if beside.is_file() else shutil.which("millwright")
    return [found] if found else None


@pytest.fixture(scope="session")
def tool() -> list[str]:
    command = find_tool()
    if command is None:
        pytest.skip("the millwright program was not found: build it and set MILLWRIGHT_TOOL to its path")
    return command
