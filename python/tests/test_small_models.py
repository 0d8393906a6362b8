"""Packed forests: what packing loses, C and ONNX from Python."""

from __future__ import annotations

import builtins
import ctypes
import pickle
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import INTERVAL_S, TRAINING, make_pipeline
from real_data import data_path

import millwright as mw

PRECISIONS = ["rank", "float32", "fixed16"]


def clusters(seed: int) -> np.ndarray:
    """Gaussian clusters of different widths and a tenth of uniform outliers, as many public sets are."""
    random = np.random.default_rng(seed)
    centres = random.uniform(-3, 3, size=(4, 9))
    rows = centres[random.integers(4, size=3600)] + random.normal(size=(3600, 9)) * random.uniform(0.1, 1.0, size=9)
    return np.vstack([rows, random.uniform(-8, 8, size=(400, 9))])


def counts(seed: int) -> np.ndarray:
    """Skewed columns, integers among them: many equal values."""
    random = np.random.default_rng(seed)
    heavy = random.lognormal(sigma=1.5, size=(4000, 4))
    return np.column_stack([heavy, random.poisson(2.0, size=(4000, 3)), random.integers(2, size=4000)]).astype(float)


def adbench(name: str) -> np.ndarray:
    files = sorted(data_path("adbench").glob(f"*{name}*.npz"))
    if not files:
        pytest.skip(f"no set {name} in the folder adbench")
    return np.asarray(np.load(files[0])["X"], dtype=float)


SETS = {
    "clusters": lambda: clusters(1),
    "counts": lambda: counts(2),
    "mammography": lambda: adbench("mammography"),
    "satimage": lambda: adbench("satimage"),
}


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_loss_is_small_and_as_stated(name: str, precision: str) -> None:
    rows = SETS[name]()
    forest = mw.IsolationForest(trees=100).fit(rows)
    packed = forest.quantize(rows, precision=precision)
    before, after = forest.anomaly_score(rows), packed.anomaly_score(rows)
    assert packed.worst_difference_ == np.abs(after - before).max() <= 0.01
    rank = int(0.99 * (len(rows) - 1))
    flips = (before > np.sort(before)[rank]) != (after > np.sort(after)[rank])
    assert packed.flip_rate_ == pytest.approx(flips.mean(), abs=1e-12)
    assert packed.flip_rate_ <= 0.001
    assert packed.score_threshold_ == np.sort(after)[rank]
    if precision == "rank":
        assert after.tobytes() == before.tobytes()


def test_fitting_and_packing_give_the_same_bytes() -> None:
    rows = clusters(3)
    fitted = mw.QuantizedForest(trees=30, precision="fixed16").fit(rows)
    made = mw.QuantizedForest.from_forest(mw.IsolationForest(trees=30).fit(rows), rows, precision="fixed16")
    assert made.get_params() == fitted.get_params()
    assert made.offset_ == fitted.offset_
    for name, values in fitted.learned_arrays_.items():
        assert made.learned_arrays_[name].tobytes() == values.tobytes()
    again = pickle.loads(pickle.dumps(made))
    assert again.anomaly_score(rows).tobytes() == fitted.anomaly_score(rows).tobytes()


def test_names_of_columns_go_along() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(clusters(4)[:, :2], columns=["rms", "kurtosis"])
    packed = mw.IsolationForest(trees=10).fit(table).quantize(table)
    assert list(packed.feature_names_in_) == ["rms", "kurtosis"]
    assert "[1] kurtosis" in packed.export_c99()
    plain = mw.IsolationForest(trees=10).fit(table.to_numpy()).quantize(table.to_numpy())
    assert not hasattr(plain, "feature_names_in_")


