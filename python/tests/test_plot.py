from __future__ import annotations

import numpy as np
import pytest

import millwright as mw

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def test_score_timeline(expected: mw.Result) -> None:
    display = expected.plot(color="black")
    assert isinstance(display, mw.ScoreDisplay)
    line, threshold = display.ax_.lines
    np.testing.assert_array_equal(line.get_ydata(), expected.severity)
    assert threshold.get_ydata()[0] == expected.threshold
    assert len(display.spans) == len(expected.episode_list)
    display.figure_.canvas.draw()


def test_plots_share_given_axes(expected: mw.Result) -> None:
    figure, axes = plt.subplots(2)
    first = mw.ScoreDisplay.from_result(expected, ax=axes[0])
    second = mw.FeatureTrendDisplay.from_result(expected, ax=axes[1])
    assert first.ax_ is axes[0]
    assert second.figure_ is figure
    figure.canvas.draw()


def test_feature_trend(expected: mw.Result) -> None:
    display = mw.FeatureTrendDisplay.from_result(expected, ["horizontal.kurtosis"])
    assert [line.get_label() for line in display.ax_.lines] == ["horizontal.kurtosis"]
    with pytest.raises(ValueError, match="no feature 'x'"):
        mw.FeatureTrendDisplay.from_result(expected, ["x"])


def test_spectrum_finds_a_tone() -> None:
    rate = 1_000.0
    time = np.arange(8_000) / rate
    tone = np.sqrt(2.0) * np.sin(2 * np.pi * 125.0 * time)
    display = mw.SpectrumDisplay.from_signal(tone, rate, segment=1_000, unit="g", marks={"tone": 125.0})
    assert display.frequency_hz[np.argmax(display.density)] == 125.0
    assert np.sum(display.density) * rate / 1_000 == pytest.approx(1.0, rel=1e-6)
    assert "g²/Hz" in display.ax_.get_ylabel()
    display.figure_.canvas.draw()


@pytest.mark.parametrize("segment", [256, 255])
def test_spectrum_equals_scipy(segment: int) -> None:
    scipy_signal = pytest.importorskip("scipy.signal")
    noise = np.random.default_rng(0).normal(size=3_000)
    display = mw.SpectrumDisplay.from_signal(noise, 500.0, segment=segment)
    frequency, density = scipy_signal.welch(noise, 500.0, "hann", segment)
    np.testing.assert_allclose(display.frequency_hz, frequency)
    np.testing.assert_allclose(display.density, density, rtol=1e-9)


def test_spectrum_refuses_what_is_no_signal() -> None:
    for bad in (np.zeros((3, 3)), [1.0], [1.0, np.nan, 2.0]):
        with pytest.raises(ValueError, match="finite samples"):
            mw.SpectrumDisplay.from_signal(bad, 100.0)
