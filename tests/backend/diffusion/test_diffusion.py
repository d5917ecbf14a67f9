"""Diffusion: the sampler against a long reference, masks, positions, standardisation."""

import pytest
import torch
from zoetrope.diffusion.flow_matching import classifier_free_guidance, add_noise, sample_times, velocity_target, velocity_to
from zoetrope.diffusion.motion_model import MotionModel, MotionModelConfig
from zoetrope.diffusion.samplers import adams_bashforth, euler, schedule
from zoetrope.diffusion.shape_model import ShapeModel, ShapeModelConfig
from zoetrope.diffusion.standardiser import Standardiser
from zoetrope.diffusion.transformer import TemporalConvolution, attention
from zoetrope.engines.sampling import sample_motion, sample_shape
from zoetrope.training.stages.motion_diffusion import frame_masks


def gaussian_velocity(mean, deviation):
    """The exact velocity of the flow from N(0, 1) to N(mean, deviation^2)."""

    def velocity(x, t):
        t = t[:, None]
        variance = ((1 - t) * deviation) ** 2 + t**2
        centred = x - (1 - t) * mean
        return -mean + centred * (t - (1 - t) * deviation**2) / variance

    return velocity


def test_twenty_steps_are_as_good_as_a_reference_of_250():
    torch.manual_seed(0)
    x = torch.randn(4000, 1)
    velocity = gaussian_velocity(2.0, 0.3)
    reference = euler(velocity, x, 2500)
    error = (adams_bashforth(velocity, x, 20) - reference).abs().mean()
    assert error < (euler(velocity, x, 20) - reference).abs().mean() / 3
    assert error < 0.02
    assert abs(float(reference.mean()) - 2.0) < 0.02
    assert abs(float(reference.std()) - 0.3) < 0.02


def test_times_lie_where_they_are_wanted():
    for mean, deviation in ((0.0, 1.0), (-0.8, 1.2)):
        times = sample_times(20_000, torch.Generator().manual_seed(0), mean, deviation)
        assert times.min() > 0
        assert times.max() < 1
        assert times.logit().mean() == pytest.approx(mean, abs=0.03)
        assert times.logit().std() == pytest.approx(deviation, abs=0.03)


def test_attention_is_the_same_while_training_and_while_drawing():
    q, k, v = torch.randn(3, 2, 4, 33, 16, generator=torch.Generator().manual_seed(0))
    training = attention(q.requires_grad_(), k, v)
    with torch.no_grad():
        drawing = attention(q, k, v)
    assert training.requires_grad
    assert torch.allclose(training, drawing, atol=1e-5)


def test_schedule_falls_from_one_to_zero():
    times = schedule(20)
    assert times[0] == 1
    assert abs(float(times[-1])) < 1e-6
    assert (times.diff() < 0).all()


def test_steps_are_reported_and_can_be_stopped():
    seen = []

    def stop(i, n):
        seen.append((i, n))
        if i == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adams_bashforth(lambda x, t: x, torch.zeros(1, 1), 20, stop)
    assert seen == [(1, 20), (2, 20), (3, 20)]


def test_path_and_guidance():
    clean, noise = torch.randn(3, 4), torch.randn(3, 4)
    t = torch.tensor([0.0, 0.5, 1.0])
    x = add_noise(clean, noise, t)
    assert torch.equal(x[0], clean[0])
    assert torch.equal(x[2], noise[2])
    assert torch.allclose(x - t[:, None] * velocity_target(clean, noise), clean, atol=1e-6)
    assert torch.equal(classifier_free_guidance(clean, noise, 1.0), noise + (clean - noise))


def test_what_is_said_to_be_clean_is_where_the_path_ends():
    torch.manual_seed(0)
    clean, noise, t = torch.randn(4, 6), torch.randn(4, 6), torch.tensor([0.1, 0.4, 0.8, 1.0])
    x = add_noise(clean, noise, t)
    assert torch.allclose(velocity_to(x, clean, t), velocity_target(clean, noise), atol=1e-5)
    assert velocity_to(x, clean, torch.zeros(4)).isfinite().all()


def test_a_body_that_is_always_said_is_drawn():
    torch.manual_seed(0)
    config = ShapeModelConfig(latent=6, layers=3, code=2, width=32, depth=1, says_clean=True)
    model = ShapeModel(config).eval()
    said = torch.randn(model.size)
    with torch.no_grad():
        for layer, part in zip([model.latent_out, *model.code_out], said.split([6, 2, 2, 2]), strict=True):
            layer.weight.zero_()
            layer.bias.copy_(part)
    model.standardiser.fit(torch.randn(50, model.size))
    drawn = sample_shape(model, torch.Generator().manual_seed(1), 1, 1.25)
    assert torch.allclose(model.standardiser(drawn)[0], said, atol=0.05)


