"""Writes pca_reference.txt: what SciPy and scikit-learn say about quantiles, principal components and the robust covariance.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
    python tests/golden/generate_pca.py

One array a line: name, then its values. Data are drawn here and stored, so that the test needs no generator.
"""

import sys
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn.covariance import MinCovDet
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(20240607)
lines = []


def put(name, values):
    lines.append(" ".join([name, *(repr(float(v)) for v in np.ravel(values))]))


def quantiles():
    p = [1e-6, 0.001, 0.05, 0.3, 0.5, 0.9, 0.975, 0.99, 0.999, 0.999999]
    put("normal.points", p)
    put("normal.expected", stats.norm.ppf(p))
    degrees = [(1, 1), (1, 7), (2, 5), (3.5, 0.7), (11, 469), (31, 449), (52, 60), (300, 4), (5, 99995), (400, 999600)]
    grid = [(q, m, n) for q in p for m, n in degrees]
    put("f.points", grid)
    put("f.expected", [stats.f.ppf(*point) for point in grid])
    grid = [(x, k) for k in (1, 2, 7.5, 54, 1000) for x in (0.01 * k, 0.5 * k, k, 1.4 * k, 3 * k)]
    put("chi_square.points", grid)
    put("chi_square.expected", [stats.chi2.cdf(*point) for point in grid])


def components():
    for case, (rows, columns, k) in enumerate([(40, 6, 2), (15, 20, 3)]):
        x = np.round(rng.normal(size=(rows, columns)) @ rng.normal(size=(columns, columns)) + 5.0, 6)
        z = StandardScaler().fit_transform(x)
        pca = PCA().fit(z)
        t = pca.transform(z)[:, :k]
        rank = min(rows - 1, columns)
        left = [(pca.explained_variance_[k:rank] ** i).sum() for i in (1, 2, 3)]
        h0 = 1 - 2 * left[0] * left[2] / (3 * left[1] ** 2)
        base = stats.norm.ppf(0.99) * h0 * np.sqrt(2 * left[1]) / left[0] + 1 + left[1] * h0 * (h0 - 1) / left[0] ** 2
        put(f"pca.{case}.shape", [rows, columns, k])
        put(f"pca.{case}.data", x)
        put(f"pca.{case}.eigenvalues", pca.explained_variance_[:rank])
        put(f"pca.{case}.components", pca.components_[:k])
        put(f"pca.{case}.t2", (t**2 / pca.explained_variance_[:k]).sum(axis=1))
        put(f"pca.{case}.spe", ((z - t @ pca.components_[:k]) ** 2).sum(axis=1))
        put(
            f"pca.{case}.limits",
            [
                k * (rows**2 - 1) / (rows * (rows - k)) * stats.f.ppf(0.99, k, rows - k),
                left[0] * base ** (1 / h0),
                left[1] / left[0] * stats.chi2.ppf(0.99, left[0] ** 2 / left[1]),
            ],
        )


def minimum_covariances():
    kinds = ["none", "cluster", "wide", "one column"]
    sizes = [(60, 2), (80, 3), (100, 5)]
    for case, (kind, (rows, columns)) in enumerate((k, s) for k in kinds for s in sizes):
        x = rng.normal(size=(rows, columns)) @ rng.normal(size=(columns, columns))
        bad = rows // 6
        if kind == "cluster":
            x[:bad] = 15.0 + 0.5 * rng.normal(size=(bad, columns))
        elif kind == "wide":
            x[:bad] *= 12.0
        elif kind == "one column":
            x[:bad, 0] += 50.0
        x = np.round(x, 6)
        half = (rows + columns + 1) // 2
        h = 2 * half - rows + int(2 * (rows - half) * 0.75)
        # The best of ten random starts of FastMCD.
        fits = [MinCovDet(support_fraction=(h + 0.5) / rows, random_state=s).fit(x) for s in range(10)]
        best = min(fits, key=lambda fit: np.linalg.slogdet(fit.raw_covariance_)[1])
        assert best.raw_support_.sum() == h
        put(f"mcd.{case}.shape", [rows, columns, h])
        put(f"mcd.{case}.data", x)
        put(f"mcd.{case}.raw_log_determinant", np.linalg.slogdet(best.raw_covariance_)[1])
        put(f"mcd.{case}.raw_location", best.raw_location_)
        put(f"mcd.{case}.location", best.location_)
        put(f"mcd.{case}.covariance", best.covariance_)


for part in (quantiles, components, minimum_covariances):
    part()
versions = [("numpy", np), ("scipy", scipy), ("scikit-learn", sklearn)]
header = f"# python {sys.version.split()[0]} " + " ".join(f"{name} {module.__version__}" for name, module in versions)
Path(__file__).with_name("pca_reference.txt").write_text("\n".join([header, *lines]) + "\n")
