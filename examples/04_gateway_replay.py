"""Replay a saved bundle with the gateway program, and compare its scores with Python's, byte for byte.

Needs the ``millwright`` program: the wheel brings it, or the environment variable MILLWRIGHT_TOOL says where it is.
"""

import json
import os
import shlex
import subprocess
from pathlib import Path

import numpy as np

import millwright as mw

tool = shlex.split(os.environ.get("MILLWRIGHT_TOOL", "millwright"))

# A bundle, and the signals that a gateway would see: vibration in records, and one file for each other sampling rate.
run = mw.simulate_bearing_run("6205", records=160, fault="inner", seed=2)
training = 90
pipeline = mw.Pipeline(
    channels=run.channels,
    window="100ms",
    normalize=mw.ContextNormalizer(by=["speed", "load"]),
).fit(run.recording(0, training))
pipeline.save("bearing.safetensors")
np.save("vibration.npy", run.vibration[training:])
np.save("context.npy", run.context[training * 10 :])

command = [
    *tool,
    *["run", "bearing.safetensors", "vibration.npy", "context.npy"],
    *["--names", "horizontal,vertical", "--rate", "25600"],
    *["--names", "speed,load", "--rate", "1"],
    *["--record-interval", "10", "--start-time", str(run.record_start_ns[training])],
    *["--out", "scores.ndjson"],
]
print(shlex.join(command))
subprocess.run(command, check=True)

# One line of JSON for each window and each episode; numbers carry every bit, NaN is null.
lines = [json.loads(line) for line in Path("scores.ndjson").read_text().splitlines()]
windows = [line for line in lines if line["type"] == "window"]
gateway = np.array([w["severity"] for w in windows], dtype=np.float64)

result = mw.load("bearing.safetensors").run(run.recording(training))
here = np.where(np.isnan(result.severity), np.nan, result.severity)
assert [w["end_time"] for w in windows] == result.end_time_ns.tolist()
assert gateway.tobytes() == here.tobytes()
print(f"{len(windows)} windows: the program's severities equal Python's, byte for byte")
