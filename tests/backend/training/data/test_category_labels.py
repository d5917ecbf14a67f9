"""Categories and actions that weights offer."""

from dataclasses import replace

import tiny_run
from zoetrope.engines.weights.bundle import ActionLabel, CategoryLabel
from zoetrope.training.data.category_labels import category_labels, merge_category_labels


def test_gait_is_offered_as_a_loop_if_one_of_its_clips_is_cyclic():
    data = tiny_run.prepared()
    walk = data.clips[0]
    one_way = replace(walk, cyclic=False, returns_to_start=False)
    hits = [replace(clip, action="hit") for clip in (one_way, one_way, walk)]
    clips = [one_way, one_way, walk, *hits]
    (category,) = category_labels(replace(data, clips=clips, actions=["hit", "walk"]))
    assert [(a.name, a.cyclic, a.returns_to_start, a.clips) for a in category.actions] == [
        ("hit", False, False, 3),
        ("walk", True, True, 3),
    ]


def test_new_labels_are_appended():
    walk, dig = ActionLabel("walk", True, True, 3), ActionLabel("dig", True, False, 2)
    old = (CategoryLabel("fox", 0.6, (walk,)),)
    new = (CategoryLabel("fox", 9.0, (dig, walk)), CategoryLabel("mole", 0.1, (dig,)))
    merged = merge_category_labels(old, new)
    assert [c.name for c in merged] == ["fox", "mole"]
    assert merged[0].height == 0.6
    assert {a.name: a.clips for a in merged[0].actions} == {"walk": 6, "dig": 2}
