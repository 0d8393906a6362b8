"""millwright.fft against scipy.fft."""

import threading

import numpy as np
import pytest
import scipy.fft

import millwright as mw

PRODUCTS = sorted(
    2**a * 3**b * 5**c for a in range(11) for b in range(7) for c in range(5) if 2**a * 3**b * 5**c <= 2000
)
LENGTHS = [*range(1, 201), *PRODUCTS, 997, 4096, 7919, 16384, 20000, 65537, 104729]
REAL = [(np.float64, 1e-12), (np.float32, 1e-5)]


def noise(shape, dtype=np.float64):
    random = np.random.default_rng(5)
    if np.issubdtype(dtype, np.complexfloating):
        return (random.standard_normal(shape) + 1j * random.standard_normal(shape)).astype(dtype)
    return random.standard_normal(shape).astype(dtype)


def assert_close(found, expected, tolerance):
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    assert np.max(np.abs(found - expected), initial=0.0) <= tolerance * np.max(np.abs(expected), initial=0.0)


@pytest.mark.parametrize(("dtype", "tolerance"), REAL)
def test_real_transforms_agree_with_scipy(dtype, tolerance):
    for n in LENGTHS:
        x = noise(n, dtype)
        bins = scipy.fft.rfft(x)
        assert_close(mw.fft.rfft(x), bins, tolerance)
        assert_close(mw.fft.irfft(bins, n), scipy.fft.irfft(bins, n), tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.complex128, 1e-12), (np.complex64, 1e-5)])
def test_complex_transforms_agree_with_scipy(dtype, tolerance):
    for n in LENGTHS:
        x = noise(n, dtype)
        assert_close(mw.fft.fft(x), scipy.fft.fft(x), tolerance)
        assert_close(mw.fft.ifft(x), scipy.fft.ifft(x), tolerance)


@pytest.mark.parametrize("name", ["rfft", "irfft", "fft", "ifft"])
@pytest.mark.parametrize("n", [None, 1, 5, 8, 30])
def test_lengths_and_axes_are_those_of_scipy(name, n):
    x = noise((4, 9, 6), np.complex128 if name != "rfft" else np.float64)
    ours, theirs = getattr(mw.fft, name), getattr(scipy.fft, name)
    for axis in (-1, 0, 1, 2, -3):
        assert_close(ours(x, n, axis), theirs(x, n, axis), 1e-12)
    assert_close(ours(x[::2, ::-1, 1::2], n, 1), theirs(x[::2, ::-1, 1::2], n, 1), 1e-12)
    assert_close(ours(x, n, norm="backward"), theirs(x, n, norm="backward"), 1e-12)


def test_default_length_of_irfft():
    for bins in (2, 3, 10):
        z = noise(bins, np.complex128)
        assert_close(mw.fft.irfft(z), scipy.fft.irfft(z), 1e-12)


def test_other_types_of_input():
    assert mw.fft.rfft([1, 2, 3]).dtype == np.complex128
    assert mw.fft.rfft(np.arange(4, dtype=np.float16)).dtype == np.complex64
    assert mw.fft.fft(np.arange(4, dtype=np.float32)).dtype == np.complex64
    assert mw.fft.irfft([1.0, 2.0, 3.0]).dtype == np.float64
    np.testing.assert_array_equal(mw.fft.rfft([1, 2, 3, 4]), scipy.fft.rfft([1, 2, 3, 4]))
    assert mw.fft.rfft(np.zeros((0, 8))).shape == (0, 5)
    assert mw.fft.rfft(np.zeros((2, 0)), n=4).shape == (2, 3)


def test_a_batch_has_the_bits_of_single_transforms():
    x = noise((7, 100), np.float32)
    batch = mw.fft.rfft(x)
    for row, bins in zip(x, batch, strict=True):
        np.testing.assert_array_equal(mw.fft.rfft(row), bins)


def test_mistakes_are_told():
    with pytest.raises(ValueError, match="at least 1"):
        mw.fft.rfft([])
    with pytest.raises(ValueError, match="at least 1"):
        mw.fft.fft([1.0], n=0)
    with pytest.raises(ValueError, match="at least 1"):
        mw.fft.irfft([1.0])
    with pytest.raises(ValueError, match="norm"):
        mw.fft.rfft([1.0, 2.0], norm="ortho")
    with pytest.raises(ValueError, match="axis 1"):
        mw.fft.rfft([1.0, 2.0], axis=1)
    with pytest.raises(TypeError, match="real"):
        mw.fft.rfft([1.0j, 2.0])


def test_threads():
    x = noise((50, 1000))
    expected = mw.fft.rfft(x)
    wrong = []

    def run():
        for _ in range(20):
            if not np.array_equal(mw.fft.rfft(x), expected):
                wrong.append(1)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
