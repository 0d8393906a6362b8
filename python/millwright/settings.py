"""What a pipeline is told about its channels and windows; plain values, checked by the core when it is put together."""

from .data.settings import Channel, Role, Window

__all__ = ["Channel", "Role", "Window"]
