"""Rolling-element bearings: geometry and the frequencies of their faults."""

from __future__ import annotations

from dataclasses import dataclass

from .. import _core

__all__ = ["Bearing"]


@dataclass(frozen=True)
class Bearing:
    """Geometry of a rolling-element bearing.

    The fault frequencies are given as *orders*, that is in multiples of the shaft's rotation frequency, for an outer race
    that stands still; multiply by ``speed_rpm / 60`` for Hz, or call :meth:`frequencies`. They hold for rolling without
    slip; real ones differ by 1-2 %.

    Parameters
    ----------
    n : int
        Number of rolling elements, at least 3.
    d : float
        Diameter of a rolling element, in the unit of `D`.
    D : float
        Pitch diameter: of the circle through the centres of the rolling elements.
    angle : float, default=0.0
        Contact angle in degrees, 0 <= angle < 90.
    name : str, default=""
        Designation, for display.

    Raises
    ------
    ValueError
        If the dimensions are impossible.

    References
    ----------
    R. B. Randall and J. Antoni, "Rolling element bearing diagnostics - a tutorial", MSSP 25 (2011), eq. 1-4.

    Examples
    --------
    >>> bearing = Bearing.from_name("6205")
    >>> round(bearing.bpfo, 5)
    3.58478
    """

    n: int
    d: float
    D: float
    angle: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        self._speeds(1.0, 0.0)

    def _speeds(self, inner: float, outer: float) -> dict[str, float]:
        return _core.bearing_fault_frequencies(self.n, self.d, self.D, self.angle, inner, outer)

    @classmethod
    def from_name(cls, name: str) -> Bearing:
        """Look up a bearing that public data sets use.

        Parameters
        ----------
        name : str
            Designation without seals: ``"6203"``, ``"6205"`` (Case Western Reserve University), ``"6804"`` (PRONOSTIA),
            ``"ZA-2115"`` (IMS), ``"NICE"`` (MFPT), ``"UER204"`` (XJTU-SY). A seal suffix such as ``"6205-2RS"`` is
            ignored.

        Raises
        ------
        ValueError
            If the name is not known; give the geometry by ``Bearing(n, d, D, angle)`` then.
        """
        found = _core.find_bearing(name)
        if found is None:
            known = ", ".join(entry[0] for entry in _core.bearing_catalogue())
            raise ValueError(
                f"bearing {name!r} is not in the table, which has {known}; give its geometry: Bearing(n, d, D, angle)"
            )
        designation, n, d, pitch, angle = found
        return cls(n, d, pitch, angle, designation)

    @property
    def bpfo(self) -> float:
        """Order of an outer-race fault: rolling elements passing a point of the outer race."""
        return self._speeds(1.0, 0.0)["bpfo"]

    @property
    def bpfi(self) -> float:
        """Order of an inner-race fault: rolling elements passing a point of the inner race."""
        return self._speeds(1.0, 0.0)["bpfi"]

    @property
    def bsf(self) -> float:
        """Order of a rolling element's spin. A fault on it strikes both races: twice this order."""
        return self._speeds(1.0, 0.0)["bsf"]

    @property
    def ftf(self) -> float:
        """Order of the cage (fundamental train frequency)."""
        return self._speeds(1.0, 0.0)["ftf"]

    def frequencies(self, speed_rpm: float, outer_speed_rpm: float = 0.0) -> dict[str, float]:
        """Fault frequencies in Hz: keys bpfo, bpfi, bsf, ftf.

        Parameters
        ----------
        speed_rpm : float
            Speed of the inner race, which is the shaft's in most machines, in revolutions a minute.
        outer_speed_rpm : float, default=0.0
            Speed of the outer race; negative when it turns against the inner one.
        """
        return self._speeds(speed_rpm / 60, outer_speed_rpm / 60)
