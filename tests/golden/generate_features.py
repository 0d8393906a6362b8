"""Writes features.json: signals and the values that NumPy and SciPy give for them.

    python tests/golden/generate_features.py        (needs numpy and scipy; their versions are recorded in the file)

Signals are float32-exact: integers times a power of two. Every formula is written out here a second time, from its source and not
from the library; power spectra come from scipy.signal, moments from scipy.stats.
"""

import itertools
import json
import math
import pathlib

import numpy as np
import scipy
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


SHAFT_HZ = 0.02  # as in tests/unit/features_support.hpp


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

    versions = {"numpy": np.__version__, "scipy": scipy.__version__}
    path = pathlib.Path(__file__).with_name("features.json")
    path.write_text(
        json.dumps({"made_by": "generate_features.py", "versions": versions, "cases": cases}, separators=(",", ":"))
        + "\n"
    )
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
