"""Requests that the machine cannot hold are refused before they start, with what would fit."""

import re
from dataclasses import replace

import pytest
from zoetrope.engines import memory_estimate
from zoetrope.engines.memory_estimate import check_memory, required_memory
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.errors import ZoetropeError

GB = 1_000_000_000


@pytest.fixture
def machine(monkeypatch):
    """A function that gives the machine so many bytes."""
    return lambda count: monkeypatch.setattr(memory_estimate, "available_memory", lambda: count)


def full(**options):
    """A request of the full surface with vertex colours."""
    return GenerateRequest(faces=None, texture=None, **options)


def refusal(*arguments):
    with pytest.raises(ZoetropeError) as caught:
        check_memory(*arguments)
    assert caught.value.code == "out_of_memory"
    return caught.value


def test_what_would_fit_does_fit(machine):
    machine(1 * GB)
    error = refusal(full(detail=256, frames=2000))
    assert (
        error.message == "2,000 frames at detail 256 take about 3.1 GB of memory, and 1.0 GB are available."
    )
    found = re.fullmatch(
        r"Choose at most (\d+) frames, or for this length detail (\d+) or at most ([\d,]+) faces, "
        "or close other programs.",
        error.remedy,
    )
    frames, detail, faces = (int(number.replace(",", "")) for number in found.groups())
    check_memory(full(detail=256, frames=frames))
    refusal(full(detail=256, frames=frames + 1))
    check_memory(full(detail=detail, frames=2000))
    check_memory(GenerateRequest(detail=256, frames=2000, faces=faces, texture=None))
    refusal(GenerateRequest(detail=256, frames=2000, faces=faces + 1000, texture=None))


def test_a_machine_for_which_nothing_fits_is_told_to_close_programs(machine):
    machine(GB // 20)
    assert "Close other programs" in refusal(full(detail=64, frames=24)).remedy


def test_the_extracted_surface_decides_when_it_is_known(machine):
    machine(1 * GB)
    request = full(detail=128, frames=1000)
    check_memory(request)
    refusal(request, 40_000, 1000)
    check_memory(request, 5_000, 1000)


def test_a_low_poly_mesh_takes_what_its_own_vertices_take(machine):
    machine(1 * GB)
    refusal(full(detail=256, frames=2000))
    check_memory(GenerateRequest(detail=256, frames=2000, texture=None))
    refusal(GenerateRequest(detail=256, frames=2000, faces=200_000, texture=None))


def test_a_large_texture_is_refused_where_it_does_not_fit(machine):
    machine(GB // 2)
    check_memory(GenerateRequest(detail=64, frames=10, texture=1024))
    error = refusal(GenerateRequest(detail=64, frames=10, texture=2048))
    assert error.remedy == "Choose a texture of 1024, or close other programs."
    machine(GB // 12)
    error = refusal(GenerateRequest(detail=64, frames=10, faces=1000, texture=512))
    assert error.remedy == "Choose vertex colours alone, or close other programs."


def test_a_large_face_budget_is_refused_with_one_that_fits(machine):
    machine(GB // 2)
    request = GenerateRequest(detail=256, frames=24, faces=200_000, texture=512)
    check_memory(replace(request, faces=20_000))
    error = refusal(request)
    faces = int(re.search(r"at most ([\d,]+) faces", error.remedy)[1].replace(",", ""))
    check_memory(replace(request, faces=faces))
    refusal(replace(request, faces=faces + 1000))
    assert "texture" not in error.remedy, "a smaller one does not help"


def test_an_unknown_amount_refuses_nothing(machine):
    machine(None)
    check_memory(GenerateRequest(detail=256, frames=10_000))


@pytest.mark.parametrize(
    ("vertices", "frames", "measured"),
    [(3231, 2000, 287), (54214, 2, 781), (54214, 300, 911), (13338, 2000, 1053)],
)
def test_the_estimate_is_near_measured_peaks(vertices, frames, measured):
    assert required_memory(vertices, frames) / 1e6 == pytest.approx(measured, rel=0.15)


def test_engines_refuse_before_they_work(machine, engine):
    machine(GB // 100)
    stages = set()
    for one in (engine, ProceduralEngine()):
        with pytest.raises(ZoetropeError) as caught:
            one.generate(GenerateRequest(detail=256), lambda stage, *_: stages.add(stage))
        assert caught.value.code == "out_of_memory"
    assert stages <= {"load"}


def test_a_creature_larger_than_expected_is_refused_once_its_surface_is_known(monkeypatch, engine):
    amounts = iter([GB, GB // 100])
    monkeypatch.setattr(memory_estimate, "available_memory", lambda: next(amounts))
    with pytest.raises(ZoetropeError) as caught:
        engine.generate(GenerateRequest("quadruped", "walk", 3, detail=64), ignore_progress)
    assert caught.value.code == "out_of_memory"
