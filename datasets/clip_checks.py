"""The checksums in the packets of a clip file: damage must be told, the decoder says nothing of it.

FFmpeg's FFV1 decoder fills a damaged slice from the frame before it, raises nothing and marks
nothing, whatever its option ``err_detect`` says.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np

_FOOTER = 8  # bytes after each slice: size (3), status (1), checksum (4)
_MIRRORED = np.array([[int(f"{byte:08b}"[::-1], 2) for byte in range(256)]], np.uint8)  # (1, 256)


def intact(packet: bytes) -> bool:
    """Return whether every slice of an FFV1 packet agrees with its checksum.

    The checksum is CRC-32 with the bits in the other order than zlib's (RFC 9043, 4.9).
    """
    slices = _slices(packet)
    if not slices:
        return False
    mirrored = cv2.LUT(np.frombuffer(packet, np.uint8)[None], _MIRRORED)[0]  # bytes.translate / 4
    return all(zlib.crc32(mirrored[first:stop], 0xFFFFFFFF) == 0xFFFFFFFF for first, stop in slices)


def has_checksums(packet: bytes) -> bool:
    """Return whether an FFV1 packet is divided into slices with checksums."""
    return bool(_slices(packet))


def _slices(packet: bytes) -> list[tuple[int, int]]:
    """Return the byte ranges of the slices, footers included; empty if they do not fit."""
    found = []
    stop = len(packet)
    while stop:
        footer = packet[max(0, stop - _FOOTER) : stop]
        first = stop - _FOOTER - int.from_bytes(footer[:3], "big")
        if first < 0:
            return []
        found.append((first, stop))
        stop = first
    return found
