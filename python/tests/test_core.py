"""The bindings: stages by their registry id."""

from __future__ import annotations

import ast
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import millwright as mw
from millwright import _core

STAGES = [d["id"] for d in _core.stages() if d["role"] not in ("threshold", "monitor")]
LEARNERS = [description["id"] for description in _core.stages() if description["learns"]]
NAMES = ["a", "b", "c", "d"]


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(200, 4))


@pytest.mark.parametrize("stage_id", STAGES)
def test_defaults_come_from_the_registry(stage_id: str) -> None:
    described = next(d for d in _core.stages() if d["id"] == stage_id)
    stage = _core.Stage(stage_id)
    assert stage.params == {p["name"]: p["default"] for p in described["params"]}
    assert _core.Stage(stage_id, stage.params).params == stage.params


@pytest.mark.parametrize("stage_id", LEARNERS)
def test_bytes_and_pickle_carry_everything(stage_id: str, rows: np.ndarray) -> None:
    stage = _core.Stage(stage_id)
    stage.fit(rows, NAMES)
    wanted = stage.process(rows)
    for copy in (_core.Stage.from_bytes(stage.to_bytes()), pickle.loads(pickle.dumps(stage))):
        assert copy.params == stage.params
        assert copy.input_names == NAMES
        for found, want in zip(copy.process(rows), wanted, strict=True):
            assert found.tobytes() == want.tobytes()
        assert copy.to_bytes() == stage.to_bytes()


@pytest.mark.parametrize("stage_id", LEARNERS)
def test_learned_arrays_are_copies(stage_id: str, rows: np.ndarray) -> None:
    stage = _core.Stage(stage_id)
    stage.fit(rows, NAMES)
    wanted = stage.process(rows)[0]
    for values in stage.learned.values():
        values[...] = 0
    assert stage.process(rows)[0].tobytes() == wanted.tobytes()


@pytest.mark.parametrize("stage_id", LEARNERS)
def test_damaged_bytes_are_refused(stage_id: str, rows: np.ndarray) -> None:
    stage = _core.Stage(stage_id)
    stage.fit(rows, NAMES)
    whole = stage.to_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        with pytest.raises(ValueError, match="millwright"):
            _core.Stage.from_bytes(whole[:at])
        flipped = bytearray(whole)
        flipped[at] ^= 0x10
        with pytest.raises(ValueError, match="millwright"):
            _core.Stage.from_bytes(bytes(flipped))


def test_unfitted_stage_says_so(rows: np.ndarray) -> None:
    with pytest.raises(NotFittedError, match="isolation_forest"):
        _core.Stage("isolation_forest").process(rows)


def test_errors_name_the_nearest_known_name() -> None:
    with pytest.raises(ValueError, match="trees"):
        _core.Stage("isolation_forest", {"tree": 5})
    with pytest.raises(ValueError, match="isolation_forest"):
        _core.Stage("isolation_forrest")


def test_errors_name_value_and_range() -> None:
    with pytest.raises(ValueError, match=r"(?s)trees.*10000"):
        _core.Stage("isolation_forest", {"trees": 0})
    with pytest.raises(ValueError, match="millwright"):
        _core.Stage("mahalanobis", {"estimator": "none"})
    with pytest.raises(TypeError, match="a parameter is"):
        _core.Stage("mahalanobis", {"winsor": object()})


def test_rows_of_another_width_are_refused(rows: np.ndarray) -> None:
    stage = _core.Stage("mahalanobis")
    stage.fit(rows, NAMES)
    with pytest.raises(ValueError, match=r"\(rows, 4\)"):
        stage.process(rows[:, :3].copy())


def test_kernel_levels_give_the_same_bits(rows: np.ndarray) -> None:
    best = mw.kernel_level()
    stage = _core.Stage("mahalanobis")
    stage.fit(rows, NAMES)
    wanted = stage.process(rows)[0].tobytes()
    try:
        for level in ("scalar", "sse2", "avx2", "avx512", "neon64"):
            try:
                mw.force_kernel_level(level)
            except ValueError:
                continue
            assert mw.kernel_level() == level
            assert stage.process(rows)[0].tobytes() == wanted
    finally:
        mw.force_kernel_level(best)
    with pytest.raises(ValueError, match="no kernel level"):
        mw.force_kernel_level("mmx")


def test_config_names_numerics_and_level() -> None:
    config = mw.show_config()
    assert _core.numerics_id in config
    assert f"kernel_level: {mw.kernel_level()}" in config


def test_generated_classes_are_up_to_date() -> None:
    """`python python/generate_stages.py` after a change of the registry; formatting does not matter here."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    try:
        import generate_stages
    finally:
        sys.path.pop(0)
    for name, generate in generate_stages.GENERATED.items():
        committed = Path(mw.__file__).with_name("_generated").joinpath(name).read_text()
        assert ast.dump(ast.parse(generate())) == ast.dump(ast.parse(committed)), name


@pytest.mark.slow
def test_stubs_match_the_module(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    allowed = tmp_path / "allowed"
    classes = [name for name, value in vars(_core).items() if isinstance(value, type)]
    # pybind11's classes have a metaclass of their own; a Pipeline is made by its static methods only.
    allowed.write_text("".join(f"millwright._core.{name}\n" for name in classes))
    with allowed.open("a") as file:
        file.write("millwright._core.Pipeline.__init__\n")
    command = [sys.executable, "-m", "mypy.stubtest", "millwright._core", "--ignore-disjoint-bases"]
    command += ["--allowlist", str(allowed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
