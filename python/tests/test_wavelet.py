"""Wavelet transforms against PyWavelets, NumPy written out from the definitions, and their own inverses."""

import numpy as np
import pytest

from millwright import _core, streaming, wavelet

pywt = pytest.importorskip("pywt")

LENGTHS = range(1, 131)
rng = np.random.default_rng(20)
SIGNAL = rng.standard_normal(4096)


def supported(mode, n):
    """PyWavelets refuses to reflect a single sample."""
    return n > 1 or mode not in ("reflect", "antireflect")


def worst(ours, theirs):
    """Largest difference relative to the largest value."""
    assert ours.shape == theirs.shape
    return np.max(np.abs(ours - theirs)) / max(1.0, np.max(np.abs(theirs)))


def largest(mode, bands):
    """What an error of reconstruction is measured by: 1, the deviation of the signal. Smooth and antireflect go on along a straight
    line, far away from a short signal: there it is the largest coefficient."""
    return max(1.0, *(np.max(np.abs(b)) for b in bands)) if mode in ("smooth", "antireflect") else 1.0


def test_filters_have_pywavelets_bits():
    assert wavelet.wavelist("bior") == pywt.wavelist("bior")
    assert wavelet.wavelist("rbio") == pywt.wavelist("rbio")
    assert len(wavelet.wavelist()) == 75
    for name in wavelet.wavelist():
        ours, theirs = wavelet.Wavelet(name), pywt.Wavelet(name)
        for a, b in zip(ours.filter_bank, theirs.filter_bank, strict=True):
            assert np.array(a).tobytes() == np.array(b).tobytes(), name
        for attribute in (
            "dec_len",
            "rec_len",
            "orthogonal",
            "biorthogonal",
            "symmetry",
            "family_name",
            "short_family_name",
            "vanishing_moments_psi",
            "vanishing_moments_phi",
        ):
            assert getattr(ours, attribute) == getattr(theirs, attribute), (name, attribute)


@pytest.mark.parametrize("mode", wavelet.modes)
def test_every_wavelet_and_length_agrees_with_pywavelets(mode):
    error = back = reconstruction = 0.0
    for name in wavelet.wavelist():
        theirs = pywt.Wavelet(name)
        for n in LENGTHS:
            x = SIGNAL[:n]
            a, d = wavelet.dwt(x, name, mode)
            assert len(a) == wavelet.dwt_coeff_len(n, theirs.dec_len, mode)
            if supported(mode, n):
                pa, pd = pywt.dwt(x, theirs, mode)
                error = max(error, worst(a, pa), worst(d, pd))
            again = wavelet.idwt(a, d, name, mode)
            reconstruction = max(
                reconstruction, np.max(np.abs(again[:n] - x)) / (largest(mode, [a, d]) if mode == "smooth" else 1)
            )
            if n >= theirs.dec_len // 2:
                c, e = SIGNAL[200 : 200 + n], SIGNAL[1200 : 1200 + n]
                back = max(back, worst(wavelet.idwt(c, e, name, mode), pywt.idwt(c, e, theirs, mode)))
    assert error < 1e-12
    assert back < 1e-12
    assert reconstruction < 1e-10


def test_a_single_sample_repeats_where_there_is_nothing_to_reflect():
    for mode in ("reflect", "antireflect"):
        a, d = wavelet.dwt([2.0], "db3", mode)
        expected = wavelet.dwt([2.0], "db3", "constant")
        np.testing.assert_array_equal((a, d), expected)


@pytest.mark.parametrize("mode", wavelet.modes)
@pytest.mark.parametrize("name", ["haar", "db4", "sym8", "coif3", "bior2.4", "rbio6.8"])
def test_wavedec_agrees_with_pywavelets_and_comes_back(name, mode):
    for n in (40, 97, 128, 1000, 2047):
        x = SIGNAL[:n]
        ours, theirs = wavelet.wavedec(x, name, mode), pywt.wavedec(x, name, mode)
        assert len(ours) == len(theirs)
        for a, b in zip(ours, theirs, strict=True):
            assert worst(a, b) < 1e-12
        np.testing.assert_allclose(wavelet.waverec(ours, name, mode)[:n], x, atol=1e-10)
        np.testing.assert_allclose(wavelet.waverec(ours, name, mode), pywt.waverec(theirs, name, mode), atol=1e-12)


