"""Options of `zoetrope generate` that change the body."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner
from zoetrope.bodies.maps.body_shape import BodyShape
from zoetrope.cli import app
from zoetrope.cli.body_options import read_morph, read_proportions
from zoetrope.clips.gltf import read_gltf
from zoetrope.engines.request import MorphRequest
from zoetrope.errors import ZoetropeError


def test_texts_are_read():
    assert read_proportions(" legs=1.3, head = 0.9 ") == BodyShape(legs=1.3, head=0.9)
    assert read_proportions("") is None
    assert read_morph("q_uaa2021__Fox:0.4") == MorphRequest("q_uaa2021__Fox", 0.4)
    assert read_morph("12:.5") == MorphRequest(12, 0.5)
    assert read_morph(" ") is None


@pytest.mark.parametrize("text", ["legs", "legs=", "legs=long", "legs=9", "ears=1", "=1"])
def test_wrong_proportions_are_refused(text):
    with pytest.raises(ZoetropeError) as error:
        read_proportions(text)
    assert error.value.remedy


@pytest.mark.parametrize("text", ["legs=1.2,legs=1.3", "legs=1.2, head=0.9, legs =1.2"])
def test_a_proportion_that_is_given_twice_is_refused(text):
    with pytest.raises(ZoetropeError, match="'legs' is given twice") as error:
        read_proportions(text)
    assert error.value.code == "bad_option"


@pytest.mark.parametrize("text", ["fox", "fox:", ":0.4", "fox:far", "99999999999:0.4"])
def test_wrong_morphs_are_refused(text):
    with pytest.raises(ZoetropeError) as error:
        read_morph(text)
    assert error.value.remedy


def test_command_writes_a_creature_of_another_build(tmp_path):
    plain, changed = tmp_path / "a.glb", tmp_path / "b.glb"
    command = ["generate", "--engine", "procedural", "--detail", "64", "--frames", "4", "--texture", "none"]
    more = ["--proportions", "legs=1.5,head=0.8", "--proportions-seed", "5", "--morph", "8:0.2"]
    for out, options in ((plain, []), (changed, more)):
        done = CliRunner().invoke(app, [*command, "--faces", "1000", *options, "--json", "--out", str(out)])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["vertices"] > 400
    first, second = read_gltf(plain).rest, read_gltf(changed).rest
    changes = np.ptp(second, axis=0) / np.ptp(first, axis=0)
    assert changes[2] == pytest.approx(1.0, abs=0.01)
    assert np.abs(changes - 1.0).max() > 0.02
