"""PCA monitoring and the robust covariance against scikit-learn and SciPy; the fused detector."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest
from real_data import data_path
from scipy import stats
from sklearn.base import clone
from sklearn.covariance import MinCovDet
from sklearn.decomposition import PCA
from sklearn.preprocessing import RobustScaler, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import millwright as mw

FUSED = mw.FusedDetector()


@parametrize_with_checks([mw.Mahalanobis(estimator="mcd"), FUSED])
def test_scikit_learn_checks(estimator, check) -> None:
    check(estimator)


def correlated_rows(rows: int, columns: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    return 3.0 + random.normal(size=(rows, columns)) @ random.normal(size=(columns, columns)) * random.uniform(
        0.1, 50, columns
    )


def reference(rows: np.ndarray, probe: np.ndarray, k: int) -> tuple[PCA, np.ndarray, np.ndarray]:
    """scikit-learn's PCA of standardised rows; T2 and SPE of the probe."""
    scaler = StandardScaler().fit(rows)
    pca = PCA().fit(scaler.transform(rows))
    z = scaler.transform(probe)
    t = pca.transform(z)[:, :k]
    residual = z - t @ pca.components_[:k]
    return pca, (t**2 / pca.explained_variance_[:k]).sum(axis=1), (residual**2).sum(axis=1)


@pytest.mark.parametrize(("rows", "columns", "k"), [(300, 8, 3), (60, 25, 5), (20, 30, 4)])
def test_components_statistics_and_limits_equal_the_references(rows: int, columns: int, k: int) -> None:
    training, probe = correlated_rows(rows, columns, 1), correlated_rows(50, columns, 2)
    pca, t2, spe = reference(training, probe, k)
    monitors = {
        s: mw.PcaMonitor(statistic=s, selection="count", components=k, confidence=0.975).fit(training)
        for s in ("t2", "spe", "combined")
    }
    learned = monitors["t2"].learned_arrays_
    rank = min(columns, rows - 1)
    np.testing.assert_allclose(learned["eigenvalues"], pca.explained_variance_[:rank], rtol=1e-10, atol=1e-14)
    signs = np.sign((learned["components"] * pca.components_[:k]).sum(axis=1))
    np.testing.assert_allclose(learned["components"], signs[:, None] * pca.components_[:k], atol=1e-10)
    np.testing.assert_allclose(monitors["t2"].anomaly_score(probe), t2, rtol=1e-10)
    np.testing.assert_allclose(monitors["spe"].anomaly_score(probe), spe, rtol=1e-10)

    t2_limit = k * (rows - 1) * (rows + 1) / (rows * (rows - k)) * stats.f.ppf(0.975, k, rows - k)
    theta1, theta2, theta3 = ((pca.explained_variance_[k:rank] ** i).sum() for i in (1, 2, 3))
    h0 = 1 - 2 * theta1 * theta3 / (3 * theta2**2)
    c = stats.norm.ppf(0.975)
    spe_limit = theta1 * (c * h0 * np.sqrt(2 * theta2) / theta1 + 1 + theta2 * h0 * (h0 - 1) / theta1**2) ** (1 / h0)
    np.testing.assert_allclose(learned["t2_limit"], t2_limit, rtol=1e-8)
    np.testing.assert_allclose(learned["spe_limit"], spe_limit, rtol=1e-8)
    np.testing.assert_allclose(monitors["combined"].anomaly_score(probe), t2 / t2_limit + spe / spe_limit, rtol=1e-8)
    first, second = k / t2_limit + theta1 / spe_limit, k / t2_limit**2 + theta2 / spe_limit**2
    combined_limit = second / first * stats.chi2.ppf(0.975, first**2 / second)
    np.testing.assert_allclose(learned["combined_limit"], combined_limit, rtol=1e-8)

    box = mw.PcaMonitor(selection="count", components=k, confidence=0.975, spe_limit_rule="box").fit(training)
    expected = theta2 / theta1 * stats.chi2.ppf(0.975, theta1**2 / theta2)
    np.testing.assert_allclose(box.learned_arrays_["spe_limit"], expected, rtol=1e-8)