def test_float32_stays_float32():
    x = SIGNAL[:1000].astype(np.float32)
    for a, b in zip(wavelet.wavedec(x, "db4", level=3), pywt.wavedec(x, "db4", level=3), strict=True):
        assert a.dtype == np.float32
        np.testing.assert_allclose(a, b, atol=2e-6)
    assert wavelet.waverec(wavelet.wavedec(x, "db4"), "db4").dtype == np.float32
    assert wavelet.packets(x, "db4", level=2).nodes().dtype == np.float32
    assert wavelet.modwt(x, "db4", 2)[0].dtype == np.float32
    assert wavelet.cwt(x, [8.0])[0].dtype == np.complex64


def test_batches_and_axes_give_the_bits_of_single_signals():
    x = SIGNAL[:3000].reshape(2, 3, 500)
    single = wavelet.wavedec(x[1, 2], "sym5", level=3)
    for batch, alone in zip(wavelet.wavedec(x, "sym5", level=3), single, strict=True):
        np.testing.assert_array_equal(batch[1, 2], alone)
    moved = wavelet.wavedec(np.moveaxis(x, -1, 0), "sym5", level=3, axis=0)
    for batch, alone in zip(moved, single, strict=True):
        np.testing.assert_array_equal(batch[:, 1, 2], alone)
    np.testing.assert_array_equal(wavelet.dwt(x.T, "db2", axis=0)[1][:, 2, 1], wavelet.dwt(x[1, 2], "db2")[1])
    np.testing.assert_allclose(wavelet.waverec(moved, "sym5", axis=0), np.moveaxis(x, -1, 0), atol=1e-10)
    p = wavelet.packets(x, "db2", level=2)
    np.testing.assert_array_equal(p.nodes()[1, 2], wavelet.packets(x[1, 2], "db2", level=2).nodes())
    np.testing.assert_allclose(p.reconstruct(), x, atol=1e-10)
    np.testing.assert_array_equal(wavelet.modwt(x, "db2", 3)[1][1, 2], wavelet.modwt(x[1, 2], "db2", 3)[1])
    np.testing.assert_allclose(wavelet.imodwt(wavelet.modwt(x, "db2", 3), "db2"), x, atol=1e-10)
    np.testing.assert_array_equal(
        wavelet.cwt(x.T, [4.0, 9.0], axis=0)[0][:, :, 2, 1], wavelet.cwt(x[1, 2], [4.0, 9.0])[0]
    )
    np.testing.assert_array_equal(wavelet.energies(x, level=3).energy[1, 2], wavelet.energies(x[1, 2], level=3).energy)


