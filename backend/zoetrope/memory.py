"""Main memory: how much of it is available, and errors that mean that there was not enough."""

import ctypes
import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zoetrope.errors import ZoetropeError

REMEDY = "Choose a lower detail, a smaller texture, fewer faces or frames, or close other programs."
PHRASES = (
    "can't allocate memory",  # torch on a CPU: DefaultCPUAllocator, a plain RuntimeError
    "cannot allocate memory",
    "not enough memory",  # the same on Windows
    "out of memory",  # CUDA, HIP and MPS
    "unable to allocate",  # numpy
    "alloc_failed",  # CUBLAS_STATUS_ALLOC_FAILED, CUDNN_STATUS_ALLOC_FAILED
    "bad_alloc",  # C++ libraries
    "failed to map segment",  # the linker, of a library that is imported
)
"""What libraries write when an allocation fails, in lower case."""
UNLIMITED = 1 << 60
"""Bytes from which a limit is none: control groups write a number of this size for it."""
CGROUPS = (
    ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.stat"),
    (
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
        "/sys/fs/cgroup/memory/memory.usage_in_bytes",
        "/sys/fs/cgroup/memory/memory.stat",
    ),
)
"""Limit, usage and its parts of a container, by version of control groups."""


def is_out_of_memory(error: BaseException) -> bool:
    """Return whether an exception means that memory could not be allocated.

    numpy raises a MemoryError, torch on a GPU an OutOfMemoryError, on a CPU a plain RuntimeError that only
    its text tells from others.
    """
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno == errno.ENOMEM
    text = str(error).lower()
    return isinstance(error, RuntimeError | ImportError | OSError) and any(
        phrase in text for phrase in PHRASES
    )


def out_of_memory(message: str = "There is not enough memory.", remedy: str = REMEDY) -> ZoetropeError:
    """Return the error of code "out_of_memory"."""
    return ZoetropeError(message, code="out_of_memory", remedy=remedy)


@contextmanager
def memory_errors(message: str = "There is not enough memory.", remedy: str = REMEDY) -> Iterator[None]:
    """Turn any exception that means that memory ran out into a ZoetropeError of code "out_of_memory"."""
    try:
        yield
    except ZoetropeError:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise out_of_memory(message, remedy) from error
        raise


def available_memory() -> int | None:
    """Return the bytes that this process can still allocate without swapping; None where it is unknown.

    The least of what the system has available and of the limits on a container and on this process. macOS
    compresses memory and does not say how much is available: there it is all the memory that the machine has.
    """
    if sys.platform == "win32":
        return _available_on_windows()
    if sys.platform == "darwin":
        return _memory_of_a_mac()
    limits = [_meminfo(), _control_group(), _address_space()]
    return min((limit for limit in limits if limit is not None), default=None)


def _numbers(path: str) -> dict[str, int]:
    """Return the numbers of a file of the kernel by the word before them; "" for one that stands alone."""
    try:
        lines = Path(path).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    out = {}
    for line in lines:
        words = line.replace(":", " ").split()
        name, number = ("", words[0]) if len(words) == 1 else (words[0], words[1]) if words else ("", "")
        if number.isdigit():
            out[name] = int(number)
    return out


def _meminfo() -> int | None:
    kilobytes = _numbers("/proc/meminfo").get("MemAvailable")
    return None if kilobytes is None else 1024 * kilobytes


def _control_group() -> int | None:
    for limit_file, usage_file, parts_file in CGROUPS:
        limit, usage = _numbers(limit_file).get(""), _numbers(usage_file).get("")
        if limit is not None and usage is not None and limit < UNLIMITED:
            reclaimable = _numbers(parts_file).get("inactive_file", 0)
            return max(0, limit - usage + reclaimable)
    return None


def _address_space() -> int | None:
    """Return what RLIMIT_AS (`ulimit -v`) leaves to this process."""
    import resource

    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit in (resource.RLIM_INFINITY, -1) or limit >= UNLIMITED:
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return max(0, int(limit) - pages * os.sysconf("SC_PAGE_SIZE"))


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_uint32),
        ("load", ctypes.c_uint32),
        ("total", ctypes.c_uint64),
        ("available", ctypes.c_uint64),
        ("total_page_file", ctypes.c_uint64),
        ("available_page_file", ctypes.c_uint64),
        ("total_virtual", ctypes.c_uint64),
        ("available_virtual", ctypes.c_uint64),
        ("available_extended_virtual", ctypes.c_uint64),
    )


def _available_on_windows() -> int | None:
    status = _MemoryStatus()
    status.length = ctypes.sizeof(status)
    try:
        succeeded = ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return None
    return int(status.available) if succeeded else None


def _memory_of_a_mac() -> int | None:
    value = ctypes.c_uint64(0)
    size = ctypes.c_size_t(ctypes.sizeof(value))
    try:
        system = ctypes.CDLL(None)
        failed = system.sysctlbyname(b"hw.memsize", ctypes.byref(value), ctypes.byref(size), None, 0)
    except (AttributeError, OSError):
        return None
    return None if failed or not value.value else int(value.value)
