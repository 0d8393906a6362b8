"""What runs and keeps its state in the core."""

from __future__ import annotations

from typing import Generic, Protocol, TypeVar

__all__ = ["Checkpointed"]


class _Running(Protocol):
    def checkpoint(self) -> bytes: ...
    def restore(self, state: bytes) -> None: ...


CoreT = TypeVar("CoreT", bound=_Running)


class Checkpointed(Generic[CoreT]):
    """All state can be taken out and put back."""

    _core: CoreT

    def checkpoint(self) -> bytes:
        """All state, for `restore`: what is stopped and restored goes on as if it had not stopped."""
        return self._core.checkpoint()

    def restore(self, checkpoint: bytes) -> None:
        """Continue where `checkpoint` was called, on an object made of the same fitted model with the same settings.

        Raises
        ------
        ValueError
            If the bytes are damaged or belong to an object that was made otherwise; this one is then as new.
        """
        self._core.restore(checkpoint)
