"""Windows' limit on paths: a shorter folder is chosen, or the limit is named before anything is installed."""

from pathlib import Path, PureWindowsPath

from blender_addon.core.path_limit import choose_folder, fits, path_obstacle

USER = PureWindowsPath("C:/Users/Somebody/AppData")
USUAL = USER / "Roaming/Blender Foundation/Blender/4.5/extensions/.user/user_default/zoetrope/backend"
LOCAL = str(USER / "Local")


def never(folder):
    return False


def test_blenders_usual_folder_is_too_long_and_the_local_one_is_not():
    chosen = choose_folder(USUAL, never, LOCAL, limited=True)
    assert not fits(USUAL)
    assert fits(chosen)
    assert str(chosen).startswith(LOCAL)
    assert path_obstacle(chosen, limited=True) == ""


def test_every_blender_has_a_folder_of_its_own():
    other = PureWindowsPath(str(USUAL).replace("4.5", "5.0"))
    folders = [choose_folder(folder, never, LOCAL, limited=True) for folder in (USUAL, other, USUAL)]
    assert folders[0] == folders[2]
    assert folders[0] != folders[1]


def test_the_usual_folder_is_used_where_it_can_be():
    assert choose_folder(USUAL, never, LOCAL, limited=False) == USUAL
    assert choose_folder(USUAL, lambda folder: folder == USUAL, LOCAL, limited=True) == USUAL
    assert choose_folder(USUAL, never, "", limited=True) == USUAL
    short = PureWindowsPath("C:/blender/backend")
    assert choose_folder(short, never, LOCAL, limited=True) == short


def test_where_no_folder_is_short_enough_a_sentence_says_so():
    local = LOCAL.replace("Somebody", "Somebody with a very long name indeed")
    chosen = choose_folder(USUAL, never, local, limited=True)
    sentence = path_obstacle(chosen, limited=True)
    assert sentence.startswith(f"{chosen} is too long a path: Windows allows 259 characters")
    assert "LongPathsEnabled" in sentence


def test_other_systems_have_no_limit(tmp_path):
    long = tmp_path / ("x" * 250)
    assert choose_folder(long, never) == long
    assert path_obstacle(Path(long)) == ""
