"""One pipeline, many ways to run it: all give the same bytes."""

from __future__ import annotations

import io
import json
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest
from conftest import INTERVAL_S, RECORDS, TRAINING, assert_same, make_pipeline
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from tqdm import tqdm

import millwright as mw


def pushed(pipeline: mw.Pipeline, samples: np.ndarray, sizes: list[int]) -> list[mw.Result]:
    """Results of a stream that is given blocks of the sizes in turn."""
    stream, at, parts = pipeline.stream(), 0, []
    while at < len(samples):
        size = sizes[len(parts) % len(sizes)]
        parts.append(stream.push(samples[at : at + size]))
        at += size
    return parts


def joined(parts: list[mw.Result], name: str) -> np.ndarray:
    return np.concatenate([getattr(part, name) for part in parts])


@pytest.fixture(scope="module")
def stretch(run: mw.BearingRun) -> np.ndarray:
    return np.ascontiguousarray(run.vibration[-8:].reshape(-1, 2))


def test_fit_is_deterministic(run: mw.BearingRun, fitted: mw.Pipeline) -> None:
    again = make_pipeline(run.channels, name="bearing").fit(run.recording(0, TRAINING), progress=False)
    assert again.to_bytes() == fitted.to_bytes()


def test_failure_is_caught_and_explained(run: mw.BearingRun, expected: mw.Result) -> None:
    assert len(expected) == RECORDS - TRAINING
    assert len(expected.episode_list) >= 1
    episode = expected.episode_list[0]
    onset = run.record_start_ns[run.onset_record]
    assert onset < episode.raised_at <= run.record_start_ns[-1] + 10**9
    assert episode.started_at <= episode.raised_at <= episode.peak_at
    shares = [c.share for c in episode.contributors]
    assert shares == sorted(shares, reverse=True)
    assert {c.feature for c in episode.contributors} <= set(expected.feature_names)


@pytest.mark.parametrize("block", [1, 7, 1000, 65_536, 10**9])
def test_block_size_has_no_influence(run: mw.BearingRun, fitted: mw.Pipeline, expected: mw.Result, block: int) -> None:
    if block == 1:
        short = run.recording(TRAINING, TRAINING + 3)
        assert_same(fitted.run(short, block_samples=1), fitted.run(short))
    else:
        assert_same(fitted.run(run.recording(TRAINING), block_samples=block), expected)


@pytest.mark.parametrize("size", [1, 7, 1000, 10**9])
def test_stream_equals_batch(fitted_vibration: mw.Pipeline, stretch: np.ndarray, size: int) -> None:
    samples = stretch[:6_000] if size == 1 else stretch
    wanted = fitted_vibration.run(samples)
    parts = pushed(fitted_vibration, samples, [size])
    for name in ("end_time_ns", "feature_values", "score_values", "severity", "quality", "is_alarm"):
        assert joined(parts, name).tobytes() == getattr(wanted, name).tobytes(), name


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 5_000), min_size=1, max_size=6))
def test_any_cutting_gives_the_same(fitted_vibration: mw.Pipeline, stretch: np.ndarray, sizes: list[int]) -> None:
    samples = stretch if min(sizes) > 50 else stretch[:8_000]
    parts = pushed(fitted_vibration, samples, sizes)
    assert joined(parts, "severity").tobytes() == fitted_vibration.run(samples).severity.tobytes()


def test_score_and_features_are_those_of_run(run: mw.BearingRun, fitted: mw.Pipeline, expected: mw.Result) -> None:
    pandas = pytest.importorskip("pandas")
    recording = run.recording(TRAINING)
    pandas.testing.assert_frame_equal(fitted.extract_features(recording), expected.features)
    pandas.testing.assert_frame_equal(fitted.score(recording), expected.scores)


def test_several_recordings_are_learned_together(run: mw.BearingRun) -> None:
    pipeline = make_pipeline(run.channels)
    pipeline.fit([run.recording(0, 40), run.recording(40, 90)], progress=False)
    assert pipeline.provenance_["training_rows"] >= 85


def test_saved_loaded_and_pickled(tmp_path: Path, run: mw.BearingRun, fitted: mw.Pipeline, expected: mw.Result) -> None:
    path = tmp_path / "bearing.safetensors"
    fitted.save(path)
    assert path.read_bytes() == fitted.to_bytes()
    for copy in (mw.load(path), pickle.loads(pickle.dumps(fitted)), mw.Pipeline.from_bytes(fitted.to_bytes())):
        assert_same(copy.run(run.recording(TRAINING)), expected)
        assert copy.to_bytes() == fitted.to_bytes()
        assert copy.name == "bearing"
        assert copy.channels == fitted.channels
        assert copy.get_declaration() == fitted.get_declaration()
    assert len(pickle.dumps(fitted)) < len(fitted.to_bytes()) + 1_000