def test_contributions_are_what_mending_one_column_takes_off() -> None:
    """Alcala and Qin's definition, by brute force: minimise the statistic over one column at a time."""
    training, probe = correlated_rows(400, 7, 3), correlated_rows(20, 7, 4)
    for statistic in ("t2", "spe", "combined"):
        monitor = mw.PcaMonitor(statistic=statistic, selection="count", components=3).fit(training)
        scale = monitor.learned_arrays_["scale"]
        found, scores = monitor.explain(probe), monitor.anomaly_score(probe)
        for i in range(7):
            moved = [monitor.anomaly_score(probe + step * scale[i] * np.eye(7)[i]) for step in (-1.0, 1.0)]
            slope, curvature = (moved[1] - moved[0]) / 2, (moved[1] + moved[0]) / 2 - scores
            np.testing.assert_allclose(found[:, i], slope**2 / (4 * curvature), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "detector",
    [
        mw.PcaMonitor(statistic="t2", selection="count", components=8),
        mw.PcaMonitor(statistic="spe", selection="count", components=4),
        mw.PcaMonitor(),
        mw.Mahalanobis(),
        mw.Mahalanobis(estimator="mcd"),
        FUSED,
    ],
    ids=["t2", "spe", "combined", "mahalanobis", "mcd", "fused"],
)
def test_shifted_feature_ranks_first(detector) -> None:
    random = np.random.default_rng(5)
    factors = random.normal(size=(4, 12))
    training = random.normal(size=(600, 4)) @ factors + random.normal(size=(600, 12))
    probe = random.normal(size=(200, 4)) @ factors + random.normal(size=(200, 12))
    shifted = random.integers(12, size=200)
    detector = clone(detector).fit(training)
    # As large a shift as makes the fault visible: a multiple of the column's spread.
    probe[np.arange(200), shifted] += random.choice([-1.0, 1.0], 200) * 10.0 * training.std(axis=0)[shifted]
    assert (detector.explain(probe).argmax(axis=1) == shifted).mean() >= 0.95


def test_parallel_analysis_finds_the_factors_and_no_more() -> None:
    random = np.random.default_rng(6)
    rows = random.normal(size=(500, 3)) @ random.normal(size=(3, 20)) + random.normal(size=(500, 20))
    assert mw.PcaMonitor(selection="parallel").fit(rows).learned_arrays_["components"].shape == (3, 20)
    noise = random.normal(size=(500, 20))
    assert mw.PcaMonitor(selection="parallel").fit(noise).learned_arrays_["components"].shape[0] <= 2


def test_constant_columns_take_no_part() -> None:
    rows = correlated_rows(200, 6, 7)
    wide = np.insert(rows, 2, 5.0, axis=1)
    narrow, padded = mw.PcaMonitor().fit(rows), mw.PcaMonitor().fit(wide)
    np.testing.assert_allclose(padded.anomaly_score(wide), narrow.anomaly_score(rows), rtol=1e-12)
    assert (padded.explain(wide)[:, 2] == 0.0).all()
    wide[:, 2] += 1e6
    np.testing.assert_allclose(padded.anomaly_score(wide), narrow.anomaly_score(rows), rtol=1e-12)


@pytest.mark.parametrize("scaler", [None, StandardScaler(), RobustScaler(), StandardScaler(with_std=False)])
def test_import_from_scikit_learn(scaler) -> None:
    training, probe = correlated_rows(300, 9, 8), correlated_rows(100, 9, 9)
    scaled = training if scaler is None else scaler.fit_transform(training)
    z = probe if scaler is None else scaler.transform(probe)
    for pca in (PCA(4), PCA(0.8), PCA(whiten=True), PCA(9)):
        pca.fit(scaled)
        k = min(4, pca.n_components_)
        t = ((z - pca.mean_) @ pca.components_.T)[:, :k]
        residual = z - pca.mean_ - t @ pca.components_[:k]
        expected = {"t2": (t**2 / pca.explained_variance_[:k]).sum(axis=1), "spe": (residual**2).sum(axis=1)}
        for statistic, wanted in expected.items():
            monitor = mw.PcaMonitor.from_sklearn(pca, scaler, statistic=statistic, components=k)
            np.testing.assert_allclose(monitor.anomaly_score(probe), wanted, rtol=1e-9)
            again = pickle.loads(pickle.dumps(monitor))
            assert again.anomaly_score(probe).tobytes() == monitor.anomaly_score(probe).tobytes()


