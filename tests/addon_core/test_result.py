"""The result file of a generated creature: what is read, and what is refused before Blender sees it."""

import json

import known_creature
import numpy as np
import pytest

from blender_addon.core.result import Result, ResultError

REQUEST = {
    "actions": ["walk", "run"],
    "output": "both",
    "correctives": True,
    "seed": 5,
    "fps": 24.0,
    "frames": None,
}


@pytest.fixture
def sent():
    """A function that returns the arrays and the header for a request."""

    def make(**changes):
        with np.load(known_creature.RECORDED) as recorded:
            return known_creature.result(dict(recorded), {**REQUEST, **changes})

    return make


@pytest.fixture
def read(tmp_path):
    """A function that writes arrays and a header to a file and reads it."""

    def write_and_read(arrays, meta):
        path = tmp_path / "result.npz"
        np.savez(path, **arrays, meta=np.array(json.dumps(meta)))
        return Result(path)

    return write_and_read


def test_body_skeleton_and_actions_are_read(sent, read):
    arrays, meta = sent()
    result = read(arrays, meta)
    count = len(result.rest)
    assert (result.faces.dtype, result.rest.dtype) == (np.int32, np.float32)
    assert result.names == ["root", "hips", "head", "leg.L", "leg.R"]
    assert result.weight_values.shape == (count, 4)
    assert result.correctives.shape == (2, count, 3)
    assert set(result.tokens) == {"shape", "motion_0", "motion_1"}
    walk, run = result.actions
    assert (walk.name, walk.cyclic, walk.keys, run.keys) == ("walk", True, 12, 7)
    assert walk.vertices.shape == (12, count, 3)
    assert walk.values.shape == (12, 2)
    assert (result.name, result.title(run)) == ("Quadruped_5", "Quadruped_5_run")
    assert result.notes == ["The skeleton is near enough."]


def test_one_action_with_shape_keys(sent, read):
    result = read(*sent(actions=["walk"], output="shape_keys", correctives=False))
    assert not result.names
    assert result.actions[0].keys == result.actions[0].frames == 20
    assert (result.name, result.title(result.actions[0])) == ("Quadruped_walk_5", "Quadruped_walk_5")


