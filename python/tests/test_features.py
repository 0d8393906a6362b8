"""Features in Python: settings of the extractor, names and definitions."""

import numpy as np
import pytest

import millwright as mw
from millwright._signals import Signal


def test_speed_of_the_shaft_is_a_setting_of_the_features_section() -> None:
    vib = mw.Channel("vib", rate_hz=1000.0)
    speed = mw.Channel("speed", unit="rpm", rate_hz=10.0, role="context")
    chosen = mw.Features(names=["vib.order_rms(order=2)", "vib.rms"], speed_channel="speed")
    pipeline = mw.Pipeline(channels=[vib, speed], window="1s", features=chosen)
    assert pipeline.features_ == ["vib.order_rms(order=2)", "vib.rms"]
    t = np.arange(4000)[:, None] / 1000.0
    recording = mw.Recording(
        [Signal.continuous([vib], np.sin(2 * np.pi * 60.0 * t)), Signal.continuous([speed], np.full((40, 1), 1800.0))]
    )
    found = pipeline.features(recording)
    np.testing.assert_allclose(found["vib.order_rms(order=2)"], np.sqrt(0.5), rtol=1e-6)


def test_a_feature_in_orders_needs_the_speed() -> None:
    vib = mw.Channel("vib", rate_hz=1000.0)
    run = mw.Recording([Signal.continuous([vib], np.ones((2000, 1)))])
    with pytest.raises(ValueError, match="shaft_hz"):
        mw.Pipeline(channels=[vib], window="1s", features=["vib.order_rms"]).features(run)
    chosen = mw.Features(names=["vib.order_rms"], shaft_hz=25.0)
    mw.Pipeline(channels=[vib], window="1s", features=chosen).features(run)
