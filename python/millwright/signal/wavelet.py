"""Wavelet transforms with the names, conventions and results of PyWavelets, several times as fast and the same bytes on every machine.

Discrete transform (`dwt`, `wavedec` and their inverses), wavelet packets, the transforms without decimation (`swt`,
`modwt`), the continuous transform with the analytic Morlet wavelet, and energies of bands. Float32 stays float32; a batch is
an array whose last axis (or `axis`) is time. See docs/wavelets.md for which to use."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from .. import _core
from .._typing import AnyArray, FloatArray

__all__ = [
    "BandEnergies",
    "Wavelet",
    "WaveletLike",
    "WaveletPackets",
    "central_frequency",
    "cone_of_influence",
    "cwt",
    "dwt",
    "dwt_coeff_len",
    "dwt_max_level",
    "energies",
    "families",
    "frequency2scale",
    "idwt",
    "imodwt",
    "iswt",
    "modes",
    "modwt",
    "morlet_scales",
    "packets",
    "scale2frequency",
    "swt",
    "wavedec",
    "wavelist",
    "waverec",
]

modes = [
    "zero",
    "constant",
    "symmetric",
    "reflect",
    "periodic",
    "smooth",
    "antisymmetric",
    "antireflect",
    "periodization",
]

_FAMILY_NAMES = {
    "haar": "Haar",
    "db": "Daubechies",
    "sym": "Symlets",
    "coif": "Coiflets",
    "bior": "Biorthogonal",
    "rbio": "Reverse biorthogonal",
}
_SYMMETRY = {
    "haar": "asymmetric",
    "db": "asymmetric",
    "sym": "near symmetric",
    "coif": "near symmetric",
    "bior": "symmetric",
    "rbio": "symmetric",
}


class Wavelet:
    """A discrete wavelet by name: its four filters and properties, equal in bits to PyWavelets'.

    Parameters
    ----------
    name : str
        "haar", "db1" .. "db20", "sym2" .. "sym20", "coif1" .. "coif5", "bior1.1" .. "bior6.8", "rbio1.1" .. "rbio6.8".

    Attributes
    ----------
    dec_lo, dec_hi, rec_lo, rec_hi : list of float
        Filters of analysis and synthesis; dec_lo of an orthogonal wavelet is rec_lo reversed.
    dec_len, rec_len : int
    orthogonal, biorthogonal : bool
    family_name, short_family_name, symmetry : str
    vanishing_moments_psi, vanishing_moments_phi : int

    Examples
    --------
    >>> Wavelet("db2").dec_len
    4
    """

    def __init__(self, name: str) -> None:
        properties = _core.wavelet_properties(name)
        self.name = name
        self.short_family_name: str = properties["family"]
        self.family_name = _FAMILY_NAMES[self.short_family_name]
        self.symmetry = _SYMMETRY[self.short_family_name]
        self.orthogonal: bool = properties["orthogonal"]
        self.biorthogonal = True
        self.vanishing_moments_psi: int = properties["vanishing_moments_psi"]
        self.vanishing_moments_phi: int = properties["vanishing_moments_phi"]
        self.dec_lo: list[float] = properties["dec_lo"]
        self.dec_hi: list[float] = properties["dec_hi"]
        self.rec_lo: list[float] = properties["rec_lo"]
        self.rec_hi: list[float] = properties["rec_hi"]
        self.dec_len = self.rec_len = len(self.dec_lo)

    @property
    def filter_bank(self) -> tuple[list[float], list[float], list[float], list[float]]:
        """(dec_lo, dec_hi, rec_lo, rec_hi)"""
        return self.dec_lo, self.dec_hi, self.rec_lo, self.rec_hi

    def __len__(self) -> int:
        return self.dec_len

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wavelet) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"Wavelet({self.name!r})"


WaveletLike: TypeAlias = str | Wavelet


def _name(wavelet: Any) -> str:
    """Name of a Wavelet, of ours or of PyWavelets."""
    name: str = wavelet if isinstance(wavelet, str) else wavelet.name
    return name


def _time_last(data: ArrayLike, axis: int) -> Any:
    return data if axis == -1 else np.moveaxis(np.asarray(data), axis, -1)


def _time_back(values: AnyArray, axis: int) -> AnyArray:
    return values if axis == -1 else np.moveaxis(values, -1, axis)


@functools.cache
def _names() -> tuple[str, ...]:
    return tuple(_core.wavelet_names())


def families(short: bool = True) -> list[str]:
    """Families of wavelets, by their short or long names."""
    return list(_FAMILY_NAMES) if short else list(_FAMILY_NAMES.values())


def wavelist(family: str | None = None) -> list[str]:
    """Names of all wavelets, or of one family's.

    Examples
    --------
    >>> wavelist("coif")
    ['coif1', 'coif2', 'coif3', 'coif4', 'coif5']
    """
    if family is None:
        return list(_names())
    if family not in _FAMILY_NAMES:
        raise ValueError(f"there is no family {family!r}; families: {', '.join(_FAMILY_NAMES)}")
    return [n for n in _names() if n.rstrip("0123456789.") == family]


def dwt_max_level(data_len: int, filter_len: int | WaveletLike) -> int:
    """Deepest level at which a coefficient is free of the signal's ends: floor(log2(data_len / (filter_len - 1))).

    Examples
    --------
    >>> dwt_max_level(1000, "db4")
    7
    """
    if not isinstance(filter_len, int):
        filter_len = len(_core.wavelet_properties(_name(filter_len))["dec_lo"])
    return _core.dwt_max_level(data_len, filter_len)


def dwt_coeff_len(data_len: int, filter_len: int | WaveletLike, mode: str = "symmetric") -> int:
    """Coefficients in a band: floor((data_len + filter_len - 1) / 2); in mode periodization ceil(data_len / 2)."""
    if not isinstance(filter_len, int):
        filter_len = len(_core.wavelet_properties(_name(filter_len))["dec_lo"])
    return _core.dwt_coefficient_count(data_len, filter_len, mode)


def dwt(data: ArrayLike, wavelet: WaveletLike, mode: str = "symmetric", axis: int = -1) -> tuple[AnyArray, AnyArray]:
    """One level of the discrete wavelet transform.

    Parameters
    ----------
    data : array_like
        Samples along `axis`, at least one; any other axes are a batch.
    wavelet : str or Wavelet
    mode : str, default="symmetric"
        How the signal goes on past its ends; one of `modes`. A single sample repeats in the modes reflect and antireflect.
    axis : int, default=-1

    Returns
    -------
    (cA, cD) : tuple of ndarray
        Approximation and detail.

    Raises
    ------
    ValueError
        Unknown wavelet or mode; empty signal.

    Examples
    --------
    >>> a, d = dwt([1.0, 2.0, 3.0, 4.0], "haar")
    >>> a.round(3).tolist(), d.round(3).tolist()
    ([2.121, 4.95], [-0.707, -0.707])
    """
    a, d = _core.dwt(_time_last(data, axis), _name(wavelet), mode)
    return _time_back(a, axis), _time_back(d, axis)


def idwt(
    cA: ArrayLike | None, cD: ArrayLike | None, wavelet: WaveletLike, mode: str = "symmetric", axis: int = -1
) -> AnyArray:
    """Undoes `dwt`; None stands for a band of zeros. For a signal of odd length the result has one sample more."""
    a = None if cA is None else _time_last(cA, axis)
    d = None if cD is None else _time_last(cD, axis)
    return _time_back(_core.idwt(a, d, _name(wavelet), mode), axis)


def wavedec(
    data: ArrayLike, wavelet: WaveletLike, mode: str = "symmetric", level: int | None = None, axis: int = -1
) -> list[AnyArray]:
    """Discrete wavelet transform of several levels.

    Parameters
    ----------
    data : array_like
        Samples along `axis`; any other axes are a batch.
    wavelet : str or Wavelet
    mode : str, default="symmetric"
        One of `modes`. For energies choose "periodization": the other modes count the signal's ends twice.
    level : int, optional
        0 .. `dwt_max_level`; default is the deepest.
    axis : int, default=-1

    Returns
    -------
    [cA_n, cD_n, ..., cD_1] : list of ndarray
        Views of one block of memory.

    Raises
    ------
    ValueError
        Unknown wavelet or mode; a level that is too deep (PyWavelets warns); empty signal.

    Examples
    --------
    >>> [len(c) for c in wavedec(np.zeros(1000), "db4", level=3)]
    [131, 131, 255, 503]
    """
    name = wavelet if type(wavelet) is str else _name(wavelet)
    if axis == -1:
        return _core.wavedec(data, name, mode, level)
    return [_time_back(c, axis) for c in _core.wavedec(_time_last(data, axis), name, mode, level)]


def waverec(
    coeffs: Sequence[ArrayLike | None], wavelet: WaveletLike, mode: str = "symmetric", axis: int = -1
) -> AnyArray:
    """Undoes `wavedec`: `coeffs` as it gives them; a detail of None counts as zeros. An odd length comes back one longer."""
    if len(coeffs) == 0 or coeffs[0] is None:
        raise ValueError("waverec needs an approximation: coeffs as [cA_n, cD_n, ..., cD_1]")
    a: Any = _time_last(coeffs[0], axis)
    if len(coeffs) == 1:
        a = np.asarray(a)
    for detail in coeffs[1:]:
        d = None if detail is None else np.asarray(_time_last(detail, axis))
        if d is not None and a.shape[-1] == d.shape[-1] + 1:
            a = a[..., :-1]  # the level below had an odd length
        a = _core.idwt(a, d, _name(wavelet), mode)
    return _time_back(a, axis)


class WaveletPackets:
    """A tree of wavelet packets, made by `packets`.

    Node "aad" is low-pass, low-pass, high-pass. In natural order nodes are sorted by path; in frequency order by the band
    that they show: node i of 2^level covers i .. i + 1 times rate / 2^(level + 1).

    Attributes
    ----------
    wavelet, mode, order : str
    level : int
        Deepest level.
    """

    def __init__(
        self, tree: AnyArray, sizes: tuple[int, ...], wavelet: str, mode: str, order: Literal["freq", "natural"]
    ) -> None:
        self._tree = tree
        self._sizes = sizes
        self.wavelet = wavelet
        self.mode = mode
        self.order = order
        self.level = len(sizes) - 1

    def paths(self, level: int | None = None) -> list[str]:
        """Paths of a level's nodes (default: the deepest), in this tree's order."""
        depth = self._checked(level)
        return [format(i, f"0{depth}b").replace("0", "a").replace("1", "d") for i in _order(depth, self.order).tolist()]

    def nodes(self, level: int | None = None) -> AnyArray:
        """Coefficients of a level (default: the deepest), of shape (..., 2^level, size), in this tree's order.

        Natural order is a view, into which may be written before `reconstruct`; frequency order is a copy."""
        nodes = self._natural(self._checked(level))
        return nodes if self.order == "natural" else np.take(nodes, _order(self._checked(level), "freq"), axis=-2)

    def __getitem__(self, path: str) -> AnyArray:
        """Coefficients of one node: a view, into which may be written."""
        if not path or len(path) > self.level or set(path) - {"a", "d"}:
            raise KeyError(f"there is no node {path!r}: a path has 1 .. {self.level} letters a or d")
        index = int(path.replace("a", "0").replace("d", "1"), 2)
        node: AnyArray = self._natural(len(path))[..., index, :]
        return node

    def reconstruct(self) -> AnyArray:
        """The signal that belongs to the nodes of the deepest level."""
        return _core.inverse_wavelet_packets(self._natural(self.level), self.wavelet, self.mode, self._sizes[0])

    def __repr__(self) -> str:
        return f"WaveletPackets({self.wavelet!r}, mode={self.mode!r}, level={self.level}, order={self.order!r})"

    def _checked(self, level: int | None) -> int:
        if level is None:
            return self.level
        if not 1 <= level <= self.level:
            raise ValueError(f"this tree has the levels 1 .. {self.level}, not {level}")
        return level

    def _natural(self, level: int) -> AnyArray:
        start = sum(self._sizes[j] << j for j in range(1, level))
        count = 1 << level
        size = self._sizes[level]
        level_nodes = self._tree[..., start : start + count * size]
        return level_nodes.reshape(*self._tree.shape[:-1], count, size)


@functools.lru_cache(maxsize=64)
def _order(level: int, order: str) -> AnyArray:
    """Natural index of each node of a level."""
    index = np.arange(1 << level)
    return index if order == "natural" else index ^ (index >> 1)


def packets(
    x: ArrayLike,
    wavelet: WaveletLike,
    mode: str = "symmetric",
    level: int | None = None,
    order: Literal["freq", "natural"] = "freq",
) -> WaveletPackets:
    """Wavelet packets: all nodes of all levels.

    Parameters
    ----------
    x : array_like of shape (..., n)
    wavelet : str or Wavelet
    mode : str, default="symmetric"
        One of `modes`; "periodization" for energies.
    level : int, optional
        1 .. 20; default is `dwt_max_level`, beyond which nodes hold mostly what the mode adds at the ends.
    order : {"freq", "natural"}, default="freq"

    Examples
    --------
    >>> packets(np.zeros(64), "haar", level=3).paths()
    ['aaa', 'aad', 'add', 'ada', 'dda', 'ddd', 'dad', 'daa']
    """
    if order not in ("freq", "natural"):
        raise ValueError(f'there is no order {order!r}; give "freq" or "natural"')
    name = _name(wavelet)
    tree, sizes = _core.wavelet_packets(x, name, mode, level)
    return WaveletPackets(tree, sizes, name, mode, order)


def swt(
    data: ArrayLike,
    wavelet: WaveletLike,
    level: int | None = None,
    start_level: int = 0,
    axis: int = -1,
    trim_approx: bool = False,
    norm: bool = False,
) -> list[Any]:
    """Stationary wavelet transform: no decimation, periodic ends; the length must be a multiple of 2^level.

    Parameters
    ----------
    data : array_like
    wavelet : str or Wavelet
    level : int, optional
        Default: as deep as the length allows.
    start_level : int, default=0
        Only 0 is supported.
    axis : int, default=-1
    trim_approx : bool, default=False
        Give [cA_n, cD_n, ..., cD_1] instead of pairs.
    norm : bool, default=False
        Filters divided by sqrt(2): the energies of [cA_n, cD_n, ..., cD_1] add up to the signal's (orthogonal wavelets).

    Returns
    -------
    [(cA_n, cD_n), ..., (cA_1, cD_1)], or [cA_n, cD_n, ..., cD_1] with trim_approx
    """
    if start_level != 0:
        raise ValueError("start_level must be 0: transform the approximation of the level that you start from")
    x = np.asarray(_time_last(data, axis))
    if level is None:
        n = x.shape[-1] if x.ndim else 0
        level = (n & -n).bit_length() - 1 if n else 0
    name = _name(wavelet)
    bands = _core.swt(x, name, level, norm)
    rows = [_time_back(bands[..., b, :], axis) for b in range(bands.shape[-2])]
    if trim_approx:
        return [rows[0], *rows[1::2]]
    return list(zip(rows[::2], rows[1::2], strict=True))


def iswt(coeffs: Sequence[Any], wavelet: WaveletLike, norm: bool = False, axis: int = -1) -> AnyArray:
    """Undoes `swt`, from either form of its result; of pairs, only the deepest approximation is used."""
    if len(coeffs) == 0:
        raise ValueError("iswt needs the coefficients of at least one level")
    is_pairs = isinstance(coeffs[0], tuple)
    bands = [coeffs[0][0], *(pair[1] for pair in coeffs)] if is_pairs else list(coeffs)
    rows = np.stack([np.asarray(_time_last(b, axis)) for b in bands], axis=-2)
    return _time_back(_core.iswt(rows, _name(wavelet), norm), axis)


def modwt(
    data: ArrayLike,
    wavelet: WaveletLike = "db4",
    level: int | None = None,
    boundary: Literal["circular", "zero"] = "circular",
    axis: int = -1,
) -> list[AnyArray]:
    """Maximal overlap discrete wavelet transform: no decimation, any length, causal filters, orthogonal wavelets.

    Parameters
    ----------
    data : array_like
    wavelet : str or Wavelet, default="db4"
    level : int, optional
        1 .. floor(log2(n)); default: the deepest at which coefficients are free of the ends (`dwt_max_level`), at least 1.
    boundary : {"circular", "zero"}, default="circular"
        Before the first sample comes the end of the signal (then the energies of the bands add up to the signal's and `imodwt`
        exists), or zeros (then the result has the bits of `millwright.streaming.Modwt`).
    axis : int, default=-1

    Returns
    -------
    [V_n, W_n, ..., W_1] : list of ndarray, each as long as the signal
        The first (2^j - 1)(dec_len - 1) coefficients of level j depend on the boundary.

    References
    ----------
    D. B. Percival and A. T. Walden, Wavelet Methods for Time Series Analysis, Cambridge University Press 2000.
    """
    if boundary not in ("circular", "zero"):
        raise ValueError(f'there is no boundary {boundary!r}; give "circular" or "zero"')
    x = np.asarray(_time_last(data, axis))
    if level is None:
        level = max(1, dwt_max_level(x.shape[-1] if x.ndim else 0, wavelet))
    bands = _core.modwt(x, _name(wavelet), level, boundary == "circular")
    return [_time_back(bands[..., b, :], axis) for b in range(level + 1)]


def imodwt(coeffs: Sequence[ArrayLike], wavelet: WaveletLike = "db4", axis: int = -1) -> AnyArray:
    """Undoes `modwt` with boundary "circular"."""
    rows = np.stack([np.asarray(_time_last(c, axis)) for c in coeffs], axis=-2)
    return _time_back(_core.imodwt(rows, _name(wavelet)), axis)


def central_frequency(w0: float = 6.0) -> float:
    """Cycles per sample that the Morlet wavelet shows at scale 1: (w0 + sqrt(2 + w0^2)) / (4 pi)."""
    return _core.morlet_frequency(1.0, 1.0, w0)


def scale2frequency(scale: ArrayLike, sampling_period: float = 1.0, w0: float = 6.0) -> FloatArray:
    """Frequencies that scales (in samples) show."""
    return central_frequency(w0) / (np.asarray(scale, np.float64) * sampling_period)


def frequency2scale(frequency: ArrayLike, sampling_period: float = 1.0, w0: float = 6.0) -> FloatArray:
    """Scales (in samples) that show frequencies."""
    return central_frequency(w0) / (np.asarray(frequency, np.float64) * sampling_period)


def morlet_scales(n: int, voices: int = 10) -> FloatArray:
    """Scales in geometric steps, `voices` (1 .. 1000) to an octave, from 2 samples up to where half of n lie clear of the ends."""
    return np.asarray(_core.morlet_scales(n, voices))


def cone_of_influence(n: int, scales: ArrayLike) -> AnyArray:
    """Which coefficients of `cwt` lie clear of the signal's ends: farther than sqrt(2) scale from both.

    Returns
    -------
    ndarray of bool of shape (scales, n)
    """
    t = np.arange(n)
    reach = np.sqrt(2.0) * np.asarray(scales, np.float64)[:, None]
    clear: AnyArray = (t >= reach) & (n - 1 - t >= reach)
    return clear


def cwt(
    data: ArrayLike,
    scales: ArrayLike | None = None,
    wavelet: str = "morlet",
    sampling_period: float = 1.0,
    *,
    w0: float = 6.0,
    axis: int = -1,
) -> tuple[AnyArray, FloatArray]:
    """Continuous wavelet transform with the analytic Morlet wavelet, by the FFT (Torrence and Compo 1998).

    Not PyWavelets' `cwt`, whose wavelets are sampled and integrated, with results that depend on a precision setting.

    Parameters
    ----------
    data : array_like
    scales : array_like of float, optional
        In samples; default `morlet_scales`. `frequency2scale` gives those of frequencies.
    wavelet : {"morlet"}
    sampling_period : float, default=1.0
        Seconds between samples.
    w0 : float, default=6.0
        Centre of the wavelet in radians: cycles in its envelope. 5 .. 100; larger is finer in frequency, coarser in time.
    axis : int, default=-1

    Returns
    -------
    coefs : ndarray, complex, of shape (scales, ...)
        White noise of variance 1 gives abs(coefs)**2 of 1 on average.
    frequencies : ndarray of shape (scales,)
        In Hz, if the sampling period is in seconds.
    """
    if wavelet != "morlet":
        raise ValueError(f'cwt has the wavelet "morlet" only, not {wavelet!r}')
    x = np.asarray(_time_last(data, axis))
    used = (
        morlet_scales(x.shape[-1] if x.ndim else 1) if scales is None else np.atleast_1d(np.asarray(scales, np.float64))
    )
    coefs = _core.cwt(x, used.tolist(), w0)
    by_scale = np.moveaxis(coefs, -2, 0)
    return _time_back(by_scale, axis if axis < 0 else axis + 1), scale2frequency(used, sampling_period, w0)


class BandEnergies(NamedTuple):
    """Energies of bands in order of frequency, low to high."""

    energy: FloatArray
    """Sums of squared coefficients, (..., bands)."""
    entropy: FloatArray
    """Shannon entropy of the shares in nats, (...)."""

    @property
    def relative(self) -> FloatArray:
        """Shares of the total; 0 for a silent signal."""
        total = self.energy.sum(axis=-1, keepdims=True)
        shares = np.zeros_like(self.energy)
        np.divide(self.energy, total, out=shares, where=total != 0)
        return shares


def energies(
    data: ArrayLike,
    wavelet: WaveletLike = "db4",
    level: int = 4,
    mode: str = "periodization",
    kind: Literal["packets", "wavedec"] = "packets",
    axis: int = -1,
) -> BandEnergies:
    """Energies of 2^level equal bands (packets), or of octaves (wavedec), in order of frequency.

    With an orthogonal wavelet and the default mode they add up to the energy of the signal (Parseval).

    Examples
    --------
    >>> energies(np.sin(np.arange(1024) * 0.1), level=2).relative.round(2).tolist()
    [1.0, 0.0, 0.0, 0.0]
    """
    if kind not in ("packets", "wavedec"):
        raise ValueError(f'there is no kind {kind!r}; give "packets" or "wavedec"')
    return BandEnergies(*_core.wavelet_energies(_time_last(data, axis), _name(wavelet), mode, level, kind == "packets"))
