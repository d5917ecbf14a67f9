"""Joining the artist's objects."""

import numpy as np
import pytest

from blender_addon.core.errors import GenerationError
from blender_addon.core.own_mesh import mesh_input
from blender_addon.core.own_mesh.mesh_input import Part, Rig, join, placed, triangles

TETRAHEDRON = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]])


def part(name="A", vertices=TETRAHEDRON, faces=FACES, matrix=None):
    matrix = np.eye(4) if matrix is None else matrix
    return Part(name, placed(vertices, matrix), triangles(faces, matrix), matrix)


def volume(vertices, faces):
    corners = vertices.astype(float)[faces]
    return np.einsum("fc,fc->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])) / 6


def test_parts_are_numbered_and_stand_on_the_ground_around_the_origin():
    moved = np.eye(4)
    moved[:3, 3] = (10.0, 4.0, 2.0)
    mesh = join([part("A"), part("B", matrix=moved)], 0.5)
    assert mesh.objects.tolist() == [0] * 4 + [1] * 4
    assert mesh.faces[4:].min() == 4
    assert np.allclose(mesh.origin, [11.0 / 4, 5.0 / 4, 0.0])
    assert np.allclose(mesh.vertices[4] + mesh.origin, [5.0, 2.0, 1.0])
    assert mesh.vertices[:, 2].min() == 0.0


@pytest.mark.parametrize("scale", [(1, 1, 1), (-1, 1, 1), (-1, -1, 1), (-2, -1, -0.5)])
def test_faces_look_outward_whatever_is_mirrored(scale):
    mesh = join([part(matrix=np.diag([*scale, 1.0]))], 1.0)
    assert volume(mesh.vertices, mesh.faces) > 0


def test_far_from_the_worlds_origin_no_digits_are_lost():
    far = np.eye(4)
    far[:3, 3] = 1e5
    mesh = join([part(matrix=far)], 1.0)
    assert np.allclose(np.diff(mesh.vertices, axis=0), np.diff(TETRAHEDRON, axis=0), atol=1e-7)


BAD = TETRAHEDRON.copy()
BAD[1, 2] = np.nan
FLAT = np.eye(4)
FLAT[:3, 0] = FLAT[:3, 1]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (part(faces=np.empty((0, 3), int)), "A has no faces."),
        (part(vertices=np.empty((0, 3)), faces=np.empty((0, 3), int)), "A has no faces."),
        (part(vertices=BAD), "A has vertices whose position is not a number, or far too large."),
        (part(vertices=TETRAHEDRON * 1e20), "A has vertices whose position is not a number"),
        (part(matrix=np.diag([1.0, 0.0, 1.0, 1.0])), "A has a scale of zero."),
        (part(matrix=FLAT), "A has a scale of zero."),
    ],
)
def test_what_cannot_be_animated_is_one_sentence_with_a_remedy(bad, message):
    with pytest.raises(GenerationError) as caught:
        join([bad], 1.0)
    assert caught.value.kind == "bad_mesh"
    assert caught.value.message.startswith(message)
    assert caught.value.remedy.endswith(".")


def test_too_many_vertices(monkeypatch):
    monkeypatch.setattr(mesh_input, "MAX_VERTICES", 7)
    with pytest.raises(GenerationError, match="The selection has 8 vertices; 7 are the most"):
        join([part("A"), part("B")], 1.0)


def test_the_file_has_the_protocols_arrays(tmp_path):
    mesh = join([part()], 1.0)
    mesh.write(tmp_path / "mesh.npz")
    with np.load(tmp_path / "mesh.npz", allow_pickle=False) as data:
        kinds = {name: (data[name].dtype, data[name].shape) for name in data.files}
    assert kinds == {
        "vertices": (np.float32, (4, 3)),
        "faces": (np.int32, (4, 3)),
        "objects": (np.int32, (4,)),
    }
    one = np.zeros(1, np.int32)
    rig = Rig(["a"], *[np.zeros((1, 3), np.float32)] * 3, one - 1, one, one, np.ones(1, np.float32))
    mesh.write(tmp_path / "mesh.npz", rig)
    with np.load(tmp_path / "mesh.npz", allow_pickle=False) as data:
        assert {name for name in data.files if name.startswith("bone")} == {
            "bone_heads",
            "bone_tails",
            "bone_z_axes",
            "bone_parents",
            "bone_weights_vertex",
            "bone_weights_bone",
            "bone_weights_value",
        }
