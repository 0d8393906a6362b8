"""A filter inside the pipeline: the same filter in the notebook, in the bundle and in the gateway.

A machine on soft ground sways: a slow movement, large and different from hour to hour, that says nothing about its bearing. It
fills every amplitude feature, and the first impacts of a damaged bearing drown in it. A highpass before the features takes it out.
It belongs to the pipeline, so `save` carries it along, and a stream applies it sample by sample, masks and gaps included.
"""

import numpy as np

import millwright as mw

run = mw.simulate_bearing_run(records=240, seed=5, onset=0.5)
random = np.random.default_rng(1)
time = np.arange(run.vibration.shape[1]) / run.channels[0].rate_hz
sway = np.stack(
    [
        size * np.sin(2 * np.pi * (4.0 * time + phase))
        for size, phase in zip(
            random.gamma(2.0, 1.0, len(run.vibration)), random.random(len(run.vibration)), strict=True
        )
    ]
)
vibration = (run.vibration + sway[:, :, None]).astype(np.float32)

channels = run.channels[:2]
features = [f"{c.name}.{feature}" for c in channels for feature in ("log_rms", "crest", "kurtosis")]
highpass = {
    c.name: [mw.streaming.SosFilter(rate_hz=c.rate_hz, band="highpass", order=4, low_hz=500.0)] for c in channels
}


def first_alarm(condition: dict | None) -> int | None:
    pipeline = mw.Pipeline(channels=channels, window="100ms", condition=condition, features=features)
    pipeline.fit(vibration[:100], record_interval_s=10.0, progress=False)
    loaded = mw.Pipeline.from_bytes(pipeline.to_bytes())  # what a gateway gets
    result = loaded.run(vibration, record_interval_s=10.0)
    raised = [record for record in np.flatnonzero(result.is_alarm) if record >= 100]
    return int(raised[0]) if raised else None


plain, filtered = first_alarm(None), first_alarm(highpass)
print(f"damage begins at record {run.onset_record}; alarm without the filter: {plain}, with it: {filtered}")
assert filtered is not None and (plain is None or filtered < plain)
