"""Invalid files raise one error with code "bad_file", whatever the bytes."""

import json
import struct
import tracemalloc

import numpy as np
import pytest
from gltf_builder import Builder, moving, skinned_document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from zoetrope.clips.anime import read_anime
from zoetrope.clips.gltf import read_gltf
from zoetrope.clips.obj_sequence import read_obj_sequence
from zoetrope.errors import ZoetropeError


def assert_rejected(path, match, read=read_gltf):
    with pytest.raises(ZoetropeError, match=match) as caught:
        read(path)
    assert caught.value.code == "bad_file"
    assert caught.value.remedy


def test_missing_file(tmp_path):
    assert_rejected(tmp_path / "none.glb", "No such file")


@pytest.mark.parametrize("keep", [0, 3, 11, 19, 60, -1])
def test_truncated_file_is_refused(tmp_path, keep):
    path = moving().glb(tmp_path / "a.glb")
    path.write_bytes(path.read_bytes()[:keep])
    assert_rejected(path, "truncated|damaged|longer|no JSON")


def test_wrong_counts_and_lengths_are_refused(tmp_path):
    builder = moving()
    builder.json["accessors"][0]["count"] = 4_000_000_000
    assert_rejected(builder.glb(tmp_path / "a.glb"), "million numbers")
    builder = moving()
    builder.json["accessors"][0]["count"] = 400
    assert_rejected(builder.glb(tmp_path / "b.glb"), "shorter")
    builder = moving()
    builder.json["bufferViews"][0]["byteLength"] = 10**9
    assert_rejected(builder.glb(tmp_path / "c.glb"), "shorter")


def test_file_without_a_mesh_is_refused(tmp_path):
    builder = Builder()
    builder.animate(builder.node(), "translation", [0, 1], np.zeros((2, 3)))
    assert_rejected(builder.glb(tmp_path / "a.glb"), "no mesh")


def test_file_without_an_animation_is_refused(tmp_path):
    builder = Builder()
    builder.node(mesh=builder.mesh())
    assert_rejected(builder.glb(tmp_path / "a.glb"), "no animation")


def test_skin_weights_that_are_not_numbers_are_refused(tmp_path):
    assert_rejected(
        skinned_document(np.full((4, 4), np.nan, np.float32)).glb(tmp_path / "a.glb"), "not finite"
    )


@pytest.mark.parametrize(
    "extension", ["KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression"]
)
def test_compression_is_named(tmp_path, extension):
    builder = moving()
    builder.json["extensionsRequired"] = [extension]
    assert_rejected(builder.glb(tmp_path / "a.glb"), f"compressed .{extension}")
    builder = moving()
    builder.json["bufferViews"][0]["extensions"] = {extension: {}}
    assert_rejected(builder.glb(tmp_path / "b.glb"), f"compressed .{extension}")


WRONG_VALUES = {
    "extensionsRequired is a number": (("extensionsRequired",), 5),
    "buffer is a list": (("bufferViews", 0, "buffer"), []),
    "byteOffset is huge": (("bufferViews", 0, "byteOffset"), 10**20),
    "type is a list": (("accessors", 0, "type"), []),
    "component type is a list": (("accessors", 0, "componentType"), []),
    "skin is a list": (("nodes", 0, "skin"), []),
    "matrix overflows": (("nodes", 0, "matrix"), [1e308] * 16),
    "translation overflows": (("nodes", 0, "translation"), [1e300, 0, 0]),
    "children are huge": (("nodes", 0, "children"), [10**20]),
    "material is a string": (("meshes", 0, "primitives", 0, "material"), "red"),
    "targets are a number": (("meshes", 0, "primitives", 0, "targets"), 3),
    "attributes are a list": (("meshes", 0, "primitives", 0, "attributes"), []),
    "scene is a list": (("scene",), [0]),
    "name is a list, children are a string": (("nodes", 0, "children"), "01"),
}


@pytest.mark.parametrize("case", WRONG_VALUES)
def test_wrong_value_is_one_clear_error(tmp_path, case):
    (*way, last), value = WRONG_VALUES[case]
    builder = moving()
    builder.json["scenes"] = [{"nodes": [0]}]
    item = builder.json
    for step in way:
        item = item[step]
    item[last] = value
    assert_rejected(builder.glb(tmp_path / "a.glb"), "cannot be read")


@pytest.mark.parametrize("uri", ["a\0b.bin", "\ud800.bin", "x" * 5000, "../out.bin", "data:;base64,@@"])
def test_wrong_uri_is_one_clear_error(tmp_path, uri):
    builder = moving()
    builder.json["buffers"] = [{"byteLength": len(builder.data), "uri": uri}]
    path = tmp_path / "a.gltf"
    path.write_text(json.dumps(builder.json))
    assert_rejected(path, "cannot be read")


