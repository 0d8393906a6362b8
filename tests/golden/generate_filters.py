#!/usr/bin/env python3
"""Reference values of the filters: generate_filters.py > filters.json. SciPy 1.17.1, NumPy 2.4.6.

The input of every case is x[i] = ((i * 7919) % 1009) / 256 - 1.5, exact in double and in single precision.
"""

import json

import numpy as np
from scipy import signal, special

N = 600
x = ((np.arange(N) * 7919) % 1009) / 256 - 1.5

FAMILIES = {
    "butterworth": lambda n, w, b: signal.butter(n, w, b, output="sos"),
    "chebyshev1": lambda n, w, b: signal.cheby1(n, 0.5, w, b, output="sos"),
    "chebyshev2": lambda n, w, b: signal.cheby2(n, 60, w, b, output="sos"),
    "elliptic": lambda n, w, b: signal.ellip(n, 0.5, 60, w, b, output="sos"),
}
BANDS = {"lowpass": 0.2, "highpass": 0.05, "bandpass": [0.1, 0.3], "bandstop": [0.25, 0.5]}

iir = []
for family, design in FAMILIES.items():
    for band, edges in BANDS.items():
        for order in (1, 2, 5, 8):
            sos = design(order, edges, band)
            low, high = edges if isinstance(edges, list) else (edges, edges)
            _, h = signal.sosfreqz(sos, np.pi * np.array([0.01, 0.15, 0.4, 0.77]))
            y = signal.sosfilt(sos, x)
            iir.append(
                {
                    "family": family,
                    "band": band,
                    "order": order,
                    "low": low,
                    "high": high,
                    "response": [[v.real, v.imag] for v in h],
                    "last": list(y[-5:]),
                }
            )

elliptic = []
for k in (1e-6, 0.3, 0.9, 0.9999):
    m = k * k
    quarter = special.ellipk(m)
    for u in (0.0, 0.2, 0.5, 0.9, 1.0):
        sn, cn, dn, _ = special.ellipj(u * quarter, m)
        elliptic.append({"k": k, "u": u, "K": quarter, "sn": sn, "cn": cn, "dn": dn})

zi = []
for family, design in FAMILIES.items():
    for band, edges in BANDS.items():
        sos = design(5, edges, band)
        low, high = edges if isinstance(edges, list) else (edges, edges)
        y, _ = signal.sosfilt(sos, np.ones(50), zi=signal.sosfilt_zi(sos))
        zi.append({"family": family, "band": band, "low": low, "high": high, "gain": y[-1]})
FIXED = [[0.2, 0.3, 0.1, 1.0, -0.5, 0.25], [1.0, -0.4, 0.2, 1.0, 0.1, -0.3]]
b = signal.firwin(15, 0.3)

print(
    json.dumps(
        {
            "samples": N,
            "iir": iir,
            "elliptic": elliptic,
            "firwin": list(signal.firwin(31, [0.2, 0.5], pass_zero=False, window=("kaiser", 6.0))),
            "resample_poly_3_2": list(signal.resample_poly(x, 3, 2)[-40:]),
            "decimate_fir_5": list(signal.decimate(x, 5, ftype="fir", zero_phase=False)[-10:]),
            "decimate_iir_5": list(signal.decimate(x, 5, zero_phase=False)[-10:]),
            "decimate_iir_5_zero_phase": list(signal.decimate(x, 5)[-10:]),
            "lfilter": list(signal.lfilter(b, 1, x)[-10:]),
            "filtfilt": list(signal.filtfilt(b, 1, x)[-10:]),
            "upfirdn_3_2": list(signal.upfirdn(b, x, 3, 2)[-40:]),
            "sosfilt_zi": zi,
            "sosfilt_zi_fixed": signal.sosfilt_zi(FIXED).tolist(),
            "sosfiltfilt": list(signal.sosfiltfilt(signal.butter(4, 0.2, output="sos"), x)[:10]),
        },
        indent=0,
    )
)
