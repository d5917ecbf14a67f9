"""One part that cannot be read is left out with a note; the rest of the file is read."""

import struct

import numpy as np
import pytest
from gltf_builder import TETRAHEDRON, Builder, moving, skinned_document
from zoetrope.clips.gltf import read_gltf
from zoetrope.errors import ZoetropeError


def read(builder, folder, **options):
    return read_gltf(builder.glb(folder / "a.glb"), **options)


def test_animation_whose_times_go_back_is_left_out(tmp_path):
    builder = moving()
    builder.animate(0, "translation", [0, 2, 1], np.zeros((3, 3)))
    asset = read(builder, tmp_path)
    assert asset.clip_names == ["clip0"]
    assert asset.notes == ("animation 'clip1' is damaged and left out",)


def test_file_whose_only_animation_is_damaged_is_refused_with_the_reason(tmp_path):
    builder = Builder()
    builder.animate(builder.node(mesh=builder.mesh()), "translation", [1, 0], np.zeros((2, 3)))
    with pytest.raises(ZoetropeError, match="damaged sampler"):
        read(builder, tmp_path)
    assert not read(builder, tmp_path, require_animation=False).clip_names


def test_channel_of_a_node_that_does_not_exist_is_left_out(tmp_path):
    builder = moving()
    channels = builder.json["animations"][0]["channels"]
    channels.append({"sampler": 0, "target": {"node": 99, "path": "translation"}})
    asset = read(builder, tmp_path)
    assert np.allclose(asset.evaluate("clip0", np.array([1.0]))[0] - asset.rest, [2, -6, 4])
    assert asset.notes == ("animation 'clip0' moves a node that does not exist, which is left out",)


def test_pointer_to_a_nodes_transform_is_read_and_others_are_noted(tmp_path):
    builder = moving()
    channels = builder.json["animations"][0]["channels"]

    def target(pointer):
        return {"path": "pointer", "extensions": {"KHR_animation_pointer": {"pointer": pointer}}}

    channels[0]["target"] = target("/nodes/0/translation")
    channels.append({"sampler": 0, "target": target("/materials/0/emissiveFactor")})
    asset = read(builder, tmp_path)
    assert np.allclose(np.ptp(asset.evaluate("clip0", np.array([0.0, 1.0]))[:, 0], axis=0), [2, 6, 4])
    assert asset.notes == ("animation 'clip0' moves /materials/0/emissiveFactor, which is left out",)


def with_singular_joint(weight):
    """Two joints, the second with an inverse bind matrix of zeros and this weight."""
    builder = skinned_document(np.tile(np.array([1 - weight, weight, 0, 0], np.float32), (4, 1)))
    binds = np.stack([np.eye(4, dtype=np.float32), np.zeros((4, 4), np.float32)])
    builder.json["skins"][0]["inverseBindMatrices"] = builder.accessor(binds.reshape(2, 16))
    return builder


def test_joint_without_vertices_may_have_a_singular_matrix(tmp_path):
    asset = read(with_singular_joint(0.0), tmp_path)
    assert asset.joints.tolist() == [0]
    assert np.allclose(np.sort(asset.base, axis=0), np.sort(TETRAHEDRON, axis=0))
    assert "singular" in asset.notes[0]
    with pytest.raises(ZoetropeError, match="singular"):
        read(with_singular_joint(0.5), tmp_path)


def test_joint_with_scale_0_in_the_node_tree_has_its_size_from_the_bind_pose(tmp_path):
    builder = skinned_document(np.tile(np.array([1, 0, 0, 0], np.float32), (4, 1)))
    plain = read(builder, tmp_path).rest
    builder.json["nodes"][0]["scale"] = [0, 0, 0]
    builder.animate(0, "scale", [0, 1], np.array([[0, 0, 0], [1, 1, 1]]))
    asset = read(builder, tmp_path)
    assert np.allclose(asset.rest, plain)
    assert np.allclose(asset.evaluate("clip1", np.array([1.0]))[0], plain)
    assert "scale 0" in asset.notes[0]


def test_part_that_a_clip_enlarges_from_scale_0_is_kept(tmp_path):
    builder = moving()
    part = builder.node(mesh=builder.mesh(), translation=[5, 0, 0], scale=[0, 0, 0])
    builder.animate(part, "scale", [0, 1], np.array([[0, 0, 0], [1, 1, 1]]))
    asset = read(builder, tmp_path)
    assert len(asset.rest) == 8
    grown = asset.evaluate("clip1", np.array([0.0, 1.0]))[..., 0].max(axis=1)
    assert np.allclose(grown, [5, 6])