def test_import_has_the_limits_of_a_fit_of_its_own() -> None:
    rows = correlated_rows(300, 9, 8)
    scaler = StandardScaler().fit(rows)
    imported = mw.PcaMonitor.from_sklearn(PCA().fit(scaler.transform(rows)), scaler, components=4)
    own = mw.PcaMonitor(selection="count", components=4).fit(rows)
    for name in ("t2_limit", "spe_limit", "combined_limit"):
        np.testing.assert_allclose(imported.learned_arrays_[name], own.learned_arrays_[name], rtol=1e-9)
    np.testing.assert_allclose(imported.anomaly_score(rows), own.anomaly_score(rows), rtol=1e-9)


def test_import_on_real_rows() -> None:
    folder = data_path("tep")
    training, probe = (load_tep(folder, name) for name in ("d00", "d01_te"))
    scaler = StandardScaler().fit(training)
    pca = PCA(11).fit(scaler.transform(training))
    _, t2, spe = reference(training, probe, 11)
    for statistic, wanted in (("t2", t2), ("spe", spe)):
        monitor = mw.PcaMonitor.from_sklearn(pca, scaler, statistic=statistic)
        np.testing.assert_allclose(monitor.anomaly_score(probe), wanted, rtol=1e-9)


def load_tep(folder: Path, name: str) -> np.ndarray:
    with gzip.open(folder / f"{name}.dat.gz") as file:
        values = np.loadtxt(file)
    return values.T if values.shape[0] == 52 else values


def contaminated(rows: int, columns: int, share: float, kind: str, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, columns)) @ random.normal(size=(columns, columns))
    bad = int(share * rows)
    if kind == "cluster":
        x[:bad] = 20.0 + 0.5 * random.normal(size=(bad, columns))
    elif kind == "wide":
        x[:bad] = 15.0 * random.normal(size=(bad, columns))
    elif kind == "one column":
        x[:bad, 0] += 100.0
    return x


@pytest.mark.parametrize("kind", ["none", "cluster", "wide", "one column"])
@pytest.mark.parametrize(("rows", "columns", "share"), [(200, 2, 0.2), (300, 5, 0.2), (400, 10, 0.1)])
def test_mcd_is_as_good_as_scikit_learns(rows: int, columns: int, share: float, kind: str) -> None:
    x = contaminated(rows, columns, share, kind, seed=rows + columns)
    half = (rows + columns + 1) // 2
    h = 2 * half - rows + int(2 * (rows - half) * 0.75)
    theirs = MinCovDet(support_fraction=(h + 0.5) / rows, random_state=0).fit(x)
    ours = mw.Mahalanobis(estimator="mcd").fit(x)
    distances = ours.anomaly_score(x)
    assert theirs.raw_support_.sum() == h
    # Reweighting and its factors are the same, so equal subsets give equal estimates; a better subset gives others.
    location = ours.learned_arrays_["location"]
    if np.allclose(location, theirs.location_, rtol=0, atol=1e-6):
        np.testing.assert_allclose(distances, np.sqrt(theirs.mahalanobis(x)), rtol=1e-6)
    if kind in ("cluster", "one column"):  # FastMCD itself falls for some of the clusters
        bad = int(share * rows)
        assert distances[:bad].min() > distances[bad:].max()


def test_mcd_withstands_what_the_default_does_not() -> None:
    x = contaminated(500, 6, 0.2, "cluster", seed=11)
    good = x[100:]
    mcd, oas = mw.Mahalanobis(estimator="mcd").fit(x), mw.Mahalanobis().fit(x)
    assert mcd.anomaly_score(x[:100]).min() > mcd.anomaly_score(good).max()
    assert oas.anomaly_score(x[:100]).mean() < 0.5 * mcd.anomaly_score(x[:100]).mean()


