"""Base of the settings that a pipeline is put together from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar

__all__ = ["Section"]


class Section:
    """Settings of one part of a pipeline: plain values with the core's defaults, checked when the pipeline is put
    together."""

    stage_id: ClassVar[str]

    def get_params(self) -> dict[str, Any]:
        """All settings by name."""
        return asdict(self)  # type: ignore[call-overload, no-any-return]  # every subclass is a dataclass
