"""Writes wavelet_tables.inc: the filters of the discrete wavelets, as PyWavelets has them.

    python src/wavelet/generate_wavelet_tables.py        (needs PyWavelets; its version is recorded in the file)

Only what cannot be derived is stored: rec_lo of an orthogonal wavelet, rec_lo and dec_lo of a biorthogonal one. The script checks
bit for bit that wavelet.cpp's rules give the other filters.
"""

import pathlib

import numpy as np
import pywt

FAMILIES = {
    "haar": ["haar"],
    "db": [f"db{i}" for i in range(1, 21)],
    "sym": [f"sym{i}" for i in range(2, 21)],
    "coif": [f"coif{i}" for i in range(1, 6)],
    "bior": pywt.wavelist("bior"),
    "rbio": pywt.wavelist("rbio"),
}


def equal_bits(a, b):
    return np.asarray(a).tobytes() == np.asarray(b).tobytes()


def check(w):
    dec_lo, dec_hi, rec_lo, rec_hi = (np.array(f) for f in w.filter_bank)
    sign = np.where(np.arange(w.dec_len) % 2 == 0, 1.0, -1.0)
    assert w.dec_len == w.rec_len and w.dec_len % 2 == 0
    if w.orthogonal:
        assert equal_bits(dec_lo, rec_lo[::-1])
    assert equal_bits(rec_hi, sign * dec_lo)
    assert equal_bits(dec_hi, sign[::-1] * rec_lo)


def literal(value):
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def main():
    values = []
    rows = []

    def store(coefficients):
        """Offset of the coefficients in the array; equal ones share their place."""
        for start in range(len(values) - len(coefficients) + 1):
            if equal_bits(values[start : start + len(coefficients)], coefficients):
                return start
        values.extend(coefficients)
        return len(values) - len(coefficients)

    for family, names in FAMILIES.items():
        for name in names:
            w = pywt.Wavelet(name)
            check(w)
            rec = store(w.rec_lo)
            dec = rec if w.orthogonal else store(w.dec_lo)
            rows.append(
                f'    {{"{name}", wavelet_family::{family}, {w.dec_len}, {rec}, {dec}, '
                f"{w.vanishing_moments_psi}, {w.vanishing_moments_phi}}},"
            )

    lines = [
        f"// Written by generate_wavelet_tables.py from PyWavelets {pywt.__version__} (MIT licence; the numbers are those of Daubechies,",
        "// Ten Lectures on Wavelets, SIAM 1992, and of Cohen, Daubechies and Feauveau 1992). Do not edit.",
        "constexpr double coefficients[] = {",
    ]
    line = "   "
    for v in values:
        text = f" {literal(v)},"
        if len(line) + len(text) > 138:
            lines.append(line)
            line = "   "
        line += text
    lines += [
        line,
        "};",
        "// name, family, length, where rec_lo starts, where dec_lo starts (reversed rec_lo if the same), vanishing moments of psi, phi",
    ]
    lines += ["constexpr table_row rows[] = {", *rows, "};", ""]
    path = pathlib.Path(__file__).with_name("wavelet_tables.inc")
    path.write_text("\n".join(lines))
    print(f"{path}: {len(rows)} wavelets, {len(values)} coefficients")


if __name__ == "__main__":
    main()