def test_unfitted_pipeline_pickles(run: mw.BearingRun) -> None:
    pipeline = make_pipeline(run.channels, name="new")
    copy = pickle.loads(pickle.dumps(pipeline))
    assert not copy.is_fitted
    assert copy.get_declaration() == pipeline.get_declaration()
    for call in (copy.stream, copy.to_bytes, lambda: copy.run(run.recording()), lambda: copy.threshold_):
        with pytest.raises(NotFittedError, match="has not been fitted"):
            call()


def test_bundle_opens_as_safetensors(fitted: mw.Pipeline) -> None:
    import json

    data = fitted.to_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert "__metadata__" in header
    summary = mw._core.summarize_bundle(data)
    assert summary["checksum_ok"]
    assert summary["file_bytes"] == len(data)


@pytest.mark.parametrize("cut", [1_000, 12_345, 20_000])
def test_restored_stream_goes_on_as_if_it_had_not_stopped(
    fitted_vibration: mw.Pipeline, stretch: np.ndarray, cut: int
) -> None:
    undisturbed = fitted_vibration.stream()
    undisturbed.push(stretch[:cut])
    checkpoint = undisturbed.checkpoint()
    restored = mw.Pipeline.from_bytes(fitted_vibration.to_bytes()).stream()
    restored.restore(checkpoint)
    assert restored.position == [cut] == undisturbed.position
    assert restored.counters == undisturbed.counters
    assert_same(restored.push(stretch[cut:]), undisturbed.push(stretch[cut:]))
    assert restored.checkpoint() == undisturbed.checkpoint()


def test_damaged_checkpoints_are_refused(
    fitted: mw.Pipeline, fitted_vibration: mw.Pipeline, stretch: np.ndarray
) -> None:
    stream = fitted_vibration.stream()
    stream.push(stretch[:9_000])
    checkpoint = stream.checkpoint()
    for at in range(0, len(checkpoint), len(checkpoint) // 30):
        flipped = bytearray(checkpoint)
        flipped[at] ^= 1
        for bad in (checkpoint[:at], bytes(flipped)):
            with pytest.raises(ValueError, match="checkpoint"):
                stream.restore(bad)
    assert stream.position == [0]
    with pytest.raises(ValueError, match="other channels"):
        fitted.stream().restore(checkpoint)


def test_damaged_bundles_are_refused(fitted: mw.Pipeline) -> None:
    whole = fitted.to_bytes()
    random = np.random.default_rng(0)
    for at in [0, 1, 7, 8, 9, len(whole) - 1, *random.integers(0, len(whole), 60).tolist()]:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << int(random.integers(8))
        for bad in (whole[:at], bytes(flipped)):
            with pytest.raises(ValueError, match="millwright:"):
                mw.Pipeline.from_bytes(bad)


def test_missing_bundle_is_an_os_error(tmp_path: Path, fitted: mw.Pipeline) -> None:
    with pytest.raises(OSError, match="absent"):
        mw.load(tmp_path / "absent.safetensors")
    with pytest.raises(OSError, match="no_folder"):
        fitted.save(tmp_path / "no_folder" / "x.safetensors")


def test_wrong_channel_rate_and_unit_are_named(run: mw.BearingRun, fitted: mw.Pipeline) -> None:
    def recording(**change: object) -> mw.Recording:
        from dataclasses import replace

        channels = [replace(run.channels[0], **change), *run.channels[1:2]]
        if "rate_hz" in change:
            channels = [replace(channel, rate_hz=change["rate_hz"]) for channel in channels]
        fast = mw.Signal.from_records(channels, run.vibration[:2], run.record_start_ns[:2])
        slow = mw.Signal.continuous(run.channels[2:], run.context[:20], int(run.record_start_ns[0]))
        return mw.Recording([fast, slow])

    with pytest.raises(ValueError, match=r'(?s)"horizontal".*"?horizontl'):
        fitted.run(recording(name="horizontl"))
    with pytest.raises(ValueError, match=r"(?s)25600.*12000"):
        fitted.run(recording(rate_hz=12_000.0))
    with pytest.raises(ValueError, match=r"(?s)in g.*mm/s"):
        fitted.run(recording(unit="mm/s"))


def test_unknown_settings_are_named(vibration_channels: list[mw.Channel]) -> None:
    with pytest.raises(ValueError, match="kurtosis"):
        mw.Pipeline(channels=vibration_channels, window="100ms", features=["horizontal.kurtossis"]).extract_features(
            np.zeros((9_000, 2), np.float32)
        )
    with pytest.raises(ValueError, match="role"):
        mw.Pipeline(channels=[mw.Channel("x", rate_hz=10.0, role="sound")], window="1s")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="100 parsecs"):
        mw.Pipeline(channels=vibration_channels, window="100 parsecs").extract_features(
            np.zeros((9_000, 2), np.float32)
        )
    with pytest.raises(TypeError, match="is not a stage"):
        mw.Pipeline(channels=vibration_channels, window="1s", detect=["isolation_forest"])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="length is a time"):
        mw.Pipeline(channels=vibration_channels, window=mw.Window(0.1))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="max_false_episodes_per_week"):
        mw.Pipeline(channels=vibration_channels, window="1s", alert=mw.AlertBudget(max_false_episodes_per_week=-1.0))


