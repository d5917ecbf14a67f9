"""The temporal filter that a run measures: sampled motion is scaled down to the power of training clips."""

from dataclasses import replace

import numpy as np
from zoetrope.engines.weights.bundle import load_bundle
from zoetrope.training.data.training_tokens import load_tokens, tokens_path
from zoetrope.training.export.measure_temporal_filter import measure_temporal_filter


def test_sampled_power_is_scaled_down_to_that_of_training_clips(full_run):
    bundle, tokens = load_bundle(full_run), load_tokens(tokens_path(full_run))
    assert tokens.motion_power.shape == (len(tokens.motion), 2, tokens.motion.shape[1])
    still = replace(tokens, motion_power=np.zeros_like(tokens.motion_power))
    wild = replace(tokens, motion_power=np.full_like(tokens.motion_power, 1e3))
    assert set(measure_temporal_filter(bundle, wild, 2, 2).cyclic) == {1.0}
    assert max(measure_temporal_filter(bundle, still, 2, 2).cyclic[3:]) < 0.01
