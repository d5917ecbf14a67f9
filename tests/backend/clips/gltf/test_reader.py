"""Each supported feature of glTF on a minimal file."""

import json

import numpy as np
import pytest
from gltf_builder import TETRAHEDRON, Builder, moving, skinned_document
from scipy.spatial.transform import Rotation
from zoetrope.clips.animated_asset import TO_Z_UP
from zoetrope.clips.gltf import read_gltf


def sorted_rows(points):
    return points[np.lexsort(np.round(points, 4).T)]


def assert_same_points(points, expected):
    assert (
        np.abs(sorted_rows(np.asarray(points)) - sorted_rows(np.asarray(expected) @ TO_Z_UP.T)).max() < 1e-5
    )


def test_linear_translation(tmp_path):
    asset = read_gltf(moving().glb(tmp_path / "a.glb"))
    assert asset.clip_names == ["clip0"]
    assert asset.duration("clip0") == 1.0
    frames = asset.evaluate("clip0", np.array([-1.0, 0.25, 5.0]))
    for frame, share in zip(frames, (0.0, 0.25, 1.0), strict=True):
        assert_same_points(frame, TETRAHEDRON + share * np.array([2, 4, 6]))


@pytest.mark.parametrize("embedded", [True, False])
def test_embedded_and_external_buffers(tmp_path, embedded):
    asset = read_gltf(moving().gltf(tmp_path / "a.gltf", embedded))
    assert_same_points(asset.evaluate("clip0", np.array([1.0]))[0], TETRAHEDRON + [2, 4, 6])


def test_step_is_constant_and_cubicspline_is_hermite(tmp_path):
    builder = Builder()
    node = builder.node(mesh=builder.mesh())
    builder.animate(node, "translation", [0, 1], np.array([[1, 0, 0], [5, 0, 0]]), "STEP")
    spline = np.array([[[0, 0, 0], [0, 0, 0], [1, 0, 0]], [[0, 0, 0], [2, 0, 0], [0, 0, 0]]])
    builder.animate(node, "translation", [0, 2], spline.reshape(6, 3), "CUBICSPLINE")
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    assert_same_points(asset.evaluate("clip0", np.array([0.9]))[0], TETRAHEDRON + [1, 0, 0])
    # Hermite basis at 1/2: half the end value, an eighth of the first tangent times the step
    assert_same_points(
        asset.evaluate("clip1", np.array([1.0]))[0], TETRAHEDRON + [0.5 * 2 + 0.125 * 2 * 1, 0, 0]
    )


def test_rotation_takes_the_shorter_arc(tmp_path):
    builder = Builder()
    node = builder.node(mesh=builder.mesh())
    quarter = Rotation.from_euler("z", 90, degrees=True).as_quat()
    builder.animate(node, "rotation", [0, 1], np.array([[0, 0, 0, 1], -quarter]))
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    half = Rotation.from_euler("z", 45, degrees=True).as_matrix()
    assert_same_points(asset.evaluate("clip0", np.array([0.5]))[0], TETRAHEDRON @ half.T)


def test_normalised_rotations(tmp_path):
    builder = Builder()
    node = builder.node(mesh=builder.mesh())
    quarter = Rotation.from_euler("y", 90, degrees=True).as_quat()
    output = builder.accessor(
        np.round(32767 * np.array([[0, 0, 0, 1], quarter])).astype(np.int16), normalized=True
    )
    builder.animate(node, "rotation", [0, 1], output)
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    turned = TETRAHEDRON @ Rotation.from_euler("y", 90, degrees=True).as_matrix().T
    assert (
        np.abs(
            sorted_rows(asset.evaluate("clip0", np.array([1.0]))[0]) - sorted_rows(turned @ TO_Z_UP.T)
        ).max()
        < 1e-3
    )


def test_sparse_positions(tmp_path):
    builder = moving()
    indices, values = builder.view(np.array([3], np.uint16)), builder.view(np.array([[0, 0, 9]], np.float32))
    builder.json["accessors"][0]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": indices, "componentType": 5123},
        "values": {"bufferView": values},
    }
    expected = TETRAHEDRON.copy()
    expected[3] = [0, 0, 9]
    assert_same_points(read_gltf(builder.glb(tmp_path / "a.glb")).rest, expected)


