"""System calls that a guarded child has no use for, refused by the kernel with EPERM.

A list of refusals, not of permissions: numpy, FFmpeg and OpenSSL make other calls on every
release. What is refused is whatever starts a program, opens a network, reaches into another
process or away from its own parent, changes a file's owner or mode, stores what no name in the
child's folder counts, or widens privileges.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct

_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2

_ALLOW, _KILL_PROCESS = 0x7FFF0000, 0x80000000
_REFUSE_EPERM, _REFUSE_ENOSYS = 0x00050000 | 1, 0x00050000 | 38

_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _JUMP_IF_ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x00010000
_X32_BIT = 0x40000000

# machine -> (AUDIT_ARCH constant, column of the table below)
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# name: (x86_64, aarch64); None where that machine never had the call.
_REFUSED: dict[str, tuple[int, int | None]] = {
    # programs and processes
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "process_madvise": (440, 440),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272),
    "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240),
    "setpgid": (109, 154),
    "setsid": (112, 157),
    "setpriority": (141, 140),
    "ioprio_set": (251, 30),
    # networks and other ways to speak
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # names: what was ever stored lies in the folder itself, where the parent counts it
    "mkdir": (83, 34),
    "mkdirat": (258, 34),
    "unlink": (87, 35),
    "unlinkat": (263, 35),
    "rmdir": (84, 35),
    "rename": (82, 38),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    # files: what Landlock does not cover
    "chmod": (90, 52),
    "fchmod": (91, 52),
    "fchmodat": (268, 53),
    "fchmodat2": (452, 452),
    "chown": (92, 55),
    "fchown": (93, 55),
    "lchown": (94, 55),
    "fchownat": (260, 54),
    "setxattr": (188, 5),
    "lsetxattr": (189, 6),
    "fsetxattr": (190, 7),
    "setxattrat": (463, 463),
    "removexattr": (197, 14),
    "lremovexattr": (198, 15),
    "fremovexattr": (199, 16),
    "removexattrat": (466, 466),
    "utime": (132, 88),
    "utimes": (235, 88),
    "futimesat": (261, 88),
    "utimensat": (280, 88),
    "link": (86, 37),
    "linkat": (265, 37),
    "symlink": (88, 36),
    "symlinkat": (266, 36),
    "mknod": (133, 33),
    "mknodat": (259, 33),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    # mounts, namespaces, privileges, the kernel itself
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "unshare": (272, 97),
    "setns": (308, 268),
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setreuid": (113, 145),
    "setregid": (114, 143),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "setgroups": (116, 159),
    "capset": (126, 91),
    "personality": (135, 92),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "ioperm": (173, None),
    "iopl": (172, None),
    "modify_ldt": (154, None),
}
_ON_ITSELF_ONLY: dict[str, tuple[int, int]] = {
    "kill": (62, 129),
    "tgkill": (234, 131),
    "prlimit64": (302, 261),
    "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119),
    "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
}
_0_IS_A_GROUP = frozenset({"kill", "tgkill"})  # and the caller for all others
# name: (numbers, which argument, values of it)
_REFUSED_WITH: dict[str, tuple[tuple[int, int], int, tuple[int, ...]]] = {
    "prctl": ((157, 167), 0, (1,)),  # PR_SET_PDEATHSIG: it dies with its parent
    "fcntl": ((72, 25), 1, (8, 15)),  # F_SETOWN, F_SETOWN_EX: who is sent a signal of an open file
    "ioctl": ((16, 29), 1, (0x8901, 0x8902)),  # FIOSETOWN, SIOCSPGRP: the same
}
# With MSG_FASTOPEN they connect, and what a site has reset can be connected anew, to anywhere.
_MSG_FASTOPEN = 0x20000000
_O_TMPFILE = 0x00400000  # a file without a name
# name: (numbers, which argument, a flag in it)
_REFUSED_WITH_FLAG: dict[str, tuple[tuple[int, int | None], int, int]] = {
    "sendto": ((44, 206), 3, _MSG_FASTOPEN),
    "sendmsg": ((46, 211), 2, _MSG_FASTOPEN),
    "sendmmsg": ((307, 269), 3, _MSG_FASTOPEN),
    "open": ((2, None), 1, _O_TMPFILE),
    "openat": ((257, 56), 2, _O_TMPFILE),
}
_PROCESS_MAKERS: tuple[tuple[int, int | None], ...] = ((57, None), (58, None))  # fork, vfork
_CLONE = (56, 220)
# What a filter cannot read the flags of. glibc falls back to clone and openat, where it can.
_CLONE3, _OPENAT2 = (435, 435), (437, 437)


def restrict_system_calls(*, threads: bool) -> bool:
    """Install the filter for this process; whether the kernel took it. Cannot be undone."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    program = b"".join(_filter(*machine, threads=threads))
    buffer = ctypes.create_string_buffer(program, len(program))
    sock_fprog = struct.pack("@HP", len(program) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(
        libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.c_char_p(sock_fprog), 0, 0) == 0
    )