def test_signals_that_cannot_be_learned(vibration_channels: list[mw.Channel]) -> None:
    def pipeline() -> mw.Pipeline:
        return make_pipeline(vibration_channels)

    empty = np.zeros((0, 2), np.float32)
    with pytest.raises(ValueError, match="0 of 0 windows"):
        pipeline().fit(empty, progress=False)
    with pytest.raises(ValueError, match="windows can be learned from"):
        pipeline().fit(np.zeros((100 * 2_560, 2), np.float32), progress=False)
    with pytest.raises(ValueError, match="windows can be learned from"):
        pipeline().fit(np.full((100 * 2_560, 2), np.nan, np.float32), progress=False)
    with pytest.raises(TypeError, match="Recording objects only"):
        pipeline().fit([[1.0, 2.0]], progress=False)  # type: ignore[list-item]


def test_nan_storm_is_counted_and_passes(fitted_vibration: mw.Pipeline, run: mw.BearingRun) -> None:
    stream = fitted_vibration.stream()
    storm = np.full((5 * 2_560, 2), np.nan, np.float32)
    result = stream.push(storm)
    assert not result.is_scored.any()
    assert np.isnan(result.severity).all()
    assert "not_finite" in result.quality_names(0)
    assert stream.counters["not_finite"] == storm.size
    calm = stream.push(run.vibration[:2].reshape(-1, 2))
    assert calm.is_scored[-1]
    assert np.isfinite(calm.severity[-1])


def test_constant_signal_is_stuck(fitted_vibration: mw.Pipeline) -> None:
    result = fitted_vibration.run(np.full((3 * 2_560, 2), 0.5, np.float32))
    assert not result.is_scored.any()
    assert "stuck" in result.quality_names(0)


def test_push_refuses_what_does_not_fit(fitted: mw.Pipeline) -> None:
    stream = fitted.stream()
    assert stream.groups == [["horizontal", "vertical"], ["speed", "load"]]
    for samples, options in (
        (np.zeros((5, 3), np.float32), {}),
        (np.zeros((5, 2), np.float32), {"group": 2}),
        (np.zeros((5, 2, 1), np.float32), {}),
        (np.zeros((5, 2), np.float32), {"timestamps": np.zeros(4, np.int64)}),
    ):
        with pytest.raises(ValueError, match=r"."):
            stream.push(samples, **options)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="real numbers"):
        stream.push(np.zeros((5, 2), complex))
    assert stream.position == [0, 0]


def test_two_rates_by_hand(run: mw.BearingRun, fitted: mw.Pipeline, expected: mw.Result) -> None:
    """What a driver would do: groups pushed as they come, slow ones first."""
    stream, parts = fitted.stream(), []
    per_record = round(INTERVAL_S)
    for k in range(TRAINING, RECORDS):
        at = k * per_record
        parts.append(stream.push(run.context[at : at + per_record], group=1, start_time=int(run.record_start_ns[k])))
        parts.append(stream.push(run.vibration[k], group=0, start_time=int(run.record_start_ns[k])))
    assert joined(parts, "severity").tobytes() == expected.severity.tobytes()
    assert joined(parts, "end_time_ns").tobytes() == expected.end_time_ns.tobytes()


def test_reset_and_counters(fitted_vibration: mw.Pipeline, stretch: np.ndarray) -> None:
    stream = fitted_vibration.stream()
    first = stream.push(stretch)
    assert stream.counters["samples"] == len(stretch)
    assert stream.counters["windows"] == len(first)
    stream.reset()
    assert stream.counters["samples"] == 0
    assert_same(stream.push(stretch), first)


