"""A forest for a microcontroller: train, pack, say what that costs, write one C header, compile it and score with it.

The header has no allocation and needs no library. Here it runs on this machine; a firmware includes the same file.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import millwright as mw

run = mw.simulate_bearing_run(records=120, seed=1)
names = [f"horizontal.{f}" for f in ("log_rms", "kurtosis", "crest", "log_band_rms(f_lo=2000,f_hi=6000)")]
pipeline = mw.Pipeline(
    channels=run.channels,
    window="100ms",
    features=[*names, "speed.mean"],
    normalize=mw.ContextNormalizer(by=["speed"]),
    detect=[mw.QuantizedForest(trees=60, precision="fixed16")],
).fit(run.recording(0, 60), progress=False)

forest = pipeline.detect_[0]
print(f"{forest.trees_kept_} trees, {forest.bytes_} bytes in the bundle")
print(
    f"largest difference of a score {forest.worst_difference_:.2g}, decisions flipped {forest.flip_rate_:.2%}, "
    f"standard error for want of trees {forest.standard_error_:.2g}"
)

MAIN = """
#include <stdio.h>
#include "forest.h"
int main(void) {
  double row[FOREST_COLUMNS];
  while (fread(row, sizeof row, 1, stdin) == 1) {
    const double score = forest_score(row);
    fwrite(&score, sizeof score, 1, stdout);
  }
  return 0;
}
"""

with tempfile.TemporaryDirectory() as folder:
    header = forest.export_c99(
        Path(folder) / "forest.h", origin="simulated bearing", inputs="features relative to normal"
    )
    print(header.split("*/")[0])
    compiler = shutil.which("cc")
    if compiler is None:
        raise SystemExit("there is no C compiler here")
    Path(folder, "main.c").write_text(MAIN)
    options = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Os", "-o", "score", "main.c"]
    subprocess.run([compiler, *options], cwd=folder, check=True)

    result = pipeline.run(run.recording(60))
    features = pd.DataFrame(result.feature_values, columns=pipeline.feature_names_)
    rows = np.ascontiguousarray(pipeline.normalize_.transform(features)[result.is_scored])
    done = subprocess.run([str(Path(folder, "score"))], input=rows.tobytes(), stdout=subprocess.PIPE, check=True)

scores = np.frombuffer(done.stdout)
assert scores.tobytes() == result.score_values[result.is_scored, 0].tobytes()
print(f"{len(scores)} windows scored by the C program, the same bits as here; the last one: {scores[-1]:.3f}")
