"""Pictures of donors: the creature's colours on a transparent background, one file a donor."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from zoetrope.rigs.donors.library import load_donors
from zoetrope.rigs.donors.thumbnails import FOLDER, SIZE, thumbnail, write_thumbnails

WEIGHTS = Path(__file__).resolve().parents[4] / "weights"


@pytest.fixture(scope="module")
def library():
    return load_donors(WEIGHTS)


def test_a_picture_is_filled_and_transparent_around_the_creature(library):
    picture = np.asarray(thumbnail(library[library.names[0]]))
    assert picture.shape == (SIZE, SIZE, 4)
    covered = picture[..., 3] > 0
    assert not covered[0, 0]
    rows, columns = np.nonzero(covered)
    assert max(np.ptp(rows), np.ptp(columns)) > 0.9 * SIZE


def test_half_covered_pixels_have_the_creatures_colour_not_the_backgrounds(library):
    donor = library[library.names[0]]
    red = replace(donor, colours=np.tile([1.0, 0.0, 0.0], (len(donor.rest), 1)))
    picture = np.asarray(thumbnail(red)).astype(int)
    covered = picture[..., 3] > 40
    assert (picture[covered][:, 1:3] < 30).all()
    assert (picture[covered][:, 0] > 60).all()


def test_pictures_of_other_donors_are_removed(library, tmp_path):
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / "gone.png").write_bytes(b"")
    (tmp_path / FOLDER / "mine.txt").write_text("kept")
    paths = write_thumbnails(tmp_path, library)
    assert [path.stem for path in paths] == list(library.names)
    assert {path.name for path in (tmp_path / FOLDER).iterdir()} == {p.name for p in paths} | {"mine.txt"}
    with Image.open(paths[0]) as picture:
        assert picture.size == (SIZE, SIZE)


def test_the_pictures_that_ship_are_those_of_the_donors(library):
    assert {path.stem for path in (WEIGHTS / FOLDER).glob("*.png")} == set(library.names)
