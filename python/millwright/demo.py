"""The whole way, end to end: learn a healthy bearing in Python, catch its failure in the gateway program.

``python -m millwright.demo --tool PATH`` simulates a bearing that runs to failure; with ``--data DIR`` it takes
every ``DIR/femto_pronostia/Bearing*.npy.xz`` instead. Each bearing's healthy start is learned and saved as a bundle,
the rest is streamed twice, in Python and by the program, and both results are compared byte for byte.
"""

from __future__ import annotations

import argparse
import json
import lzma
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ._typing import AnyArray
from .data.recording import Recording, as_recording
from .data.settings import Channel
from .data.simulate import simulate_bearing_run
from .pipeline.pipeline import load
from .pipeline.presets import bearing_run_to_failure
from .pipeline.result import QUALITY_BITS, Episode, Result

__all__ = ["main", "run_gateway"]

TRAINING_SHARE = 0.15
FEMTO_RATE_HZ = 25_600.0


@dataclass(frozen=True)
class _Case:
    """One bearing: what is learned, what is streamed, and the files that the program gets for the latter."""

    name: str
    channels: list[Channel]
    healthy: Recording
    rest: Recording
    inputs: list[tuple[AnyArray, list[Channel]]]
    options: list[str]
    records: int
    training_records: int
    interval_s: float
    start_ns: int
    first_real: float
    first_real_is: str

    def record_of(self, time_ns: int) -> int:
        """Record that holds a time, counted from the start of life."""
        since_start = time_ns - self.start_ns + round(self.training_records * self.interval_s * 1e9)
        return int(since_start // round(self.interval_s * 1e9))


def run_gateway(
    tool: Sequence[str], bundle: Path, inputs: Sequence[Path], options: Sequence[str], directory: Path
) -> dict[str, Any]:
    """Run the program over files of samples.

    Parameters
    ----------
    tool : sequence of str
        The command: the program's path, after an emulator if it needs one.
    bundle : Path
    inputs : sequence of Path
        One file for each sampling rate.
    options : sequence of str
        Further arguments, as ``millwright run --help`` lists them.
    directory : Path
        For the files that it writes.

    Returns
    -------
    dict
        ``windows`` and ``episodes``: the objects that it wrote; ``summary``: what it says of itself.

    Raises
    ------
    RuntimeError
        If it ends with an error; the message is its own.
    """
    output, summary = directory / "scores.ndjson", directory / "summary.json"
    command = [*tool, "run", str(bundle), *map(str, inputs), *options]
    command += ["--out", str(output), "--summary", str(summary), "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with exit code {done.returncode}\n{done.stderr}")
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    return {
        "windows": [line for line in lines if line["type"] == "window"],
        "episodes": [line for line in lines if line["type"] == "episode"],
        "summary": json.loads(summary.read_text()),
    }


def differences(result: Result, gateway: dict[str, Any]) -> list[str]:
    """Names of what differs by any bit between the program's windows and Python's; empty if they are equal."""
    windows = gateway["windows"]
    if len(windows) != len(result):
        return [f"{len(windows)} windows instead of {len(result)}"]

    def doubles(values: list[float | None]) -> bytes:
        return np.array([np.nan if value is None else value for value in values], np.float64).tobytes()

    bits = {name: bit for bit, name in enumerate(QUALITY_BITS)}
    quality = [sum(1 << bits[name] for name in window["quality"]) for window in windows]
    pairs = {
        "end time": (result.end_time_ns.tolist(), [window["end_time"] for window in windows]),
        "severity": (_canonical(result.severity), doubles([window["severity"] for window in windows])),
        "regime": (result.regime.tolist(), [window["regime"] for window in windows]),
        "quality": (result.quality.tolist(), quality),
        "alarm": (result.is_alarm.tolist(), [window["alarm"] for window in windows]),
    }
    for j, name in enumerate(result.detector_names):
        for kind, values in (("scores", result.score_values), ("severities", result.severity_values)):
            pairs[f"{kind} of {name}"] = (_canonical(values[:, j]), doubles([window[kind][name] for window in windows]))
    raised = [episode["raised_at"] for episode in gateway["episodes"] if episode["event"] == "raised"]
    pairs["episodes"] = ([episode.raised_at for episode in result.episode_list], raised)
    return [name for name, (ours, theirs) in pairs.items() if ours != theirs]


def _canonical(values: AnyArray) -> bytes:
    """Bytes of the values; text knows one NaN only, so every NaN counts as that one."""
    return np.where(np.isnan(values), np.nan, values).tobytes()


def _simulated() -> _Case:
    records, interval_s = 600, 10.0
    run = simulate_bearing_run("6205", records=records, interval_s=interval_s, seed=1)
    training = round(0.3 * records)
    start_ns = int(run.record_start_ns[training])
    return _Case(
        name="simulated 6205, outer race",
        channels=run.channels,
        healthy=run.recording(0, training),
        rest=run.recording(training),
        inputs=[
            (run.vibration[training:], run.channels[:2]),
            (run.context[round(training * interval_s) :], run.channels[2:]),
        ],
        options=["--record-interval", str(interval_s), "--start-time", str(start_ns)],
        records=records,
        training_records=training,
        interval_s=interval_s,
        start_ns=start_ns,
        first_real=run.onset_record,
        first_real_is="the fault began",
    )


def _femto(path: Path) -> _Case:
    name = path.name.removesuffix(".npy.xz")
    with lzma.open(path) as file:
        milli_g = np.load(file, allow_pickle=False)
    channels = [Channel(direction, rate_hz=FEMTO_RATE_HZ, unit="g") for direction in ("horizontal", "vertical")]
    # Sets named _every3 hold each third of the records, which were taken every 10 s.
    interval_s = 30.0 if name.endswith("_every3") else 10.0
    training = int(TRAINING_SHARE * len(milli_g))
    start_ns = round(training * interval_s * 1e9)
    vibration = (milli_g.astype(np.float64) * 0.001).astype(np.float32)
    return _Case(
        name=name,
        channels=channels,
        healthy=as_recording(vibration[:training], channels, record_interval_s=interval_s),
        rest=as_recording(vibration[training:], channels, start_time=start_ns, record_interval_s=interval_s),
        inputs=[(milli_g[training:], channels)],
        options=["--scale", "0.001", "--record-interval", str(interval_s), "--start-time", str(start_ns)],
        records=len(milli_g),
        training_records=training,
        interval_s=interval_s,
        start_ns=start_ns,
        first_real=len(milli_g) / 3,
        first_real_is="a third of its life",
    )


def _show(case: _Case, tool: Path) -> bool:
    """Run one case and tell; whether it went as it should."""
    print(f"{case.name}: {case.records} records, one every {case.interval_s:g} s")
    pipeline = bearing_run_to_failure(case.channels, name=case.name).fit(case.healthy)
    evidence = pipeline.evidence_
    extrapolated = ", extrapolated" if evidence["extrapolated"] else ""
    threshold = f"severity {pipeline.threshold_:.2f}{extrapolated}"
    print(f"  learned    {case.training_records} records; alarm threshold at {threshold}")
    with tempfile.TemporaryDirectory(prefix="millwright-demo-") as directory:
        bundle = Path(directory) / "bearing.safetensors"
        pipeline.save(bundle)
        result = load(bundle).run(case.rest, progress=True)
        files, names = [], []
        for i, (samples, channels) in enumerate(case.inputs):
            files.append(Path(directory) / f"signal{i}.npy")
            np.save(files[-1], samples)
            names += [
                "--names",
                ",".join(channel.name for channel in channels),
                "--rate",
                f"{channels[0].rate_hz:.17g}",
            ]
        gateway = run_gateway([str(tool)], bundle, files, [*names, *case.options], Path(directory))
    raised = [episode for episode in result.episode_list if case.record_of(episode.raised_at) >= case.first_real]
    false = len(result.episode_list) - len(raised)
    if raised:
        _show_alarm(case, raised[0])
    else:
        print("  alarm      none")
    print(f"  false      {false} episodes before {case.first_real_is}")
    _show_cost(gateway["summary"])
    unequal = differences(result, gateway)
    if unequal:
        print(f"  gateway    DIFFERS from Python in {', '.join(unequal)}")
    else:
        print(f"  gateway    scores of {len(result)} windows equal Python's byte for byte")
    return bool(raised) and not unequal


def _show_alarm(case: _Case, episode: Episode) -> None:
    record = case.record_of(episode.raised_at)
    left = case.records - record
    print(f"  alarm      at record {record}, priority {episode.priority}, peak severity {episode.peak_severity:.1f}")
    for contributor in episode.contributors[:3]:
        print(f"             {contributor.share:4.0%}  {contributor.feature}, {contributor.deviation:+.1f} sigma")
    print(f"  lead       {left * case.interval_s / 60:.0f} min before the end, {left / case.records:.0%} of its life")


def _show_cost(summary: dict[str, Any]) -> None:
    rate, latency = summary["samples_per_second"] / 1e6, summary["latency_ns"]["p99"] / 1e3
    print(
        f"  cost       {rate:.0f} Msample/s, p99 {latency:.0f} us a window, "
        f"{summary['stream_bytes'] / 1024:.0f} KiB of state, bundle of {summary['bundle_bytes'] / 1024:.0f} KiB"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m millwright.demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="folder that holds femto_pronostia/; default: simulate")
    parser.add_argument("--tool", type=Path, help="the millwright program; default: the one on the PATH")
    arguments = parser.parse_args()
    found = arguments.tool or shutil.which("millwright")
    if found is None or not Path(found).is_file():
        print("demo: the millwright program was not found; give its path by --tool", file=sys.stderr)
        return 2
    tool = Path(found).resolve()
    if arguments.data is None:
        return 0 if _show(_simulated(), tool) else 1
    paths = sorted((arguments.data / "femto_pronostia").glob("Bearing*.npy.xz"))
    if not paths:
        print(f"demo: there is no femto_pronostia/Bearing*.npy.xz under {arguments.data}", file=sys.stderr)
        return 2
    outcomes = [_show(_femto(path), tool) for path in paths]
    print(f"{sum(outcomes)} of {len(outcomes)} bearings: failure caught, gateway equal to Python")
    return 0 if all(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
