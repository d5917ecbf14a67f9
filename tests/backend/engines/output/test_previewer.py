"""Previews show the surface of the quality check; bodies are kept for further ones."""

from pathlib import Path

import numpy as np
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.output.placement import place_on_ground
from zoetrope.engines.output.previewer import KEPT_BODIES, PreviewedBodies, PreviewedBody
from zoetrope.engines.request import GenerateRequest
from zoetrope.geometry.cleanup import clean_mesh

WEIGHTS = Path(__file__).parents[4] / "weights"


def body():
    return PreviewedBody(None, np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))


def test_it_shows_the_surface_of_the_quality_check_without_a_second_extraction(monkeypatch):
    engine, bodies, extraction = DnfEngine(WEIGHTS, "cpu", steps=2, max_attempts=2), [], []
    sample = engine._previewer._sample_body
    monkeypatch.setattr(
        engine._previewer, "_sample_body", lambda *given: bodies.append(sample(*given)) or bodies[-1]
    )

    def on_progress(stage, i, n):
        if stage == "surface":
            extraction.append((i, n))

    shown = engine.preview(GenerateRequest("fish", "", 3, height=2.0, proportions=BodyShape()), on_progress)
    (body,) = bodies
    assert body.surface.detail == 96
    assert extraction == [(body.surface.evaluations, body.surface.evaluations)]
    checked = clean_mesh(body.surface.vertices, body.surface.faces, max_gap=3 / 96)
    assert np.array_equal(shown.faces, checked.faces)
    assert np.allclose(shown.rest, place_on_ground(checked.vertices, 2.0).points(checked.vertices), atol=1e-5)
    engine.preview(GenerateRequest("fish", "", 3, height=1.0), on_progress)
    assert len(bodies) == len(extraction) == 1, "it is kept"


def test_the_body_that_was_used_longest_ago_is_forgotten():
    bodies = PreviewedBodies()
    for seed in range(KEPT_BODIES):
        bodies.keep(("fish", seed), body())
    first = bodies["fish", 0]
    bodies.keep(("fish", KEPT_BODIES), body())
    assert bodies["fish", 0] is first
    assert ("fish", 1) not in bodies
    assert len(bodies) == KEPT_BODIES
