"""Simulation of a bearing that runs to failure, for use where no data is at hand."""

from .data.simulate import BearingRun, Fault, SensorFaults, simulate_bearing_run

__all__ = ["BearingRun", "Fault", "SensorFaults", "simulate_bearing_run"]
