"""Five labelled events: how much each detector should be heard, and what a new alarm resembles.

A simulated pump runs for six healthy days, on which the pipeline is fitted, and for eight days with five faults that people have
confirmed: three leaks, two worn bearings. From these, weights of the fusion are learned and tried on left-out events, and signatures of both
faults. A sixth fault then raises an alarm that comes with a hypothesis.
"""

import numpy as np

import millwright as mw

MINUTE, DAY = 60, 86_400
CHANNELS = [mw.Channel(name, rate_hz=1.0, role="process") for name in ("pressure", "flow", "temperature", "vibration")]
CHANNELS.append(mw.Channel("load", rate_hz=1.0, role="context"))
FEATURES = [f"{channel.name}.mean" for channel in CHANNELS]
SHIFTS = {"leak": (-0.5, 0.5, 0.0, 0.0), "bearing": (0.0, 0.0, 0.5, 0.7), "blockage": (0.5, -0.7, 0.2, 0.0)}


def simulate(days: int, faults: list[tuple[float, str, float]], seed: int) -> np.ndarray:
    """Five signals at 1 Hz; the load goes through three levels. A fault lasts 40 minutes: (day, kind, strength)."""
    random = np.random.default_rng(seed)
    minutes = days * DAY // MINUTE
    load = np.repeat(random.permuted(np.tile([1.0, 2.0, 3.0], (minutes // 360, 1)), axis=1).ravel(), 120)
    wander = np.zeros(minutes)  # of the supply: all follow it, slowly
    for i in range(1, minutes):
        wander[i] = 0.98 * wander[i - 1] + 0.05 * random.normal()
    signals = np.outer(load, (2.0, 1.5, 0.6, 0.4)) + np.outer(wander, (1.0, 1.0, 0.3, 0.0))
    signals += random.normal(0, 0.1, (minutes, 4)) * load[:, None]  # wider at high load
    for day, kind, strength in faults:
        during = slice(round(day * DAY / MINUTE), round(day * DAY / MINUTE) + 40)
        signals[during] += strength * np.array(SHIFTS[kind])
    seconds = np.repeat(np.column_stack([signals, load]), MINUTE, axis=0)
    return (seconds + random.normal(0, 0.05, seconds.shape)).astype(np.float32)


def when(day: float) -> tuple[int, int]:
    start = round(day * DAY)
    return int((start + MINUTE) * 1e9), int((start + 40 * MINUTE) * 1e9)


def pump(fuse: mw.CauchyFusion) -> mw.Pipeline:
    return mw.Pipeline(
        channels=CHANNELS,
        window="60s",
        features=FEATURES,
        normalize=mw.ContextNormalizer(by=["load"], regimes=3),
        detect=[mw.IsolationForest(trees=50), mw.Mahalanobis()],
        calibrate=mw.TailCalibration(by_regime=True),
        fuse=fuse,
    )


healthy = simulate(6, [], seed=1)
pipeline = pump(mw.CauchyFusion()).fit(healthy, progress=False)

known = [(0.9, "leak", 1.0), (2.4, "bearing", 0.8), (3.9, "leak", 1.4), (5.5, "bearing", 1.2), (7.0, "leak", 1.2)]
labels = [kind for _, kind, _ in known]
events = [when(day) for day, _, _ in known]
history = pipeline.run(simulate(8, known, seed=2), start_time=0)
print(f"with equal weights: {len(history.episode_list)} episodes in eight days with five faults\n")

# Weights stay equal unless events that they were not learned from are served better.
found = mw.learn_fusion_weights(history, events, margin_s=600)
print(found)
for (_, kind, strength), event in zip(known, found.events, strict=True):
    equal, learned = event.equal, event.learned
    print(
        f"  {kind:<8} {strength:.1f}: peak - threshold {equal.peak_severity - equal.threshold:+.1f} with equal weights, "
        f"{learned.peak_severity - learned.threshold:+.1f} with those learned from the other four"
    )

# Tail and threshold belong to the weights: the pipeline is fitted again, and the alert budget sets the threshold.
better = pump(found.fusion()).fit(healthy, progress=False)

# What faults look like, in robust standard deviations of normal operation.
deviations = mw.event_deviations(pipeline, history, events)
signatures = mw.FaultSignatures().fit(deviations, labels)
left_out = signatures.leave_one_event_out(deviations, labels)
print(f"\nleft-out events named rightly: {left_out.accuracy:.0%} of {left_out.repeated}")

for kind, strength in (("leak", 1.5), ("bearing", 2.0), ("blockage", 1.5)):
    result = better.run(simulate(1, [(0.5, kind, strength)], seed=3), start_time=0)
    for episode in result.episode_list[:1]:
        end = episode.cleared_at or int(result.end_time_ns[-1])
        row = mw.event_deviations(better, result, [(episode.started_at, end)])[0]
        guesses = ", ".join(f"{h.fault} (similarity {h.similarity:.2f})" for h in signatures.hypotheses(row))
        print(
            f"a {kind}: severity {episode.peak_severity:.1f}; {signatures.name(row) or 'unlike all known'}: {guesses}"
        )