def test_streams_run_side_by_side(fitted_vibration: mw.Pipeline, stretch: np.ndarray) -> None:
    wanted = fitted_vibration.run(stretch)
    found: list[mw.Result] = []
    threads = [threading.Thread(target=lambda: found.append(fitted_vibration.run(stretch))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    for result in found:
        assert_same(result, wanted)


def test_progress_can_stop_the_work(run: mw.BearingRun, fitted: mw.Pipeline) -> None:
    class Stop(Exception):
        pass

    def stop(*_: object) -> None:
        raise Stop

    recording = run.recording(0, TRAINING).handle
    with pytest.raises(Stop):
        mw._core.fit_pipeline(json.dumps(make_pipeline(run.channels).get_declaration()), [recording], "", "", "", stop)
    with pytest.raises(Stop):
        mw._core.Stream(fitted.core_).run(recording, 1_000, stop)


def test_progress_bar_reaches_the_end(run: mw.BearingRun, monkeypatch: pytest.MonkeyPatch) -> None:
    bars: list[tqdm] = []

    def shown(**settings: object) -> tqdm:
        bars.append(tqdm(**{**settings, "disable": False, "file": io.StringIO()}))
        return bars[-1]

    monkeypatch.setattr("tqdm.auto.tqdm", shown)
    make_pipeline(run.channels).fit(run.recording(0, TRAINING))
    assert [(bar.desc, bar.n) for bar in bars] == [("fit", 100)]


def test_no_progress_bar_in_a_log(run: mw.BearingRun, capfd: pytest.CaptureFixture[str]) -> None:
    pipeline = make_pipeline(run.channels).fit(run.recording(0, TRAINING))
    pipeline.run(run.recording(TRAINING), progress=True)
    assert capfd.readouterr().err == ""


def test_stream_refuses_to_be_used_twice_at_once(run: mw.BearingRun, fitted: mw.Pipeline) -> None:
    stream = mw._core.Stream(fitted.core_)
    with pytest.raises(RuntimeError, match="another thread"):
        stream.run(run.recording().handle, 1_000, lambda _: stream.checkpoint())
    assert len(stream.checkpoint()) > 0


def test_provenance_and_evidence(run: mw.BearingRun) -> None:
    pipeline = make_pipeline(run.channels, name="pump 4")
    pipeline.fit(run.recording(0, TRAINING), created_utc="2026-05-01T12:00:00Z", notes="after overhaul", progress=False)
    provenance, evidence = pipeline.provenance_, pipeline.evidence_
    assert (provenance["name"], provenance["created_utc"], provenance["notes"]) == (
        "pump 4",
        "2026-05-01T12:00:00Z",
        "after overhaul",
    )
    assert provenance["library_version"] == mw.__version__
    assert provenance["training_rows"] + provenance["dropped_rows"] == TRAINING
    assert evidence["threshold"] == pipeline.threshold_ > 0.0
    assert evidence["extrapolated"]
    assert pipeline.memory_needed_ > 0
    assert "pump 4" in repr(pipeline)


def test_several_windows_and_default_features(run: mw.BearingRun, vibration_channels: list[mw.Channel]) -> None:
    window = mw.Window(["50ms", "100ms"], hop="50ms")
    features = ["horizontal.rms", "horizontal@100ms.rms"]
    pipeline = mw.Pipeline(channels=vibration_channels, window=window, features=features)
    assert pipeline.window == window
    found = pipeline.extract_features(run.vibration[0])
    assert list(found.columns) == features
    np.testing.assert_allclose(
        found.iloc[0, 1], np.sqrt(np.mean(run.vibration[0, :, 0].astype(float) ** 2)), rtol=1e-12
    )
    default = mw.Pipeline(channels=vibration_channels, window="100ms")
    assert default.features_[: len(mw.features.default_names(vibration_channels[0]))] == mw.features.default_names(
        vibration_channels[0]
    )


@pytest.mark.parametrize("is_fitted", [False, True])
def test_cost_covers_every_feature_of_every_channel_and_window(run: mw.BearingRun, is_fitted: bool) -> None:
    pipeline = mw.Pipeline(
        channels=run.channels,
        window=mw.Window(["50ms", "100ms"]),
        features=[
            "horizontal.rms",
            "horizontal@100ms.median",
            "horizontal@100ms.iqr",
            "vertical.spectral_centroid",
            "speed.mean",
        ],
    )
    if is_fitted:
        pipeline.fit(run.recording(0, TRAINING), progress=False)
    for recording in (None, run.recording(0, 3)):
        cost = pipeline.cost(recording, calls=2)
        assert list(cost["feature"]) == pipeline.features_
        assert list(cost["view"]) == ["time", "sorted", "sorted", "spectrum", "time"]
        assert list(cost["sharing"]) == [1, 2, 2, 1, 1]
        assert np.isfinite(np.asarray(cost["own_ns"])).all()
        assert (np.asarray(cost["view_ns"]) > 0).all()
        assert cost["view_ns"][1] == cost["view_ns"][2]
    with pytest.raises(ValueError, match="no complete window"):
        pipeline.cost({"horizontal": np.zeros(5), "vertical": np.zeros(5), "speed": np.zeros(1), "load": np.zeros(1)})
    with pytest.raises(ValueError, match="at least 1"):
        pipeline.cost(calls=0)
