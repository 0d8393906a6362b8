"""Bundles and checkpoints as version 0.1.0 wrote them, with what it computed from them: tests/golden/compatibility/.

Kept as documentation. It ran once, with millwright 0.1.0 (bundle format 1, checkpoint format MWSTATE1), and what it wrote must
never be written again by a later version: a file of the past proves nothing when the present has made it.
compatibility_golden_test.cpp reads the files and states what is promised about them.

For each bundle NAME there are

    NAME_v1.safetensors   the bundle
    NAME_v1.checkpoint    state in the middle of the input, with an episode open
    NAME_v1.input         samples, float32, group after group, each planar
    NAME_v1.expected      one row for each window, 64 bits each: features, scores, severities, severity (float64), then end time,
                          quality, regime, scored, alarm (int64)
    NAME_v1.json          pushes in order, where the checkpoint was written, and episodes and counters at the end
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

import millwright as mw

HERE = Path(__file__).parent / "compatibility"
RATE = 2000.0
SLOW_RATE = 10.0
START = 1_700_000_000_000_000_000
HOP = 128  # samples between windows in every pipeline here, at most


def machine(seconds: float, seed: int, fault: tuple[float, float] = (1e9, 1e9)) -> tuple[np.ndarray, np.ndarray]:
    """Two accelerometers that ring, and the speed that their level follows; between the times of `fault`, impacts every 50 ms."""
    random = np.random.default_rng(seed)
    n = round(seconds * RATE)
    slow = round(seconds * SLOW_RATE)
    level = np.repeat(random.permutation(np.arange(slow // 40 + 1) % 2), 40)[:slow]
    speed = 1200.0 + 600.0 * level + 5.0 * random.normal(size=slow)
    vibration = np.empty((n, 2))
    x1 = x2 = y1 = y2 = 0.0
    noise = random.normal(size=(n, 2))
    for i in range(n):
        strength = speed[i * slow // n] ** 2 * 1e-7
        push = strength * noise[i, 0]
        if fault[0] <= i / RATE < fault[1] and i % 100 == 0:
            push += 4.0
        x = 0.6 * x1 - 0.85 * x2 + push
        y = 1.2 * y1 - 0.75 * y2 + strength * noise[i, 1] + 0.1 * push
        x2, x1, y2, y1 = x1, x, y1, y
        vibration[i] = x, y
    return vibration.astype(np.float32), speed.astype(np.float32)[:, np.newaxis]


def write(
    name: str, pipeline: mw.Pipeline, groups: list[np.ndarray], pushes: list[dict], checkpoint_after: int
) -> None:
    """Runs the pushes, writes a checkpoint in their middle, and proves that a stream restored from it goes on alike."""
    pipeline.save(HERE / f"{name}_v1.safetensors")
    stream = pipeline.stream()
    rows: list[np.ndarray] = []
    episodes: dict[int, mw.Episode] = {}
    state = b""
    open_episode = 0

    def push(to: mw.Stream, which: dict) -> mw.Result:
        block = groups[which["group"]][which["first"] : which["first"] + which["count"]]
        return to.push(block, group=which["group"], start_time=which.get("start_time_ns"))

    def table(result: mw.Result) -> np.ndarray:
        numbers = np.column_stack(
            [result.feature_values, result.score_values, result.severity_values, result.severity]
        ).astype("<f8")
        others = [result.end_time_ns, result.quality, result.regime, result.is_scored, result.is_alarm]
        return np.hstack([numbers.view("<i8"), np.column_stack([o.astype("<i8") for o in others])])

    for number, which in enumerate(pushes):
        if number == checkpoint_after:
            state = stream.checkpoint()
            rows_before = sum(len(r) for r in rows)
            open_episode = next((n for n, e in episodes.items() if e.cleared_at is None), 0)
            counters_before = stream.counters
        result = push(stream, which)
        rows.append(table(result))
        episodes |= {e.number: e for e in result.episode_list}
    expected = np.vstack(rows)
    assert open_episode, f"{name}: no episode is open at the checkpoint"
    assert all(e.cleared_at is not None for e in episodes.values()), f"{name}: an episode never cleared"

    again = pipeline.stream()
    again.restore(state)
    assert again.counters == counters_before
    rest = np.vstack([table(push(again, which)) for which in pushes[checkpoint_after:]])
    assert np.array_equal(rest, expected[rows_before:]), name
    assert again.counters == stream.counters

    (HERE / f"{name}_v1.checkpoint").write_bytes(state)
    (HERE / f"{name}_v1.input").write_bytes(b"".join(np.ascontiguousarray(g.T).astype("<f4").tobytes() for g in groups))
    (HERE / f"{name}_v1.expected").write_bytes(np.ascontiguousarray(expected).tobytes())
    description = {
        "written_by": mw.__version__,
        "groups": [{"channels": g.shape[1], "samples": len(g)} for g in groups],
        "group_channels": stream.groups,
        "features": result.feature_names,
        "detectors": result.detector_names,
        "threshold": result.threshold.hex(),
        "checkpoint_after": checkpoint_after,
        "rows": len(expected),
        "rows_before": rows_before,
        "open_episode": open_episode,
        "episodes": [
            {
                "number": e.number,
                "started_at": e.started_at,
                "raised_at": e.raised_at,
                "cleared_at": e.cleared_at,
                "peak_severity": e.peak_severity.hex(),
                "peak_at": e.peak_at,
                "priority": e.priority,
                "regime": e.regime,
                "extrapolated": e.extrapolated,
                "contributors": [
                    {"feature": c.feature, "share": c.share.hex(), "deviation": c.deviation.hex()}
                    for c in e.contributors
                ],
            }
            for e in episodes.values()
        ],
        "counters_before": counters_before,
        "counters": stream.counters,
        "pushes": pushes,
    }
    (HERE / f"{name}_v1.json").write_text(json.dumps(description, indent=1) + "\n")
    sizes = {p.name: p.stat().st_size for p in sorted(HERE.glob(f"{name}_v1*"))}
    print(
        name,
        len(expected),
        "rows, episodes",
        [(e.number, e.priority) for e in episodes.values()],
        stream.counters,
        sizes,
    )
    print(json.dumps(pipeline.evidence_))


def in_turn(groups: list[np.ndarray], rates: list[float], step_s: float) -> list[dict]:
    """All groups in steps of time, the slowest first. Pieces do not end where windows do."""
    pushes = []
    steps = int(np.ceil(len(groups[0]) / rates[0] / step_s - 1e-9))
    for k in range(steps):
        for g in reversed(range(len(groups))):
            first, last = (min(len(groups[g]), round(edge * step_s * rates[g])) for edge in (k, k + 1))
            if last > first:
                pushes.append({"group": g, "first": first, "count": last - first})
    for g in range(len(groups)):
        next(p for p in pushes if p["group"] == g)["start_time_ns"] = START
    return pushes


def machine_bundle() -> None:
    """Regimes, lags, tails for each regime, two windows that overlap, and an input with gaps, NaN and a stuck sensor."""
    channels = [
        mw.Channel("vib_x", unit="g", rate_hz=RATE, range_low=-40.0, range_high=40.0),
        mw.Channel("vib_y", unit="g", rate_hz=RATE),
        mw.Channel("speed", unit="rpm", rate_hz=SLOW_RATE, role="context"),
    ]
    pipeline = mw.Pipeline(
        name="compatibility: machine",
        channels=channels,
        window=mw.Window(["256", "512"], hop="256", min_valid_share=0.9),
        # Settings that are off are 0 or "" in the declaration of this version: shaft_hz, max_gap_s, max_lag_s.
        features=mw.Features(
            names=[
                "vib_x.rms", "vib_x.kurtosis", "vib_x.crest", "vib_x.log_band_rms(f_lo=200,f_hi=800)",
                "vib_x@512.spectral_centroid", "vib_x@512.order_rms(order=1)", "vib_x.log_envelope_rms(f_lo=300,f_hi=900)",
                "vib_x.packet_relative_energy(band=2)", "vib_y.rms", "vib_y@512.kurtosis", "vib_y.wavelet_entropy(level=3)",
                "vib_y.mfcc(coefficient=1,n_mels=12)", "vib_y.iqr", "speed.mean",
            ],
            speed_channel="speed",
        ),
        normalize=mw.ContextNormalizer(by=["speed"], regimes=2, min_rows=20),
        detect=[
            mw.IsolationForest(trees=24, samples=64, seed=3),
            mw.Mahalanobis(),
            mw.PcaMonitor(lags=2),
            mw.KnnDistance(max_reference=64),
        ],
        smooth=mw.RunningMedian(windows=3),
        calibrate=mw.TailCalibration(by_regime=True, min_regime_rows=100, max_scores=256),
        alert=mw.AlertBudget(max_false_episodes_per_week=1000.0),
        alarm=mw.Alarm(smoothing_windows=2, on_count=2, on_window=4, off_windows=3, refractory_s=1.0),
        fit_options=mw.FitOptions(golden_windows=2),
    )  # fmt: skip
    vibration, speed = machine(60.0, seed=1)
    pipeline.fit(
        mw.Recording(
            [mw.Signal.continuous(channels[:2], vibration, START), mw.Signal.continuous(channels[2:], speed, START)]
        ),
        created_utc="2026-12-01T00:00:00Z",
        notes="training noise, not a machine",
        progress=False,
    )
    vibration, speed = machine(9.0, seed=2, fault=(2.0, 4.5))
    vibration[3000:3040, 1] = np.nan
    vibration[15000:15300, 0] = vibration[15000, 0]
    groups = [vibration, speed]
    pushes = in_turn(groups, [RATE, SLOW_RATE], 0.1)
    # A tenth of a second is lost, which is filled and masked; then half a second, which begins a new segment. Both groups lose it.
    for lost_at_s, jump_ns in ((5.0, 5_100_000_000), (7.0, 7_600_000_000)):
        for g in range(2):
            later = next(p for p in pushes if p["group"] == g and p["first"] >= lost_at_s * (RATE, SLOW_RATE)[g])
            later["start_time_ns"] = START + jump_ns
    write("machine", pipeline, groups, pushes, checkpoint_after=2 * 38 + 1)


def defaults_bundle() -> None:
    """Nothing but channels and a window declared, as README's example begins."""
    channels = [
        mw.Channel("vib_x", unit="g", rate_hz=RATE),
        mw.Channel("speed", unit="rpm", rate_hz=SLOW_RATE, role="context"),
    ]
    pipeline = mw.Pipeline(name="compatibility: defaults", channels=channels, window="256")
    vibration, speed = machine(2.6, seed=4)
    pipeline.fit(
        mw.Recording(
            [mw.Signal.continuous(channels[:1], vibration[:, :1], START), mw.Signal.continuous(channels[1:], speed, START)]
        ),
        progress=False,
    )  # fmt: skip
    vibration, speed = machine(7.0, seed=5, fault=(0.5, 2.5))
    speed[:] = 1200.0
    groups = [np.ascontiguousarray(vibration[:, :1] * 1.0), speed]
    write("defaults", pipeline, groups, in_turn(groups, [RATE, SLOW_RATE], 0.1), checkpoint_after=2 * 22)


