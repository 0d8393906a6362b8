"""Distance and reconstruction detectors against scikit-learn and NumPy."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.metrics import pairwise_distances
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

import millwright as mw

Rows = NDArray[np.float64]


@pytest.fixture(scope="module")
def training() -> Rows:
    random = np.random.default_rng(1)
    return random.normal(size=(600, 6)) @ random.normal(size=(6, 6)) + 100.0


@pytest.fixture(scope="module")
def probes(training: Rows) -> Rows:
    return training[:80] + np.random.default_rng(2).normal(scale=2.0, size=(80, 6))


@pytest.mark.parametrize("neighbors", [1, 4, 7])
def test_knn_equals_scikit_learn(training: Rows, probes: Rows, neighbors: int) -> None:
    scaler = StandardScaler().fit(training)
    search = NearestNeighbors(n_neighbors=neighbors, algorithm="brute").fit(scaler.transform(training))
    distances = search.kneighbors(scaler.transform(probes))[0]
    for aggregate, expected in {
        "mean": distances.mean(axis=1),
        "largest": distances.max(axis=1),
        "median": np.median(distances, axis=1),
    }.items():
        detector = mw.KnnDistance(neighbors=neighbors, aggregate=aggregate).fit(training)  # type: ignore[arg-type]
        np.testing.assert_allclose(detector.anomaly_score(probes), expected, rtol=1e-10)


def test_kmeans_distances_equal_scikit_learn(training: Rows, probes: Rows) -> None:
    detector = mw.KmeansDistance(clusters=12).fit(training)
    scaler = StandardScaler().fit(training)
    learned = detector.learned_arrays_
    distances = pairwise_distances(scaler.transform(probes), learned["clusters"].T).min(axis=1)
    np.testing.assert_allclose(detector.anomaly_score(probes) * learned["spread"], distances, rtol=1e-10)


def weights_of(x: Rows, memory: Rows, bandwidth: float) -> Rows:
    squares = ((x[:, None, :] - memory[None, :, :]) ** 2).sum(axis=2)
    return np.exp(-squares / (2.0 * bandwidth**2))


def spacing_of(memory: Rows) -> float:
    return float(np.median(np.sort(pairwise_distances(memory), axis=1)[:, 1]))


def residuals_held_out(rows: Rows, method: str, multiple: float, ridge: float) -> Rows:
    """Five contiguous blocks of rows minus their estimates by a memory of all rows of the other four."""
    residuals = []
    for block in range(5):
        held_out = np.zeros(len(rows), dtype=bool)
        held_out[block * len(rows) // 5 : (block + 1) * len(rows) // 5] = True
        memory = rows[~held_out]
        bandwidth = multiple * spacing_of(memory)
        weights = weights_of(rows[held_out], memory, bandwidth)
        if method == "aakr":
            estimates = weights @ memory / weights.sum(axis=1, keepdims=True)
        else:
            similarities = weights_of(memory, memory, bandwidth) + ridge * np.eye(len(memory))
            estimates = weights @ np.linalg.solve(similarities, memory)
        residuals.append(rows[held_out] - estimates)
    return np.concatenate(residuals)


@pytest.mark.parametrize("method", ["aakr", "mset"])
def test_aakr_equals_numpy(training: Rows, probes: Rows, method: str) -> None:
    few = training[:70]  # all of them become the memory
    detector = mw.Aakr(method=method, ridge=0.01).fit(few)  # type: ignore[arg-type]
    learned = detector.learned_arrays_
    scaler = StandardScaler().fit(few)
    rows = scaler.transform(few)
    memory = learned["memory"].T
    assert sorted(map(tuple, memory.round(9))) == sorted(map(tuple, rows.round(9)))

    multiples = [0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0]
    held_out = [residuals_held_out(rows, method, multiple, 0.01) for multiple in multiples]
    best = int(np.argmin([(residuals**2).sum() for residuals in held_out]))
    bandwidth = multiples[best] * spacing_of(memory)
    np.testing.assert_allclose(learned["bandwidth_used"], bandwidth, rtol=1e-10)
    scale = np.sqrt((held_out[best] ** 2).mean(axis=0))
    np.testing.assert_allclose(learned["residual_scale"], scale, rtol=1e-8)

    x = scaler.transform(probes)
    weights = weights_of(x, memory, bandwidth)
    if method == "aakr":
        estimate = weights @ memory / weights.sum(axis=1, keepdims=True)
    else:
        estimate = weights @ np.linalg.solve(weights_of(memory, memory, bandwidth) + 0.01 * np.eye(70), memory)
    expected = ((x - estimate) / scale) ** 2
    np.testing.assert_allclose(detector.explain(probes), expected, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(detector.anomaly_score(probes), np.sqrt(expected.sum(axis=1)), rtol=1e-8)


@pytest.mark.parametrize("activation", ["tanh", "relu", "linear"])
def test_autoencoder_equals_numpy(training: Rows, probes: Rows, activation: str) -> None:
    detector = mw.Autoencoder(hidden=[5, 2, 4], activation=activation, epochs=5, clip=2.0).fit(training)  # type: ignore[arg-type]
    learned = detector.learned_arrays_
    x = StandardScaler().fit(training).transform(probes)
    layers, weights = learned["layers"], learned["weights"]
    assert list(layers) == [6, 5, 2, 4, 6]
    function = {"tanh": np.tanh, "relu": lambda v: np.maximum(v, 0.0), "linear": lambda v: v}[activation]
    values, start = np.clip(x, -2.0, 2.0), 0
    for inputs, outputs in pairwise(layers):
        matrix = weights[start : start + outputs * (inputs + 1)].reshape(outputs, inputs + 1)
        start += matrix.size
        values = values @ matrix[:, :-1].T + matrix[:, -1]
        if start < weights.size:
            values = function(values)
    expected = ((x - values) / learned["residual_scale"]) ** 2
    np.testing.assert_allclose(detector.explain(probes), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(detector.anomaly_score(probes), np.sqrt(expected.sum(axis=1)), rtol=1e-10)


def reconstruction_error(detector: mw.Autoencoder, rows: Rows) -> float:
    """Mean square residual of standardised columns."""
    return float((detector.explain(rows) * detector.learned_arrays_["residual_scale"] ** 2).mean())


def test_linear_autoencoder_learns_the_principal_subspace() -> None:
    random = np.random.default_rng(3)
    rows = random.normal(size=(1000, 2)) @ random.normal(size=(2, 6)) + 0.3 * random.normal(size=(1000, 6))
    detector = mw.Autoencoder(hidden=[2], activation="linear", clip=1e6, epochs=400, learning_rate=0.01).fit(rows)
    x = StandardScaler().fit_transform(rows)
    pca = PCA(2).fit(x)
    best = float(((x - pca.inverse_transform(pca.transform(x))) ** 2).mean())
    error = reconstruction_error(detector, rows)
    assert best <= error <= 1.02 * best
    decoder = detector.learned_arrays_["weights"][14:].reshape(6, 3)[:, :2]
    cosines = np.linalg.svd(np.linalg.qr(decoder)[0].T @ pca.components_.T)[1]
    assert cosines.min() > 0.99


def test_autoencoder_beats_pca_on_a_bent_surface() -> None:
    random = np.random.default_rng(4)
    angle = random.uniform(-2.0, 2.0, size=2500)
    curve = np.stack([np.sin(angle), np.cos(angle), angle, angle**2], axis=1)
    rows = curve + 0.03 * random.normal(size=curve.shape)
    x = StandardScaler().fit_transform(rows)
    pca = PCA(1).fit(x)
    linear = float(((x - pca.inverse_transform(pca.transform(x))) ** 2).mean())
    detector = mw.Autoencoder(hidden=[12, 1, 12], learning_rate=0.01).fit(rows[:2000])
    assert reconstruction_error(detector, rows[2000:]) < 0.3 * linear


@pytest.mark.parametrize(
    "make",
    [mw.KnnDistance, mw.KmeansDistance, mw.Mahalanobis],
    ids=lambda make: make.__name__,
)
def test_lags_equal_windows_side_by_side(make: type[mw.KnnDistance], training: Rows, probes: Rows) -> None:
    def windows(rows: Rows) -> Rows:
        return sliding_window_view(rows, 4, axis=0).transpose(0, 2, 1)[:, ::-1].reshape(-1, 24)

    lagged = make(lags=3).fit(training)
    plain = make().fit(windows(training))
    scores = lagged.anomaly_score(probes)
    assert np.isnan(scores[:3]).all()
    np.testing.assert_array_equal(scores[3:], plain.anomaly_score(windows(probes)))
    contributions = plain.explain(windows(probes)).reshape(-1, 4, 6).sum(axis=1)
    np.testing.assert_allclose(lagged.explain(probes)[3:], contributions, rtol=1e-12)
    assert (lagged.predict(probes)[:3] == 1).all()
    assert np.isfinite(lagged.offset_)
    copy = pickle.loads(pickle.dumps(lagged))
    np.testing.assert_array_equal(copy.anomaly_score(probes), scores)
