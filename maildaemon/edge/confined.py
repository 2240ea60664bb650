"""What the kernel refuses a reading child: the network, other processes, and to change a file (seccomp, BPF by hand).

The filter holds for whatever the child becomes or starts, and nothing can take it off. Where ``execve`` is allowed, for
tesseract, the filter goes with it.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_FILTER = 2
_CLONE_THREAD, _CLONE_NEWUSER, _CLONE_NEWNET = 0x10000, 0x10000000, 0x40000000
_X32 = 0x40000000
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 of linux/audit.h, each with its column in the tables.
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

# Numbers of system calls on x86_64 and aarch64, 0: there is none (arch/x86/entry/syscalls, asm-generic/unistd.h).
_NEVER = {
    # the network; io_uring opens sockets without a system call of its own
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242), "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    # other processes, the daemon first of all, and the kernel
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138),
    "rt_tgsigqueueinfo": (297, 240), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40),
    "umount2": (166, 39), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # what changes a file
    "creat": (85, 0), "openat2": (437, 437), "open_by_handle_at": (304, 265), "truncate": (76, 45),
    "ftruncate": (77, 46), "fallocate": (285, 47), "rename": (82, 0), "renameat": (264, 38), "renameat2": (316, 276),
    "unlink": (87, 0), "unlinkat": (263, 35), "mkdir": (83, 0), "mkdirat": (258, 34), "rmdir": (84, 0),
    "link": (86, 0), "linkat": (265, 37), "symlink": (88, 0), "symlinkat": (266, 36), "mknod": (133, 0),
    "mknodat": (259, 33), "chmod": (90, 0), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, 0), "fchown": (93, 55), "lchown": (94, 0), "fchownat": (260, 54), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14),
}  # fmt: skip
_PROGRAMS = {"execve": (59, 221), "execveat": (322, 281), "fork": (57, 0), "vfork": (58, 0)}
_CLONE, _CLONE3 = (56, 220), (435, 435)
# Which argument holds the flags of opening, counted from 0.
_OPENS = {"open": ((2, 0), 1), "openat": ((257, 56), 2)}
_SIGNALS = {"kill": (62, 129), "tgkill": (234, 131)}
_PRLIMIT = (302, 261)

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
Instruction = tuple[int, int, int, int]


class Program(ctypes.Structure):
    """``struct sock_fprog`` of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def confine(*, programs: bool) -> bool:
    """Confine this process and what it starts, for good. ``programs``: whether it may start any. False where the kernel
    or the machine knows no such filter."""
    if platform.machine() not in _MACHINES:
        return False
    code = b"".join(struct.pack("=HBBI", *one) for one in _instructions(platform.machine(), os.getpid(), programs))
    program = Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def works() -> bool:
    """Whether :func:`confine` does, tried in a process that ends with it. For a process without threads."""
    pid = os.fork()
    if pid == 0:
        os._exit(0 if confine(programs=False) else 1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def without_network() -> bool:
    """Put this process and its children into a network of their own, which holds nothing. False where it may not."""
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET))


def end_with(parent: int) -> None:
    """However the parent ends, this process is killed then. For a parent without threads alone: the signal comes when
    the thread ends that has forked this process."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _instructions(machine: str, pid: int, programs: bool) -> Iterator[Instruction]:
    architecture, column = _MACHINES[machine]
    yield (_LOAD, 0, 0, _ARCHITECTURE)
    yield (_EQUAL, 1, 0, architecture)
    yield (_RETURN, 0, 0, _REFUSE | errno.EPERM)  # the calls of another architecture have other numbers
    yield (_LOAD, 0, 0, _NUMBER)
    if machine == "x86_64":
        yield from _refused((_AT_LEAST, _X32))
    never = [*_NEVER.values(), *(() if programs else _PROGRAMS.values())]
    for numbers in never:
        if numbers[column]:
            yield from _refused((_EQUAL, numbers[column]))
    for numbers, argument in _OPENS.values():
        if numbers[column]:
            yield from _judged(numbers[column], argument, (_ANY_BIT, _WRITES), wanted=False)
    yield from _judged(_PRLIMIT[column], 0, (_EQUAL, 0), wanted=True)
    if not programs:
        # A program of its own is one that it may have to stop.
        for numbers in _SIGNALS.values():
            yield from _judged(numbers[column], 0, (_EQUAL, pid), wanted=True)
        # The flags of clone3 lie where no filter can see them; without it the C library takes clone.
        yield from _refused((_EQUAL, _CLONE3[column]), errno.ENOSYS)
        yield from _judged(_CLONE[column], 0, (_ANY_BIT, _CLONE_THREAD), wanted=True)
    yield (_RETURN, 0, 0, _ALLOW)


def _refused(test: tuple[int, int], why: int = errno.EPERM) -> Iterator[Instruction]:
    yield (test[0], 0, 1, test[1])
    yield (_RETURN, 0, 0, _REFUSE | why)


def _judged(number: int, argument: int, test: tuple[int, int], *, wanted: bool) -> Iterator[Instruction]:
    """That system call by the lower half of one of its arguments: refused unless the test comes out as wanted."""
    yield (_EQUAL, 0, 4, number)
    yield (_LOAD, 0, 0, _ARGUMENTS + 8 * argument)
    yield (test[0], int(not wanted), int(wanted), test[1])
    yield (_RETURN, 0, 0, _ALLOW)
    yield (_RETURN, 0, 0, _REFUSE | errno.EPERM)
