"""Settings that may be absent or a word: what Python takes, gives back and refuses."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import millwright as mw
from millwright import _core, streaming
from millwright._generated import sections

ROWS = np.random.default_rng(3).normal(size=(200, 3))


def declaration(**parts: object) -> dict[str, object]:
    channels = [mw.Channel("vib", rate_hz=1000.0)]
    return mw.Pipeline(channels=channels, window=mw.Window("1s"), features=["vib.rms"], **parts).get_declaration()


def test_none_and_words_go_through_the_declaration() -> None:
    assert declaration()["clock"]["max_gap_s"] is None
    assert declaration()["window"]["hop"] is None
    given = declaration(
        clock=mw.Clock(max_gap_s=0.5, stuck_after_vibration=None),
        detect=[mw.ExtendedIsolationForest(max_depth="unlimited", threads="all"), mw.Svdd(gamma=0.5), mw.Svdd()],
    )
    assert given["clock"]["max_gap_s"] == 0.5
    assert given["clock"]["stuck_after_vibration"] is None
    assert [stage.get("max_depth", stage.get("gamma")) for stage in given["detect"]] == ["unlimited", 0.5, "scale"]
    assert given["detect"][0]["threads"] == "all"


@pytest.mark.parametrize(
    ("detector", "mend"),
    [
        (mw.Mahalanobis(winsor=0), "None in Python"),
        (mw.IsolationForest(max_depth=0), 'or "auto"'),
        (mw.ExtendedIsolationForest(max_depth=-1), 'or "unlimited"'),
        (mw.IsolationForest(threads=0), 'or "all"'),
        (mw.OneClassSvm(gamma="0.5"), "not as a text"),
        (mw.IsolationForest(max_depth=None), 'or "auto"'),
    ],
)
def test_what_stood_for_them_before_is_refused_with_the_new_way(detector: mw.IsolationForest, mend: str) -> None:
    with pytest.raises(ValueError, match=mend):
        detector.fit(ROWS)


def test_absent_settings_of_detectors_and_streams() -> None:
    unclipped = mw.Mahalanobis(winsor=None).fit(ROWS)
    again = pickle.loads(pickle.dumps(unclipped))
    assert again.get_params()["winsor"] is None
    assert again.anomaly_score(ROWS).tobytes() == unclipped.anomaly_score(ROWS).tobytes()
    assert unclipped.anomaly_score(ROWS).tobytes() != mw.Mahalanobis(winsor=1.0).fit(ROWS).anomaly_score(ROWS).tobytes()

    x = np.random.default_rng(4).normal(size=5000)
    half, same = (streaming.Stft(rate_hz=1000.0, nperseg=64, noverlap=n).run(x) for n in (None, 32))
    assert half.tobytes() == same.tobytes()
    with pytest.raises(ValueError, match="None in Python"):
        streaming.Stft(rate_hz=1000.0, noverlap=-1)


def test_settings_are_described_with_their_kind() -> None:
    described = {s["id"]: {p["name"]: p for p in s["params"]} for s in _core.stages() + _core.signal_stages()}
    assert described["stft"]["noverlap"]["is_optional"]
    assert described["stft"]["noverlap"]["type"] == "int"
    assert described["svdd"]["gamma"]["type"] == "float"
    assert described["svdd"]["gamma"]["choices"] == "scale|auto"
    assert described["isolation_forest"]["max_depth"]["default"] == "auto"


def test_settings_of_a_part_become_a_class_of_their_own() -> None:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    try:
        import generate_stages
    finally:
        sys.path.pop(0)
    flow = {"name": "flow", "type": "float", "default": 2.0, "low": 0.0, "high": 10.0, "unit": "", "doc": "of water"}
    flow |= {"choices": "", "is_optional": False}
    cooler = flow | {"name": "cooler", "type": "settings", "default": {"flow": 2.0}, "doc": "of the bearings"}
    cooler["settings"] = {"id": "cooling", "doc": "", "params": [flow]}
    machine = {"id": "machine", "doc": "A machine.", "params": [cooler]}

    parts = generate_stages.parts_of([machine, machine])
    assert [part["id"] for part in parts] == ["cooling"]
    text = "\n\n".join(generate_stages.section(described) for described in [*parts, machine])
    made: dict[str, Any] = dict(vars(sections))
    exec("from __future__ import annotations\n" + text, made)
    assert made["Machine"]().get_params() == {"cooler": {"flow": 2.0}}
    assert made["Machine"](cooler={"flow": 3.0}).get_params() == {"cooler": {"flow": 3.0}}
