"""The gateway program gives the bytes that Python gives."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import INTERVAL_S, TRAINING

import millwright as mw
from millwright import demo


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, run: mw.BearingRun, fitted: mw.Pipeline) -> Path:
    directory = tmp_path_factory.mktemp("gateway")
    fitted.save(directory / "bearing.safetensors")
    np.save(directory / "vibration.npy", run.vibration[TRAINING:])
    np.save(directory / "context.npy", run.context[round(TRAINING * INTERVAL_S) :])
    return directory


def options(run: mw.BearingRun) -> list[str]:
    names = ["--names", "horizontal,vertical", "--rate", "25600", "--names", "speed,load", "--rate", "1"]
    return [*names, "--record-interval", str(INTERVAL_S), "--start-time", str(int(run.record_start_ns[TRAINING]))]


def gateway(tool: list[str], files: Path, run: mw.BearingRun, *more: str) -> dict[str, object]:
    inputs = [files / "vibration.npy", files / "context.npy"]
    return demo.run_gateway(tool, files / "bearing.safetensors", inputs, [*options(run), *more], files)


@pytest.mark.parametrize("chunk", ["1", "7", "1000", "100000000"])
def test_chunks(tool: list[str], files: Path, run: mw.BearingRun, expected: mw.Result, chunk: str) -> None:
    assert demo.differences(expected, gateway(tool, files, run, "--chunk", chunk)) == []


@pytest.mark.parametrize("level", ["scalar", "sse2", "avx2", "avx512", "neon64"])
def test_kernel_levels(tool: list[str], files: Path, run: mw.BearingRun, expected: mw.Result, level: str) -> None:
    if f" {level}" not in mw.show_config().partition("available:")[2].splitlines()[0]:
        pytest.skip(f"this machine has no {level}")
    assert demo.differences(expected, gateway(tool, files, run, "--level", level)) == []


@pytest.mark.slow
def test_arm(files: Path, run: mw.BearingRun, expected: mw.Result) -> None:
    command = os.environ.get("MILLWRIGHT_TOOL_AARCH64")
    if not command:
        pytest.skip("set MILLWRIGHT_TOOL_AARCH64 to the aarch64 program (with its emulator in front) to run this")
    assert demo.differences(expected, gateway(shlex.split(command), files, run)) == []


def test_features_are_equal_too(tool: list[str], files: Path, run: mw.BearingRun, expected: mw.Result) -> None:
    windows = gateway(tool, files, run, "--features")["windows"]
    found = [[window["features"][name] for name in expected.feature_names] for window in windows]
    values = np.array([[np.nan if v is None else v for v in row] for row in found])
    np.testing.assert_array_equal(values, expected.feature_values)


def test_a_band_that_fit_chose_is_the_same_in_the_program(
    tool: list[str], files: Path, run: mw.BearingRun, tmp_path: Path
) -> None:
    features = mw.features.bearing(mw.Bearing.from_name("6205"), band="auto", shaft_hz=30.0)
    pipeline = mw.Pipeline(channels=run.channels, window="100ms", features=features)
    pipeline.fit(run.recording(0, TRAINING), progress=False).save(tmp_path / "bearing.safetensors")
    subprocess.run([*tool, "verify", str(tmp_path / "bearing.safetensors")], check=True, capture_output=True)
    for name in ("vibration.npy", "context.npy"):
        (tmp_path / name).symlink_to(files / name)
    assert demo.differences(pipeline.run(run.recording(TRAINING)), gateway(tool, tmp_path, run)) == []


def test_episodes_are_equal(tool: list[str], files: Path, run: mw.BearingRun, expected: mw.Result) -> None:
    raised = [e for e in gateway(tool, files, run)["episodes"] if e["event"] == "raised"]
    for found, wanted in zip(raised, expected.episode_list, strict=True):
        assert (found["number"], found["started_at"], found["raised_at"]) == (
            wanted.number,
            wanted.started_at,
            wanted.raised_at,
        )
        assert found["extrapolated"] == wanted.extrapolated


def test_differences_are_noticed(tool: list[str], files: Path, run: mw.BearingRun, expected: mw.Result) -> None:
    found = gateway(tool, files, run)
    scored = int(np.flatnonzero(expected.is_scored)[0])
    found["windows"][scored]["severity"] = np.nextafter(expected.severity[scored], np.inf)
    assert demo.differences(expected, found) == ["severity"]


def test_program_refuses_a_damaged_bundle(tool: list[str], files: Path, tmp_path: Path) -> None:
    damaged = bytearray((files / "bearing.safetensors").read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "damaged.safetensors").write_bytes(damaged)
    done = subprocess.run([*tool, "verify", str(tmp_path / "damaged.safetensors")], capture_output=True, check=False)
    assert done.returncode == 4


@pytest.mark.slow
def test_demo(tool: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    if len(tool) != 1:
        pytest.skip("the demo takes a program without an emulator")
    monkeypatch.setattr("sys.argv", ["demo", "--tool", tool[0]])
    assert demo.main() == 0
    told = capsys.readouterr().out
    assert "equal Python's byte for byte" in told
    assert "0 episodes before the fault began" in told


def test_demo_needs_the_program(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["demo", "--tool", "/nowhere/millwright"])
    assert demo.main() == 2
    assert "--tool" in capsys.readouterr().err
