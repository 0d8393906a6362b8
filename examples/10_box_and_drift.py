"""Why an isolation forest alone misses a drift out of its training range, and what sees it.

A forest is made of boxes. Whatever lies beyond the training rows falls into the same outermost boxes, so the score of a drift
rises until it leaves the range and then stands still, however far the drift goes: often below the scores that normal rows
reach. Distances to what is normal (Mahalanobis, principal components) go on growing.
"""

import numpy as np

import millwright as mw

# A pump's temperature, pressure, flow and current follow its load; for two days nothing is wrong.
random = np.random.default_rng(3)
gains = np.array([3.0, 0.8, 12.0, 1.5])


def normal_rows(count: int) -> np.ndarray:
    load = random.normal(size=(count, 1))
    return np.array([60.0, 4.0, 125.0, 18.0]) + load * gains + 0.3 * gains * random.normal(size=(count, 4))


training, unseen = normal_rows(2000), normal_rows(2000)

# Then the temperature creeps up, by up to thirty of its standard deviations, at an ordinary load.
spread = training[:, 0].std()
drift = np.repeat(np.median(training, axis=0)[None], 7, axis=0)
steps = np.array([0, 2, 4, 6, 10, 20, 30])
drift[:, 0] += steps * spread

published = mw.IsolationForest(out_of_box_weight=0.0).fit(training)
fused = mw.FusedDetector().fit(training)
forest_limit = float(published.anomaly_score(training).max())  # a threshold that normal operation does not cross
fused_limit = float(fused.held_out_severity_.max())

print("drift, standard deviations:  " + "".join(f"{step:8d}" for step in steps))
print("forest as published:         " + "".join(f"{score:8.3f}" for score in published.anomaly_score(drift)))
print("fused default, severity:     " + "".join(f"{score:8.1f}" for score in fused.anomaly_score(drift)))
print(f"highest in training: forest {forest_limit:.3f}, fused {fused_limit:.1f}")

forest, severity = published.anomaly_score(drift), fused.anomaly_score(drift)
assert np.ptp(forest[steps >= 6]) < 1e-12, "beyond the training range the forest's score stands still ..."
assert forest.max() < forest_limit, "... below what normal rows reach: the drift is never found"
assert (np.diff(severity[steps >= 2]) > 0.0).all(), "the fused severity grows all the way"
assert (severity[steps >= 4] > fused_limit).all(), "and is far above normal once the drift leaves the range"
assert (fused.explain(drift)[steps >= 4].argmax(axis=1) == 0).all(), "and it names the temperature"

print(
    f"rows of normal operation above either limit: {(published.anomaly_score(unseen) > forest_limit).mean():.2%}",
    end="",
)
print(f" and {(fused.anomaly_score(unseen) > fused_limit).mean():.2%}")
print("the forest finds none of the drift, the fused default all from four standard deviations on")