def test_lists_integers_strides_and_pywavelets_objects_are_taken():
    expected = wavelet.dwt(np.arange(10.0), "db2")
    np.testing.assert_array_equal(wavelet.dwt(list(range(10)), pywt.Wavelet("db2")), expected)
    np.testing.assert_array_equal(wavelet.dwt(np.arange(20)[::2] // 2, wavelet.Wavelet("db2")), expected)
    assert wavelet.idwt(None, expected[1], "db2").tolist() == pytest.approx(
        pywt.idwt(None, expected[1], "db2").tolist()
    )
    assert wavelet.idwt(expected[0], None, "db2").tolist() == pytest.approx(
        pywt.idwt(expected[0], None, "db2").tolist()
    )


def test_lengths_and_levels():
    assert [len(c) for c in wavelet.wavedec(np.zeros(1000), "db4", level=3)] == [131, 131, 255, 503]
    lengths = [len(c) for c in wavelet.wavedec(np.zeros(1000), "db4", "periodization", level=3)]
    assert lengths == [125, 125, 250, 500]
    for n in LENGTHS:
        for name in ("haar", "db4", "db20"):
            assert wavelet.dwt_max_level(n, name) == pywt.dwt_max_level(n, pywt.Wavelet(name).dec_len)
    assert len(wavelet.wavedec([1.0], "db4")) == 1


@pytest.mark.parametrize("mode", wavelet.modes)
def test_wavedec_of_every_wavelet_and_length_agrees_with_pywavelets(mode):
    error = back = reconstruction = 0.0
    for name in wavelet.wavelist():
        theirs = pywt.Wavelet(name)
        for n in LENGTHS:
            if pywt.dwt_max_level(n, theirs.dec_len) < 1 or not supported(mode, n):
                continue
            x = SIGNAL[: 2 * n].reshape(2, n)
            ours, expected = wavelet.wavedec(x, name, mode), pywt.wavedec(x, theirs, mode)
            assert len(ours) == len(expected)
            error = max(error, *(worst(a, b) for a, b in zip(ours, expected, strict=True)))
            again = wavelet.waverec(ours, name, mode)
            back = max(back, worst(again, pywt.waverec(expected, theirs, mode)))
            reconstruction = max(reconstruction, np.max(np.abs(again[:, :n] - x)) / largest(mode, ours))
    assert error < 1e-12
    assert back < 1e-12
    assert reconstruction < 1e-10


def split(nodes, theirs, mode):
    """The next level of packets in natural order: (..., nodes, size) to (..., 2 nodes, size)."""
    a, d = pywt.dwt(nodes, theirs, mode)
    return np.stack([a, d], axis=-2).reshape(*nodes.shape[:-2], 2 * nodes.shape[-2], a.shape[-1])


@pytest.mark.parametrize("mode", wavelet.modes)
def test_packets_of_every_wavelet_and_length_agree_with_pywavelets(mode):
    gray = [np.arange(1 << level) ^ (np.arange(1 << level) >> 1) for level in range(4)]
    error = reconstruction = 0.0
    for name in wavelet.wavelist():
        theirs = pywt.Wavelet(name)
        for n in LENGTHS:
            if not supported(mode, n):
                continue
            x = SIGNAL[:n]
            level = max(1, min(3, pywt.dwt_max_level(n, theirs.dec_len)))
            ours = wavelet.packets(x, name, mode, level, "natural")
            by_frequency = wavelet.packets(x, name, mode, level, "freq")
            expected = x[None, :]
            for depth in range(1, level + 1):
                if not supported(mode, expected.shape[-1]):  # a node of one sample, which PyWavelets does not reflect
                    level = depth - 1
                    break
                expected = split(expected, theirs, mode)
                nodes = ours.nodes(depth)
                error = max(error, worst(nodes, expected))
                np.testing.assert_array_equal(by_frequency.nodes(depth), nodes[gray[depth]])
            reconstruction = max(reconstruction, np.max(np.abs(ours.reconstruct() - x)) / largest(mode, [ours.nodes()]))
            if n in (20, 77) and level == ours.level:  # the class itself, on a sample
                tree = pywt.WaveletPacket(x, theirs, mode, maxlevel=level)
                for p, order in ((ours, "natural"), (by_frequency, "freq")):
                    nodes = tree.get_level(level, order)
                    assert p.paths() == [node.path for node in nodes]
                    error = max(error, worst(p.nodes(), np.array([node.data for node in nodes])))
    assert error < 1e-12
    assert reconstruction < 1e-10


def test_packets_may_be_deeper_than_the_signal_is_long():
    for name, n, level in (("db20", 20, 1), ("db20", 20, 3), ("db4", 5, 3)):
        tree = pywt.WaveletPacket(SIGNAL[:n], name, "symmetric", maxlevel=level)
        ours = wavelet.packets(SIGNAL[:n], name, level=level)
        for mine, node in zip(ours.nodes(), tree.get_level(level, "freq"), strict=True):
            assert worst(mine, node.data) < 1e-12


@pytest.mark.filterwarnings("ignore:norm=True, but the wavelet is not orthogonal")
@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_swt_of_every_wavelet_and_length_agrees_with_pywavelets(level, norm):
    error = back = reconstruction = 0.0
    for name in wavelet.wavelist():
        theirs = pywt.Wavelet(name)
        for n in range(2**level, 131, 2**level):
            x = SIGNAL[: 2 * n].reshape(2, n)
            ours, expected = wavelet.swt(x, name, level, norm=norm), pywt.swt(x, theirs, level, norm=norm, axis=-1)
            error = max(error, worst(np.array(ours), np.array(expected)))
            again = wavelet.iswt(ours, name, norm)
            # The published filters of sym20 invert each other to 6e-11 a level only; three levels of it give 1.005e-10.
            share = 0.5 if name == "sym20" and level == 3 else 1.0
            reconstruction = max(reconstruction, share * np.max(np.abs(again - x)))
            back = max(back, worst(again, pywt.iswt(expected, theirs, norm, axis=-1)))
    assert error < 1e-12
    assert back < 1e-12
    assert reconstruction < 1e-10


@pytest.mark.parametrize("mode", wavelet.modes)
@pytest.mark.parametrize("name", ["haar", "db4", "bior3.3"])
@pytest.mark.parametrize("n", [33, 100, 512])
def test_packets_agree_with_pywavelets(name, mode, n):
    level = min(4, wavelet.dwt_max_level(n, name))
    x = SIGNAL[:n]
    theirs = pywt.WaveletPacket(x, name, mode, maxlevel=level)
    for order in ("natural", "freq"):
        ours = wavelet.packets(x, name, mode, level, order)
        for depth in range(1, level + 1):
            nodes = theirs.get_level(depth, order)
            assert ours.paths(depth) == [node.path for node in nodes]
            for mine, node in zip(ours.nodes(depth), nodes, strict=True):
                assert worst(mine, node.data) < 1e-12
                np.testing.assert_array_equal(ours[node.path], mine)
        np.testing.assert_allclose(ours.reconstruct(), x, atol=1e-10)


@pytest.mark.parametrize("name", ["haar", "db4", "sym5", "coif2", "bior2.2", "rbio3.5", "db20"])
@pytest.mark.parametrize("n", [8, 24, 128, 1000])
@pytest.mark.filterwarnings("ignore:norm=True, but the wavelet is not orthogonal")
def test_swt_agrees_with_pywavelets(name, n):
    x = SIGNAL[:n]
    for norm in (False, True):
        ours, theirs = wavelet.swt(x, name, 3, norm=norm), pywt.swt(x, name, 3, norm=norm)
        for mine, pair in zip(ours, theirs, strict=True):
            assert worst(np.array(mine), np.array(pair)) < 1e-12
        trimmed = wavelet.swt(x, name, 3, trim_approx=True, norm=norm)
        for mine, band in zip(trimmed, pywt.swt(x, name, 3, trim_approx=True, norm=norm), strict=True):
            assert worst(mine, band) < 1e-12
        assert worst(wavelet.iswt(ours, name, norm), pywt.iswt(theirs, name, norm)) < 1e-12
        np.testing.assert_allclose(wavelet.iswt(trimmed, name, norm), x, atol=1e-10)
        # Also where no signal has such coefficients.
        noise = [SIGNAL[i * n % 3000 : i * n % 3000 + n] for i in range(4)]
        assert worst(wavelet.iswt(noise, name, norm), pywt.iswt(noise, name, norm)) < 1e-12
    if wavelet.Wavelet(name).orthogonal:
        bands = wavelet.swt(x, name, 3, trim_approx=True, norm=True)
        assert sum(np.sum(b**2) for b in bands) == pytest.approx(np.sum(x**2), rel=1e-12)


def definition_of_modwt(x, name, level):
    """Percival and Walden, equations 169a to 177: written out with modular indices."""
    n = len(x)
    g = np.array(pywt.Wavelet(name).rec_lo) / np.sqrt(2)
    h = np.array([(-1) ** k * g[len(g) - 1 - k] for k in range(len(g))])
    t = np.arange(n)
    v, details = np.asarray(x, float), []
    for j in range(1, level + 1):
        rows = np.array([v[(t - 2 ** (j - 1) * k) % n] for k in range(len(g))])
        details.append(h @ rows)
        v = g @ rows
    return [v, *details[::-1]]


@pytest.mark.parametrize("name", ["haar", "db2", "sym8", "coif4", "db20"])
@pytest.mark.parametrize("n", [2, 5, 8, 61, 128, 1001])
def test_modwt_is_what_percival_and_walden_define(name, n):
    x = SIGNAL[:n]
    level = min(5, n.bit_length() - 1)
    ours = wavelet.modwt(x, name, level)
    for a, b in zip(ours, definition_of_modwt(x, name, level), strict=True):
        assert worst(a, b) < 1e-12
    assert sum(np.sum(b**2) for b in ours) == pytest.approx(np.sum(x**2), rel=1e-12)
    np.testing.assert_allclose(wavelet.imodwt(ours, name), x, atol=1e-10)
    shifted = wavelet.modwt(np.roll(x, 3), name, level)
    for a, b in zip(ours, shifted, strict=True):
        np.testing.assert_allclose(np.roll(a, 3), b, atol=1e-12)


def test_modwt_after_zeros_is_the_stream_and_forgets_the_start():
    x = SIGNAL[:700]
    ours = wavelet.modwt(x, "sym4", 3, boundary="zero")
    stream = streaming.Modwt(rate_hz=1000.0, wavelet="sym4", level=3, max_items=64).run(x)
    np.testing.assert_array_equal(np.array(ours).T, stream)
    circular = wavelet.modwt(x, "sym4", 3)
    for band, level in zip(range(4), (3, 3, 2, 1), strict=True):
        touched = (2**level - 1) * 7
        np.testing.assert_array_equal(ours[band][touched:], circular[band][touched:])
        assert np.all(ours[band][:touched] != circular[band][:touched])


def bands_of_stream(items, level, sizes):
    """[a, d_level, ..., d_1] from the items of streaming.Dwt for one channel."""
    bands = [items[:, 0]]
    for j in range(level, 0, -1):
        start = 2 ** (level - j)
        values = items[:, start : 2 * start].ravel()
        size = sizes[level + 1 - j]
        assert np.all(values[size:] == 0)
        bands.append(values[:size])
    return bands


@pytest.mark.parametrize("mode", ["zero", "constant", "symmetric", "reflect", "smooth", "antisymmetric", "antireflect"])
@pytest.mark.parametrize("name", ["haar", "db4", "bior6.8", "db20"])
def test_the_streamed_transform_is_wavedec_bit_for_bit(mode, name):
    level = 3
    stage = streaming.Dwt(rate_hz=1000.0, wavelet=name, level=level, mode=mode, max_items=50)
    shortest = 8 * (wavelet.Wavelet(name).dec_len - 1)
    for n in (shortest, shortest + 1, 335, 336, 1003, 2000):
        expected = wavelet.wavedec(SIGNAL[:n], name, mode, level)
        found = bands_of_stream(stage.run(SIGNAL[:n]), level, [len(e) for e in expected])
        for a, b in zip(found, expected, strict=True):
            assert a.tobytes() == b.tobytes()
    for n in range(1, shortest):  # shorter than wavedec takes: level by level
        items = stage.run(SIGNAL[:n])
        a, details = SIGNAL[:n], []
        for _ in range(level):
            a, d = wavelet.dwt(a, name, mode)
            details.insert(0, d)
        for found, expected in zip(
            bands_of_stream(items, level, [len(e) for e in [a, *details]]), [a, *details], strict=True
        ):
            assert found.tobytes() == expected.tobytes()


def test_periodic_modes_are_refused_in_a_stream():
    for mode in ("periodic", "periodization"):
        with pytest.raises(ValueError, match="other end of the signal"):
            streaming.Dwt(rate_hz=1000.0, mode=mode)


def test_streams_treat_columns_alike():
    x = SIGNAL[:1200].reshape(600, 2)
    for make in (streaming.Dwt, streaming.Modwt):
        both = make(rate_hz=1000.0, columns=2, level=2).run(x)
        width = both.shape[1] // 2
        for c in range(2):
            np.testing.assert_array_equal(
                both[:, c * width : (c + 1) * width], make(rate_hz=1000.0, level=2).run(x[:, c])
            )


def test_cwt_finds_a_tone_and_keeps_energy():
    rate, n = 1000.0, 4096
    t = np.arange(n) / rate
    scales = wavelet.frequency2scale(np.geomspace(10, 400, 400), 1 / rate)
    for frequency in (20.0, 50.0, 123.0, 250.0):
        coefs, frequencies = wavelet.cwt(np.cos(2 * np.pi * frequency * t), scales, sampling_period=1 / rate)
        clear = wavelet.cone_of_influence(n, scales).all(axis=0)
        assert clear.sum() > 1000
        # Torrence and Compo rectify by the scale: |W|^2 / s peaks where the Fourier period is that of the tone up to a small bias.
        power = np.abs(coefs[:, clear]) ** 2
        ridge = frequencies[np.argmax(power, axis=0)]
        np.testing.assert_allclose(ridge, frequency, rtol=0.01)
        # The wavelet's own shape gives the height: sqrt(2 pi s) pi^(-1/4) exp(-(s w - w0)^2 / 2) / 2.
        w = 2 * np.pi * frequency / rate
        gain = np.sqrt(2 * np.pi * scales) * np.pi**-0.25 * np.exp(-0.5 * (scales * w - 6.0) ** 2) / 2
        np.testing.assert_allclose(np.abs(coefs[:, n // 2]), gain, atol=2e-3 * gain.max())


def test_cwt_energy_is_that_of_the_signal():
    # Torrence and Compo, equation 14. Half of the energy lies at positive frequencies, so that their C_delta is
    # sqrt(pi) times the integral of exp(-(v - w0)^2) over log2 v.
    v = np.linspace(0.5, 12, 100_001)
    c_delta = np.sqrt(np.pi) * np.sum(np.exp(-((v - 6) ** 2)) / v) * (v[1] - v[0]) / np.log(2)
    # No energy at the highest frequencies, where scales end, nor at the lowest, and room for the wavelets at both ends.
    x = np.convolve(np.diff(SIGNAL[:2000]), np.hanning(12))
    x = np.pad(x, 2000)
    voices = 16
    scales = 0.8 * 2 ** (np.arange(0, 11 * voices) / voices)
    coefs, _ = wavelet.cwt(x, scales)
    energy = np.sum(np.abs(coefs) ** 2 / scales[:, None]) / voices / c_delta
    assert energy == pytest.approx(np.sum(x**2), rel=0.001)
    # White noise of variance 1 gives power 1 at every scale.
    noise = rng.standard_normal(1 << 16)
    power = np.mean(np.abs(wavelet.cwt(noise, [4.0, 8.0, 16.0])[0]) ** 2, axis=1)
    np.testing.assert_allclose(power, 1.0, atol=0.06)


def test_cwt_is_its_definition_by_numpy():
    n, w0 = 300, 6.0
    scales = np.array([2.0, 5.5, 40.0])
    coefs, frequencies = wavelet.cwt(SIGNAL[:n], scales, sampling_period=0.01)
    padded = 1024
    k = 2 * np.pi * np.fft.fftfreq(padded)
    psi = np.sqrt(2 * np.pi * scales[:, None]) * np.pi**-0.25 * np.exp(-0.5 * (scales[:, None] * k - w0) ** 2) * (k > 0)
    psi[:, padded // 2] = np.sqrt(2 * np.pi * scales) * np.pi**-0.25 * np.exp(-0.5 * (scales * np.pi - w0) ** 2)
    expected = np.fft.ifft(np.fft.fft(SIGNAL[:n], padded) * psi, axis=1)[:, :n]
    np.testing.assert_allclose(coefs, expected, atol=1e-12)
    np.testing.assert_allclose(frequencies, (w0 + np.sqrt(2 + w0**2)) / (4 * np.pi * scales * 0.01), rtol=1e-14)
    np.testing.assert_allclose(wavelet.frequency2scale(frequencies, 0.01), scales, rtol=1e-14)


def test_energies_add_up_and_are_in_order_of_frequency():
    x = SIGNAL[:1024]
    for kind, bands in (("packets", 16), ("wavedec", 5)):
        found = wavelet.energies(x, "db4", 4, kind=kind)
        assert found.energy.shape == (bands,)
        assert found.energy.sum() == pytest.approx(np.sum(x**2), rel=1e-12)
        shares = found.energy / found.energy.sum()
        np.testing.assert_allclose(found.relative, shares, rtol=1e-14)
        assert found.entropy == pytest.approx(-np.sum(shares * np.log(shares)), rel=1e-12)
    theirs = pywt.WaveletPacket(x, "db4", "periodization", maxlevel=4).get_level(4, "freq")
    np.testing.assert_allclose(wavelet.energies(x, "db4", 4).energy, [np.sum(n.data**2) for n in theirs], rtol=1e-12)
    for band in range(8):
        tone = np.sin(2 * np.pi * (band + 0.5) / 16 * np.arange(1024))
        assert np.argmax(wavelet.energies(tone, "db10", 3).energy) == band
    silence = wavelet.energies(np.zeros(64), "haar", 2)
    assert silence.entropy == 0 and np.all(silence.relative == 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: wavelet.dwt([1.0], "db44"), 'no wavelet "db44".*did you mean "db4"'),
        (lambda: wavelet.dwt([1.0], "db4", "symetric"), 'did you mean "symmetric"'),
        (lambda: wavelet.dwt([], "db4"), "empty"),
        (lambda: wavelet.wavedec(np.zeros(100), "db4", level=4), "the maximum is 3"),
        (lambda: wavelet.wavedec(np.zeros(100), "db4", level=-1), "no level -1"),
        (lambda: wavelet.packets(np.zeros(100), "db4", level=21), "1 .. 20"),
        (lambda: wavelet.packets([], "db4", level=1), "empty"),
        (lambda: wavelet.morlet_scales(100, 0), "1 .. 1000"),
        (lambda: wavelet.morlet_scales(100, -1), "1 .. 1000"),
        (lambda: wavelet.morlet_scales(100, 2**40), "1 .. 1000"),
        (lambda: wavelet.packets(np.zeros(100), "db4", order="gray"), "natural"),
        (lambda: wavelet.swt(np.zeros(100), "db4", 3), "multiple of 8, not 100.*104"),
        (lambda: wavelet.swt(np.zeros(101), "db4"), "at least|level"),
        (lambda: wavelet.modwt(np.zeros(100), "bior2.2", 2), "not orthogonal"),
        (lambda: wavelet.modwt(np.zeros(100), "db2", 7), "1 .. 6"),
        (lambda: wavelet.idwt(np.zeros(5), np.zeros(6), "db2"), "5 coefficients, the detail 6"),
        (lambda: wavelet.idwt(np.zeros(3), np.zeros(3), "db4"), "at least 4"),
        (lambda: wavelet.idwt(None, None, "db4"), "both bands are empty"),
        (lambda: wavelet.cwt(np.zeros(10), [0.0]), "not positive"),
        (lambda: wavelet.cwt(np.zeros(10), [2.0], w0=1.0), "w0 must lie in 5"),
        (lambda: wavelet.wavelist("meyer"), "no family"),
        (lambda: streaming.Dwt(rate_hz=1.0, wavelet="sym1"), "no wavelet"),
        (lambda: streaming.Modwt(rate_hz=1.0, wavelet="bior1.3"), "not orthogonal"),
    ],
)
def test_errors_say_what_to_do(call, message):
    with pytest.raises(ValueError, match=f"(?s){message}"):
        call()


def test_complex_signals_are_refused():
    with pytest.raises(TypeError, match="complex"):
        wavelet.dwt(np.zeros(4, complex), "haar")


def test_a_bad_sample_spoils_only_what_reaches_it():
    x = SIGNAL[:200].copy()
    x[100] = np.nan
    clean = wavelet.dwt(SIGNAL[:200], "db4")[1]
    found = wavelet.dwt(x, "db4")[1]
    assert np.isnan(found).sum() == 4
    np.testing.assert_array_equal(found[np.isfinite(found)], clean[np.isfinite(found)])


def test_every_kernel_level_gives_the_same_bits():
    before = _core.kernel_level()

    def everything():
        parts = []
        for n in (9, 64, 301, 1500):
            for dtype in (np.float32, np.float64):
                x = SIGNAL[:n].astype(dtype)
                parts += wavelet.wavedec(x, "db3")
                parts.append(wavelet.waverec(wavelet.wavedec(x, "sym6", "periodization"), "sym6", "periodization"))
                parts += wavelet.modwt(x, "coif1", 2)
                parts.append(wavelet.imodwt(wavelet.modwt(x, "coif1", 2), "coif1"))
                parts.append(wavelet.energies(x, "haar", 2).energy)
                parts.append(wavelet.cwt(x, [2.0, 7.0])[0])
        return b"".join(np.ascontiguousarray(p).tobytes() for p in parts)

    try:
        _core.force_kernel_level("scalar")
        expected = everything()
        levels = []
        for level in ("sse2", "avx2", "avx512", "neon64"):
            try:
                _core.force_kernel_level(level)
            except ValueError:
                continue
            levels.append(level)
            assert everything() == expected, level
        assert levels
    finally:
        _core.force_kernel_level(before)