def detectors_bundle() -> None:
    """Every other detector of this version, small, those that learn while they run among them; fused by the minimum."""
    channels = [mw.Channel("vib_x", unit="g", rate_hz=RATE)]
    pipeline = mw.Pipeline(
        name="compatibility: detectors",
        channels=channels,
        window=mw.Window("256", hop="128"),
        features=["vib_x.rms", "vib_x.kurtosis", "vib_x.spectral_centroid", "vib_x.zero_crossings"],
        normalize=mw.ContextNormalizer(),
        detect=[
            mw.ExtendedIsolationForest(trees=10, samples=48, max_depth=-1),
            mw.QuantizedForest(trees=12, samples=64, precision="fixed16"),
            mw.HalfSpaceTrees(trees=5, depth=6, window=40),
            mw.OnlineIsolationForest(trees=5, window=64, leaf_rows=8),
            mw.RandomCutForest(trees=5, samples=32, window=64),
            mw.OneClassSvm(nu=0.1),
            mw.Svdd(nu=0.1),
            mw.ApproximateOneClassSvm(features=16),
            mw.KmeansDistance(clusters=4),
            mw.Aakr(max_memory=24, lags=1),
            mw.Autoencoder(epochs=20, lags=1),
            mw.PcaMonitor(statistic="spe"),
        ],
        fuse=mw.MinFusion(),
        calibrate=mw.TailCalibration(max_scores=100),
        alert=mw.AlertBudget(max_false_episodes_per_week=5000.0),
        alarm=mw.Alarm(on_count=2, on_window=3, off_windows=2, refractory_s=0.5),
    )
    vibration, _ = machine(14.0, seed=6)
    pipeline.fit(mw.Recording([mw.Signal.continuous(channels, vibration[:, :1], START)]), progress=False)
    vibration, _ = machine(8.0, seed=7, fault=(2.5, 4.5))
    groups = [np.ascontiguousarray(vibration[:, :1])]
    write("detectors", pipeline, groups, in_turn(groups, [RATE], 0.05), checkpoint_after=70)


def main() -> None:
    if mw.__version__ != "0.1.0":
        sys.exit(
            f"this writes files of version 0.1.0; this is {mw.__version__}. A file of the past is not written again"
        )
    HERE.mkdir(exist_ok=True)
    if any(HERE.iterdir()):
        sys.exit(f"{HERE} holds files already; they are the ones to keep")
    machine_bundle()
    defaults_bundle()
    detectors_bundle()


if __name__ == "__main__":
    main()
