"""Choose the features that tell the remaining life, and save a bundle that computes nothing else.

Four simulated bearings run to failure. Every feature is ranked over all of them by the three measures of Coble and Hines (2009):
monotonicity (it goes one way), trendability (in all runs alike), prognosability (to the same value at the end). A few that do
not repeat each other are kept, and the pipeline is fitted again with these.
"""

import tempfile
from pathlib import Path

import millwright as mw

runs = [mw.simulate_bearing_run(records=120, seed=seed) for seed in range(4)]
channels, healthy = runs[0].channels, runs[0].recording(0, 40)

# Everything that needs no knowledge of the machine; fine for a choice, too much for a gateway.
wide = mw.Pipeline(channels=channels, window="100ms", features=mw.features.efficient).fit(healthy, progress=False)
tables = [wide.extract_features(run.recording()) for run in runs]

ranked = mw.features.rank(tables).set_index("feature")
print(ranked.head(8).round(2).to_string())

# Of features that order the windows alike, the better one stays.
vibration = [name for name in wide.features_ if not name.startswith(("speed.", "load."))]
places = mw.features.select(tables[0][vibration], ranked.loc[vibration, "score"].fillna(0.0), max_features=5)
chosen = [vibration[place] for place in places]

# Models were learned on all features together, so fewer features need a fit of their own. Features of the context stay.
narrow = wide.with_features(chosen).fit(healthy, progress=False)

with tempfile.TemporaryDirectory() as folder:
    for name, pipeline in (("wide", wide), ("narrow", narrow)):
        path = Path(folder) / f"{name}.safetensors"
        pipeline.save(path)
        bundle = mw.load(path)
        cost = bundle.cost()  # as `millwright inspect --cost` tells it
        nanoseconds = cost["own_ns"].sum() + cost["view_ns"].sum()
        print(
            f"\n{name}: {len(bundle.feature_names_)} features, {nanoseconds / 1e3:.0f} us a window, "
            f"{bundle.memory_needed_ / 1024:.0f} KiB a stream"
        )
    print("\n".join(f"  {name}" for name in bundle.feature_names_))

found = narrow.run(runs[1].recording(40))
print(f"\nanother bearing, to its end: {len(found.episode_list)} episode(s)")
