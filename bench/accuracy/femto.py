"""Run-to-failure bearings of the IEEE PHM 2012 challenge (FEMTO): is each failure caught, and how often is an alert false?

For every ``Bearing*.npy.xz`` under ``DIR/femto_pronostia``: fit on the first 15 % of the records, stream the rest. Counted are the
first episode, episodes in the first third of life (nobody would follow those), the share of life that was left at the first
episode, and Spearman's correlation of severity with time. One configuration for all bearings,
`millwright.presets.bearing_run_to_failure`. Beside it, a common rule: RMS above mean + 6 sigma of the first 10 %, five records
in a row.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

import millwright as mw
from millwright.presets import bearing_run_to_failure

RATE_HZ = 25_600.0
TRAINING_SHARE = 0.15
PROTOCOL = (
    "fit on the first 15 % of records, stream the rest; one configuration for all bearings; "
    "an episode counts at the record in which it is raised"
)
CHANNELS = [mw.Channel("horizontal", rate_hz=RATE_HZ, unit="g"), mw.Channel("vertical", rate_hz=RATE_HZ, unit="g")]


def load_records(path: Path) -> np.ndarray:
    """Acceleration in g, shape (records, samples, 2)."""
    with lzma.open(path) as file:
        milli_g = np.load(file, allow_pickle=False)
    return (milli_g.astype(np.float64) * 0.001).astype(np.float32)


def record_interval_s(name: str) -> float:
    """One record each 10 s; sets named ``_every3`` hold each third of them."""
    return 30.0 if name.endswith("_every3") else 10.0


def rms_rule(channel: np.ndarray) -> int | None:
    """First record of the common rule, or None."""
    rms = np.sqrt((channel.astype(np.float64) ** 2).mean(axis=1))
    healthy = rms[: len(rms) // 10]
    above = rms > healthy.mean() + 6 * healthy.std()
    for record in range(len(healthy), len(rms) - 4):
        if above[record : record + 5].all():
            return record
    return None


def evaluate(path: Path) -> tuple[dict[str, Any], str]:
    """The result for the report, and its line for people."""
    name = path.name.removesuffix(".npy.xz")
    vibration = load_records(path)
    records = len(vibration)
    training = int(TRAINING_SHARE * records)
    interval = record_interval_s(name)

    pipeline = bearing_run_to_failure(CHANNELS, name=name)
    pipeline.fit(vibration[:training], record_interval_s=interval, progress=False)
    start_ns = round(training * interval * 1e9)
    result = pipeline.run(vibration[training:], start_time=start_ns, record_interval_s=interval)

    def record_of(time_ns: int) -> int:
        return int(time_ns // round(interval * 1e9))

    raised = [record_of(episode.raised_at) for episode in result.episode_list]
    scored = np.isfinite(result.severity)
    correlation = spearmanr(np.flatnonzero(scored), result.severity[scored]).statistic
    row = {
        "name": name,
        "records": records,
        "first_episode_record": raised[0] if raised else None,
        "episodes_first_third": sum(record < records / 3 for record in raised),
        "lead_fraction": round((records - raised[0]) / records, 4) if raised else 0.0,
        "spearman": round(float(correlation), 4),
    }
    rules = [rms_rule(vibration[:, :, channel]) for channel in range(2)]
    rule_text = " / ".join("none" if rule is None else f"{rule}{'!' if rule < records / 3 else ''}" for rule in rules)
    threshold = f"{pipeline.threshold_:.2f}{' (extrapolated)' if pipeline.evidence_['extrapolated'] else ''}"
    line = (
        f"{name:<20}{records:>8}{'none' if not raised else raised[0]:>10}{row['episodes_first_third']:>12}{len(raised):>10}"
        f"{row['lead_fraction']:>8.3f}{row['spearman']:>10.2f}   {threshold:<22}{rule_text}"
    )
    return row, line


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds femto_pronostia/")
    parser.add_argument("--json", type=Path, help="write the report here")
    arguments = parser.parse_args()

    paths = sorted((arguments.data / "femto_pronostia").glob("Bearing*.npy.xz"))
    if not paths:
        print(f"femto: there is no femto_pronostia/Bearing*.npy.xz under {arguments.data}", file=sys.stderr)
        return 2

    print(f"FEMTO bearings: {PROTOCOL}")
    print(
        f"{'bearing':<20}{'records':>8}{'episode':>10}{'first third':>12}{'episodes':>10}{'lead':>8}{'spearman':>10}   "
        f"{'threshold':<22}RMS + 6 sigma, h / v (! = first third)"
    )
    results = []
    for path in paths:
        row, line = evaluate(path)
        results.append(row)
        print(line, flush=True)

    detected = [row for row in results if row["first_episode_record"] is not None]
    summary = {
        "bearings": len(results),
        "detected_before_end": len(detected),
        "episodes_first_third": sum(row["episodes_first_third"] for row in results),
        "median_lead_fraction": round(float(np.median([row["lead_fraction"] for row in results])), 4),
    }
    print(
        f"detected before the end: {summary['detected_before_end']} of {summary['bearings']}; episodes in the first third: "
        f"{summary['episodes_first_third']}; median lead: {summary['median_lead_fraction']:.3f} of life"
    )
    if arguments.json:
        report = {"set": "femto", "protocol": PROTOCOL, "results": results, "summary": summary}
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