def skinned(influences: int) -> Builder:
    """Two joints with equal weights at every vertex; the second rotates by 90 degrees about z."""
    builder = Builder()
    joints, weights = np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.float32)
    joints[:, 1] = 1
    weights[:, :2] = 0.5
    attributes = {"JOINTS_0": builder.accessor(joints), "WEIGHTS_0": builder.accessor(weights)}
    if influences == 8:
        weights = np.zeros((4, 4), np.float32)
        weights[:, 0] = 1.0
        extra = np.ones((4, 4), np.uint8)
        attributes |= {"JOINTS_1": builder.accessor(extra), "WEIGHTS_1": builder.accessor(weights)}
    mesh = builder.mesh(attributes=attributes)
    first, second = builder.node(), builder.node()
    binds = builder.accessor(np.tile(np.eye(4, dtype=np.float32).ravel(), (2, 1)))
    builder.json["skins"].append({"joints": [first, second], "inverseBindMatrices": binds})
    builder.node(mesh=mesh, skin=0, translation=[7, 7, 7])  # a skinned mesh ignores its own node
    quarter = Rotation.from_euler("z", 90, degrees=True).as_quat()
    builder.animate(second, "rotation", [0, 1], np.array([[0, 0, 0, 1], quarter]))
    return builder


@pytest.mark.parametrize(("influences", "share"), [(4, 0.5), (8, 0.75)])
def test_skin_with_any_number_of_influences(tmp_path, influences, share):
    asset = read_gltf(skinned(influences).glb(tmp_path / "a.glb"))
    turned = TETRAHEDRON @ Rotation.from_euler("z", 90, degrees=True).as_matrix().T
    assert_same_points(
        asset.evaluate("clip0", np.array([1.0]))[0], (1 - share) * TETRAHEDRON + share * turned
    )
    assert_same_points(asset.rest, TETRAHEDRON)


def test_morph_targets(tmp_path):
    builder = Builder()
    up = np.tile(np.array([0, 1, 0], np.float32), (4, 1))
    side = np.tile(np.array([1, 0, 0], np.float32), (4, 1))
    targets = [{"POSITION": builder.accessor(up)}, {"POSITION": builder.accessor(side)}]
    node = builder.node(mesh=builder.mesh(targets=targets), weights=[0.0, 0.25])
    builder.animate(node, "weights", [0, 1], np.array([0.0, 0.25, 1.0, 2.0], np.float32))
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    assert_same_points(asset.rest, TETRAHEDRON + [0.25, 0, 0])
    assert_same_points(asset.evaluate("clip0", np.array([1.0]))[0], TETRAHEDRON + [2, 1, 0])


def test_meshes_follow_their_own_nodes(tmp_path):
    builder = moving()
    parent = builder.node(children=[2], scale=[2, 2, 2])
    assert parent == 1
    builder.node(mesh=builder.mesh(), translation=[10, 0, 0])
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    moved = asset.evaluate("clip0", np.array([1.0]))[0]
    assert_same_points(moved, np.concatenate([TETRAHEDRON + [2, 4, 6], 2 * (TETRAHEDRON + [10, 0, 0])]))


def test_coincident_vertices_are_welded(tmp_path):
    builder = Builder()
    double = np.concatenate([TETRAHEDRON, TETRAHEDRON[:2]])
    node = builder.node(mesh=builder.mesh(double))
    builder.animate(node, "translation", [0, 1], np.zeros((2, 3)))
    assert len(read_gltf(builder.glb(tmp_path / "a.glb")).base) == 4


def test_colours_are_srgb(tmp_path):
    builder = moving()
    builder.json["materials"] = [{"pbrMetallicRoughness": {"baseColorFactor": [0.5, 1.0, 0.0, 1.0]}}]
    builder.json["meshes"][0]["primitives"][0]["material"] = 0
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    assert np.allclose(asset.face_colours, [0.7354, 1.0, 0.0], atol=1e-3)
    assert np.allclose(asset.colours, [0.7354, 1.0, 0.0], atol=1e-3)


def test_matrix_nodes(tmp_path):
    builder = moving()
    matrix = np.eye(4)
    matrix[:3, :3] = Rotation.from_euler("x", 90, degrees=True).as_matrix() * 3
    matrix[:3, 3] = [1, 2, 3]
    builder.node(mesh=0, matrix=matrix.T.ravel().tolist())
    rest = read_gltf(builder.glb(tmp_path / "a.glb")).evaluate("clip0", np.array([0.0]))[0]
    other = TETRAHEDRON @ matrix[:3, :3].T + matrix[:3, 3]
    assert_same_points(rest, np.concatenate([TETRAHEDRON, other]))


