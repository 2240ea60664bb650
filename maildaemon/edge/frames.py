"""Length-prefixed frames on a pipe, between the daemon and its reading children."""

import struct
from typing import IO

LARGEST = 64 * 2**20


class FrameError(Exception):
    """The other side is gone or speaks nonsense."""


def write(stream: IO[bytes], *frames: bytes) -> None:
    """Each frame behind its length (4 bytes, big-endian), then a flush."""
    for frame in frames:
        stream.write(struct.pack(">I", len(frame)))
        stream.write(frame)
    stream.flush()


def read(stream: IO[bytes]) -> bytes:
    """The next frame. Raises FrameError at the end of the stream or beyond the bound."""
    head = _exactly(stream, 4)
    (length,) = struct.unpack(">I", head)
    if length > LARGEST:
        raise FrameError(f"a frame of {length} bytes")
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], length: int) -> bytes:
    data = stream.read(length)
    if data is None or len(data) < length:
        raise FrameError("the other side has ended")
    return data
