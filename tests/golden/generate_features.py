"""Writes features.json: signals and the values that NumPy and SciPy give for them.

    python tests/golden/generate_features.py        (needs numpy, scipy and pywt; their versions are recorded in the file)

Signals are float32-exact: integers times a power of two. Every formula is written out here a second time, from its source and not
from the library; power spectra come from scipy.signal, moments from scipy.stats, wavelets from PyWavelets.
"""

import itertools
import json
import math
import pathlib

import numpy as np
import pywt
import scipy
import scipy.fft
import scipy.signal
import scipy.stats


def quantised(x, scale):
    integers = np.round(np.asarray(x) / scale).astype(np.int64)
    exact = integers * scale
    assert np.all(exact.astype(np.float32).astype(np.float64) == exact), "not exact in float32"
    return integers, exact


def time_features(x):
    x = np.asarray(x, dtype=np.float64)
    n = len(x)
    magnitude = np.abs(x)
    rms = np.sqrt(np.mean(x**2))
    d = np.diff(x)
    dd = np.diff(d)
    exact = x.astype(np.longdouble)
    mobility = np.sqrt(np.var(d) / np.var(x))
    crossings = int(np.sum(np.diff((x > np.mean(x)).astype(int)) != 0))
    return {
        "mean": np.mean(x),
        "std": np.std(x),
        "std(ddof=1)": np.std(x, ddof=1),
        "log_std": np.log(np.std(x)),
        "rms": rms,
        "min": np.min(x),
        "max": np.max(x),
        "peak": np.max(magnitude),
        "peak_to_peak": np.ptp(x),
        "crest": np.max(magnitude) / rms,
        "shape": rms / np.mean(magnitude),
        "impulse": np.max(magnitude) / np.mean(magnitude),
        "clearance": np.max(magnitude) / np.mean(np.sqrt(magnitude)) ** 2,
        "skewness": scipy.stats.skew(x),
        "kurtosis": scipy.stats.kurtosis(x, fisher=False),
        "kurtosis(excess=1)": scipy.stats.kurtosis(x, fisher=True),
        "log_kurtosis": np.log(scipy.stats.kurtosis(x, fisher=False)),
        "zero_crossings": crossings / (n - 1),
        "zero_crossings(count=1)": crossings,
        "line_length": np.mean(np.abs(d)),
        "line_length(sum=1)": np.sum(np.abs(d)),
        "energy": np.sum(x**2),
        "teager_energy": np.mean(exact[1:-1] ** 2 - exact[:-2] * exact[2:]),
        "trend": np.polyfit(np.linspace(-0.5, 0.5, n), x - np.mean(x), 1)[0],
        "hjorth_activity": np.var(x),
        "hjorth_mobility": mobility,
        "hjorth_complexity": np.sqrt(np.var(dd) / np.var(d)) / mobility,
    }


def distribution_features(x):
    """SciPy and NumPy; L-moments by scipy.stats.lmoment."""
    x = np.asarray(x, dtype=np.float64)
    octiles = np.quantile(x, np.arange(9) / 8)
    out = {f"quantile(q={q:g})": np.quantile(x, q) for q in (0, 0.05, 0.9, 0.999, 1)}
    out |= {
        "quantile": np.median(x),
        "median": np.median(x),
        "iqr": scipy.stats.iqr(x),
        "median_abs_deviation": scipy.stats.median_abs_deviation(x),
        "moors_kurtosis": (octiles[7] - octiles[5] + octiles[3] - octiles[1]) / (octiles[6] - octiles[2]),
        "clipping": (np.sum(x == np.min(x)) + np.sum(x == np.max(x))) / len(x),
    }
    centred = x - np.mean(x)
    _, out["l_scale"], third, fourth = scipy.stats.lmoment(centred, order=[1, 2, 3, 4], standardize=False)
    out["l_skewness"] = third / out["l_scale"]
    out["l_kurtosis"] = fourth / out["l_scale"]
    for bins in (32, 7):
        edges = np.min(x) + np.arange(bins + 1) * np.ptp(x) / bins
        edges[-1] = np.max(x)
        counts = np.histogram(x, edges)[0]
        out["histogram_entropy" + ("" if bins == 32 else f"(bins={bins})")] = scipy.stats.entropy(counts) / np.log(bins)
    return out


