"""What a pipeline and a result say of themselves: what was promised, and what the data could prove of it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import _core

__all__ = ["Summary", "evidence_lines", "pipeline_summary", "plural"]

_NS_PER_DAY = 86_400 * 10**9


@dataclass(frozen=True)
class Summary:
    """A headline, and a few lines with a word before each."""

    headline: str
    lines: Sequence[tuple[str, str]] = ()

    def text(self) -> str:
        width = max((len(label) for label, _ in self.lines), default=0)
        return "\n".join([self.headline, *(f"  {label:<{width}}  {text}" for label, text in self.lines)])

    def html(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align:left">{html.escape(label)}</th><td style="text-align:left">{html.escape(text)}</td></tr>'
            for label, text in self.lines
        )
        return f"<div><strong>{html.escape(self.headline)}</strong><table>{rows}</table></div>"


def plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def pipeline_summary(
    name: str,
    *,
    channels: int,
    features: int,
    detectors: int,
    alert: Mapping[str, Any],
    origin: _core.Origin | None,
    evidence: _core.Evidence | None,
) -> Summary:
    """`alert` is the alert budget as declared; `origin` and `evidence` are None before the fit."""
    title = f'Pipeline "{name}"' if name else "Pipeline"
    headline = (
        f"{title}: {plural(channels, 'channel')}, {plural(features, 'feature')}, {plural(detectors, 'detector')}; "
    )
    if origin is None or evidence is None:
        return Summary(headline + "not fitted")
    days = (origin["training_end_ns"] - origin["training_start_ns"]) / _NS_PER_DAY
    headline += f"fitted on {plural(origin['training_rows'], 'window')} of {days:.3g} days ({origin['dropped_rows']:,} left out)"
    return Summary(headline, evidence_lines(evidence, alert))


def evidence_lines(evidence: _core.Evidence, alert: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """Threshold and evidence; with the alert budget, what was promised too."""
    budget = "the alert budget" if alert is None else f"{alert['max_false_episodes_per_week']:g} false episodes a week"
    confidence = "" if alert is None else f" at {100 * alert['confidence']:g} % confidence"
    weeks = f"{evidence['weeks']:.3g} weeks of normal operation"
    if evidence["extrapolated"]:
        threshold = f"severity {evidence['threshold']:.2f}, extrapolated: {weeks} cannot prove {budget}"
    else:
        threshold = f"severity {evidence['threshold']:.2f}, proven: {weeks} show at most {budget}"
    proof = f"{plural(evidence['false_episodes'], 'false episode')} in {weeks}: at most {evidence['rate_upper_bound']:.3g} a week"
    proof += confidence
    if evidence["extrapolated"]:
        proof += f"; {evidence['weeks_needed']:.3g} weeks without one would prove the budget"
    return [("threshold", threshold), ("evidence", proof)]