def test_part_that_always_has_scale_0_is_left_out(tmp_path):
    builder = moving()
    builder.node(mesh=builder.mesh(), scale=[0, 0, 0])
    asset = read(builder, tmp_path)
    assert len(asset.rest) == 4
    assert asset.notes == ("a mesh has no extent and is left out",)


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_node_matrix_without_extent_does_not_refuse_the_file(tmp_path, columns):
    builder = moving()
    matrix = np.eye(4)
    matrix[:columns, :columns] = 0
    builder.node(mesh=builder.mesh(), matrix=matrix.T.ravel().tolist())
    asset = read(builder, tmp_path)
    assert len(asset.rest) == 4
    assert "node 1 has a matrix without extent" in asset.notes


def test_shear_of_a_node_matrix_is_noted(tmp_path):
    builder = moving()
    matrix = np.eye(4)
    matrix[0, 1] = 0.5
    builder.node(mesh=builder.mesh(), matrix=matrix.T.ravel().tolist())
    assert read(builder, tmp_path).notes == ("node 1 has a matrix with shear, which is left out",)


def test_json_padded_with_nul_is_read(tmp_path):
    path = moving().glb(tmp_path / "a.glb")
    raw = bytearray(path.read_bytes())
    size = struct.unpack_from("<I", raw, 12)[0]
    text = bytes(raw[20 : 20 + size]).rstrip(b" ") + b"\0" * 8
    text += b"\0" * (-len(text) % 4)
    rest = bytes(raw[20 + size :])
    head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest))
    path.write_bytes(head + struct.pack("<I4s", len(text), b"JSON") + text + rest)
    assert read_gltf(path).clip_names == ["clip0"]


def test_empty_first_scene_is_no_default_scene(tmp_path):
    builder = moving()
    builder.json["scenes"] = [{"nodes": []}, {"nodes": [0]}]
    asset = read(builder, tmp_path)
    assert len(asset.rest) == 4
    assert "no default scene" in asset.notes[0]
    builder.json["scene"] = 0
    with pytest.raises(ZoetropeError, match="no mesh"):
        read(builder, tmp_path)


def test_hidden_nodes_and_those_below_them_are_left_out(tmp_path):
    builder = moving()
    below = builder.node(mesh=builder.mesh(), translation=[9, 0, 0])
    hidden = {"KHR_node_visibility": {"visible": False}}
    builder.node(children=[below], extensions=hidden)
    asset = read(builder, tmp_path)
    assert len(asset.rest) == 4
    assert asset.notes == ("hidden meshes are left out",)
    builder.json["nodes"][2]["extensions"]["KHR_node_visibility"]["visible"] = True
    assert len(read(builder, tmp_path).rest) == 8


def instanced(builder, **attributes):
    given = {name: builder.accessor(np.asarray(rows, np.float32)) for name, rows in attributes.items()}
    return {"EXT_mesh_gpu_instancing": {"attributes": given}}


def test_copies_of_a_mesh_are_read_and_follow_its_node(tmp_path):
    builder = moving()
    builder.json["nodes"][0]["extensions"] = instanced(
        builder, TRANSLATION=[[0, 0, 0], [10, 0, 0]], SCALE=[[1, 1, 1], [-2, 2, 2]]
    )
    asset = read(builder, tmp_path)
    assert len(asset.rest) == 8
    assert (asset.rest[:, 0].min(), asset.rest[:, 0].max()) == (0, 10)
    moved = asset.evaluate("clip0", np.array([1.0]))[0]
    assert np.allclose(moved - asset.rest, [2, -6, 4])
    corners = asset.rest[asset.faces].astype(float)
    volumes = np.einsum("fi,fi->f", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volumes == pytest.approx((1 + 8) / 6), "the mirrored copy is not inside out"
    assert not asset.notes


def test_copies_whose_attributes_do_not_fit_are_refused(tmp_path):
    builder = moving()
    builder.json["nodes"][0]["extensions"] = instanced(
        builder, TRANSLATION=[[0, 0, 0], [10, 0, 0]], SCALE=[[1, 1, 1]]
    )
    with pytest.raises(ZoetropeError, match="copies"):
        read(builder, tmp_path)
