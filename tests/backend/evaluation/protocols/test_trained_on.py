"""What counts as known is what the weights say they saw: no more, and no less."""

from zoetrope.evaluation.protocols.trained_on import trained_on


def test_creatures_in_no_split_are_known_with_the_clips_that_were_used(library):
    inside = library.creatures("train")[0]
    outside = next(
        entry for entry in library.entries.values() if not entry.recommended and entry.category == "fish"
    )
    known = trained_on(
        library, {"split": "by_creature", "creatures": [inside.file, outside.file, "mine.glb"]}
    )
    assert [entry.file for entry in known] == [inside.file, outside.file]
    assert known[0].usable_clips == inside.usable_clips
    assert known[1].usable_clips, "they were trained on"
    assert not outside.usable_clips, "though the labels leave them out"


def test_of_the_split_by_clip_the_training_clips_are_known(library):
    clips = [(entry.file, clip.name) for entry, clip in library.clips("train")]
    file = library.clips("test")[0][0].file
    (known,) = trained_on(library, {"split": "by_clip", "creatures": [file]})
    assert [(file, clip.name) for clip in known.clips] == [pair for pair in clips if pair[0] == file]