@pytest.mark.parametrize("precision", PRECISIONS)
def test_c_header_scores_as_the_estimator(precision: str, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    rows = clusters(5).astype(np.float32).astype(float)
    packed = mw.QuantizedForest(trees=50, precision=precision).fit(rows)
    packed.export_c99(tmp_path / "pump.h", prefix="pump", origin="a test", inputs="mm/s")
    kind = "float" if precision == "float32" else "double"
    (tmp_path / "pump.c").write_text(
        f'#include "pump.h"\ndouble score(const {kind} *x);\ndouble score(const {kind} *x) {{ return pump_score(x); }}\n'
    )
    options = "-std=c99 -Wall -Wextra -Werror -pedantic -O2 -ffp-contract=off -shared -fPIC -o libpump.so pump.c"
    subprocess.run([compiler, *options.split()], cwd=tmp_path, check=True)
    score = ctypes.CDLL(str(tmp_path / "libpump.so")).score
    score.restype = ctypes.c_double
    held = rows.astype(np.float32 if kind == "float" else float)
    found = np.array([score(row.ctypes.data_as(ctypes.c_void_p)) for row in held])
    assert found.tobytes() == packed.anomaly_score(rows).tobytes()


@pytest.mark.parametrize("weight", [1.0, 0.0])
@pytest.mark.parametrize("packed", [None, *PRECISIONS])
def test_onnx_scores_as_the_estimator(packed: str | None, weight: float, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    rows = clusters(6)
    rows = np.hstack([rows, np.full((len(rows), 1), 7.0)]).astype(np.float32).astype(float)
    detector = mw.IsolationForest(trees=100, out_of_box_weight=weight).fit(rows)
    if packed is not None:
        detector = detector.quantize(rows, precision=packed)
    detector.export_onnx(tmp_path / "forest.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "forest.onnx"), providers=["CPUExecutionProvider"])
    # Float32 values at, just below and just above thresholds of the forest; within and outside of the training range.
    thresholds = detector._forest_stage().learned["threshold"].astype(np.float32)
    random = np.random.default_rng(7)
    probe = rows[:1000].astype(np.float32)
    at = random.random(probe.shape) < 0.5
    probe[at] = random.choice(thresholds, at.sum())
    probe = np.where(random.random(probe.shape) < 0.2, np.nextafter(probe, np.float32(-99)), probe)
    probe[:100] *= 3.0
    (found,) = session.run(["score"], {"rows": probe})
    assert np.abs(found[:, 0] - detector.anomaly_score(probe)).max() <= 1e-5
    for value in (np.nan, np.inf, -np.inf):
        probe[0, 3] = value
        assert np.isnan(session.run(["score"], {"rows": probe[:1]})[0]).all()
    metadata = session.get_modelmeta().custom_metadata_map
    assert float(metadata["threshold"]) == -detector.offset_
    assert metadata["columns"].split(",") == [f"x{i}" for i in range(10)]


def test_onnx_is_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without_onnx(name: str, *rest: object, **named: object) -> object:
        if name == "onnx":
            raise ImportError(name)
        return real(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without_onnx)
    with pytest.raises(ImportError, match=r"millwright\[onnx\]"):
        mw.IsolationForest(trees=5).fit(clusters(8)).export_onnx()


def test_refusals() -> None:
    rows = clusters(9)
    forest = mw.IsolationForest(trees=5).fit(rows)
    with pytest.raises(ValueError, match="precision"):
        forest.quantize(rows, precision="float16")
    with pytest.raises(ValueError, match="features"):
        forest.quantize(rows[:, :3])
    with pytest.raises(ValueError, match="names of C"):
        forest.quantize(rows).export_c99(prefix="7up")


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_pipeline_learns_its_threshold_on_the_packed_forest(
    run: mw.BearingRun, vibration_channels: list[mw.Channel], tmp_path: Path
) -> None:
    detect = [mw.QuantizedForest(trees=50, precision="fixed16"), mw.Mahalanobis()]
    pipeline = make_pipeline(vibration_channels, detect=detect)
    pipeline.fit(run.vibration[:TRAINING], record_interval_s=INTERVAL_S, progress=False)
    pipeline.save(tmp_path / "packed.safetensors")
    loaded = mw.load(tmp_path / "packed.safetensors")
    wanted = pipeline.run(run.vibration, record_interval_s=INTERVAL_S)
    found = loaded.run(run.vibration, record_interval_s=INTERVAL_S)
    assert found.score_values.tobytes() == wanted.score_values.tobytes()
    assert len(wanted.episode_list) >= 1
    forest = loaded.detect_[0]
    assert forest.bytes_ > 0
    normalized = loaded.normalize_.transform(wanted.feature_values)
    assert forest.anomaly_score(normalized).tobytes() == wanted.score_values[:, 0].tobytes()
