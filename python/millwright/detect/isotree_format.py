"""Forests as isotree exports them: what isotree 0.5.20 and later write on a 64-bit little-endian machine.

A header, the model, then metadata. Fields are packed; see isotree's source, src/serialize.cpp."""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from .._typing import AnyArray, FloatArray

__all__ = ["IsotreeForest", "IsotreeHyperplane", "IsotreeSplit", "export_isotree", "read_hyperplanes", "read_splits"]

_MAGIC = b"isotree_model"
_SPLITS, _HYPERPLANES = 6, 7
_NUMERIC = 31
_MISSING = {0: "fail", 21: "divide", 22: "impute"}
_SPLIT = struct.Struct("<Bi6d4Q")
_HYPERPLANE = struct.Struct("<5d10Q")

NodeT = TypeVar("NodeT", "IsotreeSplit", "IsotreeHyperplane")


class IsotreeSplit(NamedTuple):
    """A node of a forest with `ndim=1`; a leaf has a score above 0."""

    column: int
    threshold: float
    """A row goes left where its value is less than or equal to this."""
    left_share: float
    score: float
    left: int
    right: int


class IsotreeHyperplane(NamedTuple):
    """A node of a forest with `ndim` above 1: a row goes left where the sum of coefficient x (value - center) is less than or
    equal to the threshold. A leaf has a score above 0."""

    columns: AnyArray
    coefficients: FloatArray
    centers: FloatArray
    threshold: float
    score: float
    left: int
    right: int


class IsotreeForest(NamedTuple):
    trees: list[list[Any]]
    """Nodes of each tree, the root first."""
    samples: int
    """Rows per tree, as far as known."""
    expected_depth: float
    """What the mean path length is divided by."""
    missing: str


def export_isotree(forest: Any) -> tuple[bytes, int, list[str] | None]:
    """The model of a fitted `isotree.IsolationForest` as bytes, its number of columns and their names."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "forest"
        forest.export_model(str(path))
        data = path.read_bytes()
    if int(getattr(forest, "_ncols_categ", 0)) > 0:
        raise ValueError("the isotree forest has categorical columns, which cannot be imported")
    names = [str(name) for name in np.asarray(forest.cols_numeric_).ravel()]
    return data, int(forest.n_features_in_), names or None


def read_splits(data: bytes) -> IsotreeForest:
    """A forest of splits of one column."""
    if _kind(data) == _HYPERPLANES:
        raise ValueError(
            "the isotree forest splits by hyperplanes (ndim > 1): import it by ExtendedIsolationForest.from_isotree"
        )
    return _read(data, _SPLITS, _read_split)


def read_hyperplanes(data: bytes) -> IsotreeForest:
    """A forest of splits by hyperplanes."""
    if _kind(data) == _SPLITS:
        raise ValueError(
            "the isotree forest splits one column at a time (ndim=1): import it by IsolationForest.from_isotree"
        )
    return _read(data, _HYPERPLANES, _read_hyperplane)


def _kind(data: bytes) -> int:
    if data[:13] != _MAGIC or len(data) < 93:
        raise ValueError("this is not an isotree model")
    if data[20:22] != b"\x08\x08":  # bytes of an address and of a number
        raise ValueError(
            "the isotree model was written on a machine of another kind; load it in isotree and pass it again"
        )
    return data[23]


def _read(data: bytes, kind: int, read_node: Callable[[bytes, int], tuple[NodeT, int]]) -> IsotreeForest:
    if _kind(data) != kind:
        raise ValueError(f"isotree's model type {_kind(data)} cannot be imported")
    _, missing, range_penalty, metric = data[57:61]
    if metric != 0:
        raise ValueError('the isotree forest has another scoring metric than "depth", which cannot be imported')
    if range_penalty:
        raise ValueError("the isotree forest was fitted with penalize_range, which cannot be imported")
    if missing not in _MISSING:
        raise ValueError(f"isotree's missing action {missing} is unknown")
    expected_depth, _, samples, count = struct.unpack_from("<ddQQ", data, 61)
    at = 93
    trees = []
    try:
        for _ in range(count):
            (size,) = struct.unpack_from("<Q", data, at)
            at += 8
            nodes = []
            for _ in range(size):
                node, at = read_node(data, at)
                nodes.append(node)
            trees.append(nodes)
    except struct.error as error:
        raise ValueError("the isotree model ends too early") from error
    if not trees or not all(trees) or not expected_depth > 0:
        raise ValueError("the isotree model holds no trees")
    return IsotreeForest(trees, samples, expected_depth, _MISSING[missing])


def _read_split(data: bytes, at: int) -> tuple[IsotreeSplit, int]:
    kind, _, threshold, share, score, _, _, _, column, left, right, categories = _SPLIT.unpack_from(data, at)
    if not score > 0.0 and left > 0 and kind != _NUMERIC:
        raise ValueError("the isotree forest splits categorical columns, which cannot be imported")
    return IsotreeSplit(column, threshold, share, score, left, right), at + _SPLIT.size + categories


def _read_hyperplane(data: bytes, at: int) -> tuple[IsotreeHyperplane, int]:
    threshold, score, _, _, _, left, right, columns, kinds, *sizes = _HYPERPLANE.unpack_from(data, at)
    coefficients, centers, category_coefficients, categories, fills, new_fills = sizes
    at += _HYPERPLANE.size

    def take(count: int, kind: str) -> AnyArray:
        nonlocal at
        size = count * np.dtype(kind).itemsize
        if at + size > len(data):
            raise struct.error
        values = np.frombuffer(data, kind, count, at)
        at += size
        return values

    column = take(columns, "<u8")
    if category_coefficients > 0 or np.any(take(kinds, "u1") != _NUMERIC):
        raise ValueError("the isotree forest splits categorical columns, which cannot be imported")
    node = IsotreeHyperplane(column, take(coefficients, "<f8"), take(centers, "<f8"), threshold, score, left, right)
    take(categories, "<i4")
    take(fills, "<f8")
    take(new_fills, "<f8")
    return node, at
