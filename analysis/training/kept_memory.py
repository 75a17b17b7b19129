"""Memory that a step frees is kept for the next one.

A network's buffers are large, so the C library gives each back to the system at once and gets it
anew, cleared, a moment later. MobileNetV2 at 256 px spent a fifth of its time on two cores so.
"""

from __future__ import annotations

import ctypes

# <malloc.h>: what it is about, and the value that keeps most
TRIM_THRESHOLD = (-1, 2**31 - 1)
TOP_PAD = (-2, 2**29)
MMAP_MAX = (-4, 0)
ARENA_MAX = (-8, 1)


def keep_freed_memory() -> bool:
    """Of this process, from now on; False where the C library is not glibc and nothing is done."""
    try:
        change = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return False
    done = [change(*setting) for setting in (ARENA_MAX, MMAP_MAX, TRIM_THRESHOLD, TOP_PAD)]
    return all(done)
