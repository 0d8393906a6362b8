"""Isolation forests that other libraries have fitted, splitting one column at a time, as fitted forests of this one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from .._typing import AnyArray, FloatArray
from .forests import ForestDetector
from .isotree_format import IsotreeSplit, export_isotree, read_splits

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


class ForestImporters(ForestDetector):
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
        return cls._from_trees(
            trees,
            int(forest.n_features_in_),
            names,
            samples,
            len(trees) * float(_average_path(np.array([samples]))[0]),
            is_float32=True,
            offset=float(forest.offset_),
        )

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
        return cls._from_isotree_bytes(*export_isotree(forest))

    @classmethod
    def _from_isotree_bytes(cls, data: bytes, columns: int, names: list[str] | None = None) -> Self:
        theirs = read_splits(data)
        trees = [_isotree_tree(nodes, theirs.missing) for nodes in theirs.trees]
        scale = len(trees) * theirs.expected_depth
        return cls._from_trees(trees, columns, names, theirs.samples, scale, is_float32=False, offset=-0.5)

    @classmethod
    def _from_trees(
        cls,
        trees: list[_Tree],
        columns: int,
        names: Iterable[object] | None,
        samples: int,
        path_scale: float,
        *,
        is_float32: bool,
        offset: float,
    ) -> Self:
        arrays = _arrays(trees, columns, samples, path_scale, is_float32=is_float32)
        params = {"trees": len(trees), "samples": int(arrays["sample_size"]), "out_of_box_weight": 0.0}
        return cls._from_learned(params, columns, names, arrays, offset=offset, allows_missing="left_share" in arrays)


def _average_path(samples: AnyArray) -> FloatArray:
    """scikit-learn's approximation of the mean path length among n rows, operation by operation."""
    n = np.asarray(samples, dtype=np.float64)
    safe = np.maximum(n, 3.0)
    long = 2.0 * (np.log(safe - 1.0) + np.euler_gamma) - 2.0 * (safe - 1.0) / safe
    result: FloatArray = np.where(n <= 1.0, 0.0, np.where(n == 2.0, 1.0, long))
    return result


def _isotree_tree(nodes: list[IsotreeSplit], missing: str) -> _Tree:
    column, split, share, score, left, right = (np.array(field) for field in zip(*nodes, strict=True))
    leaf = score > 0.0
    leaf[0] |= len(nodes) == 1
    if missing == "fail":
        shares = None
    elif missing == "divide":
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


def _arrays(
    trees: list[_Tree], columns: int, samples: int, path_scale: float, *, is_float32: bool
) -> dict[str, AnyArray]:
    """What the stage isolation_forest learns, from these trees."""
    if not path_scale > 0.0:
        raise ValueError("the forest was fitted on single rows; it scores nothing")
    thresholds, nodes, shares, starts = [], [], [], [0]
    for tree in trees:
        order = breadth_first(tree.feature < 0, tree.left, tree.right)
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
    if is_float32:
        arrays["float32_input"] = np.array([1], dtype=np.uint8)
    if shares:
        arrays["left_share"] = np.concatenate(shares)
    return arrays


def breadth_first(is_leaf: AnyArray, left: AnyArray, right: AnyArray) -> AnyArray:
    """The nodes' numbers, siblings side by side and children behind their parent."""
    order = [0]
    for node in order:  # grows meanwhile
        if not is_leaf[node]:
            order += [int(left[node]), int(right[node])]
        if len(order) > len(is_leaf):
            raise ValueError("the forest holds a tree whose nodes are not a tree")
    return np.array(order)
