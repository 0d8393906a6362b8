"""Vibration analysis: tacho, order tracking, synchronous averages and gears.

Plain functions over arrays of samples; the same arithmetic as the stages of the core."""

from ._vibration_rotation import (
    AngleSignal,
    GearCondition,
    GearSignals,
    OrderMap,
    SpeedProfile,
    TachoPulses,
    gear_condition_metrics,
    gear_signals,
    order_map,
    order_resample,
    order_spectrum,
    remove_average,
    repair_pulses,
    synchronous_average,
    tacho_pulses,
    tacho_speed,
    tacholess_speed,
    track_orders,
)

__all__ = [
    "AngleSignal",
    "GearCondition",
    "GearSignals",
    "OrderMap",
    "SpeedProfile",
    "TachoPulses",
    "gear_condition_metrics",
    "gear_signals",
    "order_map",
    "order_resample",
    "order_spectrum",
    "remove_average",
    "repair_pulses",
    "synchronous_average",
    "tacho_pulses",
    "tacho_speed",
    "tacholess_speed",
    "track_orders",
]
