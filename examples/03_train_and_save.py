"""Train a pipeline on a healthy bearing, look at what it says about the rest of its life, and save it for the gateway.

A simulated bearing stands in for your recording: a NumPy array, a pandas, polars or Arrow table, or files read by
``mw.read_csv``, ``mw.read_npy`` and ``mw.read_wav`` do as well.
"""

import millwright as mw

# Two accelerometers at 25.6 kHz, 0.1 s every 10 s; speed and load once a second. The outer race fails from record 240.
run = mw.simulate_bearing_run("6205", records=400, fault="outer", seed=4)

vibration = [channel.name for channel in run.channels if channel.role == "vibration"]
per_channel = ["log_rms", "crest", "log_band_rms(f_lo=2000,f_hi=4000)", "log_band_rms(f_lo=4000,f_hi=8000)"]

pipeline = mw.Pipeline(
    name="fan 7, drive end",
    channels=run.channels,
    window="100ms",
    features=[f"{name}.{feature}" for name in vibration for feature in per_channel] + ["speed.mean", "load.mean"],
    normalize=mw.ContextNormalizer(by=["speed", "load"]),
    detect=[mw.IsolationForest(), mw.Mahalanobis()],
    smooth=mw.RunningMedian(windows=3),
    alert=mw.AlertBudget(max_false_episodes_per_week=1.0),
)

# Learn from the first records, when the bearing was healthy. The same data give the same model, byte for byte.
training = 150
pipeline.fit(run.recording(0, training))
print(pipeline)
print(f"threshold: severity {pipeline.threshold_:.2f}, extrapolated: {pipeline.evidence_['extrapolated']}")

# A run is a stream that is given the recording in the order of time: it says what a gateway would have said.
result = pipeline.run(run.recording(training))
for episode in result.episode_list:
    record = round((episode.raised_at - run.record_start_ns[0]) / 10e9)
    print(f"alarm at record {record} (the fault began at {run.onset_record}), priority {episode.priority}")
    for contributor in episode.contributors[:3]:
        print(f"  {contributor.share:4.0%} {contributor.feature}, {contributor.deviation:+.1f} standard deviations")

# One file holds everything: settings, models, threshold, and golden vectors that are replayed wherever it is loaded.
pipeline.save("bearing.safetensors")
loaded = mw.load("bearing.safetensors")
assert loaded.run(run.recording(training)).severity.tobytes() == result.severity.tobytes()
print(f"saved bearing.safetensors, {len(loaded.to_bytes())} bytes; a stream takes {loaded.memory_needed_} bytes")