def dynamics_features(x):
    """By definition, one pair or pattern after the other."""
    x = np.asarray(x, dtype=np.float64)
    n = len(x)
    centred = x - np.mean(x)
    r = np.correlate(centred, centred, "full")[n - 1 :] / np.dot(centred, centred)
    out = {"autocorrelation": r[1]}
    if n > 20:
        out["autocorrelation(lag=17)"] = r[17]
    zero = np.flatnonzero(r <= 0)[0]
    out["autocorrelation_first_zero"] = zero
    peaks = [k for k in range(zero + 1, n - 1) if r[k] > 0 and r[k] > r[k - 1] and r[k] >= r[k + 1]]
    if peaks:
        out["autocorrelation_first_peak"] = peaks[0]
    out["autocorrelation_decay"] = np.flatnonzero(r <= np.exp(-1))[0]

    for order, delay in ((3, 1), (2, 1), (5, 2), (7, 3)):
        patterns = range(n - (order - 1) * delay)
        if len(patterns) == 0:
            continue
        seen = dict.fromkeys(itertools.permutations(range(order)), 0)
        for i in patterns:
            seen[tuple(np.argsort(x[i : i + (order - 1) * delay + 1 : delay], kind="stable").tolist())] += 1
        arguments = [f"order={order}"] * (order != 3) + [f"delay={delay}"] * (delay != 1)
        name = "permutation_entropy" + (f"({','.join(arguments)})" if arguments else "")
        out[name] = scipy.stats.entropy(list(seen.values())) / math.log(math.factorial(order))

    for m, share in ((2, 0.2), (1, 0.5), (3, 0.35)):
        last = x[-2048:]
        tolerance = share * np.std(x)
        starts = len(last) - m
        stretches = np.lib.stride_tricks.sliding_window_view(last, m + 1)[:starts]
        similar = still = 0
        for i in range(starts - 1):
            distance = np.abs(stretches[i + 1 :] - stretches[i])
            similar += np.sum(np.max(distance[:, :m], axis=1) <= tolerance)
            still += np.sum(np.max(distance, axis=1) <= tolerance)
        arguments = [f"m={m}"] * (m != 2) + [f"r={share:g}"] * (share != 0.2)
        if still:
            out["sample_entropy" + (f"({','.join(arguments)})" if arguments else "")] = -np.log(still / similar)
    return out


def rainflow(x):
    """Ranges and counts by ASTM E1049-85, 5.4.4: the three-point rule, read from the standard step by step."""
    turns = [x[0]]
    for value in x[1:]:
        if value == turns[-1]:
            continue
        if len(turns) >= 2 and (value - turns[-1]) * (turns[-1] - turns[-2]) > 0:
            turns[-1] = value
        else:
            turns.append(value)
    counted = []
    points = []
    for value in turns:
        points.append(value)
        while len(points) >= 3:
            new, before = abs(points[-1] - points[-2]), abs(points[-2] - points[-3])
            if new < before:
                break
            if len(points) == 3:  # the range before contains the starting point: half a cycle
                counted.append((before, 0.5))
                points.pop(0)
            else:
                counted.append((before, 1.0))
                del points[-3:-1]
    counted += [(abs(b - a), 0.5) for a, b in itertools.pairwise(points)]
    return counted


def fatigue_features(x):
    ranges, counts = np.array(rainflow(np.asarray(x, dtype=np.float64).tolist())).T
    out = {"rainflow_cycles": np.sum(counts), "rainflow_max_range": np.max(ranges)}
    for m, cycles in ((3, 1), (10, 1), (4.5, 1000)):
        arguments = [f"m={m:g}"] * (m != 3) + [f"cycles={cycles:g}"] * (cycles != 1)
        name = "damage_equivalent_range" + (f"({','.join(arguments)})" if arguments else "")
        out[name] = (np.sum(counts * ranges**m) / cycles) ** (1 / m)
    return out


def wavelet_features(centred):
    """PyWavelets, periodization."""
    out = {}
    for wavelet, level in (("db4", 5), ("sym5", 3), ("haar", 2)):
        if pywt.dwt_max_level(len(centred), wavelet) < level:
            continue
        extra = [f"level={level}"] * (level != 5) + [f"wavelet={wavelet}"] * (wavelet != "db4")
        energies = np.array([np.sum(c**2) for c in pywt.wavedec(centred, wavelet, "periodization", level)])
        for band in (0, 1, level):
            inside = ",".join([f"band={band}", *extra])
            out[f"wavelet_energy({inside})"] = energies[band]
            out[f"wavelet_relative_energy({inside})"] = energies[band] / np.sum(energies)
        name = "wavelet_entropy" + (f"({','.join(extra)})" if extra else "")
        out[name] = scipy.stats.entropy(energies) / np.log(level + 1)
    for wavelet, level in (("db4", 3), ("db2", 4)):
        if pywt.dwt_max_level(len(centred), wavelet) < level:
            continue
        extra = [f"level={level}"] * (level != 3) + [f"wavelet={wavelet}"] * (wavelet != "db4")
        nodes = pywt.WaveletPacket(centred, wavelet, "periodization", level).get_level(level, "freq")
        energies = np.array([np.sum(node.data**2) for node in nodes])
        for band in (0, 3, 2**level - 1):
            inside = ",".join([f"band={band}", *extra])
            out[f"packet_energy({inside})"] = energies[band]
            out[f"packet_relative_energy({inside})"] = energies[band] / np.sum(energies)
        name = "packet_entropy" + (f"({','.join(extra)})" if extra else "")
        out[name] = scipy.stats.entropy(energies) / np.log(2**level)
    return out