def test_nodes_outside_the_default_scene_are_not_read(tmp_path):
    builder = moving()
    builder.node(mesh=builder.mesh(positions=TETRAHEDRON + 5))
    builder.json["scenes"] = [{"nodes": [1]}, {"nodes": [0]}]
    builder.json["scene"] = 1
    assert read_gltf(builder.glb(tmp_path / "a.glb")).rest.max() < 2
    builder.json["scene"] = 0
    assert read_gltf(builder.glb(tmp_path / "b.glb")).rest.max() == pytest.approx(6)


def test_animations_of_one_name_are_all_kept(tmp_path):
    builder = moving()
    for _ in range(2):
        builder.animate(0, "translation", [0, 1], np.zeros((2, 3)))
    for animation in builder.json["animations"]:
        animation["name"] = "Walk"
    assert read_gltf(builder.glb(tmp_path / "a.glb")).clip_names == ["Walk", "Walk.001", "Walk.002"]


@pytest.mark.parametrize(
    ("mode", "index"), [(5, [0, 1, 2, 3, 0, 1]), (6, [0, 1, 2, 3, 1]), (4, [0, 1, 2, 2, 1, 3])]
)
def test_strips_and_fans_become_triangles(tmp_path, mode, index):
    builder = moving()
    primitive = builder.json["meshes"][0]["primitives"][0]
    primitive["mode"], primitive["indices"] = mode, builder.accessor(np.array(index, np.uint16))
    faces = read_gltf(builder.glb(tmp_path / "a.glb")).faces
    expected = {4: [(0, 1, 2), (2, 1, 3)], 5: [(0, 1, 2), (1, 3, 2), (2, 3, 0), (3, 1, 0)]}
    expected[6] = [(1, 2, 0), (2, 3, 0), (3, 1, 0)]
    # welding sorts the vertices: compare by position
    places = read_gltf(builder.glb(tmp_path / "b.glb")).base
    order = [int(np.flatnonzero((places == corner).all(axis=1))[0]) for corner in TETRAHEDRON]
    found = {tuple(np.roll(face, -list(face).index(min(face)))) for face in faces}
    wanted = [np.array([order[i] for i in face]) for face in expected[mode]]
    assert found == {tuple(np.roll(face, -list(face).index(min(face)))) for face in wanted}


def test_points_are_left_out_with_a_note(tmp_path):
    builder = moving()
    primitives = builder.json["meshes"][0]["primitives"]
    primitives.append({**primitives[0], "mode": 0})
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    assert len(asset.faces) == 4
    assert asset.notes == ("points and lines are left out",)


def test_vertices_without_weights_follow_the_first_joint(tmp_path):
    asset = read_gltf(skinned_document(np.zeros((4, 4), np.float32)).glb(tmp_path / "a.glb"))
    frames = asset.evaluate("clip0", np.array([0.0, 1.0]))
    assert np.abs(frames[1] - frames[0]).max() == 0, "the second joint moves, the first does not"
    assert "without joint weights" in asset.notes[0]


def test_zero_quaternion_is_the_one_before_it(tmp_path):
    builder = moving()
    half = np.sqrt(0.5)
    builder.animate(0, "rotation", [0, 1, 2], np.array([[0, half, 0, half], [0, 0, 0, 0], [0, 0, 0, 1]]))
    asset = read_gltf(builder.glb(tmp_path / "a.glb"))
    first, second = asset.evaluate("clip1", np.array([0.0, 1.0]))
    assert np.allclose(first, second, atol=1e-6)
    assert "rotation of zero length" in asset.notes[0]


def test_base64_with_line_breaks_is_read(tmp_path):
    path = moving().gltf(tmp_path / "a.gltf", embedded=True)
    document = json.loads(path.read_text())
    head, _, data = document["buffers"][0]["uri"].partition(",")
    lines = [data[i : i + 60] for i in range(0, len(data), 60)]
    document["buffers"][0]["uri"] = head + "," + "\r\n".join(lines)
    path.write_text(json.dumps(document))
    assert len(read_gltf(path).faces) == 4
