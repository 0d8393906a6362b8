from __future__ import annotations

import builtins

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
