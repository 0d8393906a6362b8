"""A pipeline as an estimator: its arguments are attributes, scikit-learn can clone it, and its text tells the truth."""

from __future__ import annotations

import inspect
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import TRAINING, make_pipeline
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

import millwright as mw
from millwright import stages
from millwright.pipeline.summary import evidence_lines, span


def every_argument(run: mw.BearingRun) -> dict[str, Any]:
    return {
        "channels": run.channels,
        "window": "100ms",
        "condition": {"horizontal": [mw.streaming.SosFilter(rate_hz=25_600.0, band="highpass", low_hz=10.0)]},
        "features": mw.Features(names=("horizontal.rms", "horizontal.crest", "speed.mean"), shaft_hz=30.0),
        "normalize": mw.ContextNormalizer(by=("speed",), regimes=3),
        "detect": [mw.IsolationForest(trees=20), mw.OneClassSvm(gamma=0.5)],
        "smooth": mw.RunningMedian(windows=3),
        "fuse": mw.MinFusion(),
        "calibrate": mw.TailCalibration(tail_quantile=0.9),
        "alert": mw.AlertBudget(max_false_episodes_per_week=2.0, confidence=0.9),
        "monitor": [stages.ScoringMonitor()],
        "alarm": mw.Alarm(on_count=2, on_window=3),
        "clock": mw.Clock(max_gap_s=0.5),
        "fit_options": mw.FitOptions(folds=4),
        "name": "pump 7",
    }


def test_arguments_are_attributes(run: mw.BearingRun) -> None:
    given = every_argument(run)
    assert list(given) == list(inspect.signature(mw.Pipeline).parameters)
    pipeline = mw.Pipeline(**given)
    for name, value in given.items():
        assert getattr(pipeline, name) is value, name
    assert pipeline.get_params(deep=False) == given
    bare = mw.Pipeline(channels=run.channels, window="100ms")
    assert bare.get_params(deep=False) == {
        **dict.fromkeys(given),
        "channels": run.channels,
        "window": "100ms",
        "name": "",
    }


def test_arguments_of_parts(run: mw.BearingRun) -> None:
    params = mw.Pipeline(**every_argument(run)).get_params()
    assert params["alert__confidence"] == 0.9
    assert params["detect__0__trees"] == 20
    assert params["detect__1__gamma"] == 0.5
    assert params["normalize__regimes"] == 3


def test_clone_is_as_declared_and_not_fitted(run: mw.BearingRun, fitted: mw.Pipeline) -> None:
    pipeline = mw.Pipeline(**every_argument(run))
    copy = clone(pipeline)
    assert copy.get_declaration() == pipeline.get_declaration()
    assert copy.detect is not None and pipeline.detect is not None
    assert copy.detect[0] is not pipeline.detect[0]
    again = clone(fitted)
    assert fitted.is_fitted and not again.is_fitted
    assert again.get_declaration() == fitted.get_declaration()
    assert again.fit(run.recording(0, TRAINING), progress=False).to_bytes() == fitted.to_bytes()
    check_is_fitted(fitted)
    with pytest.raises(NotFittedError):
        check_is_fitted(clone(fitted))


