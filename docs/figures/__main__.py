"""Draws all figures: python docs/figures"""

from __future__ import annotations

import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import style

for script in sorted(Path(__file__).parent.glob("[a-z]*.py")):
    with plt.rc_context():
        runpy.run_path(str(script), run_name="__main__")
print(f"figures are in {style.FOLDER}")
