"""isotree's forests of hyperplanes as fitted forests of this library."""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from .._typing import AnyArray
from .estimators import Detector
from .import_forest import breadth_first
from .isotree_format import export_isotree, read_hyperplanes

__all__ = ["ExtendedForestImporter"]


class ExtendedForestImporter(Detector):
    """Makes an `ExtendedIsolationForest` from isotree's. Its scores are isotree's; it has no out-of-box term, because isotree does
    not keep the range of the training rows."""

    @classmethod
    def from_isotree(cls, forest: Any) -> Self:
        """A fitted forest with the trees of a fitted `isotree.IsolationForest` of hyperplanes (`ndim` above 1) on numeric columns
        with the scoring metric "depth" and without `penalize_range`.

        `anomaly_score` is isotree's `predict` within 1e-14. Rows with NaN are not scored: isotree fills them in differently at
        each split. `offset_` is -0.5.

        Examples
        --------
        >>> theirs = isotree.IsolationForest(ndim=2, sample_size=256, ntrees=100).fit(rows)  # doctest: +SKIP
        >>> ours = mw.ExtendedIsolationForest.from_isotree(theirs)  # doctest: +SKIP
        """
        return cls._from_isotree_bytes(*export_isotree(forest))

    @classmethod
    def _from_isotree_bytes(cls, data: bytes, columns: int, names: list[str] | None = None) -> Self:
        theirs = read_hyperplanes(data)
        samples = min(max(theirs.samples, 2), 16384)
        # The core divides the mean leaf value by what it expects of so many rows, isotree by what it expected.
        scale = _expected_depth(samples) / theirs.expected_depth
        thresholds: list[float] = []
        children: list[int] = []
        tree_starts, term_starts = [0], [0]
        term_columns: list[int] = []
        coefficients: list[float] = []
        centers: list[float] = []
        for nodes in theirs.trees:
            leaf = np.array([node.score > 0.0 or len(nodes) == 1 for node in nodes])
            sides = np.array([(node.left, node.right) for node in nodes])
            order = breadth_first(leaf, sides[:, 0], sides[:, 1])
            place = {int(number): at for at, number in enumerate(order)}
            for number in order:
                node = nodes[number]
                if leaf[number]:
                    thresholds.append(scale * max(node.score, 0.0))
                    children.append(0)
                else:
                    # "z <= t goes left" is "z < the next number above t goes left".
                    thresholds.append(float(np.nextafter(node.threshold, np.inf)))
                    children.append(place[node.left])
                    term_columns.extend(node.columns)
                    coefficients.extend(node.coefficients)
                    centers.extend(node.centers)
                term_starts.append(len(term_columns))
            tree_starts.append(len(thresholds))
        arrays: dict[str, AnyArray] = {
            "threshold": np.array(thresholds),
            "child": np.array(children, dtype=np.int32),
            "tree_start": np.array(tree_starts, dtype=np.int32),
            "term_start": np.array(term_starts, dtype=np.int32),
            "term_column": np.array(term_columns, dtype=np.uint16),
            "term_coefficient": np.array(coefficients, dtype=np.float64),
            "term_center": np.array(centers, dtype=np.float64),
            "box_low": np.zeros(columns),
            "box_high": np.zeros(columns),
            "sample_size": np.array(samples, dtype=np.int64),
        }
        return cls._from_learned(
            {
                "trees": len(theirs.trees),
                "samples": samples,
                "dimensions": int(np.clip(np.diff(term_starts).max(), 1, 64)),
                "out_of_box_weight": 0.0,
            },
            columns,
            names,
            arrays,
            offset=-0.5,
        )


def _expected_depth(samples: int) -> float:
    """Mean path length among so many rows, as the core's average_path."""
    harmonic = float(np.cumsum(1.0 / np.arange(1, samples))[-1])  # a sum in order, unlike np.sum
    return 2.0 * harmonic - 2.0 * (samples - 1) / samples