def test_set_params(run: mw.BearingRun) -> None:
    given = every_argument(run)
    pipeline = mw.Pipeline(**given)
    returned = pipeline.set_params(alert__confidence=0.95, detect__0__trees=30, window="50ms", smooth=None)
    assert returned is pipeline
    declared = pipeline.get_declaration()
    assert declared["alert"]["confidence"] == 0.95
    assert declared["alert"]["max_false_episodes_per_week"] == 2.0
    assert [stage.get("trees") for stage in declared["detect"]] == [30, None]
    assert declared["window"]["length"] == ["50ms"]
    assert declared["smooth"]["windows"] == 1
    # What was given may stand in another pipeline too.
    assert given["detect"][0].trees == 20
    assert mw.Pipeline(**given).get_declaration()["detect"][0]["trees"] == 20


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"alarms": mw.Alarm()}, "has no argument alarms"),
        ({"alert__trees": 3}, "AlertBudget has no argument trees"),
        ({"detect__7__trees": 3}, "there is no detect__7"),
        ({"alert__confidence": 7.0}, "confidence"),
        ({"window": 3.0}, "window is 3.0"),
        ({"name": "other", "detect": [mw.IsolationForest(trees=0)]}, "trees"),
    ],
)
def test_set_params_changes_all_or_nothing(run: mw.BearingRun, change: dict[str, Any], message: str) -> None:
    pipeline = mw.Pipeline(**every_argument(run))
    before = pipeline.get_params(deep=False)
    with pytest.raises((TypeError, ValueError), match=message):
        pipeline.set_params(**change)
    assert pipeline.get_params(deep=False) == before


def test_an_attribute_counts_from_the_next_fit(run: mw.BearingRun, fitted: mw.Pipeline) -> None:
    copy = mw.Pipeline.from_bytes(fitted.to_bytes())
    copy.alert = mw.AlertBudget(max_false_episodes_per_week=5.0)
    assert copy.to_bytes() == fitted.to_bytes()
    assert copy.get_declaration() == fitted.get_declaration()
    copy.fit(run.recording(0, TRAINING), progress=False)
    assert copy.get_declaration()["alert"]["max_false_episodes_per_week"] == 5.0
    declared = make_pipeline(run.channels, alert=copy.alert, name="bearing")
    assert copy.to_bytes() == declared.fit(run.recording(0, TRAINING), progress=False).to_bytes()


def test_a_loaded_pipeline_has_its_arguments(run: mw.BearingRun, tmp_path: Path) -> None:
    given = every_argument(run)
    pipeline = mw.Pipeline(**given).fit(run.recording(0, TRAINING), progress=False)
    pipeline.save(tmp_path / "bundle")
    for copy in (mw.load(tmp_path / "bundle"), pickle.loads(pickle.dumps(pipeline))):
        for name, value in copy.get_params(deep=False).items():
            if name in ("normalize", "detect"):
                continue
            if name == "condition":  # stages carry state, so two are never the same
                assert {c: [s.to_dict() for s in stages] for c, stages in value.items()} == {
                    c: [s.to_dict() for s in stages] for c, stages in given[name].items()
                }
                continue
            assert value == (mw.Window("100ms") if name == "window" else given[name]), name
        assert copy.detect is not None and copy.normalize is not None
        assert [type(detector) for detector in copy.detect] == [mw.IsolationForest, mw.OneClassSvm]
        assert copy.normalize.get_params() == given["normalize"].get_params()
        # Nothing of the declaration is lost on the way through the arguments.
        assert mw.Pipeline(**copy.get_params(deep=False)).get_declaration() == pipeline.get_declaration()
        assert clone(copy).fit(run.recording(0, TRAINING), progress=False).to_bytes() == pipeline.to_bytes()


def test_unfitted_pipelines_of_functions_pickle(run: mw.BearingRun) -> None:
    features = mw.features.bearing(mw.Bearing.from_name("6205"), shaft_hz=30.0)
    assert features.__name__ == "<lambda>"
    pipeline = mw.Pipeline(
        channels=run.channels, window="100ms", features=features, alert=mw.AlertBudget(confidence=0.9)
    )
    copy = pickle.loads(pickle.dumps(pipeline))
    assert copy.get_declaration() == pipeline.get_declaration()
    assert copy.features == pipeline.features_
    assert copy.alert == pipeline.alert


@pytest.mark.parametrize("name", ["normalize", "smooth", "fuse", "calibrate", "alert", "alarm", "clock", "fit_options"])
def test_arguments_of_another_kind_are_refused(run: mw.BearingRun, name: str) -> None:
    with pytest.raises(TypeError, match=name):
        mw.Pipeline(channels=run.channels, window="100ms", **{name: 1.0})


