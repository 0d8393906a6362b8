"""Writes isotree_forests.json: small forests as isotree exports them, rows, and the scores isotree gives them.

Needs isotree; run it in python/tests. The numbers in JSON are exact."""

import base64
import json
import tempfile
import zlib
from importlib.metadata import version
from pathlib import Path

import isotree
import numpy as np

random = np.random.default_rng(1)
rows = np.round(random.normal(size=(200, 4)), 3)
missing = rows.copy()
missing[random.random(size=rows.shape) < 0.15] = np.nan
forests = []
for ndim, action, training in ((1, "fail", rows), (1, "divide", missing), (1, "impute", missing), (3, "fail", rows)):
    forest = isotree.IsolationForest(
        ntrees=6, sample_size=48, ndim=ndim, missing_action=action, nthreads=1, random_seed=1
    ).fit(training)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "forest"
        forest.export_model(str(path))
        data = path.read_bytes()
    probe = training[:60]
    forests.append(
        {
            "ndim": ndim,
            "missing_action": action,
            "isotree": version("isotree"),
            "model": base64.b64encode(zlib.compress(data, 9)).decode(),
            "rows": [[None if np.isnan(v) else v for v in row] for row in probe.tolist()],
            "scores": forest.predict(probe).tolist(),
        }
    )
Path(__file__).with_name("isotree_forests.json").write_text(json.dumps(forests) + "\n")
