"""Decrypted as another library encrypts."""

from __future__ import annotations

import numpy as np
import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from analysis.errors import VideoProblem
from analysis.fetch import aes


@pytest.mark.parametrize("blocks", [0, 1, 7, 2 * aes._PIECE_BLOCKS + 1])
def test_it_is_the_plain_text_again(blocks: int) -> None:
    random = np.random.default_rng(blocks)
    plain, key, iv = (random.bytes(size) for size in (16 * blocks, 16, 16))
    encryptor = Cipher(AES(key), CBC(iv)).encryptor()

    encrypted = encryptor.update(plain) + encryptor.finalize()

    assert aes.decrypt_cbc(encrypted, key, iv) == plain


@pytest.mark.parametrize(("size", "key"), [(15, 16), (17, 16), (16, 0), (16, 15), (16, 24)])
def test_what_has_another_size_is_damaged(size: int, key: int) -> None:
    with pytest.raises(VideoProblem, match=r"content\.corrupt"):
        aes.decrypt_cbc(bytes(size), bytes(key), bytes(16))
