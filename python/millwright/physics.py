"""Rolling-element bearings: geometry and the frequencies of their faults."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["Bearing"]


@dataclass(frozen=True)
class Bearing:
    """Geometry of a rolling-element bearing whose outer race stands still.

    The fault frequencies are given as *orders*, that is in multiples of the shaft's rotation frequency; multiply by
    ``speed_rpm / 60`` for Hz, or call :meth:`frequencies`. They hold for rolling without slip; real ones differ by
    1-2 %.

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
        if self.n < 3:
            raise ValueError(f"a bearing has at least 3 rolling elements, got n={self.n}")
        if not 0.0 < self.d < self.D:
            raise ValueError(
                f"the rolling elements must be smaller than the pitch diameter, got d={self.d}, D={self.D}"
            )
        if not 0.0 <= self.angle < 90.0:
            raise ValueError(f"the contact angle is in degrees, 0 <= angle < 90, got {self.angle}")

    @classmethod
    def from_name(cls, name: str) -> Bearing:
        """Look up a bearing that public data sets use.

        Parameters
        ----------
        name : str
            Designation without seals: ``"6203"``, ``"6205"`` (Case Western Reserve University), ``"6804"`` (PRONOSTIA),
            ``"ZA-2115"`` (IMS), ``"NICE"`` (MFPT). A seal suffix such as ``"6205-2RS"`` is ignored.

        Raises
        ------
        ValueError
            If the name is not known; give the geometry by ``Bearing(n, d, D, angle)`` then.
        """
        wanted = name.strip().upper()
        for known, (n, d, pitch, angle) in _KNOWN.items():
            if wanted == known or wanted.startswith(known + "-"):
                return cls(n, d, pitch, angle, known)
        raise ValueError(
            f"bearing {name!r} is not in the table, which has {', '.join(_KNOWN)}; "
            "give its geometry: Bearing(n, d, D, angle)"
        )

    @property
    def _ratio(self) -> float:
        return self.d / self.D * math.cos(math.radians(self.angle))

    @property
    def bpfo(self) -> float:
        """Order of an outer-race fault: rolling elements passing a point of the outer race."""
        return self.n / 2 * (1 - self._ratio)

    @property
    def bpfi(self) -> float:
        """Order of an inner-race fault: rolling elements passing a point of the inner race."""
        return self.n / 2 * (1 + self._ratio)

    @property
    def bsf(self) -> float:
        """Order of a rolling element's spin. A fault on it strikes both races: twice this order."""
        return self.D / (2 * self.d) * (1 - self._ratio**2)

    @property
    def ftf(self) -> float:
        """Order of the cage (fundamental train frequency)."""
        return (1 - self._ratio) / 2

    def frequencies(self, speed_rpm: float) -> dict[str, float]:
        """Fault frequencies in Hz at a shaft speed in revolutions a minute: keys bpfo, bpfi, bsf, ftf."""
        shaft_hz = speed_rpm / 60
        return {name: getattr(self, name) * shaft_hz for name in ("bpfo", "bpfi", "bsf", "ftf")}


# name: rolling elements, element diameter, pitch diameter (mm), contact angle (degrees)
_KNOWN: dict[str, tuple[int, float, float, float]] = {
    "6203": (8, 6.746, 28.499, 0.0),
    "6205": (9, 7.940, 39.040, 0.0),
    "6804": (13, 3.5, 25.6, 0.0),
    "ZA-2115": (16, 8.407, 71.501, 15.17),
    "NICE": (8, 5.969, 31.623, 0.0),
}
