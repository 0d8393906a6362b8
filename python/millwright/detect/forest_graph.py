"""Isolation forests as ONNX graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .._typing import AnyArray, FloatArray, SampleArray

#: Opsets that the graph is written in; runtimes since 2021 know them.
OPSET, ML_OPSET, IR_VERSION = 13, 3, 7


def _import_onnx() -> Any:
    try:
        import onnx
    except ImportError as missing:
        raise ImportError(
            "export to ONNX needs the package onnx: install it, or millwright with its extra: pip install 'millwright[onnx]'"
        ) from missing
    return onnx


def _round_up(values: FloatArray) -> SampleArray:
    """The smallest float32 that is not below each value: a float32 x reaches it exactly where it reaches the value."""
    with np.errstate(over="ignore"):
        rounded = values.astype(np.float32)
    rounded = np.where(rounded < values, np.nextafter(rounded, np.float32(np.inf)), rounded).astype(np.float32)
    if not np.isfinite(rounded).all():
        raise ValueError("the forest has thresholds beyond float32, which ONNX trees hold: scale the columns")
    return rounded


def _average_path(samples: int) -> float:
    harmonic = sum(1.0 / i for i in range(1, samples))
    return 2.0 * harmonic - 2.0 * (samples - 1) / samples


def _tree_attributes(learned: Mapping[str, AnyArray]) -> dict[str, Any]:
    """Attributes of a TreeEnsembleRegressor whose sum is minus the mean path over the average path."""
    node, threshold, start = learned["node"], learned["threshold"], learned["tree_start"]
    columns = len(learned["box_low"])
    trees = len(start) - 1
    tree = np.repeat(np.arange(trees), np.diff(start))
    number = np.arange(len(threshold)) - start[tree]
    is_leaf = node[:, 0] == columns
    splits = np.where(is_leaf, 0.0, threshold)
    splits[~is_leaf] = _round_up(threshold[~is_leaf])
    left = np.where(is_leaf, 0, node[:, 1])
    scale = -1.0 / (trees * _average_path(int(learned["sample_size"])))
    leaves = np.flatnonzero(is_leaf)
    return {
        "n_targets": 1,
        "nodes_treeids": tree.tolist(),
        "nodes_nodeids": number.tolist(),
        "nodes_featureids": np.where(is_leaf, 0, node[:, 0]).tolist(),
        "nodes_values": splits.tolist(),
        "nodes_modes": np.where(is_leaf, "LEAF", "BRANCH_LT").tolist(),
        "nodes_truenodeids": left.tolist(),
        "nodes_falsenodeids": np.where(is_leaf, 0, left + 1).tolist(),
        "nodes_missing_value_tracks_true": [0] * len(threshold),
        "target_ids": [0] * len(leaves),
        "target_nodeids": number[leaves].tolist(),
        "target_treeids": tree[leaves].tolist(),
        "target_weights": (threshold[leaves] * scale).tolist(),
    }


def forest_graph(learned: Mapping[str, AnyArray], out_of_box_weight: float, metadata: Mapping[str, str]) -> Any:
    """The graph of a forest, an onnx.ModelProto: input "rows", float32 [N, columns], output "score", float32 [N, 1].

    `learned` are the arrays of the stage isolation_forest."""
    onnx = _import_onnx()
    helper, numpy_helper, floats = onnx.helper, onnx.numpy_helper, onnx.TensorProto.FLOAT
    low, high = learned["box_low"], learned["box_high"]
    columns = len(low)
    with np.errstate(over="ignore"):
        per_range = np.divide(1.0, high - low, out=np.zeros(columns), where=high > low)
    constants: dict[str, AnyArray] = {
        "two": np.array(2.0),
        "low": low,
        "high": high,
        "per_range": per_range,
        "zero": np.array(0.0),
        "weight": np.array(out_of_box_weight),
    }
    nodes = [
        helper.make_node(
            "TreeEnsembleRegressor", ["rows"], ["exponent"], domain="ai.onnx.ml", **_tree_attributes(learned)
        ),
        helper.make_node("Pow", ["two", "exponent"], ["isolation"]),
        helper.make_node("Sub", ["rows", "high"], ["above"]),
        helper.make_node("Sub", ["low", "rows"], ["below"]),
        helper.make_node("Max", ["above", "below", "zero"], ["outside"]),
        helper.make_node("Mul", ["outside", "per_range"], ["excess"]),
        helper.make_node("ReduceMean", ["excess"], ["mean_excess"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean_excess", "weight"], ["out_of_box"]),
        # x - x is NaN where x is not finite, so such a row scores NaN as it does in the library.
        helper.make_node("Sub", ["rows", "rows"], ["nothing"]),
        helper.make_node("ReduceMean", ["nothing"], ["nan_or_nothing"], axes=[1], keepdims=1),
        helper.make_node("Add", ["isolation", "out_of_box"], ["finite_score"]),
        helper.make_node("Add", ["finite_score", "nan_or_nothing"], ["score"]),
    ]
    graph = helper.make_graph(
        nodes,
        "isolation_forest",
        [helper.make_tensor_value_info("rows", floats, [None, columns])],
        [helper.make_tensor_value_info("score", floats, [None, 1])],
        [numpy_helper.from_array(np.asarray(v, dtype=np.float32), name) for name, v in constants.items()],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)],
        producer_name="millwright",
    )
    model.ir_version = IR_VERSION
    helper.set_model_props(model, dict(metadata))
    onnx.checker.check_model(model)
    return model