def _filter(architecture: int, column: int, *, threads: bool) -> list[bytes]:
    program = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_JUMP_IF_EQUAL, architecture, on_true=1),
        _step(_RETURN, _KILL_PROCESS),
        _step(_LOAD, _NUMBER),
    ]
    if column == 0:
        program += _return_if(_JUMP_IF_AT_LEAST, _X32_BIT, _KILL_PROCESS)
    refused = [pair[column] for pair in (*_REFUSED.values(), *_PROCESS_MAKERS)]
    for number in sorted({number for number in refused if number is not None}):
        program += _return_if(_JUMP_IF_EQUAL, number, _REFUSE_EPERM)
    for unreadable in (_CLONE3, _OPENAT2):
        program += _return_if(_JUMP_IF_EQUAL, unreadable[column], _REFUSE_ENOSYS)
    if threads:
        program += [
            _step(_JUMP_IF_EQUAL, _CLONE[column], on_false=4),
            _step(_LOAD, _FIRST_ARGUMENT),
            _step(_JUMP_IF_ANY_BIT, _CLONE_THREAD, on_true=1),
            _step(_RETURN, _REFUSE_EPERM),
            _step(_LOAD, _NUMBER),
        ]
    else:
        program += _return_if(_JUMP_IF_EQUAL, _CLONE[column], _REFUSE_EPERM)
    for name, pair in _ON_ITSELF_ONLY.items():
        program += [
            _step(_JUMP_IF_EQUAL, pair[column], on_false=5),
            _step(_LOAD, _FIRST_ARGUMENT),
            _step(_JUMP_IF_EQUAL, os.getpid(), on_true=2),
            _step(_JUMP_IF_EQUAL, os.getpid() if name in _0_IS_A_GROUP else 0, on_true=1),
            _step(_RETURN, _REFUSE_EPERM),
            _step(_LOAD, _NUMBER),
        ]
    for pair, argument, values in _REFUSED_WITH.values():
        program += [
            _step(_JUMP_IF_EQUAL, pair[column], on_false=2 + 2 * len(values)),
            _step(_LOAD, _FIRST_ARGUMENT + 8 * argument),
            *(
                step
                for value in values
                for step in _return_if(_JUMP_IF_EQUAL, value, _REFUSE_EPERM)
            ),
            _step(_LOAD, _NUMBER),
        ]
    for numbers, argument, flag in _REFUSED_WITH_FLAG.values():
        flagged = numbers[column]
        if flagged is None:
            continue
        program += [
            _step(_JUMP_IF_EQUAL, flagged, on_false=4),
            _step(_LOAD, _FIRST_ARGUMENT + 8 * argument),
            *_return_if(_JUMP_IF_ANY_BIT, flag, _REFUSE_EPERM),
            _step(_LOAD, _NUMBER),
        ]
    return [*program, _step(_RETURN, _ALLOW)]


def _step(code: int, value: int, *, on_true: int = 0, on_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, on_true, on_false, value)


def _return_if(test: int, value: int, verdict: int) -> list[bytes]:
    return [_step(test, value, on_false=1), _step(_RETURN, verdict)]