def test_index_beyond_the_vertices(tmp_path):
    builder = moving()
    builder.json["meshes"][0]["primitives"][0]["indices"] = builder.accessor(np.array([0, 1, 99], np.uint16))
    assert_rejected(builder.glb(tmp_path / "a.glb"), "vertex that does not exist")


def peak_megabytes(path):
    tracemalloc.start()
    try:
        assert_rejected(path, "million numbers")
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_work_is_bounded_before_it_starts(tmp_path):
    targets = moving()
    count = targets.json["accessors"][0]["count"] = 1_000_000
    del targets.json["accessors"][0]["bufferView"]
    empty = {"componentType": 5126, "count": count, "type": "VEC3"}
    targets.json["accessors"] += [dict(empty) for _ in range(200)]
    first = len(targets.json["accessors"]) - 200
    targets.json["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": first + i} for i in range(200)]
    assert peak_megabytes(targets.glb(tmp_path / "targets.glb")) < 1000

    huge = moving()
    huge.json["accessors"][0]["count"] = 21_000_000
    del huge.json["accessors"][0]["bufferView"]
    assert peak_megabytes(huge.glb(tmp_path / "huge.glb")) < 1000

    nodes = moving()
    for _ in range(19_000):
        nodes.node(mesh=0)
    assert_rejected(nodes.glb(tmp_path / "nodes.glb"), "too many")


def test_cyclic_nodes(tmp_path):
    builder = moving()
    builder.node(children=[2])
    builder.node(children=[1])
    assert_rejected(builder.glb(tmp_path / "a.glb"), "cycle")


def test_a_million_joints(tmp_path):
    builder = moving()
    builder.json["nodes"] += [{}] * 1_000_000
    assert_rejected(builder.glb(tmp_path / "a.glb"), "nodes")


def test_missing_buffer_file(tmp_path):
    path = moving().gltf(tmp_path / "a.gltf", embedded=False)
    (tmp_path / "side file.bin").unlink()
    assert_rejected(path, "missing")


def test_buffer_outside_the_folder(tmp_path):
    builder = moving()
    path = builder.gltf(tmp_path / "a.gltf", embedded=False)
    path.write_text(path.read_text().replace("side%20file.bin", "../../etc/passwd"))
    assert_rejected(path, "outside")


def test_obj_with_changing_faces(tmp_path):
    (tmp_path / "1.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    (tmp_path / "2.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 3 2\n")
    assert_rejected(tmp_path, "faces", read_obj_sequence)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_fuzzed_glb(tmp_path, data):
    """Damaged bytes and JSON values raise nothing but a ZoetropeError."""
    builder = skinned_document(np.full((4, 4), 0.25, np.float32))
    if data.draw(st.booleans()):
        any_value = st.one_of(
            st.none(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=3), st.lists(st.integers())
        )
        for _ in range(data.draw(st.integers(1, 3))):
            node = builder.json
            while isinstance(node, dict | list) and node:
                keys = sorted(node) if isinstance(node, dict) else list(range(len(node)))
                key = data.draw(st.sampled_from(keys))
                child = node[key]
                if not isinstance(child, dict | list) or not child or data.draw(st.integers(0, 5)) == 0:
                    node[key] = data.draw(any_value)
                    break
                node = child
    try:
        path = builder.glb(tmp_path / "fuzz.glb")
    except (TypeError, ValueError, AttributeError):
        return  # the builder cannot write it
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(raw[: data.draw(st.integers(len(raw) // 2, len(raw)))])
    try:
        asset = read_gltf(path)
        name = asset.clip_names[0]
        with np.errstate(all="ignore"):
            asset.evaluate(name, np.array([0.0, 0.5]))
    except ZoetropeError:
        pass


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_fuzzed_anime(tmp_path, data):
    frames, vertices = data.draw(st.integers(-2, 2**31 - 1)), data.draw(st.integers(-2, 2**31 - 1))
    good = data.draw(st.booleans())
    if good:
        frames, vertices = 3, 4
    body = data.draw(st.binary(max_size=300)) if not good else bytes(12 * 4 + 12 + 12 * 2 * 4)
    path = tmp_path / "fuzz.anime"
    path.write_bytes(struct.pack("<3i", frames, vertices, 1) + body)
    try:
        clip = read_anime(path)
        assert clip.frames.shape == (3, 4, 3)
    except ZoetropeError:
        assert not good
