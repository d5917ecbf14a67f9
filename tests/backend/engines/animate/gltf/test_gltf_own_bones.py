"""Keys on the bones that a glTF file has."""

from dataclasses import replace

import chains
import numpy as np
import pytest
from chain_file import FPS, PLACES, animation_of, artists_file, document, moves_as, rewritten, written
from scipy.spatial.transform import Rotation
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines.animate.gltf.output import animated_glb
from zoetrope.engines.animate.gltf.source import read_source
from zoetrope.engines.animate.request import AnimatedMesh
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.nearest_points import nearest


def test_the_files_own_bones_are_keyed_in_place(tmp_path):
    """Written with a skeleton and read again, that skeleton is the file's own: keys land on it."""
    source, frames, path = written(tmp_path, artists_file(PLACES["moved"]))
    rigged = read_source(path)
    rig = rigged.rig()
    order = [chains.NAMES.index(name) for name in rig.names]
    assert sorted(order) == list(range(6))
    assert np.abs(rig.heads - chains.skeleton().heads[order]).max() < 1e-5
    result, _ = animation_of(source)
    action = result.actions[0]
    there = replace(action, rotations=action.rotations[:, order], translations=action.translations[:, order])
    own = AnimatedMesh(result.skeleton, result.z_axes, None, (there,), result.donor, 0.0, 1.0, 7)
    path.with_name("own.glb").write_bytes(animated_glb(rigged, own, FPS))
    asset = read_gltf(path.with_name("own.glb"))
    assert asset.clip_names == ["walk.001", "walk"], "what is added is what plays"
    at = nearest(asset.rest, source.vertices)[1]
    shown = asset.evaluate("walk.001", np.arange(12) / FPS)
    assert np.abs(shown[:, at] - frames).max() < 2e-5
    after, before = document(path.with_name("own.glb"))[0], document(path)[0]
    assert after["nodes"] == before["nodes"]
    assert after["skins"] == before["skins"]


def test_bones_are_the_files_rig_where_they_cover_its_mesh(tmp_path):
    builder = artists_file({})
    assert not read_source(builder.glb(tmp_path / "bare.glb")).has_rig()
    _, _, path = written(tmp_path, builder)
    rigged = read_source(path)
    assert rigged.has_rig()
    columns = np.where(np.arange(len(rigged.vertices)) < 0.2 * len(rigged.vertices), 0.0, 1.0)
    part = replace(rigged.asset, weights=rigged.asset.weights * columns[:, None])
    assert not replace(rigged, asset=part).has_rig()


def test_a_file_without_bones_has_no_rig_of_its_own(tmp_path):
    source = read_source(artists_file({}).glb(tmp_path / "in.glb"))
    with pytest.raises(ZoetropeError, match="no skin") as caught:
        source.rig()
    assert caught.value.code == "bad_mesh"


def own_bones(source, path, change, binary=None):
    """The written file with a changed document, and a result for its own bones.

    `change` takes the document and the index of each bone's node by its name.
    """
    parts, unchanged = document(path)
    del parts["animations"]
    change(parts, {node.get("name"): i for i, node in enumerate(parts["nodes"])})
    rigged = read_source(rewritten(path, parts, unchanged if binary is None else bytes(binary)))
    order = [chains.NAMES.index(name) for name in rigged.rig().names]
    result, _ = animation_of(source)
    action = result.actions[0]
    there = replace(action, rotations=action.rotations[:, order], translations=action.translations[:, order])
    return rigged, AnimatedMesh(result.skeleton, result.z_axes, None, (there,), result.donor, 0.0, 1.0, 7)


@pytest.mark.parametrize("rotation", [[0.0, 0.0, 0.0, 1.0], [0.2, 0.4, 0.1, 0.888]])
@pytest.mark.parametrize(
    ("scale", "what"),
    [
        ([1.0, 0.0, 1.0], "of scale 0"),
        ([1e-10, 1e-10, 1e-10], "of scale 0"),
        ([1.0, 1.0, 0.5], "whose scale differs along its axes"),
    ],
)
def test_bones_below_a_node_without_an_even_scale_are_refused(tmp_path, rotation, scale, what):
    source, _, path = written(tmp_path, artists_file({}))

    def hang(parts, bones):
        parts["nodes"].append({"children": [bones[chains.NAMES[0]]], "rotation": rotation, "scale": scale})
        roots = parts["scenes"][0]["nodes"]
        roots[roots.index(bones[chains.NAMES[0]])] = len(parts["nodes"]) - 1

    with pytest.raises(ZoetropeError, match=what) as caught:
        own_bones(source, path, hang)
    assert caught.value.code == "bad_mesh"
    assert "--rig donor" in caught.value.remedy
    assert not read_source(path).has_rig(), "a new skeleton is taken"


def test_a_hidden_bone_that_has_an_extent_at_rest_gets_it(tmp_path):
    """The file's pose hides what follows a bone; the added animation shows it, as a new skeleton does."""
    source, frames, path = written(tmp_path, artists_file({}))

    def hide(parts, bones):
        parts["nodes"][bones[chains.NAMES[5]]]["scale"] = [0.0, 0.0, 0.0]

    rigged, result = own_bones(source, path, hide)
    path.write_bytes(animated_glb(rigged, result, FPS))
    assert moves_as(path, source, frames)


@pytest.mark.parametrize("kind", ["mirrored", "matrix"])
def test_own_bones_of_any_transform_are_keyed(tmp_path, kind):
    """A bone of negative scale, bound so; bones that are placed by a matrix, which keys cannot move."""
    source, frames, path = written(tmp_path, artists_file({}))

    def change(parts, bones):
        for name in chains.NAMES:
            node = parts["nodes"][bones[name]]
            if kind == "matrix":
                turn = Rotation.from_quat(node.pop("rotation", [0, 0, 0, 1])).as_matrix()
                matrix = np.eye(4)
                matrix[:3, :3], matrix[:3, 3] = turn, node.pop("translation", [0, 0, 0])
                node["matrix"] = matrix.T.ravel().tolist()
        if kind == "mirrored":
            parts["nodes"][bones[chains.NAMES[5]]]["scale"] = [-1.0, 1.0, 1.0]
            mirror(parts, binary, parts["skins"][0]["joints"].index(bones[chains.NAMES[5]]))

    binary = bytearray(document(path)[1])

    def mirror(parts, binary, column):
        accessor = parts["accessors"][parts["skins"][0]["inverseBindMatrices"]]
        begin = parts["bufferViews"][accessor["bufferView"]]["byteOffset"] + 64 * column
        bind = np.frombuffer(bytes(binary[begin : begin + 64]), np.float32).reshape(4, 4).T
        binary[begin : begin + 64] = (np.diag([-1, 1, 1, 1]) @ bind).T.astype(np.float32).tobytes()

    rigged, result = own_bones(source, path, change, binary)
    path.write_bytes(animated_glb(rigged, result, FPS))
    assert moves_as(path, source, frames)
    parts, _ = document(path)
    keyed = {c["target"]["node"] for a in parts["animations"] for c in a["channels"]}
    assert not any("matrix" in parts["nodes"][node] for node in keyed)
