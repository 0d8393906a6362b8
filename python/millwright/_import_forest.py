"""Isolation forests that other libraries have fitted, as fitted forests of this one."""

from __future__ import annotations

import struct
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast

import numpy as np

from . import _core
from ._typing import AnyArray, FloatArray

if TYPE_CHECKING:
    import sklearn.ensemble

__all__ = ["ForestImporters"]


class _Tree(NamedTuple):
    """Nodes in any order, the root first. A node with feature -1 is a leaf."""

    feature: AnyArray
    threshold: FloatArray
    """A row goes left where its value is less than or equal to this; of a leaf: the path length."""
    left: AnyArray
    right: AnyArray
    left_share: FloatArray | None


class ForestImporters:
    """Makes an `IsolationForest` from another library's. Its scores are the other's; it has no out-of-box term, because the
    others do not keep the range of their training rows."""

    @classmethod
    def from_sklearn(cls, forest: sklearn.ensemble.IsolationForest) -> Self:
        """A fitted forest with the trees of a fitted `sklearn.ensemble.IsolationForest`.

        `score_samples` and `decision_function` are scikit-learn's to within 1e-12; values are rounded to float32 as it
        does, and a NaN goes the way that its trees have learned.

        Examples
        --------
        >>> import millwright as mw, numpy as np, sklearn.ensemble
        >>> rows = np.random.default_rng(0).normal(size=(500, 3))
        >>> theirs = sklearn.ensemble.IsolationForest(random_state=0).fit(rows)
        >>> ours = mw.IsolationForest.from_sklearn(theirs)
        >>> bool(np.allclose(ours.score_samples(rows), theirs.score_samples(rows), rtol=0, atol=1e-12))
        True
        """
        trees = []
        for estimator, columns in zip(forest.estimators_, forest.estimators_features_, strict=True):
            tree = estimator.tree_
            inner = tree.children_left >= 0
            columns = np.asarray(columns)
            length = tree.compute_node_depths() + _average_path(tree.n_node_samples) - 1.0
            routes = getattr(tree, "missing_go_to_left", None)
            trees.append(
                _Tree(
                    np.where(inner, columns[np.maximum(tree.feature, 0)], -1),
                    np.where(inner, tree.threshold, length),
                    tree.children_left,
                    tree.children_right,
                    None if routes is None else np.asarray(routes, dtype=np.float64),
                )
            )
        samples = int(forest.max_samples_)
        names = getattr(forest, "feature_names_in_", None)
        made = _forest(
            cls,
            trees,
            int(forest.n_features_in_),
            None if names is None else [str(name) for name in names],
            samples,
            len(trees) * float(_average_path(np.array([samples]))[0]),
            float32_input=True,
        )
        made.offset_ = float(forest.offset_)
        return cast(Self, made)

    @classmethod
    def from_isotree(cls, forest: Any) -> Self:
        """A fitted forest with the trees of a fitted `isotree.IsolationForest` of axis-parallel splits (`ndim=1`) on numeric
        columns with the scoring metric "depth".

        `anomaly_score` is isotree's `predict` up to the last bit of exp2. Rows with NaN are scored where that forest was fitted with
        `missing_action` "divide" (within 1e-14) or "impute". `offset_` is -0.5.

        Examples
        --------
        >>> theirs = isotree.IsolationForest(ndim=1, sample_size=256, ntrees=100).fit(rows)  # doctest: +SKIP
        >>> ours = mw.IsolationForest.from_isotree(theirs)  # doctest: +SKIP
        """
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "forest"
            forest.export_model(str(path))
            data = path.read_bytes()
        if int(getattr(forest, "_ncols_categ", 0)) > 0:
            raise ValueError("the isotree forest has categorical columns, which cannot be imported")
        names = [str(name) for name in np.asarray(forest.cols_numeric_).ravel()]
        return cls._from_isotree_bytes(data, int(forest.n_features_in_), names or None)

    @classmethod
    def _from_isotree_bytes(cls, data: bytes, columns: int, names: list[str] | None = None) -> Self:
        trees, samples, scale = _read_isotree(data)
        made = _forest(cls, trees, columns, names, samples, scale, float32_input=False)
        made.offset_ = -0.5
        return cast(Self, made)


def _average_path(samples: AnyArray) -> FloatArray:
    """scikit-learn's approximation of the mean path length among n rows, operation by operation."""
    n = np.asarray(samples, dtype=np.float64)
    safe = np.maximum(n, 3.0)
    long = 2.0 * (np.log(safe - 1.0) + np.euler_gamma) - 2.0 * (safe - 1.0) / safe
    result: FloatArray = np.where(n <= 1.0, 0.0, np.where(n == 2.0, 1.0, long))
    return result


# What isotree 0.5.20 and later write on a 64-bit little-endian machine: a header, the model, then metadata. Fields are
# packed; see isotree's source, src/serialize.cpp.
_MAGIC = b"isotree_model"
_SINGLE_VARIABLE, _HYPERPLANES = 6, 7
_NUMERIC = 31
_MISSING = {0: "fail", 21: "divide", 22: "impute"}
_NODE = struct.Struct("<Bi6d4Q")