def line_snr(magnitude, spacing, f0, harmonics, tolerance):
    ratios = []
    for line in f0 * np.arange(1, harmonics + 1) / spacing:
        reach = max(tolerance * line, 2)
        near = np.arange(max(math.ceil(line - reach), 1), math.floor(line + reach) + 1)
        peak = near[np.argmax(magnitude[near])]
        width = max(0.05 * line, reach + 8)
        around = np.arange(max(math.ceil(line - width), 1), math.floor(line + width) + 1)
        ratios.append(magnitude[peak] / np.median(magnitude[around[np.abs(around - peak) > 2]]))
    return 20 * np.log10(np.mean(ratios))


def envelope_features(centred, rate):
    """At the full rate: analytic signal of the band by the whole FFT."""
    n = len(centred)
    f = np.fft.fftfreq(n, 1 / rate)
    out = {}
    for low, high in ((0.1003, 0.1807), (0.2501, 0.4402)):
        edges = [f"{share * rate:.6g}" for share in (low, high)]
        low, high = map(float, edges)
        z = np.fft.ifft(np.where((f >= low) & (f <= high), 2, 0) * np.fft.fft(centred))
        squared = np.abs(z) ** 2
        band = f"f_lo={edges[0]},f_hi={edges[1]}"
        out[f"envelope_rms({band})"] = np.sqrt(np.mean(squared))
        out[f"envelope_kurtosis({band})"] = np.mean(squared**2) / np.mean(squared) ** 2
        taper = scipy.signal.get_window("hann", n)
        magnitude = np.abs(np.fft.rfft((squared - np.mean(squared)) * taper)) / np.sum(taper)
        line = f"{0.013 * rate:.6g}"
        for harmonics, tolerance in ((2, 0.02), (1, 0.1)):
            extra = f"harmonics={harmonics}" + f",tolerance={tolerance}" * (tolerance != 0.02)
            found = line_snr(magnitude, rate / n, float(line), harmonics, tolerance)
            out[f"envelope_line_snr(f0={line},{band},{extra})"] = found
        order = f"{0.0147 * rate / SHAFT_HZ:.6g}"
        if float(order) <= 10000:
            found = line_snr(magnitude, rate / n, float(order) * SHAFT_HZ, 2, 0.02)
            out[f"fault_snr(order={order},{band},harmonics=2)"] = found
    return out


def mel_to_hz(mel):
    return mel * 200 / 3 if mel < 15 else 1000 * 6.4 ** ((mel - 15) / 27)


