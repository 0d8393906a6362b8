"""Arguments of a pipeline as the JSON that the core reads, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .._generated import sections
from .._signal_stage import SignalStage
from ..data.sections import Section
from ..data.settings import Channel, Window

__all__ = ["ARGUMENTS", "conditioned_channels", "to_argument", "to_declaration"]

#: Arguments that are one stage: its id stands in the JSON.
_STAGES = ("normalize", "smooth", "fuse", "alert")

#: Arguments that are a list of stages.
_LISTS = ("detect", "monitor")

#: Arguments that are the settings of one part of which there is one kind only -> its key in the JSON and its class.
_SETTINGS: dict[str, tuple[str, type[Section]]] = {
    "calibrate": ("calibrate", sections.TailCalibration),
    "alarm": ("alarm", sections.Alarm),
    "clock": ("clock", sections.Clock),
    "fit_options": ("fit", sections.FitOptions),
}

#: Every argument that the declaration holds; a pipeline has a name besides.
ARGUMENTS = ("channels", "window", "condition", "features", "normalize", *_LISTS, *_STAGES[1:], *_SETTINGS)

_SECTION_OF_STAGE = {
    cls.stage_id: cls
    for cls in vars(sections).values()
    if isinstance(cls, type) and issubclass(cls, Section) and cls is not Section
}


def conditioned_channels(channels: Sequence[Channel], condition: Any) -> list[Channel]:
    """The channels with the rates that their condition stages leave them."""
    rates = {}
    for name, stages in (condition or {}).items():
        last = stages if isinstance(stages, SignalStage) else next(reversed(stages), None)
        if last is not None:
            rates[name] = last.output_rate_hz
    return [
        dataclasses.replace(channel, rate_hz=rates[channel.name]) if channel.name in rates else channel
        for channel in channels
    ]


def to_declaration(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as JSON; what is None is left to the core's defaults."""
    channels, window = arguments["channels"], arguments["window"]
    if isinstance(window, str):
        window = Window(window)
    if not isinstance(window, Window):
        raise TypeError(f'window is {window!r}: give Window(...), or a length such as "100ms"')
    declared: dict[str, Any] = {
        "channels": [channel.to_dict() for channel in channels],
        "window": window.to_dict(),
    }
    if arguments["condition"] is not None:
        declared["condition"] = _conditions(arguments["condition"], channels)
    features = arguments["features"]
    if isinstance(features, sections.Features):
        # No names means those of the channels' roles.
        declared["features"] = {key: value for key, value in features.get_params().items() if value != ()}
    elif features is not None:
        seen = conditioned_channels(channels, arguments["condition"])
        sets = (features(channel) for channel in seen) if callable(features) else (features,)
        declared["features"] = [name for names in sets for name in names]
    declared |= {
        name: [_stage(name, stage) for stage in arguments[name]] for name in _LISTS if arguments[name] is not None
    }
    declared |= {name: _stage(name, arguments[name]) for name in _STAGES if arguments[name] is not None}
    for name, (key, cls) in _SETTINGS.items():
        section = arguments[name]
        if section is None:
            continue
        if not isinstance(section, cls):
            raise TypeError(f"{name} is {section!r}: give {cls.__name__}(...)")
        declared[key] = section.get_params()
    return declared


def to_argument(name: str, declaration: Mapping[str, Any]) -> Any:
    """The argument of that name from a declaration with every default written out."""
    if name == "channels":
        return [Channel(**channel) for channel in declaration["channels"]]
    if name == "window":
        parts = declaration["window"]
        lengths = parts["length"]
        return Window(lengths[0] if len(lengths) == 1 else lengths, parts["hop"], parts["min_valid_share"])
    if name == "condition":
        return _from_conditions(declaration) if "condition" in declaration else None
    if name == "features":
        features = declaration["features"]
        return sections.Features(**_settings(features)) if isinstance(features, dict) else features
    if name in _LISTS:
        return [_from_stage(stage) for stage in declaration[name]]
    if name in _STAGES:
        return _from_stage(declaration[name])
    key, cls = _SETTINGS[name]
    return cls(**_settings(declaration[key]))


def _conditions(condition: Any, channels: Sequence[Channel]) -> dict[str, Any]:
    if not isinstance(condition, Mapping):
        raise TypeError(f'condition is {condition!r}: give {{"vib_x": [mw.streaming.SosFilter(...)]}}')
    rates = {channel.name: channel.rate_hz for channel in channels}
    declared: dict[str, list[dict[str, Any]]] = {}
    for channel, stages in condition.items():
        rate = rates.get(channel)
        declared[channel] = []
        for stage in (stages,) if isinstance(stages, SignalStage) else stages:
            if not isinstance(stage, SignalStage):
                raise TypeError(
                    f'condition["{channel}"]: {stage!r} is not a signal stage: give mw.streaming.SosFilter(...)'
                )
            if rate is not None and abs(stage.rate_hz - rate) > 1e-6 * rate:
                raise ValueError(
                    f'condition["{channel}"]: {type(stage).__name__} is made for {stage.rate_hz:g} Hz, '
                    f"what reaches it has {rate:g}: give it rate_hz={rate:g}"
                )
            declared[channel].append(stage.to_dict())
            rate = stage.output_rate_hz
    return declared


def _from_conditions(declaration: Mapping[str, Any]) -> dict[str, list[SignalStage]]:
    from .._generated import signal_stages

    classes: dict[str, Callable[..., SignalStage]] = {
        cls.stage_id: cls
        for cls in vars(signal_stages).values()
        if isinstance(cls, type) and issubclass(cls, SignalStage) and cls is not SignalStage
    }
    rates = {channel["name"]: channel["rate_hz"] for channel in declaration["channels"]}
    condition: dict[str, list[SignalStage]] = {}
    for channel, stages in declaration["condition"].items():
        rate = rates[channel]
        condition[channel] = []
        for declared in stages:
            settings = _settings(declared)
            stage = classes[settings.pop("stage")](rate_hz=rate, **settings)
            condition[channel].append(stage)
            rate = stage.output_rate_hz
    return condition


def _stage(name: str, stage: Any) -> dict[str, Any]:
    if isinstance(stage, type) or not hasattr(stage, "stage_id"):
        raise TypeError(f"{name}: {stage!r} is not a stage of a pipeline")
    declared: dict[str, Any] = stage.to_dict()
    return declared


def _from_stage(stage: Mapping[str, Any]) -> Any:
    """A section, or an estimator that is not fitted."""
    settings = _settings(stage)
    stage_id = settings.pop("stage")
    section = _SECTION_OF_STAGE.get(stage_id)
    if section is not None:
        return section(**settings)
    from ..detect.of_stage import estimator_class

    return estimator_class(stage_id)(**settings)


def _settings(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as the tuples that defaults are."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in declared.items()}
