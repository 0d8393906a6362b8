"""One-class SVM with an RBF kernel beside LIBSVM and scikit-learn: 10 000 training rows of 32 columns, nu .01; scores per row."""

from __future__ import annotations

import ctypes
from importlib.metadata import version

import numpy as np
import sklearn
from _workload import Workload, optional
from sklearn.svm import OneClassSVM

import millwright

ROWS, COLUMNS, NU, SCORED = 10_000, 32, 0.01, 256

libsvm = optional("libsvm.svmutil")


def versions() -> list[str]:
    return [f"scikit-learn {sklearn.__version__}"] + ([f"LIBSVM {version('libsvm-official')}"] if libsvm else [])


def workloads() -> list[Workload]:
    random = np.random.default_rng(1)
    train = random.standard_normal((ROWS, COLUMNS))
    rows = random.standard_normal((SCORED, COLUMNS))
    gamma = 1.0 / COLUMNS
    ours = millwright.OneClassSvm(gamma=gamma, nu=NU).fit(train)
    theirs = OneClassSVM(gamma=gamma, nu=NU).fit(train)
    expected = theirs.decision_function(rows)

    def check() -> None:
        again = millwright.OneClassSvm.from_sklearn(theirs)
        assert np.abs(again.decision_function(rows) - expected).max() <= 1e-10
        assert np.abs(ours.anomaly_score(rows) + expected).max() <= 1e-3 * abs(theirs.intercept_[0])

    # The core's own call, without the checks of the input that both Python interfaces make.
    batch = {"sklearn": lambda: theirs.decision_function(rows)}
    row = {"sklearn": lambda: theirs.decision_function(rows[:1])}
    fit = {"sklearn": lambda: OneClassSVM(gamma=gamma, nu=NU).fit(train)}
    if libsvm:
        model, nodes, problem, parameter = _libsvm_model(train, rows, gamma)
        value = (ctypes.c_double * 1)()
        predict = libsvm.libsvm.svm_predict_values

        def predict_all() -> None:
            for node in nodes:
                predict(model, node, value)

        batch["libsvm"] = predict_all
        row["libsvm"] = lambda: predict(model, nodes[0], value)
        fit["libsvm"] = lambda: libsvm.svm_train(problem, parameter)
    stage = ours._stage
    return [
        Workload("svm batch", lambda: stage.score(rows), batch, per_call=SCORED, check=check),
        Workload("svm row", lambda: stage.score_row(rows[0]), row),
        Workload("svm fit", lambda: millwright.OneClassSvm(gamma=gamma, nu=NU).fit(train), fit),
    ]


def _libsvm_model(train: np.ndarray, rows: np.ndarray, gamma: float) -> tuple:
    from libsvm import svm

    problem = svm.svm_problem([1.0] * len(train), train.tolist())
    parameter = svm.svm_parameter(f"-s 2 -t 2 -g {gamma} -n {NU} -m 200 -h 0 -q")
    model = libsvm.svm_train(problem, parameter)
    nodes = [svm.gen_svm_nodearray(row.tolist())[0] for row in rows]
    return model, nodes, problem, parameter
