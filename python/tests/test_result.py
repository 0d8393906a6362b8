from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

import millwright as mw


def test_tables_carry_the_arrays(expected: mw.Result) -> None:
    pandas = pytest.importorskip("pandas")
    scores, features, episodes = expected.scores, expected.features, expected.episodes
    assert all(isinstance(t, pandas.DataFrame) for t in (scores, features, episodes))
    np.testing.assert_array_equal(scores["severity"], expected.severity)
    np.testing.assert_array_equal(scores["score.mahalanobis"], expected.score_values[:, 1])
    np.testing.assert_array_equal(features.to_numpy(), expected.feature_values)
    np.testing.assert_array_equal(features.index.to_numpy(), expected.end_time)
    assert list(episodes["number"]) == [e.number for e in expected.episode_list]
    assert list(episodes["priority"]) == [e.priority for e in expected.episode_list]
    assert "windows" in repr(expected)


# The attributes of 0.1.0, which notebooks use; more may come.
ARRAYS = {
    "end_time": ("M8[ns]", ("windows",)),
    "end_time_ns": ("i8", ("windows",)),
    "feature_values": ("f8", ("windows", "features")),
    "score_values": ("f8", ("windows", "detectors")),
    "severity_values": ("f8", ("windows", "detectors")),
    "severity": ("f8", ("windows",)),
    "regime": ("i4", ("windows",)),
    "quality": ("u4", ("windows",)),
    "is_scored": ("?", ("windows",)),
    "is_alarm": ("?", ("windows",)),
}


def test_attributes_stay(expected: mw.Result) -> None:
    sizes = {
        "windows": len(expected),
        "features": len(expected.feature_names),
        "detectors": len(expected.detector_names),
    }
    for name, (dtype, axes) in ARRAYS.items():
        array = getattr(expected, name)
        assert array.dtype == np.dtype(dtype), name
        assert array.shape == tuple(sizes[axis] for axis in axes), name
    assert isinstance(expected.threshold, float)
    assert all(isinstance(name, str) for name in [*expected.feature_names, *expected.detector_names])
    assert len(expected.quality_names(0)) == bin(int(expected.quality[0])).count("1")
    assert callable(expected.plot)
    columns = [f"{what}.{name}" for what in ("score", "severity") for name in expected.detector_names]
    names = [names_of(table) for table in (expected.features, expected.scores, expected.episodes)]
    first_columns = [
        "number",
        "started_at",
        "cleared_at",
        "peak_severity",
        "peak_at",
        "priority",
        "regime",
        "extrapolated",
    ]
    assert names[:2] == [expected.feature_names, ["severity", *columns, "regime", "quality", "is_scored", "is_alarm"]]
    assert names[2][: len(first_columns)] == first_columns, "newer fields come after these"
    assert names[2][-1] == "top_feature"


def test_attributes_of_an_episode_stay(expected: mw.Result) -> None:
    assert expected.episode_list
    for episode in expected.episode_list:
        for name, kind in {
            "number": int,
            "started_at": int,
            "raised_at": int,
            "cleared_at": int | None,
            "peak_severity": float,
            "peak_at": int,
            "priority": str,
            "regime": int,
            "extrapolated": bool,
            "contributors": tuple,
        }.items():
            assert isinstance(getattr(episode, name), kind), name
        assert episode.started_at < episode.raised_at <= episode.peak_at
        assert episode.priority in ("low", "medium", "high")
        first = episode.contributors[0]
        assert first.feature in expected.feature_names
        assert 0.0 < first.share <= 1.0
        assert isinstance(first.deviation, float)


def names_of(table: Any) -> list[str]:
    """Columns of a pandas table, or the fields of an array behind its index."""
    return list(table.columns) if hasattr(table, "columns") else list(table.dtype.names[1:])


def test_tables_without_pandas(expected: mw.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    real_import = builtins.__import__

    def without_pandas(name: str, *args: object, **kwargs: object) -> object:
        if name.partition(".")[0] == "pandas":
            raise ModuleNotFoundError("No module named 'pandas'", name="pandas")
        return real_import(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_pandas)
    scores, features, episodes = expected.scores, expected.features, expected.episodes
    assert isinstance(scores, np.ndarray)
    np.testing.assert_array_equal(scores["severity"], expected.severity)
    np.testing.assert_array_equal(scores["end_time"], expected.end_time)
    assert features.dtype.names == ("end_time", *expected.feature_names)
    assert len(episodes) == len(expected.episode_list)
    definitions = mw.features.definitions()
    assert "kurtosis" in definitions["name"]


def test_open_episode_has_no_end(expected: mw.Result) -> None:
    pandas = pytest.importorskip("pandas")
    last = expected.episode_list[-1]
    assert (last.cleared_at is None) == bool(pandas.isna(expected.episodes["cleared_at"].iloc[-1]))


def test_feature_definitions_tell_what_they_are() -> None:
    pytest.importorskip("pandas")
    table = mw.features.definitions().set_index("name")
    assert table.loc["kurtosis", "family"] == "time"
    assert table.loc["band_rms", "arguments"].startswith("f_lo, f_hi")
    assert table["doc"].str.len().min() > 0
    assert table["source"].str.len().min() > 0
