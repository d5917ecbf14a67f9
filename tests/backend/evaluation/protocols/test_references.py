"""Real clips of the frozen splits, and of a folder."""

import shutil

import numpy as np
import pytest
from zoetrope.clips.library import Library, find_shared
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import FRAMES, POINTS
from zoetrope.evaluation.protocols.references import folder_items, real_items

needs_shared = pytest.mark.skipif(
    find_shared() is None, reason="the shared creatures are not beside the repository"
)


@needs_shared
def test_the_validation_parts_are_those_of_the_split_file():
    library = Library(find_shared())
    items = real_items(library, "by_clip", "validation")
    said = {tuple(pair) for pair in library.splits["by_clip"]["validation"]}
    assert {(item.creature, item.clip) for item in items} == said
    clouds = np.stack([item.clouds for item in items])
    assert clouds.shape == (len(said), FRAMES, POINTS, 3)
    assert np.isfinite(clouds).all()
    assert np.ptp(clouds, axis=1).max(axis=(1, 2)).min() > 0, "every clip moves"
    creatures = real_items(library, "by_creature", "validation")
    assert {item.creature for item in creatures} == set(library.splits["by_creature"]["validation"])


@needs_shared
def test_a_folder_of_files(tmp_path):
    library = Library(find_shared())
    file = sorted(library.entries)[0]
    shutil.copy(library.folder / file, tmp_path)
    items = folder_items(tmp_path)
    assert {item.creature for item in items} == {file}
    assert len(items) >= 1


def test_an_empty_folder_and_a_wrong_split_are_refused(tmp_path):
    with pytest.raises(ZoetropeError, match="no animated GLB"):
        folder_items(tmp_path)
    with pytest.raises(ZoetropeError, match="by_creature"):
        real_items(None, "by_weather", "test")
