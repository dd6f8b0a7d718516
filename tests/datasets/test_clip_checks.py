"""Checksums of clip packets: those of RFC 9043, and no flipped bit goes unseen."""

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets.clip_checks import has_checksums, intact
from datasets.clips import ClipReader, write_clip


def crc(data):
    """CRC-32 of RFC 9043, 4.9.3, bit by bit: polynomial 0x04C11DB7, highest bit first."""
    value = 0
    for byte in data:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x104C11DB7 if value & 0x80000000 else 0)
    return value


def with_footer(content):
    """A slice as the RFC has it: content, its size in 3 bytes, status, checksum of all before."""
    data = content + len(content).to_bytes(3, "big") + b"\0"
    return data + crc(data).to_bytes(4, "big")


def packet_of(tmp_path, *shape):
    frames = np.random.default_rng(0).integers(0, 9, (1, *shape, 3), dtype=np.uint8)
    write_clip(tmp_path / "a.mkv", frames)
    with ClipReader(tmp_path / "a.mkv") as reader:
        return bytes(reader._packet(0))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=5))
def test_slices_made_by_the_letter_of_the_rfc_are_intact(contents):
    packet = b"".join(map(with_footer, contents))
    assert intact(packet) and has_checksums(packet)
    assert not intact(packet + b"\0") and not intact(packet[1:])


def test_no_flipped_bit_of_a_packet_goes_unseen(tmp_path):
    packet = packet_of(tmp_path, 17, 19)
    assert intact(packet)
    for at in range(len(packet)):
        for bit in range(8):
            changed = bytearray(packet)
            changed[at] ^= 1 << bit
            assert not intact(bytes(changed)), f"bit {bit} of byte {at}"


def test_no_burst_of_damage_in_any_slice_goes_unseen(tmp_path):
    packet = packet_of(tmp_path, 96, 96)
    rng = np.random.default_rng(1)
    for at in range(0, len(packet) - 4, 7):
        changed = bytearray(packet)
        changed[at : at + 4] = bytes(b ^ int(rng.integers(1, 256)) for b in packet[at : at + 4])
        assert not intact(bytes(changed)), f"bytes from {at}"


@pytest.mark.parametrize("packet", [b"", b"\0" * 7, b"\xff" * 64])
def test_what_has_no_slices_is_not_intact(packet):
    assert not intact(packet) and not has_checksums(packet)


def test_a_file_without_checksums_is_told_from_a_clip(tmp_path):
    frames = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    write_clip(tmp_path / "a.mkv", frames)
    with av.open(str(tmp_path / "b.mkv"), "w") as out:
        stream = out.add_stream("ffv1", rate=25, options={"g": "1", "level": "3", "slicecrc": "0"})
        stream.height, stream.width, stream.pix_fmt = 16, 16, "bgr0"
        for frame in frames:
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    for name, checked in (("a.mkv", True), ("b.mkv", False)):
        with ClipReader(tmp_path / name) as reader:
            assert reader.checked is checked
