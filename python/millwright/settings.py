"""What a pipeline is told about its channels and windows; plain values, checked by the core when it is put together."""

from .data.settings import (
    Channel,
    Window,
)

__all__ = [
    "Channel",
    "Window",
]
