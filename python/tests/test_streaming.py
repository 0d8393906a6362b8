"""Every signal stage of the core through its Python class: however a signal is cut, the bytes that come out are the same."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import DTypeLike

from millwright import _core, streaming
from millwright._signal_stage import SignalStage

RATE_HZ = 2_000.0
CLASSES = [getattr(streaming, name) for name in streaming.__all__]


def example_signal(columns: int, dtype: DTypeLike) -> np.ndarray:
    """Tones and noise; the last of several columns is a pulse train of 25 Hz, so that it may pass for a tacho."""
    t = np.arange(5_000) / RATE_HZ
    x = np.sin(2 * np.pi * 70 * t) + np.random.default_rng(3).normal(size=(columns, t.size))
    if columns > 1:
        x[-1] = np.where(np.sin(2 * np.pi * 25 * t) > 0.9, 5.0, 0.0)
    return x.T.astype(dtype)


def started(kind: type[SignalStage], dtype: DTypeLike) -> SignalStage:
    wanted = next(s["input_columns"] for s in _core.signal_stages() if s["id"] == kind.stage_id) or 2
    stage = kind(rate_hz=RATE_HZ, columns=wanted, dtype=dtype, max_items=700)
    if next(s["learns"] for s in _core.signal_stages() if s["id"] == kind.stage_id):
        stage.fit(example_signal(wanted, dtype))
    return stage


def test_every_registered_stage_has_a_class() -> None:
    assert sorted(kind.stage_id for kind in CLASSES) == sorted(s["id"] for s in _core.signal_stages())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_any_cut_gives_the_same_bytes(kind: type[SignalStage], dtype: DTypeLike) -> None:
    stage = started(kind, dtype)
    x = example_signal(stage.columns, dtype)
    whole = stage.run(x)
    assert whole.dtype == dtype
    assert whole.shape[1] == stage.output_columns
    stage.reset()
    first = [stage.process(x[:1]), stage.process(x[1:1234])]
    state = stage.state()
    other = started(kind, dtype)
    other.restore(state)
    pieces = [*first, other.process(x[1234:]), other.flush()]
    assert np.concatenate(pieces).tobytes() == whole.tobytes()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_foreign_bytes_are_refused(kind: type[SignalStage]) -> None:
    stage = started(kind, np.float64)
    with pytest.raises(ValueError, match=kind.stage_id):
        stage.restore(b"\xff" + stage.state())


def test_teager_energy_of_a_tone() -> None:
    """A^2 sin^2(w), whatever the phase (Kaiser 1990, eq. 6)."""
    w = 0.3
    y = streaming.TeagerEnergy(rate_hz=1.0).run(3.0 * np.cos(w * np.arange(200) + 0.4))
    np.testing.assert_allclose(y[1:-1], 9.0 * np.sin(w) ** 2, rtol=1e-12)


def test_wrong_shapes_and_types_are_refused() -> None:
    stage = streaming.TeagerEnergy(rate_hz=100.0, columns=2)
    with pytest.raises(ValueError, match=r"\(items, 2\)"):
        stage.process(np.zeros(10))
    with pytest.raises(ValueError, match="float32 or float64"):
        streaming.TeagerEnergy(rate_hz=100.0, dtype=np.int32)
    with pytest.raises(ValueError, match="sampling rate"):
        streaming.TeagerEnergy(rate_hz=0.0)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("sizes", [{"max_items": 2**63}, {"max_items": 2**64 - 1}, {"columns": 2**62}])
def test_sizes_that_nothing_holds_are_refused(kind: type[SignalStage], sizes: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"columns|shape"):
        stage = kind(**{"rate_hz": RATE_HZ, "columns": 2, **sizes})
        stage.fit(np.zeros((100, 2)))
