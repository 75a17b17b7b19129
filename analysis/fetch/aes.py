"""AES-128 in CBC, decrypted for all blocks at once: how segments of HLS are often stored.

yt-dlp takes one byte after the other, at 60 kB a second, where no compiled package is installed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from yt_dlp.aes import SBOX_INV, key_expansion

from analysis.errors import VideoProblem

_BLOCK_BYTES = 16
_KEY_BYTES = 16
_PIECE_BLOCKS = 1 << 14  # stays in the processor's cache

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint32]


def decrypt_cbc(data: bytes, key: bytes, iv: bytes) -> bytes:
    if len(key) != _KEY_BYTES or len(iv) != _BLOCK_BYTES or len(data) % _BLOCK_BYTES:
        sizes = f"{len(data)} bytes, key of {len(key)}, start of {len(iv)}"
        raise VideoProblem("content.corrupt", f"no AES-128: {sizes}")
    keys = _round_keys(key)
    blocks = np.frombuffer(data, dtype=np.uint8).reshape(-1, 4, 4)
    plain = np.empty_like(blocks)
    for start in range(0, len(blocks), _PIECE_BLOCKS):
        piece = slice(start, start + _PIECE_BLOCKS)
        plain[piece] = _decrypted(blocks[piece], keys)
    before = np.frombuffer(iv + data, dtype=np.uint8)[: len(data)]
    return (plain.reshape(-1) ^ before).tobytes()


def _decrypted(blocks: Bytes, keys: Words) -> Bytes:
    """``blocks`` are columns of four rows; so are the words, whatever the order of their bytes."""
    first: Words = blocks.view(np.uint32)[..., 0]
    state: Bytes = (first ^ keys[-1]).view(np.uint8).reshape(blocks.shape)
    for number in range(len(keys) - 2, -1, -1):
        tables = _UNMIX_AND_SUBSTITUTE if number else _SUBSTITUTE
        words: Words = np.broadcast_to(keys[number], state.shape[:2])
        for row in range(4):
            words = words ^ tables[row][np.roll(state[:, :, row], row, axis=1)]
        state = words.view(np.uint8).reshape(blocks.shape)
    return state


def _round_keys(key: bytes) -> Words:
    """Those between the first and the last are unmixed, for tables that unmix before they add."""
    keys = np.array(key_expansion(list(key)), dtype=np.uint8).reshape(-1, 4, 4)
    words: Words = keys.view(np.uint32)[..., 0].copy()
    words[1:-1] = np.bitwise_xor.reduce([_UNMIX[row][keys[1:-1, :, row]] for row in range(4)])
    return words


def _times(factor: int) -> Bytes:
    """Every byte times ``factor`` in the field of AES."""
    power, product = np.arange(256), np.zeros(256, dtype=np.int64)
    while factor:
        if factor & 1:
            product ^= power
        power = (power << 1) ^ (power >> 7) * 0x11B
        factor >>= 1
    return product.astype(np.uint8)


def _columns(factors: tuple[int, int, int, int]) -> list[Words]:
    """For each row, what a byte in it adds to its column."""
    added = [[_times(factors[(row - other) % 4]) for other in range(4)] for row in range(4)]
    return [np.stack(rows, axis=1).view(np.uint32)[:, 0] for rows in added]


_UNMIX = _columns((14, 11, 13, 9))
_UNMIX_AND_SUBSTITUTE = [table[list(SBOX_INV)] for table in _UNMIX]
_SUBSTITUTE = [table[list(SBOX_INV)] for table in _columns((1, 0, 0, 0))]
