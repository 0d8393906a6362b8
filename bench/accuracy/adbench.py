"""Tabular anomaly sets of ADBench (Han et al., NeurIPS 2022): detectors of the library and of scikit-learn side by side.

For every ``*.npz`` under ``DIR/adbench``: fit on all rows, score the same rows, area under the ROC curve with mid-ranks for
ties. Forests have 100 trees of 256 rows on the rows as they are, without the out-of-box term; everything else sees standardised
columns. The mean over the seeds must agree with scikit-learn's forest within 3 sqrt(2) std / sqrt(10) + .002, where std is that of
scikit-learn over its seeds; the one-class SVM (sets of up to 12,000 rows) within .001. The further columns are for information.

A set may lie outside its allowance by chance: "apart / se" is the distance in standard errors of both means. Forests differ in the
mean by up to .002, because scikit-learn counts what a leaf of few rows would still have to be split by an approximation, and this
library exactly.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

import millwright as mw

SEEDS = 10  # for large sets, too: the std of three seeds is off by a factor of several, and the allowance with it
LARGEST_FOR_SVM = 12_000
SVM_TOLERANCE = 0.001
REFERENCE_FILE = "sklearn_reference_dev.csv"
PROTOCOL = (
    f"fit and score on all rows; {SEEDS} seeds; forests of 100 x 256; "
    "everything but the standard forest on standardised columns"
)

FOREST = ("IsolationForest", {"trees": 100, "samples": 256, "out_of_box_weight": 0.0, "threads": 0})
SVM = ("OneClassSvm", {"kernel": "rbf", "gamma": "scale", "nu": 0.5})

# Further columns: the estimator, its settings, whether it draws random numbers, and the most rows that it is run on.
FURTHER: dict[str, tuple[str, dict[str, Any], bool, int]] = {
    "mahalanobis": ("Mahalanobis", {}, False, 10_000_000),
    "pca": ("PcaMonitor", {}, False, 10_000_000),
    "knn": ("KnnDistance", {}, False, 10_000_000),
    "eif": ("ExtendedIsolationForest", {**FOREST[1], "dimensions": 2}, True, 10_000_000),
}


def estimator(name: str, settings: dict[str, Any]) -> Any | None:
    """One of the library's estimators; None where this build has no such estimator or setting."""
    made = getattr(mw, name, None)
    return None if made is None or not set(settings) <= set(made().get_params()) else made(**settings)


def auroc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Probability that an anomaly scores above a normal row, ties counted half."""
    if not np.isfinite(scores).all():
        raise ValueError(f"{np.count_nonzero(~np.isfinite(scores))} rows have no score")
    anomalies = labels == 1
    n_anomalies, n_normal = np.count_nonzero(anomalies), np.count_nonzero(~anomalies)
    ranks = rankdata(scores)[anomalies].sum()
    return float((ranks - n_anomalies * (n_anomalies + 1) / 2) / (n_anomalies * n_normal))


def over_seeds(score: Callable[[int], np.ndarray], labels: np.ndarray, seeds: int) -> tuple[float, float]:
    """Mean and standard deviation of the AUROC."""
    values = [auroc(score(seed), labels) for seed in range(seeds)]
    return float(np.mean(values)), float(np.std(values, ddof=1)) if seeds > 1 else 0.0


def ours(
    name: str, settings: dict[str, Any], rows: np.ndarray, labels: np.ndarray, seeds: int | None = None
) -> tuple[float, float] | tuple[None, None]:
    """AUROC of one of the library's detectors, mean and std over seeds where it draws random numbers; None without such a detector."""
    if estimator(name, settings) is None:
        return None, None

    def score(seed: int) -> np.ndarray:
        drawn = {} if seeds is None else {"seed": seed}
        scores: np.ndarray = estimator(name, settings | drawn).fit(rows).anomaly_score(rows)
        return scores

    return over_seeds(score, labels, seeds or 1)


def evaluate(path: Path, seeds: int, progress: Callable[[str], None]) -> dict[str, Any]:
    with np.load(path, allow_pickle=False) as file:
        rows, labels = file["X"].astype(np.float64), file["y"].ravel()
    n = len(rows)

    def reference(seed: int) -> np.ndarray:
        forest = IsolationForest(n_estimators=100, max_samples=min(256, n), random_state=seed, n_jobs=-1)
        return -forest.fit(rows).score_samples(rows)

    progress("scikit-learn's forest")
    if_ref, if_ref_std = over_seeds(reference, labels, seeds)
    progress("forest")
    if_auroc, if_std = ours(*FOREST, rows, labels, seeds)
    row: dict[str, Any] = {
        "name": path.stem,
        "rows": n,
        "columns": rows.shape[1],
        "anomalies": int(np.count_nonzero(labels == 1)),
        "seeds": seeds,
        "if_auroc": if_auroc,
        "if_std": if_std,
        "if_ref": if_ref,
        "if_ref_std": if_ref_std,
        "if_tolerance": 3 * np.sqrt(2) * if_ref_std / np.sqrt(10) + 0.002,
        "ocsvm_auroc": None,
        "ocsvm_ref": None,
    }
    standardised = StandardScaler().fit_transform(rows)
    if n <= LARGEST_FOR_SVM:
        progress("one-class SVM")
        svm = OneClassSVM(kernel="rbf", gamma="scale", nu=0.5).fit(standardised)
        row["ocsvm_ref"] = auroc(-svm.decision_function(standardised), labels)
        row["ocsvm_auroc"] = ours(*SVM, standardised, labels)[0]
    for column, (name, settings, draws, most_rows) in FURTHER.items():
        progress(column)
        row[f"{column}_auroc"] = None
        try:
            if n <= most_rows:
                row[f"{column}_auroc"] = ours(name, settings, standardised, labels, seeds if draws else None)[0]
        except ValueError as refused:
            row[f"{column}_note"] = str(refused)
    found = {key.removesuffix("_auroc"): row[key] for key in row if key.endswith("_auroc") and row[key] is not None}
    row["best"] = max(found, key=lambda column: found[column]) if found else None
    row["best_auroc"] = found[row["best"]] if found else None
    row["if_within"] = row["if_auroc"] is not None and abs(row["if_auroc"] - if_ref) <= row["if_tolerance"]
    if row["ocsvm_ref"] is not None:
        row["ocsvm_within"] = (
            row["ocsvm_auroc"] is not None and abs(row["ocsvm_auroc"] - row["ocsvm_ref"]) <= SVM_TOLERANCE
        )
    return row


