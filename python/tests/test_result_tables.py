"""Every column of a result's tables is what its name says, and every bit of quality has its name."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millwright as mw


def values_of(table: Any, column: str) -> np.ndarray:
    return table[column].to_numpy() if hasattr(table, "columns") else table[column]


def test_every_column_of_the_episodes(expected: mw.Result) -> None:
    episodes, table = expected.episode_list, expected.episodes
    assert episodes
    # All of these times differ, or a test could not tell their columns apart.
    first = episodes[0]
    assert len({first.started_at, first.raised_at, first.peak_at}) == 3
    for column in ("number", "peak_severity", "priority", "regime", "extrapolated"):
        assert list(values_of(table, column)) == [getattr(e, column) for e in episodes], column
    for column in ("started_at", "peak_at"):
        assert list(values_of(table, column).astype(np.int64)) == [getattr(e, column) for e in episodes], column
    index = table.index.to_numpy() if hasattr(table, "index") else table["raised_at"]
    assert list(index.astype(np.int64)) == [e.raised_at for e in episodes]
    assert list(values_of(table, "top_feature")) == [e.contributors[0].feature for e in episodes]
    for cleared, episode in zip(values_of(table, "cleared_at"), episodes, strict=True):
        assert (episode.cleared_at is None) == bool(np.isnat(cleared))
        if episode.cleared_at is not None:
            assert cleared.astype(np.int64) == episode.cleared_at


def test_every_column_of_the_scores(expected: mw.Result) -> None:
    table = expected.scores
    for column in ("severity", "regime", "quality", "is_scored", "is_alarm"):
        np.testing.assert_array_equal(values_of(table, column), getattr(expected, column), err_msg=column)
    for j, name in enumerate(expected.detector_names):
        np.testing.assert_array_equal(values_of(table, f"score.{name}"), expected.score_values[:, j])
        np.testing.assert_array_equal(values_of(table, f"severity.{name}"), expected.severity_values[:, j])


@pytest.fixture(scope="module")
def watched(run: mw.BearingRun) -> mw.Pipeline:
    """One vibration channel with a measuring range, in windows that overlap nothing, and its speed."""
    channels = [
        mw.Channel("vib", unit="g", rate_hz=run.rate_hz, range_low=-20.0, range_high=20.0),
        mw.Channel("speed", unit="rpm", rate_hz=10.0, role="context"),
    ]
    pipeline = mw.Pipeline(
        channels=channels,
        window="2560",
        features=["vib.rms", "vib.kurtosis", "speed.mean"],
        normalize=mw.ContextNormalizer(by=["speed"]),
        detect=[mw.Mahalanobis()],
    )
    vibration = run.vibration[:60, :, 0].reshape(-1, 1)
    return pipeline.fit(as_recording(channels, vibration, speed_of(60)), progress=False)


def speed_of(seconds_tenths: int) -> np.ndarray:
    return (1800.0 + np.arange(seconds_tenths) % 7).astype(np.float32)[:, np.newaxis]


def as_recording(channels: list[mw.Channel], vibration: np.ndarray, speed: np.ndarray) -> mw.Recording:
    return mw.Recording([mw.Signal.continuous(channels[:1], vibration), mw.Signal.continuous(channels[1:], speed)])


def test_every_bit_of_quality_has_its_name(run: mw.BearingRun, watched: mw.Pipeline) -> None:
    vibration = run.vibration[60:72, :, 0].reshape(-1, 1).copy()
    speed = speed_of(12)
    vibration[2560 + 7] = np.nan
    vibration[2 * 2560 + 100 : 2 * 2560 + 400] = 0.25
    vibration[3 * 2560 + 5] = 50.0
    vibration[5 * 2560 : 6 * 2560] = 0.0  # kurtosis of nothing
    speed[6] = 9000.0
    result = watched.run(as_recording(watched.channels, vibration, speed))
    assert result.quality_names(0) == []
    assert result.quality_names(1) == ["not_finite", "not_scored"]
    assert result.quality_names(2) == ["stuck", "not_scored"]
    assert result.quality_names(3) == ["clipped"]
    assert result.quality_names(4) == []
    assert result.quality_names(5) == ["stuck", "undefined_feature", "not_scored"]
    assert result.quality_names(6) == ["novel_context", "not_scored"]
    assert not result.is_scored[[1, 2, 5, 6]].any()
    assert result.is_scored[[0, 3, 4]].all()


def test_missing_samples_and_late_groups_have_names(run: mw.BearingRun, watched: mw.Pipeline) -> None:
    vibration = run.vibration[60:72, :, 0].reshape(-1, 1)
    stream = watched.stream()
    stream.push(speed_of(3), group=1, start_time=0)
    stream.push(vibration[:1000], group=0, start_time=0)
    gap_ns = round(1100 / run.rate_hz * 1e9)
    result = stream.push(vibration[1100 : 3 * 2560], group=0, start_time=gap_ns)
    assert result.quality_names(0) == ["missing", "not_scored"]
    # Nothing more of the speed: after the longest lag its windows go without it.
    late = stream.push(np.concatenate([vibration] * 3), group=0)
    assert "late_group" in late.quality_names(0)
    assert not late.is_scored[0]
