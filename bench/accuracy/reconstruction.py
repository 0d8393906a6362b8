"""What distance and reconstruction detectors give on SKAB (valve1) and the Tennessee Eastman process.

    python bench/accuracy/reconstruction.py --data ../shared/data

One rule for all detectors, no labels: a model learns the normal rows (SKAB: the first 400 of each experiment; TEP: d00), the
limit comes from scores of five contiguous blocks of them, each scored by a model of the other four: their largest (SKAB), their
99 % quantile (TEP). SKAB's scores pass a causal running median of 5 rows before they meet the limit. SKAB: the test rows of all
experiments pooled. TEP: false alarms on d00_te, detections after row 160 of each fault; IDV 3, 9 and 15, which cannot be detected, apart.
"""

from __future__ import annotations

import argparse
import gzip
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

import millwright as mw
from millwright.estimators import Detector

Rows = NDArray[np.float64]

DETECTORS: dict[str, Callable[[], Detector]] = {
    "isolation_forest": lambda: mw.IsolationForest(),
    "mahalanobis": lambda: mw.Mahalanobis(),
    "mahalanobis, lags 2": lambda: mw.Mahalanobis(lags=2),
    "knn_distance": lambda: mw.KnnDistance(),
    "knn_distance, lags 4": lambda: mw.KnnDistance(lags=4),
    "kmeans_distance": lambda: mw.KmeansDistance(),
    "kmeans_distance, lags 9": lambda: mw.KmeansDistance(lags=9),
    "aakr": lambda: mw.Aakr(),
    "aakr, mset": lambda: mw.Aakr(method="mset"),
    "autoencoder": lambda: mw.Autoencoder(),
}


def held_out_scores(make: Callable[[], Detector], rows: Rows) -> Rows:
    scores = []
    for block in np.array_split(np.arange(len(rows)), 5):
        others = np.delete(rows, block, axis=0)
        scores.append(make().fit(others).anomaly_score(rows[block]))
    return np.concatenate(scores)


def smoothed(scores: Rows, length: int = 5) -> Rows:
    padded = np.concatenate([np.full(length - 1, np.nan), scores])
    windows = np.lib.stride_tricks.sliding_window_view(padded, length)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # windows without a score
        return np.nanmedian(windows, axis=1)


def skab(data: Path, make: Callable[[], Detector]) -> str:
    scores, limits, labels, aucs = [], [], [], []
    for file in sorted((data / "skab" / "valve1").glob("*.csv"), key=lambda f: int(f.stem)):
        table = np.genfromtxt(file, delimiter=";", skip_header=1, usecols=range(1, 10))
        rows, label = table[:, :8], table[:, 8]
        model = make().fit(rows[:400])
        score = smoothed(model.anomaly_score(rows))[400:]
        limit = np.nanmax(smoothed(held_out_scores(make, rows[:400])))
        aucs.append(roc_auc_score(label[400:], score))
        scores.append(score)
        limits.append(np.full(score.size, limit))
        labels.append(label[400:])
    alarm, truth = np.concatenate(scores) > np.concatenate(limits), np.concatenate(labels) == 1.0
    false_alarms, missed = alarm[~truth].mean(), (~alarm)[truth].mean()
    f1 = 2 * (alarm & truth).sum() / (alarm.sum() + truth.sum())
    return f"{np.mean(aucs):.3f} | {f1:.2f} | {100 * false_alarms:.1f} | {100 * missed:.1f}"


def tep_rows(data: Path, name: str) -> Rows:
    with gzip.open(data / "tep" / f"{name}.dat.gz", "rt") as file:
        rows = np.loadtxt(file)
    return rows.T if rows.shape[0] == 52 else rows


def tep(data: Path, make: Callable[[], Detector]) -> str:
    training = tep_rows(data, "d00")
    model = make().fit(training)
    limit = np.nanquantile(held_out_scores(make, training), 0.99)
    false_alarms = np.nanmean(model.anomaly_score(tep_rows(data, "d00_te")) > limit)
    found, hard, aucs = [], [], []
    for file in sorted((data / "tep").glob("d*_te.dat.gz")):
        number = int(file.name[1:3])
        if number == 0:
            continue
        scores = model.anomaly_score(tep_rows(data, file.name.removesuffix(".dat.gz")))
        if number in (3, 9, 15):
            hard.append((scores[160:] > limit).mean())
            continue
        found.append((scores[160:] > limit).mean())
        known = ~np.isnan(scores)
        aucs.append(roc_auc_score((np.arange(960) >= 160)[known], scores[known]))
    return f"{np.mean(aucs):.3f} | {100 * false_alarms:.1f} | {100 * np.mean(found):.1f} | {100 * np.mean(hard):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    print("detector | SKAB AUC | F1 | FAR % | MAR % | TEP AUC | FAR % | detected % | IDV 3, 9, 15 %")
    for name, make in DETECTORS.items():
        print(f"{name} | {skab(data, make)} | {tep(data, make)}", flush=True)


if __name__ == "__main__":
    main()