def cepstral_features(centred, rate):
    n = len(centred)
    magnitude = np.abs(np.fft.rfft(centred))
    # The mean is off, so bin 0 holds rounding alone: it counts as 1e-12 of the largest, as every bin below that.
    c = np.fft.irfft(np.log(np.maximum(magnitude, 1e-12 * np.max(magnitude))), n)
    out = {}

    def gamnitude(f0, rahmonic, tolerance):
        place = rahmonic * rate / f0
        near = range(math.ceil(place * (1 - tolerance)), math.floor(place * (1 + tolerance)) + 1)
        return max(c[q] for q in [round(place), *near] if 1 <= q <= n // 2)

    for share, rahmonic, tolerance in ((0.1, 1, 0.01), (0.13, 2, 0.2)):
        f0 = f"{share * rate:.6g}"
        extra = f",rahmonic={rahmonic}" * (rahmonic != 1) + f",tolerance={tolerance}" * (tolerance != 0.01)
        out[f"gamnitude(f0={f0}{extra})"] = gamnitude(float(f0), rahmonic, tolerance)
    order = f"{0.07 * rate / SHAFT_HZ:.6g}"
    if float(order) <= 10000:
        out[f"order_gamnitude(order={order})"] = gamnitude(float(order) * SHAFT_HZ, 1, 0.01)
    if rate >= 8000:
        power = np.abs(np.fft.rfft(centred * scipy.signal.get_window("hann", n))) ** 2
        f = np.fft.rfftfreq(n, 1 / rate)
        highest = 15 + 27 * np.log(rate / 2000) / np.log(6.4)
        for bands in (40, 13):
            corners = [mel_to_hz(m) for m in np.linspace(0, highest, bands + 2)]
            levels = []
            for left, centre, right in zip(corners, corners[1:], corners[2:], strict=False):
                weights = np.clip(np.minimum((f - left) / (centre - left), (right - f) / (right - centre)), 0, None)
                levels.append(10 * np.log10(max(np.sum(weights * power) * 2 / (right - left), 1e-10)))
            cepstrum = scipy.fft.dct(levels, norm="ortho")
            extra = f",n_mels={bands}" * (bands != 40)
            for coefficient in (0, 1, 12):
                out[f"mfcc(coefficient={coefficient}{extra})"] = cepstrum[coefficient]
    return out


SHAFT_HZ = 0.02  # as in tests/unit/features/features_support.hpp


def spectral_features(x, rate, nperseg, bands):
    x = np.asarray(x, dtype=np.float64)
    if nperseg == 0:
        f, s = scipy.signal.periodogram(x, rate, window="hann", detrend="constant", scaling="density")
        _, p = scipy.signal.periodogram(x, rate, window="hann", detrend="constant", scaling="spectrum")
        n = len(x)
    else:
        f, s = scipy.signal.welch(x, rate, window="hann", nperseg=nperseg)
        _, p = scipy.signal.welch(x, rate, window="hann", nperseg=nperseg, scaling="spectrum")
        n = nperseg
    df = rate / n
    extra = f"nperseg={nperseg}" if nperseg else ""

    def name(feature, arguments=""):
        inside = ",".join(a for a in (arguments, extra) if a)
        return f"{feature}({inside})" if inside else feature

    # A bin stands for the frequencies around it; what of them lies inside the band counts.
    borders = np.concatenate([[0.0], f[:-1] + df / 2, [rate / 2]])
    out = {name("total_power"): np.sum(s) * df}

    def energy(low, high):
        inside = np.clip(np.minimum(borders[1:], high) - np.maximum(borders[:-1], low), 0, None)
        return np.sum(s * df * inside / np.diff(borders))

    def lines(f0, harmonics, tolerance):
        total = 0.0
        for line in f0 * np.arange(1, harmonics + 1):
            if line < rate / 2:
                width = max(tolerance * line, 2 * df)
                total += energy(max(line - width, 0), min(line + width, rate / 2))
        return np.sqrt(total)

    for f0, harmonics, tolerance in ((0.0625 * rate, 1, 0.01), (0.125 * rate, 5, 0.01), (0.109375 * rate, 3, 0.25)):
        arguments = [f"f0={f0:g}"] + [f"harmonics={harmonics}"] * (harmonics != 1)
        arguments += [f"tolerance={tolerance:g}"] * (tolerance != 0.01)
        out[name("line_rms", ",".join(arguments))] = lines(f0, harmonics, tolerance)
    order = 5 * rate
    if order <= 10000:
        out[name("order_rms", f"order={order:g},harmonics=2")] = lines(order * SHAFT_HZ, 2, 0.01)
    out[name("order_rms")] = lines(SHAFT_HZ, 1, 0.01)
    for low, high in bands:
        e = energy(low, high)
        out[name("band_ratio", f"f_lo={low:g},f_hi={high:g}")] = e / np.sum(s * df)
        edges = f"f_lo={low:g},f_hi={high:g}"
        out[name("band_energy", edges)] = e
        out[name("band_rms", edges)] = np.sqrt(e)

    f1, s1, p1 = f[1:], s[1:], p[1:]
    centroid = np.average(f1, weights=s1)
    out[name("spectral_centroid")] = centroid
    spread = np.sqrt(np.average((f1 - centroid) ** 2, weights=s1))
    out[name("spectral_skewness")] = np.average((f1 - centroid) ** 3, weights=s1) / spread**3
    out[name("spectral_kurtosis")] = np.average((f1 - centroid) ** 4, weights=s1) / spread**4
    out[name("spectral_slope")] = scipy.stats.linregress(np.log(f1), np.log(s1)).slope
    out[name("spectral_crest")] = np.max(s1) / np.mean(s1)
    out[name("spectral_spread")] = np.sqrt(np.average((f1 - centroid) ** 2, weights=s1))
    out[name("spectral_entropy")] = scipy.stats.entropy(s1) / np.log(len(s1))
    out[name("spectral_flatness")] = scipy.stats.gmean(s1) / np.mean(s1)
    for share in (0.85, 0.5, 0.99):
        k = np.searchsorted(np.cumsum(s1), share * np.sum(s1))
        out[name("spectral_rolloff", "" if share == 0.85 else f"share={share:g}")] = f1[k]

    padded = np.concatenate([[0.0], p1, [0.0]])
    found = scipy.signal.find_peaks(padded)[0] - 1
    found = found[np.argsort(-p1[found], kind="stable")]
    for rank, k in enumerate(found[:3], start=1):
        frequency, power = f1[k], p1[k]
        if 0 < k < len(p1) - 1:
            a, b, c = np.polyfit([-1.0, 0.0, 1.0], np.log(p1[k - 1 : k + 2]), 2)
            frequency = frequency - df * b / (2 * a)
            power = np.exp(c - b**2 / (4 * a))
        ranked = "" if rank == 1 else f"rank={rank}"
        out[name("peak_frequency", ranked)] = frequency
        out[name("peak_amplitude", ranked)] = np.sqrt(2 * power)
    return out


def main():
    random = np.random.default_rng(20240611)
    cases = []

    def case(name, x, scale, rate, segments, bands, invalid=()):
        integers, exact = quantised(x, scale)
        invalid = list(invalid)
        valid = np.setdiff1d(np.arange(len(exact)), invalid)
        filled = exact.copy()
        filled[invalid] = np.mean(exact[valid])
        values = time_features(exact[valid])
        values |= distribution_features(exact[valid])
        values |= dynamics_features(exact[valid])
        values |= fatigue_features(exact[valid])
        if len(exact) >= 200:
            centred = filled - np.mean(exact[valid])
            values |= wavelet_features(centred)
            values |= envelope_features(centred, rate)
            values |= cepstral_features(centred, rate)
        for nperseg in segments:
            values.update(spectral_features(filled, rate, nperseg, bands))
        cases.append(
            {
                "name": name,
                "rate_hz": rate,
                "scale": scale,
                "integers": integers.tolist(),
                "invalid": invalid,
                "values": {k: float(v) for k, v in values.items()},
            }
        )

    scale = 2.0**-12
    t = np.arange(2560) / 25600
    impulses = np.sum(
        [
            np.where(t >= s, np.exp(-900 * (t - s)) * np.sin(2 * np.pi * 3200 * (t - s)), 0)
            for s in np.arange(0.003, 0.1, 0.0109)
        ],
        axis=0,
    )
    bearing = 0.4 * np.sin(2 * np.pi * 29.7 * t) + 2 * impulses + 0.2 * random.standard_normal(len(t))
    case(
        "bearing",
        bearing,
        scale,
        25600.0,
        (0, 512, 777),
        [(500, 1500), (0, 12800), (3000.5, 3001), (0, 2), (12799, 12800)],
    )
    case(
        "noise, odd length",
        random.standard_normal(601),
        scale,
        1000.0,
        (0, 64, 101),
        [(10, 20.25), (0, 500), (499.9, 500), (0.1, 0.2)],
    )
    case("skewed, prime length", random.exponential(size=257) ** 2, scale, 1.0, (0, 256), [(0.125, 0.25)])
    case("offset 1e8", 1e8 + 800 * random.standard_normal(1000), 8.0, 50.0, (0, 128), [(1, 10)])
    case(
        "two tones",
        np.sin(2 * np.pi * 0.0613 * np.arange(1000)) + 0.25 * np.cos(2 * np.pi * 0.31 * np.arange(1000)),
        scale,
        8000.0,
        (0, 250),
        [(400, 600)],
    )
    case(
        "gaps",
        random.standard_normal(500) + 3,
        scale,
        100.0,
        (0, 100),
        [(1, 10)],
        invalid=[0, 1, 2, 77, 200, 201, 499, 320],
    )
    case("nine samples", [1, -2, 3, 0, 0.5, 4, -1, 2.5, -3], 0.5, 9.0, (0, 4, 5), [(0.5, 4.5)])

    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "pywavelets": pywt.__version__}
    path = pathlib.Path(__file__).with_name("features.json")
    path.write_text(
        json.dumps({"made_by": "generate_features.py", "versions": versions, "cases": cases}, separators=(",", ":"))
        + "\n"
    )
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
