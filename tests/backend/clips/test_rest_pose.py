"""The rest pose of a rig does not depend on how an exporter wrote it."""

import numpy as np
import pytest
from gltf_builder import Builder, moving
from procedural_rig import Writing, write
from scipy.spatial import KDTree
from scipy.spatial.transform import Rotation
from zoetrope.clips.gltf import read_gltf
from zoetrope.geometry.mesh_properties import component_volumes

TOLERANCE = 1e-3
"""Of the diagonal."""


def apart(first, second):
    """Largest distance between the vertices of two poses, both ways, as a share of the diagonal."""
    there, back = KDTree(first).query(second)[0].max(), KDTree(second).query(first)[0].max()
    return max(there, back) / np.linalg.norm(np.ptp(first, axis=0))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    return read_gltf(write(tmp_path_factory.mktemp("rig") / "plain.glb", Writing()))


@pytest.mark.parametrize("posed", [False, True])
@pytest.mark.parametrize("quantised", [0.0, 2.3, 0.02])
@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("parts", [1, 3])
@pytest.mark.parametrize("rerooted", [False, True])
def test_rest_and_clip_are_those_of_the_plain_rig(
    plain, tmp_path, posed, quantised, shuffled, parts, rerooted
):
    way = Writing(posed, quantised, shuffled, parts, rerooted)
    asset = read_gltf(write(tmp_path / "rig.glb", way))
    assert apart(plain.rest, asset.rest) < TOLERANCE
    times = np.linspace(0, 1, 7)
    for one, other in zip(plain.evaluate("bend", times), asset.evaluate("bend", times), strict=True):
        assert apart(one, other) < TOLERANCE
    assert len(asset.faces) == len(plain.faces)


def test_rigid_part_on_a_joint_stays_with_it(tmp_path):
    builder = Builder()
    part = builder.node(mesh=builder.mesh(), translation=[0, 3, 0])
    path = write_with(
        builder, tmp_path, lambda joints: builder.json["nodes"][joints[1]].update(children=[part])
    )
    asset = read_gltf(path)
    top = asset.rest[:, 2].max()
    assert top == pytest.approx(5.0, abs=1e-5), "1 of the joint, 3 of the node, 1 of the tetrahedron"


def write_with(builder, folder, change):
    """A tetrahedron skinned to a chain of two joints, the second of them turned by the file's pose."""
    joints = np.zeros((4, 4), np.uint8)
    joints[:, 0] = [0, 0, 1, 1]
    attributes = {
        "JOINTS_0": builder.accessor(joints),
        "WEIGHTS_0": builder.accessor(np.tile(np.array([1, 0, 0, 0], np.float32), (4, 1))),
    }
    mesh = builder.mesh(attributes=attributes)
    turned = Rotation.from_euler("z", 40, degrees=True).as_quat().tolist()
    second = builder.node(translation=[0, 1, 0], rotation=turned)
    first = builder.node(children=[second])
    binds = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    binds[1, 1, 3] = -1
    inverse = builder.accessor(binds.transpose(0, 2, 1).reshape(2, 16).copy())
    builder.json["skins"].append({"joints": [first, second], "inverseBindMatrices": inverse})
    builder.node(mesh=mesh, skin=0)
    change([first, second])
    builder.animate(second, "translation", [0, 1], np.array([[0, 1, 0], [0, 1.5, 0]]))
    return builder.glb(folder / "a.glb")


def test_two_skins_on_one_skeleton_keep_their_places(tmp_path):
    builder = Builder()

    def add_second(joints):
        # the same joints, bound in a space that is shifted by 2: as if the mesh's own node were there
        binds = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
        binds[0, 0, 3], binds[1, :2, 3] = 2, [2, -1]
        inverse = builder.accessor(binds.transpose(0, 2, 1).reshape(2, 16).copy())
        builder.json["skins"].append({"joints": joints, "inverseBindMatrices": inverse})
        attributes = builder.json["meshes"][0]["primitives"][0]["attributes"]
        more = {k: v for k, v in attributes.items() if k != "POSITION"}
        builder.node(mesh=builder.mesh(attributes=more), skin=1)

    asset = read_gltf(write_with(builder, tmp_path, add_second))
    low, high = asset.rest.min(0), asset.rest.max(0)
    assert low[0] == pytest.approx(0, abs=1e-5)
    assert high[0] == pytest.approx(3, abs=1e-5)


def test_instances_are_read_at_all_their_places(tmp_path):
    builder = moving()
    builder.node(mesh=0, translation=[10, 0, 0])
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    assert len(asset.faces) == 8
    assert asset.rest[:, 0].max() == pytest.approx(11)


@pytest.mark.parametrize("scale", [[-1, 1, 1], [-2, -1, -1], [1, 1, 1]])
def test_faces_of_a_mirrored_node_point_outward(tmp_path, scale):
    asset = read_gltf(moving(scale=scale).glb(tmp_path / "a.glb"))
    _, volumes = component_volumes(asset.rest, asset.faces)
    assert volumes.sum() > 0


def chain_in_pose(folder, *, root=(1, 1, 1), second=(1, 1, 1), turn=0.0):
    """A tetrahedron on a chain of two joints, the node tree left in a pose of these local scales."""
    builder = Builder()
    joints = np.zeros((4, 4), np.uint8)
    joints[:, 0] = [0, 1, 1, 1]
    attributes = {
        "JOINTS_0": builder.accessor(joints),
        "WEIGHTS_0": builder.accessor(np.tile(np.array([1, 0, 0, 0], np.float32), (4, 1))),
    }
    mesh = builder.mesh(attributes=attributes)
    bent = Rotation.from_euler("z", 20, degrees=True).as_quat().tolist()
    turned = Rotation.from_euler("x", turn, degrees=True).as_quat().tolist()
    tip = builder.node(translation=[0, 1, 0], rotation=bent, scale=list(second))
    base = builder.node(children=[tip], scale=list(root), rotation=turned)
    binds = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    binds[1, 1, 3] = -1
    inverse = builder.accessor(binds.transpose(0, 2, 1).reshape(2, 16).copy())
    builder.json["skins"].append({"joints": [base, tip], "inverseBindMatrices": inverse})
    builder.node(mesh=mesh, skin=0)
    builder.animate(tip, "translation", [0, 1], np.array([[0, 1, 0], [0, 1.5, 0]]))
    return read_gltf(builder.glb(folder / "a.glb"))


def test_scale_is_not_taken_from_joints_that_are_squashed(tmp_path):
    plain, squashed = chain_in_pose(tmp_path), chain_in_pose(tmp_path, second=(0.9, 0.7, 0.9))
    assert not plain.notes
    assert np.ptp(plain.rest, axis=0) == pytest.approx([1, 1, 1], abs=1e-5)
    assert np.ptp(squashed.rest, axis=0) == pytest.approx([1, 1, 1], abs=1e-5)
    assert "stretched pose" in squashed.notes[0]


def test_direction_that_is_taken_from_the_pose_is_noted(tmp_path):
    assert any("turned pose" in note for note in chain_in_pose(tmp_path, turn=90).notes)
