"""Every kind of input gives the same bytes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from conftest import INTERVAL_S, TRAINING, assert_same

import millwright as mw

START = 1_700_000_000_000_000_000


@pytest.fixture(scope="module")
def samples(run: mw.BearingRun) -> np.ndarray:
    """A second and a half, in one stretch."""
    return run.vibration[TRAINING : TRAINING + 15].reshape(-1, 2)


@pytest.fixture(scope="module")
def stamps(samples: np.ndarray, run: mw.BearingRun) -> np.ndarray:
    return (START + np.round(np.arange(len(samples)) * 1e9 / run.rate_hz)).astype(np.int64)


@pytest.fixture(scope="module")
def wanted(fitted_vibration: mw.Pipeline, samples: np.ndarray) -> mw.Result:
    return fitted_vibration.run(samples, start_time=START)


@pytest.fixture(scope="module")
def stamped(fitted_vibration: mw.Pipeline, samples: np.ndarray, stamps: np.ndarray) -> mw.Result:
    signal = mw.Signal.from_timestamps(fitted_vibration.channels, samples, stamps)
    return fitted_vibration.run(mw.Recording([signal]))


def test_numpy_layouts(fitted_vibration: mw.Pipeline, samples: np.ndarray, wanted: mw.Result) -> None:
    padded = np.zeros((len(samples), 5), np.float32)
    padded[:, 1::2] = samples
    for layout in (np.asfortranarray(samples), samples.astype(np.float64), padded[:, 1::2], samples[::-1][::-1]):
        assert_same(fitted_vibration.run(layout, start_time=START), wanted)


def test_dict_of_channels(fitted_vibration: mw.Pipeline, samples: np.ndarray, wanted: mw.Result) -> None:
    columns = {"vertical": samples[:, 1], "unused": samples[:3, 0], "horizontal": samples[:, 0]}
    assert_same(fitted_vibration.run(columns, start_time=START), wanted)


def test_records_are_bursts(fitted_vibration: mw.Pipeline, run: mw.BearingRun) -> None:
    records = run.vibration[TRAINING : TRAINING + 5]
    found = fitted_vibration.run(records, start_time=START, record_interval_s=INTERVAL_S)
    np.testing.assert_array_equal(np.diff(found.end_time_ns), np.full(4, round(INTERVAL_S * 1e9)))
    starts = START + np.arange(5) * round(INTERVAL_S * 1e9)
    signal = mw.Signal.from_records(fitted_vibration.channels, records, starts)
    assert_same(fitted_vibration.run(mw.Recording([signal])), found)


def test_pandas(
    fitted_vibration: mw.Pipeline, samples: np.ndarray, stamps: np.ndarray, wanted: mw.Result, stamped: mw.Result
) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"note": "x", "vertical": samples[:, 1], "horizontal": samples[:, 0].astype(float)})
    assert_same(fitted_vibration.run(frame, start_time=START), wanted)
    index = pandas.DatetimeIndex(stamps.view("M8[ns]"))
    for zone in (None, "UTC", "Europe/Berlin"):
        frame.index = index if zone is None else index.tz_localize("UTC").tz_convert(zone)
        assert_same(fitted_vibration.run(frame), stamped)
    assert_same(fitted_vibration.run({name: frame[name] for name in ("horizontal", "vertical")}), stamped)


def test_pandas_missing_values_become_nan(fitted_vibration: mw.Pipeline, samples: np.ndarray) -> None:
    pandas = pytest.importorskip("pandas")
    holes = samples.astype(np.float64)
    holes[7, 0] = np.nan
    frame = pandas.DataFrame(holes, columns=["horizontal", "vertical"]).astype("Float64")
    recording = mw.as_recording(frame, fitted_vibration.channels)
    assert np.flatnonzero(np.isnan(recording["horizontal"])).tolist() == [7]


def test_polars(fitted_vibration: mw.Pipeline, samples: np.ndarray, stamps: np.ndarray, wanted, stamped) -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"vertical": samples[:, 1], "name": ["x"] * len(samples), "horizontal": samples[:, 0]})
    assert_same(fitted_vibration.run(frame, start_time=START), wanted)
    chunked = polars.concat([frame[:1000], frame[1000:]], rechunk=False)
    assert_same(fitted_vibration.run(chunked, start_time=START), wanted)
    with_time = frame.with_columns(polars.Series("time", stamps).cast(polars.Datetime("ns")))
    assert_same(fitted_vibration.run(with_time), stamped)


def test_arrow(fitted_vibration: mw.Pipeline, samples: np.ndarray, stamps: np.ndarray, wanted, stamped) -> None:
    arrow = pytest.importorskip("pyarrow")
    columns = {"horizontal": arrow.array(samples[:, 0]), "vertical": arrow.array(samples[:, 1])}
    assert_same(fitted_vibration.run(arrow.table(columns), start_time=START), wanted)
    batch = arrow.record_batch(columns)
    assert_same(fitted_vibration.run(batch, start_time=START), wanted)
    longer = arrow.record_batch({name: arrow.concat_arrays([c[:100], c]) for name, c in columns.items()})
    assert_same(fitted_vibration.run(longer.slice(100), start_time=START), wanted)
    times = arrow.array(stamps, arrow.timestamp("ns", tz="UTC"))
    assert_same(fitted_vibration.run(arrow.table({"t": times, **columns})), stamped)


def test_arrow_types() -> None:
    arrow = pytest.importorskip("pyarrow")
    channels = [mw.Channel("x", rate_hz=100.0)]
    types = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "float16"]
    for name in types:
        values = arrow.array(
            [np.float16(0), None, np.float16(5)] if name == "float16" else [0, None, 5], getattr(arrow, name)()
        )
        found = mw.as_recording(arrow.table({"x": values}), channels)["x"]
        np.testing.assert_array_equal(found, np.array([0, np.nan, 5], np.float32))
    flags = arrow.array([True, None, False] * 5)[1:]
    found = mw.as_recording(arrow.table({"x": flags}), channels)["x"]
    np.testing.assert_array_equal(found, np.array([1, np.nan, 0] * 5, np.float32)[1:])
    with pytest.raises(TypeError, match="does not hold real numbers"):
        mw.as_recording(arrow.table({"x": ["a", "b"]}), channels)
    for unit, factor in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        times = arrow.array([1, 2], arrow.timestamp(unit))
        columns = dict(mw._core.arrow_columns(arrow.table({"t": times})))
        assert columns["t"].tolist() == [factor, 2 * factor]
    with pytest.raises(ValueError, match="no usable timestamp"):
        mw.as_recording(arrow.table({"x": [1.0], "t": arrow.array([None], arrow.timestamp("ns"))}), channels)
    with pytest.raises(ValueError, match="several columns hold times"):
        mw.as_recording(arrow.table({"x": [1.0], "t": times[:1], "u": times[:1]}), channels)


def test_files(tmp_path: Path, fitted_vibration: mw.Pipeline, samples: np.ndarray, wanted: mw.Result, stamped) -> None:
    channels = fitted_vibration.channels
    np.save(tmp_path / "signal.npy", samples)
    npy = mw.read_npy(tmp_path / "signal.npy", channels, start_time=START)
    assert_same(fitted_vibration.run(npy), wanted)
    rows = "".join(f"{x!r};{y!r}\n" for x, y in samples.astype(float).tolist())
    (tmp_path / "signal.csv").write_text("horizontal;vertical\n" + rows)
    csv = mw.read_csv(tmp_path / "signal.csv", channels, start_time=START)
    assert_same(fitted_vibration.run(csv), wanted)
    assert (csv.bad_lines, csv.is_truncated) == (0, False)
    assert csv.channel_names == ["horizontal", "vertical"]
    (tmp_path / "broken.csv").write_text("horizontal;vertical\n1;2\nx;y\n3;4\n")
    assert mw.read_csv(tmp_path / "broken.csv", channels).bad_lines == 1


def test_one_file_for_each_rate(tmp_path: Path, run: mw.BearingRun, fitted: mw.Pipeline, expected: mw.Result) -> None:
    np.save(tmp_path / "fast.npy", run.vibration[TRAINING:])
    np.save(tmp_path / "slow.npy", run.context[round(TRAINING * INTERVAL_S) :])
    start = int(run.record_start_ns[TRAINING])
    fast = mw.read_npy(tmp_path / "fast.npy", run.channels[:2], record_interval_s=INTERVAL_S, start_time=start)
    slow = mw.read_npy(tmp_path / "slow.npy", run.channels[2:], start_time=start)
    assert_same(fitted.run(mw.Recording.join([fast, slow])), expected)
    with pytest.raises(ValueError, match="two channels named"):
        mw.Recording.join([fast, fast])


def test_wav(tmp_path: Path) -> None:
    import wave

    with wave.open(str(tmp_path / "tone.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(np.array([0, 16384, -32768], "<i2").tobytes())
    recording = mw.read_wav(tmp_path / "tone.wav", [mw.Channel("sound", rate_hz=8000.0)])
    np.testing.assert_array_equal(recording["sound"], np.array([0, 0.5, -1], np.float32))


def test_missing_file_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        mw.read_npy(tmp_path / "absent.npy", rate_hz=100.0)


def test_float32_is_not_copied(samples: np.ndarray, vibration_channels: list[mw.Channel]) -> None:
    recording = mw.as_recording(samples, vibration_channels)
    assert np.shares_memory(recording["vertical"], samples)
    assert not recording["vertical"].flags.writeable
    assert recording.samples == len(samples)
    assert "horizontal, vertical" in repr(recording)


def test_recording_outlives_its_array(fitted_vibration: mw.Pipeline, samples: np.ndarray, wanted: mw.Result) -> None:
    recording = mw.as_recording(samples.copy(), fitted_vibration.channels, start_time=START)
    assert_same(fitted_vibration.run(recording), wanted)


@pytest.mark.parametrize(
    "start",
    [START, "2023-11-14T22:13:20+00:00", dt.datetime(2023, 11, 14, 22, 13, 20), np.datetime64("2023-11-14T22:13:20")],
)
def test_kinds_of_start_time(fitted_vibration: mw.Pipeline, samples: np.ndarray, wanted: mw.Result, start) -> None:
    assert_same(fitted_vibration.run(samples, start_time=start), wanted)


def test_refusals(samples: np.ndarray, vibration_channels: list[mw.Channel]) -> None:
    def refused(error: type[Exception], match: str, data, channels=vibration_channels, **options) -> None:
        with pytest.raises(error, match=match):
            mw.as_recording(data, channels, **options)

    refused(ValueError, "no channel 'vertical'", {"horizontal": samples[:, 0]})
    refused(ValueError, "one length", {"horizontal": samples[:, 0], "vertical": samples[:9, 1]})
    refused(ValueError, "shape", samples[:, :1])
    refused(ValueError, "record_interval_s", samples.reshape(-1, 100, 2))
    refused(ValueError, "belongs to arrays", samples, record_interval_s=1.0)
    refused(TypeError, "real numbers", samples.astype(complex))
    refused(TypeError, "real numbers", np.array([["a", "b"]]))
    refused(TypeError, "cannot make a recording", 5)
    refused(TypeError, "a time is", samples, start_time=1.5)
    refused(ValueError, "its own times", mw.as_recording(samples, vibration_channels), start_time=0)
    slow = [*vibration_channels, mw.Channel("speed", rate_hz=1.0)]
    refused(ValueError, "several rates", np.zeros((5, 3)), slow)
    with pytest.raises(ValueError, match="two channels named"):
        signal = mw.Signal.continuous(vibration_channels, samples)
        mw.Recording([signal, signal])
