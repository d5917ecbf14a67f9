"""The donors that ship: names, bones, licences; and that they are those of the weights and of the files."""

import hashlib
import re

import igl
import numpy as np
import pytest
import torch
from zoetrope.engines.decoding.surface import decode_surface
from zoetrope.engines.weights.bundle import bundle_checksum, load_bundle
from zoetrope.engines.weights.folders import find_weights
from zoetrope.geometry.normalisation import normalising_box
from zoetrope.rigs.donors.build import build_donor, read_sources
from zoetrope.rigs.donors.files import ARRAYS, DESCRIPTION, pack_donor
from zoetrope.rigs.donors.library import load_donors, weights_checksum
from zoetrope.training.data.training_tokens import load_tokens, tokens_path

MAX_BYTES = 5_500_000
NAME = re.compile(r"[a-z]+(_[a-z]+)*(_\d\d)?(\.[LR])?")
ASYMMETRIC = {("q_robot2018__Robot", "arm_shoulder_02.R"), ("q_vol2_2017__Eagle", "wing_05.R")}
"""Joints that the file has on one side alone."""
LIMBS = ("leg_", "arm_")


@pytest.fixture(scope="module")
def weights():
    folder = find_weights()
    if folder is None or not (folder / DESCRIPTION).is_file():
        pytest.skip("the weights have no donors here")
    return folder


@pytest.fixture(scope="module")
def donors(weights):
    library = load_donors(weights)
    return [library[name] for name in library.names]


def test_they_are_small_and_leave_the_weights_checksum_alone(weights):
    assert sum((weights / name).stat().st_size for name in (ARRAYS, DESCRIPTION)) <= MAX_BYTES
    assert weights_checksum(weights) == bundle_checksum(weights)
    assert hashlib.sha256((weights / "checksums").read_bytes()).hexdigest().startswith("268bf8423d4e2ae5")


def test_every_creature_of_the_weights_is_a_donor(weights, donors):
    creatures = set(load_tokens(tokens_path(weights)).shape_creature)
    assert {f"{donor.name}.glb" for donor in donors} == creatures
    assert all(donor.author and donor.licence == "CC0-1.0" for donor in donors)


def test_names_are_readable_unique_and_in_pairs(donors):
    for donor in donors:
        names = donor.skeleton.names
        assert len(set(names)) == len(names)
        assert names[0] == "root"
        assert names[1] in ("hips", "body", "chest", "base"), donor.name
        for name in names:
            assert NAME.fullmatch(name), name
            assert not re.search("bone|joint|ik|pole", name), name
            if name.endswith((".L", ".R")) and (donor.name, name) not in ASYMMETRIC:
                assert name[:-1] + ("R" if name.endswith("L") else "L") in names, (donor.name, name)


def test_left_is_left(donors):
    for donor in donors:
        x = dict(zip(donor.skeleton.names, donor.skeleton.heads[:, 0], strict=True))
        for name in x:
            if name.endswith(".L") and name[:-1] + "R" in x:
                assert x[name] > x[name[:-1] + "R"], (donor.name, name)


def test_bones_have_length_and_axes_that_mirror(donors):
    mirror = np.array([-1.0, 1.0, 1.0])
    for donor in donors:
        skeleton = donor.skeleton
        along = skeleton.tails - skeleton.heads
        length = np.linalg.norm(along, axis=1)
        assert length.min() > 0.0199, donor.name
        assert np.isfinite(skeleton.heads).all()
        assert np.abs(skeleton.heads).max() < 1.2, donor.name
        along, z = along / length[:, None], skeleton.z_axes()
        index = {name: i for i, name in enumerate(skeleton.names)}
        for name, i in index.items():
            j = index.get(name[:-1] + "R", i) if name.endswith(".L") else i
            if i != j and along[i] @ (along[j] * mirror) > 0.9:
                assert z[i] @ (z[j] * mirror) > 0.9, (donor.name, name)


def test_each_limb_is_one_chain_on_the_trunk(donors):
    for donor in donors:
        skeleton = donor.skeleton
        for name, parent in zip(skeleton.names, skeleton.parents, strict=True):
            if name.startswith(LIMBS):
                above = skeleton.names[parent]
                same_limb = above[-2:] == name[-2:] and above.split("_")[0] == name.split("_")[0]
                assert same_limb or not above.endswith((".L", ".R")), (donor.name, name, above)


def test_feet_hang_on_the_ends_of_their_legs(donors):
    for donor in donors:
        skeleton = donor.skeleton
        for i, name in enumerate(skeleton.names):
            if name.startswith("leg_") and "_foot." in name:
                parent = int(skeleton.parents[i])
                assert skeleton.names[parent].startswith(name.split("_foot")[0]), (donor.name, name)
                assert np.allclose(skeleton.tails[parent], skeleton.heads[i], atol=1e-6)


def test_weights_belong_to_joints_near_the_vertices(donors):
    for donor in donors:
        dense = donor.weights.dense(len(donor.skeleton.names))
        assert np.allclose(dense.sum(axis=1), 1.0)
        assert not dense[:, 0].any()
        assert np.ptp(donor.rest, axis=0).max() == pytest.approx(1.8, abs=1e-4)


@pytest.mark.parametrize("name", ["q_uaa2021__Fox", "q_fish2018__Dolphin", "q_monsters_big__Frog"])
def test_the_tokens_give_the_donors_surface(weights, name):
    donor, bundle = load_donors(weights)[name], load_bundle(weights)
    vertices, _ = decode_surface(bundle, torch.from_numpy(donor.shape_tokens), 64, lambda *_: None)
    squared, _, _ = igl.point_mesh_squared_distance(
        vertices.astype(np.float64), donor.rest.astype(np.float64), donor.faces.astype(np.int64)
    )
    assert np.sqrt(squared).mean() < 0.01


@pytest.mark.parametrize("name", ["q_uaa2021__Fox", "q_enemy2019__Spider", "q_monsters_big__Orc"])
def test_a_donor_is_what_its_file_gives(weights, library, name):
    entry, stored = library.entries[f"{name}.glb"], load_donors(weights)[name]
    asset = library.read(entry)
    rest = normalising_box(asset.rest).to_box(asset.rest)  # as training.data.preparation.prepare_body does
    assert np.abs(stored.rest - rest).max() < 2e-5
    source = read_sources(library.folder.parents[1])[entry.file]
    about = {"category": entry.category, "height": entry.height_m}
    credit = {"author": source.author, "licence": source.licence}
    built = build_donor(asset, name, stored.shape_tokens[0], **about, **credit)
    again, arrays = pack_donor(built)
    before, same = pack_donor(stored)
    assert again == before
    for part in ("positions", "faces", "influence_counts", "influences", "colours", "bones"):
        assert np.array_equal(arrays[part], same[part]), part
