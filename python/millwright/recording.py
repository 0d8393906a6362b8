"""Recordings: what a pipeline learns from and runs over, and how other libraries' data become one."""

from .data.recording import (
    Recording,
    RecordingLike,
    as_recording,
    read_csv,
    read_npy,
    read_wav,
)

__all__ = [
    "Recording",
    "RecordingLike",
    "as_recording",
    "read_csv",
    "read_npy",
    "read_wav",
]
