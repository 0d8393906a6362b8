"""Ready sets of features, ranking over runs to failure, selection that a pipeline then keeps to."""

from __future__ import annotations

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
    table = wide.features(run.recording())
    names = [name for name in table.columns if np.issubdtype(table[name].dtype, np.floating)]
    scores = mw.features.rank([table]).set_index("feature")["score"]
    kept = mw.features.select(table[names], scores[names], max_features=4)
    chosen = [names[i] for i in kept]
    assert 1 <= len(chosen) <= 4
    narrow = wide.with_features(chosen).fit(run.recording(0, 40), progress=False)
    path = tmp_path / "narrow.safetensors"
    narrow.save(path)
    loaded = mw.load(path)
    assert list(loaded.feature_names_) == chosen
    assert loaded.memory_needed_ < wide.fit(run.recording(0, 40), progress=False).memory_needed_


def test_features_that_repeat_each_other_are_left_out() -> None:
    x = np.random.default_rng(1).normal(size=50)
    values = np.column_stack([x, np.exp(x), np.full(50, 3.0), np.roll(x, 7)])
    assert list(mw.features.select(values, [0.1, 0.9, 1.0, 0.5])) == [1, 3]