def test_mcd_says_what_is_wrong() -> None:
    random = np.random.default_rng(12)
    with pytest.raises(ValueError, match="too few"):
        mw.Mahalanobis(estimator="mcd").fit(random.normal(size=(12, 6)))
    collinear = random.normal(size=(100, 3))
    collinear[:, 2] = collinear[:, 0] - collinear[:, 1]
    with pytest.raises(ValueError, match="hyperplane"):
        mw.Mahalanobis(estimator="mcd").fit(collinear)
    mostly_zero = random.normal(size=(100, 3))
    mostly_zero[:90, 1] = 0.0
    with pytest.raises(ValueError, match="hyperplane"):
        mw.Mahalanobis(estimator="mcd").fit(mostly_zero)


# ---- the fused detector ---------------------------------------------------------------------------------------------


def test_fused_scores_are_tail_probabilities() -> None:
    random = np.random.default_rng(13)
    mixing = random.normal(size=(6, 6))
    training, normal = (random.normal(size=(n, 6)) @ mixing for n in (1000, 20000))
    fused = clone(FUSED).set_params(alpha=0.02).fit(training)
    for probability in (0.2, 0.05, 0.02):
        observed = (fused.anomaly_score(normal) >= -np.log10(probability)).mean()
        assert 0.5 * probability < observed < 1.7 * probability
    assert (fused.predict(normal) == -1).mean() == pytest.approx(0.02, abs=0.012)
    assert (fused.held_out_severity_ >= -np.log10(0.1)).mean() == pytest.approx(0.1, abs=0.005)


def test_fused_explains_by_shares() -> None:
    training = correlated_rows(300, 5, 14)
    fused = clone(FUSED).fit(training)
    shares = fused.explain(training)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0, rtol=1e-12)
    assert (shares >= 0.0).all()


def test_gap_keeps_neighbours_out() -> None:
    """Rows that repeat twelve times in a row look better known than they are; a gap and few folds tell the truth."""
    rows = np.repeat(correlated_rows(45, 3, 15), 12, axis=0)[6:-6]  # folds begin in the middle of a repetition
    near = mw.FusedDetector(detect=[mw.KnnDistance(neighbors=1)], folds=4)
    far = mw.FusedDetector(detect=[mw.KnnDistance(neighbors=1)], folds=4, gap=12)
    edge = len(rows) // 4  # the first row of the second fold has twins in the first one
    assert near.fit(rows).held_out_severity_[edge] < far.fit(rows).held_out_severity_[edge]


@pytest.mark.parametrize("bad", [{"folds": 1}, {"gap": -1}, {"alpha": 0.0}, {"detect": []}])
def test_fused_settings_are_checked(bad: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(bad))):
        clone(FUSED).set_params(**bad).fit(correlated_rows(100, 3, 16))


def test_fused_takes_context_by_name() -> None:
    pandas = pytest.importorskip("pandas")
    random = np.random.default_rng(17)

    def table(rows: int) -> object:
        speed = np.where(np.arange(rows) // 50 % 2 == 0, 1000.0, 2000.0) + random.normal(0, 5, rows)
        rms = speed / 500 + random.normal(0, 0.02, rows)
        return pandas.DataFrame({"speed": speed, "rms": rms, "peak": 3 * rms + random.normal(0, 0.05, rows)})

    fused = mw.FusedDetector(normalize=mw.ContextNormalizer(by=["speed"], regimes=2)).fit(table(600))
    assert (fused.predict(table(600)) == -1).mean() < 0.06
    # Normal at the other speed, wrong at this one.
    odd = pandas.DataFrame({"speed": [1000.0, 9000.0], "rms": [4.0, 2.0], "peak": [12.0, 6.0]})
    assert fused.anomaly_score(odd)[0] > 5.0
    assert np.isnan(fused.anomaly_score(odd)[1])
    shares = fused.explain(odd)
    assert shares[0, 0] == 0.0
    assert shares[0].sum() == pytest.approx(1.0)


def test_fused_default_on_the_tennessee_eastman_process() -> None:
    folder = data_path("tep")
    fused = mw.FusedDetector().fit(load_tep(folder, "d00"))
    alarms = {name: fused.predict(load_tep(folder, f"{name}_te")) == -1 for name in ("d00", "d01", "d03", "d05")}
    assert alarms["d00"].mean() <= 0.05
    assert alarms["d01"][160:].mean() > 0.99
    assert alarms["d05"][160:].mean() > 0.95
    assert alarms["d03"][160:].mean() <= 0.1, "this fault cannot be seen"
