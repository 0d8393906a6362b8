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
"""Vibration analysis: envelope spectra and bearing faults.

Plain functions over arrays of samples, the last axis being time; the same arithmetic as the features and stages of the core."""

from ._vibration_envelope import (
    FaultBand,
    Kurtogram,
    bearing_fault_frequencies,
    cepstral_prewhitening,
    choose_band,
    envelope,
    envelope_spectrum,
    fast_kurtogram,
    fault_band_metrics,
    fault_bands,
    fault_snr,
    gear_mesh_frequencies,
    harmonic_energy,
    harmonic_lines,
    high_frequency_energy,
    peak_hold,
    sideband_ratio,
)

__all__ = [
    "FaultBand",
    "Kurtogram",
    "bearing_fault_frequencies",
    "cepstral_prewhitening",
    "choose_band",
    "envelope",
    "envelope_spectrum",
    "fast_kurtogram",
    "fault_band_metrics",
    "fault_bands",
    "fault_snr",
    "gear_mesh_frequencies",
    "harmonic_energy",
    "harmonic_lines",
    "high_frequency_energy",
    "peak_hold",
    "sideband_ratio",
]