ESTIMATORS = [getattr(stages, name) for name in stages.__all__] + [mw.FusedDetector]
DETECTORS = [cls for cls in ESTIMATORS if issubclass(cls, mw.estimators.Detector)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: mw.IsolationForest(n_estimators=9),
            "IsolationForest has no argument n_estimators: it is called trees here",
        ),
        (lambda: mw.IsolationForest(max_samples=9), "it is called samples here"),
        (lambda: mw.IsolationForest(n_jobs=2), "it is called threads here"),
        (lambda: mw.IsolationForest(random_state=0), "it is called seed here"),
        (lambda: mw.IsolationForest().set_params(n_estimators=9), "it is called trees here"),
        (lambda: mw.IsolationForest(contamination=0.1), "offset_.*max_false_episodes_per_week"),
        (lambda: mw.Mahalanobis(n_jobs=2), "it fits in one thread"),
        (lambda: mw.Mahalanobis(random_state=0), "always give the same model"),
        (lambda: mw.KnnDistance(n_neighbors=3), "it is called neighbors here"),
        (lambda: mw.KmeansDistance(n_clusters=3), "it is called clusters here"),
        (lambda: mw.ContextNormalizer(n_clusters=3), "it is called regimes here"),
        (lambda: mw.PcaMonitor(n_components=3), "it is called components here"),
        (lambda: mw.OneClassSvm(tol=1e-3), "it is called tolerance here"),
        (lambda: mw.FusedDetector(contamination=0.1), "it is called alpha here"),
        (lambda: mw.FusedDetector(n_jobs=2), "IsolationForest.threads"),
        (lambda: mw.AlertBudget(contamination=0.1), "it has max_false_episodes_per_week"),
        (lambda: mw.features.FeatureExtractor(["rms"], rate_hz=1.0, n_jobs=2), "it has names, rate_hz"),
    ],
)
def test_arguments_of_scikit_learn_are_named(make: Callable[[], object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()


@pytest.mark.parametrize("name", ["n_estimators", "n_jobs", "random_state", "contamination"])
def test_every_estimator_names_its_own_arguments(name: str, run: mw.BearingRun) -> None:
    for cls in ESTIMATORS:
        if name in inspect.signature(cls).parameters:
            cls(**{name: 0.1})
            continue
        with pytest.raises(TypeError, match=f"{cls.__name__} has no argument {name}[:;] ."):
            cls(**{name: 1})
    with pytest.raises(TypeError, match=f"Pipeline has no argument {name}: .*(detect|alert)="):
        mw.Pipeline(channels=run.channels, window="100ms", **{name: 1})
    with pytest.raises(TypeError, match=f"Pipeline has no argument {name}: "):
        make_pipeline(run.channels).set_params(**{name: 1})
    with pytest.raises(TypeError, match=f"IsolationForest has no argument {name}: "):
        make_pipeline(run.channels).set_params(**{f"detect__0__{name}": 1})
    assert len(DETECTORS) > 10


EVIDENCE: Any = {
    "threshold": 3.614,
    "extrapolated": True,
    "weeks": 0.98,
    "false_episodes": 0,
    "rate_upper_bound_per_week": 1.642,
    "weeks_needed": 1.609,
}


def test_evidence_in_words() -> None:
    alert = {"max_false_episodes_per_week": 1.0, "confidence": 0.8}
    assert evidence_lines(EVIDENCE, alert) == [
        ("threshold", "severity 3.61, extrapolated: the training data cannot prove 1 false episode a week"),
        (
            "evidence",
            "0 false episodes in 6.86 days of normal operation prove at most 1.64 a week at 80 % confidence; "
            "11.3 days without one would prove 1 false episode a week",
        ),
    ]
    proven = EVIDENCE | {"extrapolated": False, "weeks": 8.0, "false_episodes": 1, "rate_upper_bound_per_week": 0.374}
    assert evidence_lines(proven) == [
        ("threshold", "severity 3.61, within what the training data can prove"),
        ("evidence", "1 false episode in 8 weeks of normal operation prove at most 0.374 a week"),
    ]
    other = {"stage": "another_threshold"}
    assert (
        evidence_lines(EVIDENCE, other)
        == evidence_lines(EVIDENCE)
        == [
            ("threshold", "severity 3.61, extrapolated beyond what the training data can prove"),
            ("evidence", "0 false episodes in 6.86 days of normal operation prove at most 1.64 a week"),
        ]
    )
    assert [span(days) for days in (21.0, 3.0, 0.5, 0.01)] == ["3 weeks", "3 days", "12 hours", "14.4 minutes"]


def test_text_of_a_pipeline(run: mw.BearingRun, fitted: mw.Pipeline) -> None:
    assert repr(make_pipeline(run.channels)) == "Pipeline: 4 channels, 8 features, 2 detectors; not fitted"
    holes = run.vibration[:TRAINING].copy()
    holes[3, 5] = np.nan
    vibration = make_pipeline(run.channels[:2], name="pump <7>").fit(holes, record_interval_s=10.0, progress=False)
    headline, threshold, evidence = repr(vibration).splitlines()
    assert headline.startswith('Pipeline "pump <7>": 2 channels, 6 features, 2 detectors; fitted on 69 windows in ')
    assert headline.endswith(", 1 left out")
    assert f"severity {vibration.threshold_:.2f}, extrapolated" in threshold
    assert f"at most {vibration.evidence_['rate_upper_bound_per_week']:,.0f} a week at 80 % confidence" in evidence
    page = vibration._repr_html_()
    assert "pump &lt;7&gt;" in page and "<7>" not in page
    assert "extrapolated" in page and "1 left out" in page
    vibration.window = 3.0
    assert "extrapolated" in repr(vibration)  # of the fitted model
    broken = make_pipeline(run.channels)
    broken.window = 3.0
    assert "window is 3.0" in repr(broken)


def test_text_of_a_result(run: mw.BearingRun, fitted_vibration: mw.Pipeline) -> None:
    samples = run.vibration[TRAINING:].copy()
    samples[[0, 2], 7] = np.nan
    result = fitted_vibration.run(samples, record_interval_s=10.0)
    assert result.evidence == fitted_vibration.evidence_
    headline, threshold, evidence, left_out = repr(result).splitlines()
    scored = int(result.is_scored.sum())
    assert len(result) - scored == 2
    assert headline.startswith(f"Result: {len(result)} windows, {scored} scored ({100 * scored / len(result):.3g} %), ")
    assert f"{len(result.episode_list)} episode" in headline
    assert f"severity {result.threshold:.2f}, extrapolated" in threshold
    assert "of normal operation prove at most" in evidence
    assert left_out.split() == ["left", "out", "2:", "not_finite", "2"]
    assert "not_finite 2" in result._repr_html_()
    whole = fitted_vibration.run(run.vibration[TRAINING:], record_interval_s=10.0)
    assert "100 %" in repr(whole) and "left out" not in repr(whole)
    nothing = fitted_vibration.stream().push(run.vibration[0, :10])
    assert repr(nothing).startswith("Result: 0 windows, 0 scored, 0 episodes")


def test_declaration_goes_through_the_arguments_whole(fitted: mw.Pipeline) -> None:
    """A section that the core knows and `Pipeline` does not would be lost when a bundle is fitted again."""
    arguments = fitted.get_params(deep=False)
    keys = {"fit" if name == "fit_options" else name for name in arguments if name != "name"}
    assert set(fitted.get_declaration()) == keys - {"condition"}  # which is written only where there is one
    assert json.loads(fitted.core_.declaration) == fitted.get_declaration()
