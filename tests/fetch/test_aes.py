"""Decrypted as yt-dlp, whose place it takes, encrypts."""

from __future__ import annotations

import numpy as np
import pytest
from yt_dlp.aes import aes_cbc_encrypt

from analysis.errors import VideoProblem
from analysis.fetch import aes


@pytest.mark.parametrize("blocks", [1, 7, 100])
def test_it_is_the_plain_text_again(blocks: int) -> None:
    random = np.random.default_rng(blocks)
    plain, key, iv = (random.bytes(size) for size in (16 * blocks, 16, 16))
    encrypted = bytes(aes_cbc_encrypt(list(plain), list(key), list(iv)))[: len(plain)]

    assert aes.decrypt_cbc(encrypted, key, iv) == plain


@pytest.mark.parametrize(("size", "key"), [(15, 16), (17, 16), (16, 0), (16, 15), (16, 24)])
def test_what_has_another_size_is_damaged(size: int, key: int) -> None:
    with pytest.raises(VideoProblem, match=r"content\.corrupt"):
        aes.decrypt_cbc(bytes(size), bytes(key), bytes(16))
