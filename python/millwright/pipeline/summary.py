"""What a pipeline and a result say of themselves: what was promised, and what the data could prove of it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import _core

__all__ = ["Summary", "evidence_lines", "pipeline_summary", "plural", "rate", "span"]

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


def rate(per_week: float) -> str:
    return f"{per_week:,.0f}" if per_week >= 100.0 else f"{per_week:.3g}"


def span(days: float) -> str:
    """A length of time in the unit that people would choose."""
    for unit, per_day in (("weeks", 1 / 7), ("days", 1.0), ("hours", 24.0)):
        if days * per_day >= 2.0:
            return f"{days * per_day:.3g} {unit}"
    return f"{days * 1440:.3g} minutes"


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
    headline += (
        f"fitted on {plural(origin['training_rows'], 'window')} in {span(days)}, {origin['dropped_rows']:,} left out"
    )
    return Summary(headline, evidence_lines(evidence, alert))


def evidence_lines(evidence: _core.Evidence, alert: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """Threshold, and what the training data could prove about it; `alert` is the alert budget, where it is known."""
    budget, confidence = "the alert budget", ""
    if alert is not None:
        accepted = alert["max_false_episodes_per_week"]
        budget = "1 false episode a week" if accepted == 1.0 else f"{accepted:g} false episodes a week"
        confidence = f" at {100 * alert['confidence']:g} % confidence"
    normal = f"{span(7 * evidence['weeks'])} of normal operation"
    threshold = f"severity {evidence['threshold']:.2f}, "
    proof = f"{plural(evidence['false_episodes'], 'false episode')} in {normal} prove at most "
    proof += f"{rate(evidence['rate_upper_bound'])} a week{confidence}"
    if evidence["extrapolated"]:
        threshold += f"extrapolated: the training data cannot prove {budget}"
        proof += f"; {span(7 * evidence['weeks_needed'])} without one would prove {budget}"
    else:
        threshold += "within what the training data can prove"
    return [("threshold", threshold), ("evidence", proof)]
