#!/usr/bin/env python3
"""Reference values and coefficients of the elementary functions.

    generate_numerics.py > numerics_reference.csv         reference values: SciPy 1.17.1, NumPy 2.4.6, mpmath 1.3.0
    generate_numerics.py --coefficients                   the polynomials and tables of src/numeric/math.cpp: mpmath 1.3.0

Each line of the reference is: function, first argument, second argument (0 if none), value; numbers in hexadecimal.
"""

import sys


def reference():
    import mpmath
    import numpy as np
    from scipy import stats

    mpmath.mp.prec = 250

    print("# function,first,second,value; tests/golden/generate_numerics.py")
    rows = []
    for x in [
        1e-300,
        1e-10,
        1e-3,
        0.1,
        0.3,
        0.5,
        0.75,
        0.9,
        0.99,
        0.999999,
        1.000001,
        1.01,
        1.25,
        1.46163,
        1.5,
        1.75,
        1.99,
        1.999999,
        2.000001,
        2.01,
        2.25,
        2.5,
        2.75,
        3,
        3.5,
        4.25,
        5.5,
        7.9,
        8,
        8.1,
        12.5,
        33,
        171.6,
        1e3,
        12345.678,
        1e8,
        1e15,
        1e100,
    ]:
        rows.append(("lgamma", x, 0.0, float(mpmath.loggamma(mpmath.mpf(x)))))  # SciPy's is off by 2e-10 near 1 and 2
    for degrees in [0.1, 0.5, 1, 2, 3, 4.5, 7, 10, 15.5, 16, 17, 31, 64, 100, 777, 1e4, 1e6]:
        for p in [1e-10, 1e-6, 1e-3, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.975, 0.99, 0.999, 1 - 1e-6, 1 - 1e-10]:
            value = stats.chi2.ppf(p, degrees)
            if value > 1e-290:
                rows.append(("chi_square_quantile", p, degrees, value))
    for name, a, b, value in rows:
        print(",".join([name, float(a).hex(), float(b).hex(), np.float64(value).item().hex()]))


def coefficients():
    import mpmath as mp

    mp.mp.prec = 250

    def fit(name, function, low, high, count):
        """Interpolation in the Chebyshev nodes: within a small factor of the minimax polynomial."""
        nodes = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]
        matrix = mp.matrix(count, count)
        for i, x in enumerate(nodes):
            for j in range(count):
                matrix[i, j] = x**j
        solution = mp.lu_solve(matrix, mp.matrix([function(x) for x in nodes]))
        print(name, ", ".join(repr(float(v)) for v in solution))

    def high_low(name, value, bits):
        exponent = mp.floor(mp.log(abs(value), 2))
        unit = mp.mpf(2) ** (exponent - bits + 1)
        high = mp.mpf(float(value)) if bits == 53 else mp.floor(value / unit) * unit
        print(name, float(high).hex(), float(value - high).hex())

    tiny = mp.mpf(10) ** -30
    one = mp.mpf(1)
    root = mp.sqrt(mp.mpf(2))
    fit(
        "log: (2 atanh(s) / s - 2) / z, z = s^2",
        lambda z: (2 * mp.atanh(mp.sqrt(z)) / mp.sqrt(z) - 2) / z,
        tiny,
        ((root - 1) / (root + 1)) ** 2 * mp.mpf("1.001"),
        7,
    )
    half = mp.log(2) / 2 * mp.mpf("1.001")
    fit(
        "exp: (e^r - 1 - r) / r^2", lambda r: (mp.exp(r) - 1 - r) / r**2 if abs(r) > 1e-20 else one / 2, -half, half, 11
    )
    eighth = (mp.pi / 4) ** 2 * mp.mpf("1.0001")
    fit("sin: (sin(y) / y - 1) / z, z = y^2", lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z, tiny, eighth, 7)
    fit("cos: (cos(y) - 1 + z / 2) / z^2", lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2, tiny, eighth, 6)
    fit(
        "atan: (atan(t) / t - 1) / z, z = t^2",
        lambda z: (mp.atan(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
        tiny,
        (one / 16 * mp.mpf("1.001")) ** 2,
        6,
    )
    high_low("ln 2", mp.log(2), 32)
    high_low("ln 2, full", mp.log(2), 53)
    high_low("1 / ln 2", 1 / mp.log(2), 53)
    high_low("1 / ln 10", 1 / mp.log(10), 53)
    high_low("log10(2)", mp.log(2) / mp.log(10), 32)
    high_low("pi", mp.pi, 53)
    for i in range(1, 9):
        high_low(f"atan({i}/8)", mp.atan(one * i / 8), 53)
    for i in range(23, 46):
        reciprocal = mp.nint(one * 32 / i * 256) / 256
        if reciprocal != 1:
            high_low(f"log table {i}, reciprocal {float(reciprocal)}", -mp.log(reciprocal), 40)
    print(
        "lgamma about 2:",
        repr(float(1 - mp.euler)),
        ", ".join(repr(float((mp.zeta(k) - 1) / k * (-1) ** k)) for k in range(2, 29)),
    )
    print("Stirling:", ", ".join(repr(float(mp.bernoulli(2 * k) / (2 * k * (2 * k - 1)))) for k in range(1, 8)))


if __name__ == "__main__":
    coefficients() if "--coefficients" in sys.argv[1:] else reference()
