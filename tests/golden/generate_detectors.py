"""Writes detectors_reference.txt: what SciPy, scikit-learn and mpmath say about detectors and calibration.

    pip install numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 mpmath==1.4.1
    python tests/golden/generate_detectors.py

One array a line: name, then its values. Data are drawn here and stored, so that the test needs no generator.
"""

import sys
from pathlib import Path

import mpmath
import numpy as np
import scipy
import sklearn
from scipy import optimize, stats
from sklearn.covariance import OAS, LedoitWolf

rng = np.random.default_rng(20240501)
lines = []


def put(name, values):
    lines.append(" ".join([name, *(repr(float(v)) for v in np.ravel(values))]))


def covariances():
    for case, (rows, columns) in enumerate([(60, 5), (15, 9), (40, 1)]):
        mixing = rng.normal(size=(columns, columns)) / np.sqrt(columns)
        x = np.round(rng.normal(size=(rows, columns)) @ mixing + rng.normal(size=columns), 6)
        put(f"covariance.{case}.data", x)
        put(f"covariance.{case}.shape", x.shape)
        for name, estimator in (("oas", OAS()), ("ledoit_wolf", LedoitWolf())):
            estimator.fit(x)
            put(f"covariance.{case}.{name}.shrinkage", estimator.shrinkage_)
            put(f"covariance.{case}.{name}.covariance", estimator.covariance_)
            put(f"covariance.{case}.{name}.distance", np.sqrt(estimator.mahalanobis(x)))


def spreads():
    for case, x in enumerate([rng.normal(size=31), rng.exponential(size=50) * 1e6, rng.normal(size=2)]):
        put(f"spread.{case}.data", x)
        put(f"spread.{case}.expected", [np.median(x), stats.median_abs_deviation(x, scale="normal")])


def pareto():
    case = 0
    for shape in (-0.25, 0.0, 0.15, 0.45):
        for n in (25, 150):
            y = stats.genpareto.rvs(shape, scale=2.5, size=n, random_state=rng)

            def loss(theta, y=y):
                return -np.sum(stats.genpareto.logpdf(y, theta[0], scale=np.exp(theta[1])))

            best = min(
                (
                    optimize.minimize(
                        loss,
                        (xi, np.log(y.mean() * (1 - min(xi, 0.5)))),
                        method="Nelder-Mead",
                        bounds=[(-0.9, 2.0), (-20, 20)],
                        options={"xatol": 1e-10, "fatol": 1e-12, "maxiter": 10000},
                    )
                    for xi in (-0.5, -0.1, 0.1, 0.5, 1.0)
                ),
                key=lambda r: r.fun,
            )
            fitted = stats.genpareto.fit(y, floc=0)
            put(f"pareto.{case}.data", y)
            put(f"pareto.{case}.log_likelihood", max(-best.fun, np.sum(stats.genpareto.logpdf(y, *fitted))))
            put(f"pareto.{case}.parameters", [best.x[0], np.exp(best.x[1])])
            case += 1
    grid = [(xi, sigma, y) for xi in (-0.2, 0.0, 1e-7, 0.1, 0.5) for sigma in (0.5, 4.0) for y in (0.1, 1.0, 2.4, 50.0)]
    put("pareto.survival.points", grid)
    put("pareto.survival.expected", [stats.genpareto.logsf(y, xi, scale=sigma) for xi, sigma, y in grid])


def fusion():
    mpmath.mp.dps = 60
    ceiling = mpmath.mpf("0.99")
    severities = [
        [0.0, 0.0],
        [0.3, 2.0],
        [1.0, 1.0],
        [5.5, 0.01],
        [12.0, 11.9],
        [12.0001, 3.0],
        [300.0, 299.5],
        [10000.0, 9999.0],
        [0.2, 0.1],
        [0.5, 0.0],
    ]
    expected = []
    for pair in severities:
        p = [min(mpmath.power(10, -mpmath.mpf(s)), ceiling) for s in pair]
        t = sum(mpmath.cot(mpmath.pi * v) for v in p) / len(p)
        fused = mpmath.atan(1 / t) / mpmath.pi if t > 1 else mpmath.mpf("0.5") - mpmath.atan(t) / mpmath.pi
        if t > 1e40:
            fused = 1 / (mpmath.pi * t)
        expected.append(-mpmath.log10(fused))
    put("fusion.severities", severities)
    put("fusion.expected", expected)


def rates():
    grid = [(n, weeks, c) for n in (0, 1, 2, 10, 300) for weeks in (0.01, 1.0, 26.0) for c in (0.8, 0.95)]
    put("rate.points", grid)
    put("rate.expected", [stats.chi2.ppf(c, 2 * n + 2) / (2 * weeks) for n, weeks, c in grid])


def extremal_index():
    """Ferro and Segers 2003, eq. 7 and the estimator below it, written out with numpy."""
    for case, phi in enumerate((0.0, 0.9)):
        z = np.zeros(4000)
        for i in range(1, z.size):
            z[i] = phi * z[i - 1] + np.sqrt(1 - phi**2) * rng.normal()
        positions = np.flatnonzero(z > np.quantile(z, 0.97))
        t = np.diff(positions).astype(float)
        theta = (
            2 * t.sum() ** 2 / (t.size * (t**2).sum())
            if t.max() <= 2
            else 2 * (t - 1).sum() ** 2 / (t.size * ((t - 1) * (t - 2)).sum())
        )
        put(f"extremal.{case}.positions", positions)
        put(f"extremal.{case}.expected", min(1.0, theta))


def paths():
    n = np.array([1, 2, 3, 7, 64, 256, 1000])
    put("path.points", n)
    put(
        "path.expected",
        [0.0 if m < 2 else float(2 * mpmath.harmonic(m - 1) - mpmath.mpf(2) * (m - 1) / m) for m in n.tolist()],
    )


for part in (covariances, spreads, pareto, fusion, rates, extremal_index, paths):
    part()
versions = [("numpy", np), ("scipy", scipy), ("scikit-learn", sklearn), ("mpmath", mpmath)]
header = f"# python {sys.version.split()[0]} " + " ".join(f"{name} {module.__version__}" for name, module in versions)
Path(__file__).with_name("detectors_reference.txt").write_text("\n".join([header, *lines]) + "\n")
