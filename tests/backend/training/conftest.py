"""Fixtures of training's tests."""

import pytest
import tiny_run


@pytest.fixture(scope="session")
def full_run(tmp_path_factory):
    """Weights of a run with live dictionaries, clip codes and palettes; its run folder is beside them."""
    folder = tmp_path_factory.mktemp("full_run")
    return tiny_run.train(folder, tiny_run.full_recipe(pretraining=60), tiny_run.coloured())


@pytest.fixture(scope="session")
def plain_run(tmp_path_factory):
    """Weights of a run without optional parts."""
    folder = tmp_path_factory.mktemp("plain_run")
    return tiny_run.train(folder, tiny_run.recipe(pretraining=60), tiny_run.prepared())
