"""Which donor a generated body gets its skeleton from, and the skeleton of a body with other proportions."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.engines import create_animator, dnf
from zoetrope.engines.animate import sampled_rig
from zoetrope.engines.animate.sampled_rig import fit_clips, rig_body
from zoetrope.engines.progress import ignore_progress
from zoetrope.engines.request import GenerateRequest
from zoetrope.rigs.donors.nearest import nearest_donor
from zoetrope.rigs.skeleton import skin

REQUEST = GenerateRequest(
    "quadruped", "walk", 300, detail=64, faces=3000, texture=None, proportions=BodyShape()
)


@pytest.fixture(scope="module")
def engine():
    return dnf.DnfEngine(Path(__file__).resolve().parents[4] / "weights", "cpu")


@pytest.fixture(scope="module")
def animator(engine):
    return create_animator(engine)


@pytest.fixture(scope="module")
def made(engine):
    return engine.generate_clips(REQUEST, ("walk",), ignore_progress)


@pytest.fixture(scope="module")
def long_legged(engine):
    request = replace(REQUEST, proportions=BodyShape(legs=1.3, trunk=1.2))
    return engine.generate_clips(request, ("walk",), ignore_progress)


@pytest.fixture
def no_recognition(monkeypatch):
    def refuse(*_arguments, **_options):
        raise AssertionError("donors were compared by registration")

    monkeypatch.setattr(sampled_rig, "recognise", refuse)


def test_a_donors_own_tokens_find_it_among_all_of_its_category(animator):
    donors = animator.donors().of_category("winged")
    for donor in donors:
        assert nearest_donor(donors, donor.shape_tokens[0] + 1e-4) is donor


def test_donors_of_other_weights_are_not_compared(animator):
    donors = animator.donors().of_category("fish")
    assert nearest_donor(donors, donors[0].shape_tokens[0, :-1]) is None
    assert nearest_donor([], donors[0].shape_tokens[0]) is None


def test_a_body_near_its_donor_needs_no_recognition(animator, made, no_recognition):
    mesh = rig_body(animator, made)
    tokens = made.clips[0].tokens["shape"]
    distances = {
        donor.name: np.linalg.norm(donor.shape_tokens[0] - tokens)
        for donor in animator.donors().of_category("quadruped")
    }
    assert mesh.donor.name == min(distances, key=distances.get)


def test_by_tokens_the_skeleton_is_as_near_to_the_motion_as_by_recognition(animator, made, monkeypatch):
    _, (by_tokens,) = fit_clips(rig_body(animator, made), made.clips)
    monkeypatch.setattr(sampled_rig, "CLOSE_COST", 0.0)
    _, (recognised,) = fit_clips(rig_body(animator, made), made.clips)
    assert by_tokens.error.mean <= 1.15 * recognised.error.mean


def test_a_body_unlike_its_donor_is_recognised(animator, made, monkeypatch):
    called = []
    real = sampled_rig.recognise
    monkeypatch.setattr(sampled_rig, "CLOSE_COST", 0.0)
    monkeypatch.setattr(sampled_rig, "recognise", lambda *a, **k: called.append(1) or real(*a, **k))
    assert rig_body(animator, made).donor.category == "quadruped"
    assert called == [1]


def test_a_body_without_tokens_is_recognised(animator, made, monkeypatch):
    called = []
    real = sampled_rig.recognise
    monkeypatch.setattr(sampled_rig, "recognise", lambda *a, **k: called.append(1) or real(*a, **k))
    rig_body(animator, replace(made, clips=(replace(made.clips[0], tokens={}),)))
    assert called == [1]


def test_the_unmapped_body_is_mapped_onto_the_clips_rest_pose(made, long_legged):
    assert made.unmapped is None
    unmapped = long_legged.unmapped
    assert np.allclose(unmapped.body_map(unmapped.rest), long_legged.clips[0].rest, atol=1e-5)


def test_joints_of_longer_legs_are_those_of_the_sampled_body_mapped(
    animator, made, long_legged, no_recognition
):
    plain, mapped = rig_body(animator, made), rig_body(animator, long_legged)
    assert mapped.donor is plain.donor
    joints = plain.skeleton.heads[1:]
    in_box = plain.target.box.to_source(joints)  # metres of the plain creature
    rest, scale = made.clips[0].rest, long_legged.unmapped.rest
    to_fields = np.ptp(scale, axis=0).max() / np.ptp(rest, axis=0).max()
    fields = (in_box - rest.mean(axis=0)) * to_fields + scale.mean(axis=0)
    expected = long_legged.unmapped.body_map(fields)
    found = mapped.source_skeleton().heads[1:]
    assert np.abs(found - expected).max() < 0.01 * np.ptp(long_legged.clips[0].rest, axis=0).max()


def test_the_mapped_skeleton_is_as_near_to_the_motion_as_one_fitted_anew(animator, long_legged):
    (_, (mapped,)) = fit_clips(rig_body(animator, long_legged), long_legged.clips)
    (_, (anew,)) = fit_clips(rig_body(animator, replace(long_legged, unmapped=None)), long_legged.clips)
    assert mapped.error.mean <= 1.15 * anew.error.mean


def test_skinned_frames_of_a_mapped_body_stand_where_the_clip_stands(animator, long_legged):
    mesh, (clip,) = fit_clips(rig_body(animator, long_legged), long_legged.clips)
    shown = mesh.target.to_source(skin(mesh.target.vertices, mesh.weights, mesh.skeleton, clip.motion))
    height = np.ptp(long_legged.clips[0].rest[:, 2])
    lowest = long_legged.clips[0].vertices[: len(shown), :, 2].min(axis=1)
    assert np.abs(shown[..., 2].min(axis=1) - lowest).max() < 0.03 * height
