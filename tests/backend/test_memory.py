"""Memory that runs out is recognised whichever library says so, and the available amount is read."""

import errno
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner
from zoetrope import memory
from zoetrope.cli import app
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.errors import ZoetropeError
from zoetrope.memory import available_memory, is_out_of_memory, memory_errors
from zoetrope.service.jobs import as_zoetrope_error

TOO_MUCH = 1 << 50
CPU_ALLOCATOR = (
    "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to "
    "allocate 1125899906842624 bytes. Error code 12 (Cannot allocate memory)"
)
ERRORS = (
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory."),
    RuntimeError(CPU_ALLOCATOR),
    RuntimeError(
        "[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: not enough memory: you tried"
    ),
    RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)."),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("std::bad_alloc"),
    OSError(errno.ENOMEM, "Cannot allocate memory"),
    ImportError("libtorch_cpu.so: failed to map segment from shared object"),
    OSError("libgomp.so.1: failed to map segment from shared object"),
)


def allocate_torch():
    torch.empty(TOO_MUCH, dtype=torch.uint8)


def allocate_numpy():
    np.zeros(TOO_MUCH, dtype=np.uint8)


@pytest.mark.parametrize("allocate", [allocate_torch, allocate_numpy])
def test_a_real_failed_allocation_is_out_of_memory(allocate):
    with pytest.raises((RuntimeError, MemoryError)) as caught:
        allocate()
    assert is_out_of_memory(caught.value)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: str(error)[:30] or "MemoryError")
def test_every_librarys_error_becomes_one_sentence_of_code_out_of_memory(error):
    assert as_zoetrope_error(error).code == "out_of_memory"
    with pytest.raises(ZoetropeError) as caught, memory_errors():
        raise error
    assert (caught.value.code, caught.value.message) == ("out_of_memory", "There is not enough memory.")
    assert "lower detail" in caught.value.remedy


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("shapes differ"),
        OSError(errno.ENOSPC, "No space"),
        ImportError("No module named x"),
        KeyError(),
    ],
)
def test_other_errors_are_not_taken_for_lack_of_memory(error):
    assert not is_out_of_memory(error)
    with pytest.raises(type(error)), memory_errors():
        raise error


def test_a_command_ends_with_a_sentence(monkeypatch, tmp_path):
    def fail(*_):
        raise RuntimeError(CPU_ALLOCATOR)

    monkeypatch.setattr(ProceduralEngine, "info", fail)
    monkeypatch.setattr(ProceduralEngine, "generate", fail)
    command = ["generate", "--engine", "procedural", "--quiet", "--out", str(tmp_path / "x.npz")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: There is not enough memory.")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_available_memory_is_that_of_the_kernel():
    found, total = available_memory(), memory._numbers("/proc/meminfo")["MemTotal"] * 1024
    assert found is not None
    assert 0 < found <= total


@pytest.mark.skipif(sys.platform == "win32", reason="there is no RLIMIT_AS")
def test_a_limit_on_the_process_counts():
    script = (
        "import resource, zoetrope.memory as m; resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)); "
        "print(m.available_memory())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert 0 < int(done.stdout) < 1 << 30


def test_a_limit_on_a_container_counts(monkeypatch, tmp_path):
    files = [tmp_path / name for name in ("max", "current", "stat")]
    monkeypatch.setattr(memory, "CGROUPS", (tuple(map(str, files)),))
    for path, text in zip(files, ("3000000", "2500000", "anon 2400000\ninactive_file 100000"), strict=True):
        path.write_text(text + "\n")
    assert memory._control_group() == 600_000
    files[0].write_text("max\n")
    assert memory._control_group() is None


def test_unknown_memory_is_none(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(memory, "CGROUPS", ())
    monkeypatch.setattr(memory, "_address_space", lambda: None)
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: "no such line\n")
    assert available_memory() is None


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_a_system_that_does_not_answer_is_unknown(monkeypatch, platform):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    monkeypatch.delattr(memory.ctypes, "windll", raising=False)
    assert available_memory() is None
