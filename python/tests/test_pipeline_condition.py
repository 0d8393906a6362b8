"""Condition stages of a pipeline: the same bytes as filtering first, in any blocks, from a bundle and from a clone."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from conftest import INTERVAL_S, RECORDS, TRAINING, assert_same, make_pipeline
from sklearn.base import clone

import millwright as mw

RATE = 25_600.0


def highpass(**settings: object) -> mw.streaming.SosFilter:
    return mw.streaming.SosFilter(rate_hz=RATE, band="highpass", low_hz=500.0, **settings)


@pytest.fixture(scope="module")
def conditioned(run: mw.BearingRun, vibration_channels: list[mw.Channel]) -> mw.Pipeline:
    pipeline = make_pipeline(vibration_channels, condition={"horizontal": [highpass()], "vertical": highpass()})
    return pipeline.fit(run.vibration[:TRAINING], record_interval_s=INTERVAL_S, progress=False)


def test_a_filter_inside_is_a_filter_before(
    run: mw.BearingRun, vibration_channels: list[mw.Channel], conditioned: mw.Pipeline
) -> None:
    plain = make_pipeline(vibration_channels)
    outside = np.stack([highpass(columns=2, dtype=np.float32).run(record) for record in run.vibration])
    inside = conditioned.extract_features(run.vibration, record_interval_s=INTERVAL_S)
    before = plain.extract_features(outside, record_interval_s=INTERVAL_S)
    assert inside.shape == before.shape
    np.testing.assert_array_equal(np.asarray(inside), np.asarray(before))
    unfiltered = plain.extract_features(run.vibration, record_interval_s=INTERVAL_S)
    assert not np.array_equal(np.asarray(inside), np.asarray(unfiltered))


def test_blocks_bundle_and_clone_give_the_same_bytes(run: mw.BearingRun, conditioned: mw.Pipeline) -> None:
    stretch = np.ascontiguousarray(run.vibration[-4:].reshape(-1, 2))
    wanted = conditioned.stream().push(stretch)
    loaded = mw.Pipeline.from_bytes(conditioned.to_bytes())
    stream = loaded.stream()
    parts = [stream.push(stretch[at : at + 777]) for at in range(0, len(stretch), 777)]
    assert np.concatenate([part.severity for part in parts]).tobytes() == wanted.severity.tobytes()
    assert_same(
        loaded.run(run.vibration[TRAINING:], record_interval_s=10.0),
        conditioned.run(run.vibration[TRAINING:], record_interval_s=10.0),
    )
    assert [type(s) for s in loaded.condition["horizontal"]] == [mw.streaming.SosFilter]
    again = clone(loaded)
    assert again.get_declaration() == conditioned.get_declaration()
    assert again.get_declaration()["condition"]["vertical"][0]["low_hz"] == 500.0


def test_a_lower_rate_is_the_channels_rate(run: mw.BearingRun, vibration_channels: list[mw.Channel]) -> None:
    low = mw.streaming.Decimator(rate_hz=RATE, factor=4)
    smooth = mw.streaming.SosFilter(rate_hz=RATE / 4, band="lowpass", high_hz=1000.0)
    pipeline = mw.Pipeline(
        channels=vibration_channels,
        window="40ms",
        condition={"horizontal": [low, smooth]},
        features=["horizontal.rms"],
    )
    rows = pipeline.extract_features(run.vibration, record_interval_s=INTERVAL_S)
    assert len(rows) == 2 * RECORDS
    with pytest.raises(ValueError, match="rate"):
        mw.Pipeline(
            channels=vibration_channels,
            window="100ms",
            condition={"horizontal": [low]},
            features=["horizontal.band_rms(f_lo=100,f_hi=5000)"],
        ).extract_features(run.vibration, record_interval_s=INTERVAL_S)


def test_what_does_not_fit_is_refused(vibration_channels: list[mw.Channel]) -> None:
    def made(condition: object) -> mw.Pipeline:
        return mw.Pipeline(channels=vibration_channels, window="100ms", condition=condition)  # type: ignore[arg-type]

    with pytest.raises(ValueError, match=r"rate_hz=25600"):
        made({"horizontal": [mw.streaming.SosFilter(rate_hz=1000.0, high_hz=100.0)]})
    with pytest.raises(ValueError, match=r"rate_hz=6400"):
        made({"horizontal": [mw.streaming.Decimator(rate_hz=RATE, factor=4), highpass()]})
    with pytest.raises(TypeError, match="signal stage"):
        made({"horizontal": [mw.Mahalanobis()]})
    with pytest.raises(TypeError, match="SosFilter"):
        made([highpass()])
    with pytest.raises(ValueError, match="speed_channel"):
        made({"horizontal": [mw.streaming.OrderTracker(rate_hz=RATE, columns=2)]})


def test_a_stage_can_be_copied_with_its_state() -> None:
    x = np.random.default_rng(0).normal(size=1000)
    stage = highpass()
    first = stage.process(x[:300])
    twin = copy.deepcopy(stage)
    assert np.array_equal(np.concatenate([first, twin.process(x[300:])]), highpass().run(x))
    assert np.array_equal(twin.process(x[:10]), (stage.process(x[300:]), stage.process(x[:10]))[1])
    assert json.loads(json.dumps(stage.to_dict()))["low_hz"] == 500.0