def _read_isotree(data: bytes) -> tuple[list[_Tree], int, float]:
    """Trees, rows per tree (as far as known) and what the sum of path lengths is divided by."""
    if data[:13] != _MAGIC or len(data) < 93:
        raise ValueError("this is not an isotree model")
    if data[20:22] != b"\x08\x08":  # bytes of an address and of a number
        raise ValueError(
            "the isotree model was written on a machine of another kind; load it in isotree and pass it again"
        )
    if data[23] == _HYPERPLANES:
        raise ValueError(
            "the isotree forest splits by hyperplanes (ndim > 1), which cannot be imported; fit it with ndim=1"
        )
    if data[23] != _SINGLE_VARIABLE:
        raise ValueError(f"isotree's model type {data[23]} cannot be imported")
    _, missing, range_penalty, metric = data[57:61]
    if metric != 0:
        raise ValueError('the isotree forest has another scoring metric than "depth", which cannot be imported')
    if range_penalty:
        raise ValueError("the isotree forest was fitted with penalize_range, which cannot be imported")
    if missing not in _MISSING:
        raise ValueError(f"isotree's missing action {missing} is unknown")
    expected_depth, _, rows, count = struct.unpack_from("<ddQQ", data, 61)
    at = 93
    trees = []
    try:
        for _ in range(count):
            (size,) = struct.unpack_from("<Q", data, at)
            at += 8
            nodes = []
            for _ in range(size):
                fields = _NODE.unpack_from(data, at)
                at += _NODE.size + fields[11]
                nodes.append(fields)
            trees.append(_isotree_tree(nodes, missing))
    except struct.error as error:
        raise ValueError("the isotree model ends too early") from error
    if not trees or not expected_depth > 0:
        raise ValueError("the isotree model holds no trees")
    return trees, rows, count * expected_depth


def _isotree_tree(nodes: list[tuple[Any, ...]], missing: int) -> _Tree:
    kind, _, split, share, score, _, _, _, column, left, right, _ = (
        np.array(field) for field in zip(*nodes, strict=True)
    )
    leaf = score > 0.0
    leaf[0] |= len(nodes) == 1
    if np.any(kind[~leaf] != _NUMERIC):
        raise ValueError("the isotree forest splits categorical columns, which cannot be imported")
    if missing == 0:
        shares = None
    elif _MISSING[missing] == "divide":
        shares = share
    else:
        shares = np.where(share >= 0.5, 1.0, 0.0)
    return _Tree(
        np.where(leaf, -1, column.astype(np.int64)),
        np.where(leaf, np.maximum(score, 0.0), split),
        left.astype(np.int64),
        right.astype(np.int64),
        shares,
    )


def _forest(
    cls: type[Any],
    trees: list[_Tree],
    columns: int,
    names: list[str] | None,
    samples: int,
    path_scale: float,
    *,
    float32_input: bool,
) -> Any:
    """The estimator around a stage with these trees."""
    if not path_scale > 0.0:
        raise ValueError("the forest was fitted on single rows; it scores nothing")
    thresholds, nodes, shares, starts = [], [], [], [0]
    for tree in trees:
        order = _breadth_first(tree)
        place = np.zeros(len(tree.feature), dtype=np.int64)
        place[order] = np.arange(len(order))
        leaf = tree.feature[order] < 0
        # "x <= t goes left" is "x < the next number above t goes left".
        thresholds.append(np.where(leaf, tree.threshold[order], np.nextafter(tree.threshold[order], np.inf)))
        left = np.where(leaf, np.arange(len(order)), place[np.where(leaf, 0, tree.left[order])])
        nodes.append(np.stack([np.where(leaf, columns, tree.feature[order]), left], axis=1).astype(np.uint16))
        if tree.left_share is not None:
            shares.append(np.where(leaf, 1.0, tree.left_share[order]))
        starts.append(starts[-1] + len(order))
    arrays: dict[str, AnyArray] = {
        "threshold": np.concatenate(thresholds),
        "node": np.concatenate(nodes),
        "tree_start": np.array(starts, dtype=np.int32),
        "box_low": np.zeros(columns),
        "box_high": np.zeros(columns),
        "sample_size": np.array(min(max(samples, 2), 16384), dtype=np.int64),
        "path_scale": np.array([path_scale]),
    }
    if float32_input:
        arrays["float32_input"] = np.array([1], dtype=np.uint8)
    if shares:
        arrays["left_share"] = np.concatenate(shares)
    stage = _core.Stage.from_learned(
        "isolation_forest",
        {"trees": len(trees), "samples": int(arrays["sample_size"]), "out_of_box_weight": 0.0},
        [f"x{i}" for i in range(columns)] if names is None else names,
        arrays,
    )
    made = cls._from_stage(stage)
    if names is None:
        del made.feature_names_in_
    made._allows_missing = bool(shares)
    return made


def _breadth_first(tree: _Tree) -> AnyArray:
    """The nodes' numbers, siblings side by side and children behind their parent."""
    order = [0]
    for node in order:  # grows meanwhile
        if tree.feature[node] >= 0:
            order += [int(tree.left[node]), int(tree.right[node])]
        if len(order) > len(tree.feature):
            raise ValueError("the forest holds a tree whose nodes are not a tree")
    return np.array(order)
