"""What can be requested of a mesh and its textures."""

import pytest
from zoetrope.assets.limits import check_budget, check_levels, check_texture
from zoetrope.errors import ZoetropeError


@pytest.mark.parametrize("faces", [999, 200_001, 0, -5])
def test_impossible_budgets_are_refused_with_the_limits(faces):
    with pytest.raises(ZoetropeError, match="faces") as caught:
        check_budget(faces)
    assert "1,000 and 200,000" in caught.value.remedy
    check_budget(None)
    check_budget(5000)


@pytest.mark.parametrize("size", [0, 1000, 4096])
def test_impossible_sizes_are_refused_with_those_that_there_are(size):
    with pytest.raises(ZoetropeError, match="texture") as caught:
        check_texture(size)
    assert "1024" in caught.value.remedy
    check_texture(None)
    check_texture(2048)


@pytest.mark.parametrize("count", [-1, 3])
def test_impossible_numbers_of_levels_are_refused_with_those_that_there_are(count):
    with pytest.raises(ZoetropeError, match="levels of detail") as caught:
        check_levels(count)
    assert "0 to 2" in caught.value.remedy
    check_levels(0)
    check_levels(2)