def test_a_motion_that_is_always_said_is_drawn():
    model = small_motion(says_clean=True)
    said = torch.randn(model.size)
    with torch.no_grad():
        model.frame_out.bias.copy_(said)
        x = adams_bashforth(
            lambda x, t: model(
                x, t, torch.zeros(1, 10), torch.ones(1).int(), torch.ones(1).int(), torch.zeros(1, 2),
                torch.zeros_like(x), torch.zeros(1, 8),
            ),
            torch.randn(1, 8, model.size),
            20,
        )  # fmt: skip
    assert torch.allclose(x[0], said.expand(8, -1), atol=0.05)


def test_standardiser_drops_dead_dimensions_and_puts_them_back():
    data = torch.randn(500, 3) * torch.tensor([10.0, 0.01, 0.0]) + torch.tensor([1.0, 2.0, 3.0])
    standard = Standardiser(3)
    standard.fit(data)
    out = standard(data)
    assert torch.allclose(out.std(0)[:2], torch.ones(2), atol=1e-3)
    assert (out[:, 2] == 0).all()
    assert torch.allclose(standard.inverse(out), data, atol=1e-4)
    assert standard.inverse(torch.randn(5, 3))[:, 2].eq(3.0).all()


def test_dimensions_that_differ_by_rounding_alone_are_dead_however_many():
    same = torch.full((500, 6), 1 / 3) + 1e-8 * torch.randn(500, 6)
    standard = Standardiser(8)
    standard.fit(torch.cat([same, 0.01 * torch.randn(500, 2)], dim=1))
    assert standard.live.tolist() == [0.0] * 6 + [1.0] * 2


def small_motion(says_clean=False):
    torch.manual_seed(0)
    sizes = {"frames": 8, "latent": 6, "layers": 2, "code": 2, "extra": 8, "shape": 10}
    return MotionModel(MotionModelConfig(**sizes, width=32, depth=1, says_clean=says_clean)).eval()


def mixed(cyclic, window, reach=2):
    """What frames (T, W) hear of their neighbours."""
    torch.manual_seed(0)
    neighbours = TemporalConvolution(window.shape[1], reach)
    torch.nn.init.normal_(neighbours.kernel)
    with torch.no_grad():
        return neighbours(window[None], torch.tensor([float(cyclic)]))[0] - window


def test_neighbours_begin_as_nothing():
    x = torch.randn(2, 8, 4)
    assert torch.equal(TemporalConvolution(4, 2)(x, torch.tensor([0.0, 1.0])), x)


def test_the_ends_of_a_loop_are_neighbours_and_those_of_a_clip_are_not():
    window = torch.randn(12, 4)
    loop = mixed(True, window)
    assert torch.allclose(mixed(True, window.roll(5, 0)), loop.roll(5, 0), atol=1e-5)
    other = window.clone()
    other[0] += torch.randn(4)
    for cyclic, heard in ((True, [0, 1, 2, 10, 11]), (False, [0, 1, 2])):
        changed = (mixed(cyclic, other) - mixed(cyclic, window)).abs().amax(1) > 1e-4
        assert changed.nonzero().flatten().tolist() == heard


def test_known_frames_stay_as_they_were_given():
    model = small_motion()
    known = torch.randn(8, model.size)
    mask = torch.tensor([1.0, 1, 0, 0, 0, 0, 0, 1])
    with torch.inference_mode():
        out = sample_motion(
            model,
            torch.Generator().manual_seed(1),
            torch.randn(1, 12),
            1,
            1,
            (True, True),
            2.0,
            4,
            known=known,
            mask=mask,
        )
    assert torch.allclose(out[mask > 0], known[mask > 0], atol=1e-5)
    assert not torch.allclose(out[mask == 0], known[mask == 0], atol=0.1)


def test_frames_of_a_loop_are_neighbours_across_its_end():
    config = MotionModelConfig(frames=32, width=32, depth=1)
    position = MotionModel(config).frame_position(torch.tensor([1.0, 0.0]))
    gap = (position[:, 0] - position[:, -1]).norm(dim=-1)
    step = (position[:, 1] - position[:, 0]).norm(dim=-1)
    assert gap[0] < 1.01 * step[0]
    assert gap[1] > 1.2 * step[1]


def test_masks_hold_all_kinds():
    masks = frame_masks(2000, 32, torch.Generator().manual_seed(0))
    counts = masks.sum(1)
    assert 0.6 < (counts == 0).float().mean() < 0.85
    some = masks[counts > 0]
    prefix = (some.diff(dim=1) <= 0).all(1)
    assert prefix.any()
    assert ((some[:, 0] == 1) & (some[:, -1] == 1) & ~prefix).any()
    assert (some[:, 0] == 0).any()
    assert counts.max() < 32


def test_shape_model_splits_its_tokens():
    model = ShapeModel(ShapeModelConfig(latent=6, layers=3, code=2, width=32, depth=1))
    flat = torch.arange(12.0)[None]
    latent, codes = model.split(flat)
    assert latent.tolist() == [[0, 1, 2, 3, 4, 5]]
    assert codes.shape == (1, 3, 2)
    assert model(flat, torch.tensor([0.5]), torch.tensor([0])).shape == (1, 12)
