"""A body that falls apart is drawn again; the procedural creature, whole and in pieces, is looked at."""

from pathlib import Path

import numpy as np
import pytest
import torch
from zoetrope.clips.procedural import ProceduralCreature
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.body_checks import BODY_PASSED, BodyCheck, check_surface
from zoetrope.engines.dnf import DnfEngine
from zoetrope.errors import Cancelled
from zoetrope.geometry.isosurface import extract_surface

WEIGHTS = Path(__file__).parents[3] / "weights"


def body(*without, extra=None):
    """The procedural creature at rest, some parts left out, something added."""
    parts = [part.distance for name, part in ProceduralCreature(0).parts.items() if name not in without]
    parts += [extra] if extra else []
    surface = extract_surface(lambda points: np.min([part(points) for part in parts], axis=0), 64)
    return surface.vertices.astype(np.float64), surface.faces.astype(np.int64)


def ball(centre, radius):
    return lambda points: np.linalg.norm(points - np.asarray(centre), axis=1) - radius


def test_a_whole_creature_is_sound():
    assert check_surface(*body(), kind="quadruped") == BODY_PASSED


def test_a_missing_leg_is_a_flaw_of_what_has_four():
    assert check_surface(*body("fl"), kind="quadruped") == BodyCheck(1, 0.0)
    assert check_surface(*body("fl"), kind="blob") == BODY_PASSED


def test_a_loose_part_counts_by_its_volume_and_a_crumb_not_at_all():
    found = check_surface(*body(extra=ball([0.8, 0.8, 0.8], 0.12)), kind="quadruped")
    assert found.missing_legs == 0
    assert 0.01 < found.loose < 0.3
    larger = check_surface(*body(extra=ball([0.8, 0.8, 0.8], 0.15)), kind="quadruped")
    assert larger.loose > 1.5 * found.loose
    # below the feet, and too small to be kept: neither loose nor the ground
    low = body()[0][:, 2].min()
    crumb = body(extra=ball([0.8, 0.8, low - 0.04], 0.03))
    assert check_surface(*crumb, kind="quadruped") == BODY_PASSED


def test_a_crumb_on_the_ground_is_what_a_leg_left_behind():
    low = body()[0][:, 2].min()
    crumb = body(extra=ball([0.8, 0.8, low + 0.03], 0.03))
    assert check_surface(*crumb, kind="dinosaur") == BodyCheck(1, 0.0)
    assert check_surface(*crumb, kind="fish") == BODY_PASSED, "it has no legs"
    assert check_surface(*body(extra=ball([0.8, 0.8, 0.8], 0.03)), kind="dinosaur") == BODY_PASSED, (
        "in the air"
    )


def test_what_would_fall_over_lacks_a_leg():
    assert check_surface(*body(), kind="dinosaur") == BODY_PASSED
    assert check_surface(*body("bl", "br"), kind="dinosaur") == BodyCheck(1, 0.0)
    assert check_surface(*body("bl", "br"), kind="winged") == BODY_PASSED, "it may fly"
    assert check_surface(*body("bl", "br"), kind="quadruped") == BodyCheck(2, 0.0)


def test_feet_that_came_off_are_loose():
    vertices, _ = body()
    shin = vertices[:, 2].min() + 0.25 * np.ptp(vertices[:, 2])

    def cut(distance):
        return lambda points: np.maximum(distance(points), 0.06 - np.abs(points[:, 2] - shin))

    parts = [part.distance for part in ProceduralCreature(0).parts.values()]
    surface = extract_surface(lambda points: np.min([cut(part)(points) for part in parts], axis=0), 64)
    found = check_surface(
        surface.vertices.astype(np.float64), surface.faces.astype(np.int64), kind="quadruped"
    )
    assert found.loose > 0


def test_the_engine_draws_again_what_falls_apart_and_keeps_what_is_sound(monkeypatch):
    """The weights that ship; what the engine sees is told it, so that no seed must be known to be bad."""
    told = {}
    monkeypatch.setattr(
        "zoetrope.engines.dnf.check_body", lambda bundle, shape, kind, on_chunk: (told["flaws"].pop(0), None)
    )
    engine, plain = DnfEngine(WEIGHTS, "cpu", steps=2), DnfEngine(WEIGHTS, "cpu", steps=2, max_attempts=1)
    asked = engine.asked(GenerateRequest("quadruped", "walk", 3))
    with torch.inference_mode():
        first = plain.body(plain.load(), 3, asked).tokens
        told["flaws"] = [BODY_PASSED]
        kept, number, _ = engine.body(engine.load(), 3, asked)
        assert number == 0
        assert torch.equal(kept, first)
        told["flaws"] = [BodyCheck(1, 0.0), BODY_PASSED]
        other, number, _ = engine.body(engine.load(), 3, asked)
        assert number == 1
        assert not torch.equal(other, first)


def test_progress_never_goes_back_and_a_look_can_be_cancelled():
    engine = DnfEngine(WEIGHTS, "cpu", steps=2)
    asked = engine.asked(GenerateRequest("quadruped", "walk", 3))
    steps = []
    with torch.inference_mode():
        engine.body(engine.load(), 3, asked, lambda stage, step, total: steps.append((stage, step / total)))
    assert {stage for stage, _ in steps} == {"shape"}
    assert steps == sorted(steps)

    def stop(stage, step, total):
        if step == total:
            raise Cancelled

    with pytest.raises(Cancelled), torch.inference_mode():
        engine.body(engine.load(), 3, asked, stop)