def test_levels_of_detail_are_read(sent, read):
    assert not read(*sent()).levels
    arrays, meta = sent(levels_of_detail=2)
    first, second = read(arrays, meta).levels
    assert (first.vertices.dtype, first.faces.dtype, first.uvs) == (np.int64, np.int32, None)
    assert np.array_equal(first.vertices[first.faces], arrays["faces"][: len(arrays["faces"]) // 2])
    assert len(second.faces) < len(first.faces)


def test_a_level_of_a_textured_creature_has_its_coordinates(read):
    request = {**REQUEST, "texture": 1024, "levels_of_detail": 1}
    with np.load(known_creature.TEXTURED) as recorded:
        arrays, meta = known_creature.result(dict(recorded), request)
    (level,) = read(arrays, meta).levels
    assert np.array_equal(level.uvs, arrays["uvs"][: len(level.faces)])
    for broken in (level.uvs[:-1], np.full_like(level.uvs, np.nan)):
        with pytest.raises(ResultError):
            read({**arrays, "lod1_uvs": broken}, meta)


def test_a_loop_may_fill_more_frames_than_it_has_keys(sent, read):
    walk = read(*sent(frames=48)).actions[0]
    assert (walk.keys, walk.frames) == (12, 48)


def test_a_creature_without_labels_has_a_name(sent, read):
    arrays, meta = sent(actions=["walk"])
    meta |= {"category": None, "seed": 0}
    meta["actions"][0]["name"] = ""
    assert read(arrays, meta).name == "Creature_motion_0"


def changed(name, index, value):
    """A function that returns arrays with one number changed."""

    def change(arrays):
        array = arrays[name].copy()
        array[index] = value
        return {**arrays, name: array}

    return change


def without(name):
    return lambda arrays: {key: value for key, value in arrays.items() if key != name}


def shorter(name, axis=0):
    return lambda arrays: {**arrays, name: arrays[name][:-1] if axis == 0 else arrays[name][:, :-1]}


FAULTS = {
    "no faces": lambda arrays: {**arrays, "faces": arrays["faces"][:0]},
    "a face beyond the vertices": lambda arrays: {**arrays, "faces": arrays["faces"] + 1},
    "a negative index": lambda arrays: {**arrays, "faces": arrays["faces"] - 1},
    "quadrilaterals": lambda arrays: {**arrays, "faces": np.zeros((4, 4), np.int32)},
    "too few colours": shorter("colours"),
    "no rest pose": without("rest"),
    "a place that is none": changed("rest", (7, 1), np.nan),
    "a vertex that is none": changed("action_0_vertices", (3, 7, 1), np.nan),
    "too few vertices": shorter("action_1_vertices", axis=1),
    "no poses": without("action_1_rotations"),
    "too few poses": shorter("action_1_translation"),
    "a rotation that is none": changed("action_0_rotations", (2, 1), 0.0),
    "a joint before its parent": changed("joint_parents", 1, 3),
    "no weights": without("weight_values"),
    "a weight of no joint": changed("weight_joints", (0, 0), 5),
    "weights of another sum": changed("weight_values", (0, 0), 3.0),
    "no boxes": without("action_0_boxes"),
    "a box that is none": changed("action_0_boxes", (0, 0, 0), np.inf),
    "too few boxes": shorter("action_0_boxes"),
    "no values of correctives": without("action_1_values"),
    "too few values": shorter("action_1_values", axis=1),
    "correctives of another mesh": shorter("correctives", axis=1),
    "a corrective that is none": changed("correctives", (0, 0, 0), np.nan),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_faulty_result_is_refused(sent, read, fault):
    arrays, meta = sent()
    read(arrays, meta)
    with pytest.raises(ResultError, match="could not be read"):
        read(fault(arrays), meta)


@pytest.mark.parametrize(
    "fault",
    [
        changed("lod1_vertices", 0, -1),
        changed("lod1_vertices", 0, 10_000_000),
        changed("lod2_faces", (0, 1), -1),
        changed("lod2_faces", (0, 1), 10_000_000),
        lambda arrays: {**arrays, "lod1_faces": arrays["lod1_faces"][:0]},
        lambda arrays: {**arrays, "lod1_vertices": arrays["lod1_vertices"][:, None]},
        without("lod2_faces"),
    ],
)
def test_levels_of_detail_that_would_crash_blender_are_refused(sent, read, fault):
    arrays, meta = sent(levels_of_detail=2)
    with pytest.raises(ResultError, match="could not be read"):
        read(fault(arrays), meta)


def test_shape_keys_without_vertices_are_refused(sent, read):
    arrays, meta = sent(output="shape_keys", correctives=False)
    with pytest.raises(ResultError, match="walk has no vertices"):
        read(without("action_0_vertices")(arrays), meta)


@pytest.mark.parametrize("header", [{}, {"category": "fish"}, {"category": "fish", "actions": []}])
def test_a_header_that_lacks_entries_is_refused(sent, read, header):
    with pytest.raises(ResultError):
        read(sent()[0], header)


def test_a_pickle_is_refused(sent, read):
    arrays, meta = sent()
    with pytest.raises(ResultError):
        read({**arrays, "rest": np.array([{"a": 1}], dtype=object)}, meta)


@pytest.mark.parametrize("content", [b"", b"not an archive", known_creature.RECORDED.read_bytes()[:2000]])
def test_a_damaged_file_is_refused(tmp_path, content):
    path = tmp_path / "result.npz"
    path.write_bytes(content)
    with pytest.raises(ResultError):
        Result(path)


def test_textures_and_regions_are_read(read):
    with np.load(known_creature.TEXTURED) as recorded:
        recorded = dict(recorded)
    result = read(*known_creature.result(recorded, {**REQUEST, "texture": 512}))
    assert np.array_equal(result.uvs, recorded["uvs"])
    assert {name: len(data) for name, data in result.textures.items()} == {
        name: len(recorded[f"texture_{name}"]) for name in ("base_colour", "normal_map", "regions")
    }
    assert np.array_equal(result.regions, recorded["regions"])
    assert result.palette.shape == (8, 3)
    plain = read(*known_creature.result(recorded, REQUEST))
    assert (plain.uvs, plain.textures) == (None, {})
    assert plain.palette is not None


def test_a_result_without_regions_has_neither_palette_nor_their_texture(sent, read):
    arrays, meta = sent()
    result = read({**arrays, "palette": np.zeros((8, 3), np.float32)}, meta)
    assert (result.regions, result.palette, result.textures) == (None, None, {})
