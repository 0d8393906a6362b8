"""Forests that follow the machine."""

from __future__ import annotations

import numpy as np
import pytest

import millwright as mw


def test_a_refreshed_forest_is_a_new_one_that_keeps_the_younger_trees() -> None:
    random = np.random.default_rng(1)
    forest = mw.IsolationForest(trees=40, samples=64).fit(random.normal(size=(500, 3)))
    rows = random.normal(0.5, 1.0, size=(200, 3))
    before = forest.anomaly_score(rows)
    refreshed = mw.refresh_forest(forest, rows, share=0.1)
    assert forest.anomaly_score(rows).tobytes() == before.tobytes()
    old, new = forest.learned_arrays_, refreshed.learned_arrays_
    first, kept = old["tree_start"][4], old["tree_start"][-1] - old["tree_start"][4]
    assert np.array_equal(new["threshold"][:kept], old["threshold"][first:])
    assert len(new["tree_start"]) == 41
    assert (refreshed.predict(rows) == -1).sum() == 2
    assert (
        mw.refresh_forest(forest, rows, share=0.1).anomaly_score(rows).tobytes()
        == refreshed.anomaly_score(rows).tobytes()
    )
    with pytest.raises(ValueError, match="usable rows"):
        mw.refresh_forest(forest, rows[:63])


def test_rows_near_an_alarm_are_not_accepted() -> None:
    buffer = mw.AcceptedBuffer(2, interval_s=1.0, quarantine_s=10.0, settle_s=5.0)
    seconds = np.arange(60)
    alarm = seconds == 30
    rows = np.column_stack([seconds, seconds]).astype(float)
    buffer.offer(rows[:40], seconds[:40] * 1_000_000_000, np.zeros(40), alarm[:40])
    other = mw.AcceptedBuffer(2, interval_s=1.0, quarantine_s=10.0, settle_s=5.0)
    other.restore(buffer.checkpoint())
    other.offer(rows[40:], seconds[40:] * 1_000_000_000, np.zeros(20), alarm[40:])
    assert sorted(other.rows[:, 0]) == [*range(20), *range(35, 50)]
    assert other.waiting == 10
    with pytest.raises(ValueError, match="no state of this buffer"):
        other.restore(b"x")
