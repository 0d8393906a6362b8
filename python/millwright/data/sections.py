"""Base of the settings that a pipeline is put together from."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

from .._foreign_arguments import KnownArguments

__all__ = ["Section"]


class Section(KnownArguments):
    """Settings of one part of a pipeline: plain values with the core's defaults, checked when the pipeline is put
    together."""

    stage_id: ClassVar[str]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """All settings by name, plain values; those of a part as a dict. `deep` changes nothing."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]  # a dataclass
        return {name: value.get_params() if isinstance(value, Section) else value for name, value in values.items()}

    def to_dict(self) -> dict[str, Any]:
        """The stage as the pipeline's JSON has it: its id and its settings."""
        return {"stage": self.stage_id} | {
            name: list(value) if isinstance(value, tuple) else value for name, value in self.get_params().items()
        }
