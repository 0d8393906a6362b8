"""Ready sets of features, ranking over runs to failure, selection that a pipeline then keeps to."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import millwright as mw

VIBRATION = mw.Channel("vib_x", rate_hz=25_600.0, unit="g")


def test_every_set_gives_names_of_known_features() -> None:
    known = set(mw.features.definitions()["name"])
    bearing = mw.features.bearing(mw.Bearing.from_name("6205"), band=(2_000, 4_000))
    gearbox = mw.features.gearbox([29, 47], shaft_hz=20.0)
    for names in (
        mw.features.minimal(VIBRATION),
        mw.features.efficient(VIBRATION),
        mw.features.comprehensive(VIBRATION, 4096),
        mw.features.acoustic(VIBRATION),
        bearing(VIBRATION),
        gearbox(VIBRATION),
    ):
        assert names
        for name in names:
            feature = name.removeprefix("vib_x.").split("(")[0]
            assert feature in known or feature.removeprefix("log_") in known, name


def test_bad_sets_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        mw.features.bearing(mw.Bearing.from_name("6205"), band=(2_000, 40_000))(VIBRATION)
    with pytest.raises(ValueError, match="teeth"):
        mw.features.gearbox(1)(VIBRATION)


def test_prognostic_scores_follow_the_definitions() -> None:
    runs = [np.array([0.0, 3.0, 1.0, 2.0]), np.array([1.0, 2.0, 4.0])]
    scores = mw.features.prognostic_scores(runs)
    ends = np.array([2.0, 4.0])
    assert scores["monotonicity"] == pytest.approx(
        np.mean([abs(np.sign(np.diff(r)).sum()) / (len(r) - 1) for r in runs])
    )
    assert scores["prognosability"] == pytest.approx(np.exp(-ends.std(ddof=1) / np.mean([2.0, 3.0])), rel=1e-12)
    stretched = np.interp(np.linspace(0, 2, 4), np.arange(3), runs[1])
    assert scores["trendability"] == pytest.approx(abs(np.corrcoef(runs[0], stretched)[0, 1]), rel=1e-12)


def test_rank_puts_the_trend_first() -> None:
    random = np.random.default_rng(0)
    runs = [
        pd.DataFrame(
            {"noise": random.normal(size=n), "wear": np.linspace(0, 1, n) ** 2 + 0.001 * random.normal(size=n)}
        )
        for n in (80, 100, 120)
    ]
    ranked = mw.features.rank(runs)
    assert list(ranked["feature"]) == ["wear", "noise"]
    assert ranked["score"][0] > 0.8 > ranked["score"][1]


def test_a_selection_makes_a_bundle_that_computes_nothing_else(tmp_path: Path) -> None:
    run = mw.simulate_bearing_run(records=60)
    wide = mw.Pipeline(channels=run.channels, window="100ms", features=mw.features.efficient)
    table = wide.extract_features(run.recording())
    names = [name for name in table.columns if np.issubdtype(table[name].dtype, np.floating)]
    scores = mw.features.rank([table]).set_index("feature")["score"]
    kept = mw.features.select(table[names], scores[names], max_features=4)
    chosen = [names[i] for i in kept]
    assert 1 <= len(chosen) <= 4
    narrow = wide.with_features(chosen).fit(run.recording(0, 40), progress=False)
    path = tmp_path / "narrow.safetensors"
    narrow.save(path)
    loaded = mw.load(path)
    context = [name for name in wide.features_ if name.startswith(("speed.", "load."))]
    assert list(loaded.feature_names_) == [*chosen, *(name for name in context if name not in chosen)]
    assert list(narrow.cost(calls=2)["feature"]) == list(loaded.feature_names_)
    assert loaded.memory_needed_ < wide.fit(run.recording(0, 40), progress=False).memory_needed_


def test_features_that_repeat_each_other_are_left_out() -> None:
    x = np.random.default_rng(1).normal(size=50)
    values = np.column_stack([x, np.exp(x), np.full(50, 3.0), np.roll(x, 7)])
    assert list(mw.features.select(values, [0.1, 0.9, 1.0, 0.5])) == [1, 3]


def test_context_is_not_lost_in_a_selection() -> None:
    run = mw.simulate_bearing_run(records=60)
    wide = mw.Pipeline(channels=run.channels, window="100ms", normalize=mw.ContextNormalizer(by=["speed"]))
    assert "speed.mean" in wide.features_
    narrow = wide.with_features([name for name in wide.features_ if name.endswith(".log_rms")])
    assert "speed.mean" in narrow.features_
    assert narrow.fit(run.recording(0, 40), progress=False).is_fitted


def bearing_by_auto(run: mw.BearingRun, window: str = "100ms") -> mw.Pipeline:
    features = mw.features.bearing(mw.Bearing.from_name("6205"), band="auto", shaft_hz=30.0)
    return mw.Pipeline(channels=run.channels, window=window, features=features)


def test_the_band_is_chosen_by_fit_and_frozen_in_the_names(tmp_path: Path) -> None:
    run = mw.simulate_bearing_run(records=60)
    training = run.recording(0, 40)
    waiting = bearing_by_auto(run)
    for early in (waiting.get_declaration, waiting.cost, lambda: waiting.extract_features(training)):
        with pytest.raises(ValueError, match="fit"):
            early()
    fitted = bearing_by_auto(run).fit(training, progress=False)
    vibration = [channel for channel in run.channels if channel.role == "vibration"]
    assert set(fitted.bands_) == {channel.name for channel in vibration}
    for channel in vibration:
        (low, high), *others = fitted.bands_[channel.name]
        assert not others
        assert 0 <= low < high <= channel.rate_hz / 2
        width = 3 * mw.Bearing.from_name("6205").bpfi * 30.0
        assert high - low >= width
        windows = run.vibration[:40, :, vibration.index(channel)]
        expected = mw.vibration.choose_band(windows, channel.rate_hz, min_bandwidth=width)
        assert (low, high) == pytest.approx(expected.band)

    path = tmp_path / "auto.safetensors"
    fitted.save(path)
    loaded = mw.load(path)
    assert loaded.bands_ == fitted.bands_
    assert loaded.to_bytes() == fitted.to_bytes()
    assert pickle.loads(pickle.dumps(waiting)).fit(training, progress=False).to_bytes() == fitted.to_bytes()
    by_hand = mw.Pipeline.with_features(fitted, fitted.features_).fit(training, progress=False)
    assert by_hand.to_bytes() == fitted.to_bytes()


def test_a_band_that_cannot_be_chosen_is_refused() -> None:
    run = mw.simulate_bearing_run(records=30)
    with pytest.raises(ValueError, match=r'(?s)channel "horizontal".*longer window'):
        bearing_by_auto(run, window="5ms").fit(run.recording(), progress=False)
    with pytest.raises(ValueError, match="auto"):
        mw.features.bearing(mw.Bearing.from_name("6205"), band="best")
    with pytest.raises(ValueError, match="horizontal"):
        bearing_by_auto(run).fit(mw.Recording([]), progress=False)
