"""The training's clips as the fields say them: whose tokens are taken, and how near they are to the truth."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from zoetrope.engines.base import GenerateRequest
from zoetrope.engines.bundle import read_description
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.procedural import ProceduralEngine
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.clouds import FRAMES, POINTS
from zoetrope.evaluation.fit_cost import apart
from zoetrope.evaluation.known_clips import KnownClips, clouds_of, said
from zoetrope.evaluation.references import Item, items_of
from zoetrope.training.known import KnownTokens, load_tokens

REPOSITORY = Path(__file__).parents[3]
WEIGHTS = REPOSITORY / "weights"


def known(size):
    """A cow with an augmented body and a cod; every number of a row is its place."""
    return KnownTokens(
        np.repeat(np.arange(3, dtype=np.float32)[:, None], size, axis=1),
        np.array(["quadruped", "quadruped", "fish"]),
        np.repeat(np.arange(3, dtype=np.float32)[:, None], 2 * 3, axis=1).reshape(3, 2, 3),
        np.array(["quadruped", "quadruped", "fish"]),
        np.array(["walk", "run", "swim"]),
        np.array(["cow", "cow", "cod"]),
        np.array(["cow", "cow", "cod"]),
        np.array(["Walk", "Run", "Walk"]),
    )


@pytest.fixture
def tokens():
    """In the size that the weights that ship have."""
    model = read_description(WEIGHTS).shape_model
    return known(model.latent + model.layers * model.code)


def item(creature, clip):
    return Item(creature, clip, "quadruped", "walk", np.zeros((FRAMES, POINTS, 3), np.float32))


def test_a_clip_is_its_own_creatures_on_its_first_body(tokens):
    clips = KnownClips(WEIGHTS, tokens, {}, "cpu")
    assert [int(clips.body_of(name)[0, 0]) for name in ("cow", "cod")] == [0, 2]
    assert int(clips.clip_of("cow", "Run")[0, 0]) == 1
    assert int(clips.clip_of("cod", "Walk")[0, 0]) == 2
    assert clips.has(item("cow", "Walk"))
    assert not clips.has(item("cod", "Run")), "another creature's clip"
    assert clips.engine.description.smoothing is None


def test_tokens_of_other_weights_are_refused():
    with pytest.raises(ZoetropeError, match="not of these weights"):
        KnownClips(WEIGHTS, known(7), {}, "cpu")


def test_known_clips_do_not_change_with_the_diffusions(tokens, tmp_path):
    for file in WEIGHTS.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / "checksums").unlink()
    lines = (WEIGHTS / "checksums").read_text("utf-8").splitlines()

    def checksum(folder, known, changed=""):
        anew = ["0" * 64 + line[64:] if changed and changed in line else line for line in lines]
        (tmp_path / "checksums").write_text("\n".join(anew), "utf-8")
        return KnownClips(folder, known, {}, "cpu").checksum()

    ours = checksum(WEIGHTS, tokens)
    assert checksum(tmp_path, tokens, "diffusion") == ours
    assert checksum(tmp_path, tokens, "shape_field") != ours
    assert checksum(WEIGHTS, replace(tokens, motion=tokens.motion + 1)) != ours


class Counted:
    """Says procedural walks, and counts them."""

    def __init__(self):
        self.asked = []

    def shown(self, item, place):
        self.asked.append((item.creature, place))
        request = GenerateRequest("quadruped", "walk", 1, frames=12, detail=64)
        return ProceduralEngine().generate(request, lambda *_: None)


def test_a_set_is_said_once_and_again_for_other_clips(tmp_path):
    clips, path = Counted(), tmp_path / "sets" / "0.npz"
    cow, cod = item("cow", "Walk"), item("cod", "Swim")
    made = said(clips.shown, [cow, cod], 0, path, lambda *_: None)
    assert clips.asked == [("cow", 0), ("cod", 1)]
    assert [one.creature for one in made] == ["cow", "cod"]
    assert np.ptp(made[0].clouds) > 0
    kept = said(clips.shown, [cow, cod], 0, path, lambda *_: None)
    assert len(clips.asked) == 2, "kept"
    for one, other in zip(made, kept, strict=True):
        np.testing.assert_array_equal(one.clouds, other.clouds)
    said(clips.shown, [cod, cow], 0, path, lambda *_: None)
    assert len(clips.asked) == 4, "other clips"


def test_what_the_fields_say_is_near_the_file(library):
    entries = [e for e in library.creatures("train") if e.category in ("quadruped", "fish")]
    first = [next(e for e in entries if e.category == kind) for kind in ("quadruped", "fish")]
    real = items_of(library, [(entry, entry.usable_clips[0]) for entry in first])
    cyclic = {(e.file, clip.name): clip.cyclic for e in first for clip in e.usable_clips}
    clips = KnownClips(WEIGHTS, load_tokens(REPOSITORY / "tokens.npz"), cyclic, "cpu")
    ours = [clouds_of(clips.shown(one, 64), np.random.default_rng(0)) for one in real]
    for i, cloud in enumerate(ours):
        own, other = apart(cloud, real[i].clouds), apart(cloud, real[1 - i].clouds)
        assert own < 0.01
        assert own < other / 5


def test_a_known_body_is_moved_by_a_drawn_motion(library):
    entry = next(e for e in library.creatures("train") if e.category == "fish")
    clip = next(c for c in entry.usable_clips if c.action == "swim")
    known = load_tokens(REPOSITORY / "tokens.npz")
    clips = KnownClips(WEIGHTS, known, {(entry.file, clip.name): clip.cyclic}, "cpu")
    one = Item(entry.file, clip.name, "fish", "swim", np.zeros((FRAMES, POINTS, 3), np.float32))
    first, second = (clips.moved(DnfEngine(WEIGHTS, "cpu", draws=1), one, seed, 64) for seed in (1, 2))
    body, motion = clips.body_of(entry.file), clips.clip_of(entry.file, clip.name)
    for made in (first, second):
        np.testing.assert_array_equal(made.tokens["shape"], body[0].numpy())
        assert np.abs(made.tokens["motion"] - motion.numpy()).max() > 0.01
        assert made.cyclic == clip.cyclic
    assert np.abs(first.tokens["motion"] - second.tokens["motion"]).max() > 0.01
