"""Clips that either split holds out are known, whatever split is trained on."""

from zoetrope.training.data.sources import FolderSource, SharedSource


def test_those_of_both_splits_are_held_out(library):
    source = SharedSource(library.folder.parents[1])
    clips = [(entry, clip) for entry in library.entries.values() for clip in entry.usable_clips]
    held = {
        (entry.file, clip.name)
        for (entry, clip), out in zip(clips, source.held_out(clips), strict=True)
        if out
    }
    for split in ("by_clip", "by_creature"):
        for part in ("validation", "test"):
            for item in library.splits[split][part]:
                if split == "by_clip":
                    assert tuple(item) in held
                else:
                    assert {(item, clip.name) for clip in library.entries[item].usable_clips} <= held
    both = {tuple(one) for one in library.splits["by_clip"]["train"]}
    assert any(pair in both and pair[0] in library.splits["by_creature"]["train"] for pair in both - held)
    assert not held & {pair for pair in both if pair[0] in library.splits["by_creature"]["train"]}


def test_all_files_of_a_user_are_training_data(tmp_path, library):
    entry = next(iter(library.entries.values()))
    assert FolderSource(tmp_path).held_out([(entry, entry.clips[0])]) == [False]
