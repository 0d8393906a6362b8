"""Writes one_class_reference.txt: what scikit-learn's one-class SVM (LIBSVM) says.

    pip install numpy==2.4.6 scikit-learn==1.9.1
    python tests/golden/generate_one_class.py

One array a line: name, then its values. Data are drawn here and stored, so that the test needs no generator.
"""

import sys
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics.pairwise import linear_kernel, polynomial_kernel, rbf_kernel, sigmoid_kernel
from sklearn.svm import OneClassSVM

rng = np.random.default_rng(20240601)
lines = []


def put(name, values):
    lines.append(" ".join([name, *(repr(float(v)) for v in np.ravel(values))]))


# kernel, gamma, degree, coef0, nu, tolerance, offset of the data: a linear kernel separates them from the origin
CASES = [
    ("rbf", "scale", 3, 0.0, 0.1, 1e-6, 0.0),
    ("rbf", 2.5, 3, 0.0, 0.5, 1e-6, 50.0),
    ("rbf", "auto", 3, 0.0, 0.02, 1e-3, 0.0),
    ("rbf", 0.01, 3, 0.0, 0.001, 1e-6, 0.0),
    ("linear", "scale", 3, 0.0, 0.2, 1e-3, 2.0),
    ("poly", 0.2, 2, 1.0, 0.3, 1e-3, 1.0),
    ("sigmoid", 0.05, 3, 0.1, 0.2, 1e-3, 1.0),
]
KERNELS = {"rbf": rbf_kernel, "linear": linear_kernel, "poly": polynomial_kernel, "sigmoid": sigmoid_kernel}

for case, (kernel, gamma, degree, coef0, nu, tolerance, offset) in enumerate(CASES):
    mixing = rng.normal(size=(4, 4)) / 2
    train = np.round(rng.normal(size=(150, 4)) @ mixing + offset, 6)
    test = np.round(np.vstack([train[:20], 2.5 * rng.normal(size=(20, 4)) @ mixing + offset]), 6)
    fitted = OneClassSVM(kernel=kernel, gamma=gamma, degree=degree, coef0=coef0, nu=nu, tol=tolerance).fit(train)
    settings = {"rbf": {"gamma": fitted._gamma}, "linear": {}}.get(
        kernel, {"gamma": fitted._gamma, "coef0": coef0} | ({"degree": degree} if kernel == "poly" else {})
    )
    alpha = fitted.dual_coef_[0]
    matrix = KERNELS[kernel](fitted.support_vectors_, **settings)
    put(f"{case}.settings.{kernel}.{gamma}", [degree, coef0, nu, tolerance])
    put(f"{case}.train", train)
    put(f"{case}.test", test)
    put(f"{case}.decision", fitted.decision_function(test))
    put(f"{case}.rho", -fitted.intercept_)
    put(f"{case}.objective", 0.5 * alpha @ matrix @ alpha)
    put(f"{case}.vectors", len(fitted.support_))

versions = [("numpy", np), ("scikit-learn", sklearn)]
header = f"# python {sys.version.split()[0]} " + " ".join(f"{name} {module.__version__}" for name, module in versions)
Path(__file__).with_name("one_class_reference.txt").write_text("\n".join([header, *lines]) + "\n")