def published(folder: Path) -> dict[str, float]:
    """Means of scikit-learn's forest that ride with the data, by set; empty where there is no such file."""
    path = folder / REFERENCE_FILE
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {
            line["dataset"].removesuffix(".npz"): float(line["iforest_auroc_mean"]) for line in csv.DictReader(file)
        }


def text(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds adbench/")
    parser.add_argument("--json", type=Path, help="write the report here")
    parser.add_argument("--seeds", type=int, default=SEEDS, help=f"of the forests, at least 2; default {SEEDS}")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these sets only, for example 45_wine")
    arguments = parser.parse_args()

    folder = arguments.data / "adbench"
    paths = sorted(folder.glob("*.npz"), key=lambda path: (path.stat().st_size, path.name))
    if arguments.only:
        paths = [path for path in paths if path.stem in arguments.only]
    if not paths:
        print(f"adbench: there is no such set under {folder}", file=sys.stderr)
        return 2

    show_progress = sys.stderr.isatty()
    references = published(folder)
    further = [*FURTHER, "best"]
    print(f"ADBench: {PROTOCOL}")
    print(
        f"{'set':<20}{'rows':>8}{'cols':>6}{'forest':>9}{'sklearn':>9}{'apart':>9}{'allowed':>9}{'apart / se':>12}  {'svm':>7}{'sklearn':>9}"
        + "".join(f"{column:>12}" for column in further)
        + f"{'':>4}{'time':>7}"
    )
    results = []
    for path in paths:
        began = time.monotonic()

        def progress(what: str, name: str = path.stem) -> None:
            if show_progress:
                print(f"\r\033[K{name}: {what} ...", end="", file=sys.stderr, flush=True)

        row = evaluate(path, arguments.seeds, progress)
        progress("")
        if show_progress:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
        if row["name"] in references:
            row["if_published"] = references[row["name"]]
        results.append(row)
        flags = ("" if row["if_within"] else " forest apart") + (
            " svm apart" if row["ocsvm_auroc"] is not None and not row["ocsvm_within"] else ""
        )
        apart = None if row["if_auroc"] is None else abs(row["if_auroc"] - row["if_ref"])
        if apart is not None:
            error = np.hypot(row["if_std"], row["if_ref_std"]) / np.sqrt(row["seeds"])
            row["if_apart_in_standard_errors"] = round(float(apart / error), 2) if error > 0 else None
        print(
            f"{row['name']:<20}{row['rows']:>8}{row['columns']:>6}{text(row['if_auroc']):>9}{text(row['if_ref']):>9}{text(apart):>9}"
            f"{text(row['if_tolerance']):>9}{row.get('if_apart_in_standard_errors') or 0.0:>12.1f}  {text(row['ocsvm_auroc']):>7}{text(row['ocsvm_ref']):>9}"
            + "".join(f"{text(row[f'{column}_auroc']):>12}" for column in FURTHER)
            + f"{row['best'] or '-':>12}{time.monotonic() - began:>9.1f} s{flags}",
            flush=True,
        )

    svm_sets = [row for row in results if row["ocsvm_ref"] is not None]
    summary = {
        "sets": len(results),
        "if_within": sum(row["if_within"] for row in results),
        "ocsvm_sets": len(svm_sets),
        "ocsvm_within": sum(row["ocsvm_within"] for row in svm_sets),
    }
    means = {}
    for column in ("if", "ocsvm", *further):
        values = [row[f"{column}_auroc"] for row in results if row[f"{column}_auroc"] is not None]
        if values:
            means[column] = {"mean_auroc": float(np.mean(values)), "sets": len(values)}
    print(
        f"forest within tolerance: {summary['if_within']} of {summary['sets']} sets; "
        f"one-class SVM: {summary['ocsvm_within']} of {summary['ocsvm_sets']}"
    )
    print(
        "mean AUROC: " + ", ".join(f"{column} {m['mean_auroc']:.4f} ({m['sets']} sets)" for column, m in means.items())
    )
    if references:
        known = [row for row in results if "if_published" in row]
        near = sum(
            row["if_auroc"] is not None and abs(row["if_auroc"] - row["if_published"]) <= row["if_tolerance"]
            for row in known
        )
        print(f"forest within tolerance of the means in {REFERENCE_FILE}: {near} of {len(known)} sets")
    if arguments.json:
        report = {"set": "adbench", "protocol": PROTOCOL, "results": results, "summary": summary, "means": means}
        arguments.json.write_text(json.dumps(report, indent=2, default=float) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
