"""Names of joints: one scheme over the packs that the training creatures come from.

A base name says what a joint is (`leg_front_upper`, `tail`, `head`). Joints of a pair end in .L (the
creature's left, +X) or .R, whatever the file called them; joints of a chain are numbered from its start
(`tail_01`, `tail_02`). Files whose bones have no names of their own have a table each.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

CHAINS = {
    *("spine", "neck", "tail", "ear", "wing", "fin", "tongue", "abdomen", "thumb"),
    *(f"finger_{name}" for name in ("index", "middle", "ring", "pinky")),
}
"""Base names that are numbered."""
PAIRED = ("leg_", "arm_", "hand", "palm", "finger", "thumb", "wing", "fin", "ear", "eye", "eyebrow")
"""Beginnings of base names that come in pairs."""
UNPAIRED = ("eyes",)

ROOT = "root"
"""Base name of a file's own root. The skeleton's root is another joint, so this one is then called `base`."""
COMMON = {
    **{"root": ROOT},
    **{"head": "head", "face": "face", "nose": "nose", "mouth": "mouth", "lowermouth": "jaw"},
    **{"upperleg": "leg_upper", "lowerleg": "leg_lower", "foot": "leg_foot", "feet": "leg_foot"},
    **{"shoulder": "arm_shoulder", "upperarm": "arm_upper", "lowerarm": "arm_lower"},
    **{"palm": "hand", "hand": "hand", "fist": "hand", "weapon": "weapon", "eye": "eye"},
    **{"middlehand": "palm", "palm1": "palm", "palm2": "palm", "palm3": "palm"},
    **{"eyebrow": "eyebrow", "sting": "sting", "abdomen": "abdomen", "stag_horns": "antlers"},
}
CHAIN_WORDS = {
    **{"neck": "neck", "ear": "ear", "tail": "tail", "wing": "wing", "tongue": "tongue", "thumb": "thumb"},
    **{"pinky": "finger_pinky", "pinkyfinger": "finger_pinky", "index": "finger_index"},
    **{"middle": "finger_middle", "middlefinger": "finger_middle", "ring": "finger_ring"},
    **{"ringfinger": "finger_ring", "indexfinger": "finger_index"},
}
"""Words that a number follows in the files."""
UPRIGHT = {"bone": ROOT, "body": "hips", "hips": "spine", "abdomen": "spine", "torso": "chest"}
"""People and monsters on two legs."""
WALKER = {
    **{"body": "body", "hips": "spine", "torso": "spine", "shoulders": "chest", "back": "hips"},
    **{"frontleg": "leg_front_shoulder", "frontupleg": "leg_front_upper"},
    **{"frontlowleg": "leg_front_lower", "frontfoot": "leg_front_foot"},
    **{"backleg": "leg_back_hip", "backupleg": "leg_back_upper"},
    **{"backlowleg": "leg_back_lower", "backfoot": "leg_back_foot"},
}
TWO_LEGGED_DINOSAUR = WALKER | {
    **{"frontleg": "arm_shoulder", "frontupleg": "arm_upper", "frontlowleg": "arm_lower"},
    **{"frontfoot": "hand", "backleg": "leg_hip", "backupleg": "leg_upper", "backlowleg": "leg_lower"},
    **{"backfoot": "leg_foot"},
}
ANIMAL = {
    **{"body": ROOT, "back": "hips", "torso": "spine", "torso2": "spine", "torso3": "chest"},
    **{"frontshoulder": "leg_front_shoulder", "frontupperleg": "leg_front_upper"},
    **{"frontlowerleg": "leg_front_lower", "ikfrontleg": "leg_front_foot", "ff": "leg_front_toes"},
    **{"backshoulder": "leg_back_hip", "backleg": "leg_back_upper", "backupperleg": "leg_back_lower"},
    **{"backlowerleg": "leg_back_hock", "ikbackleg": "leg_back_foot", "ffb": "leg_back_toes"},
}
SNAKE = {"chest": "body", "head": "neck", "mouth": "head"}
FLYER = {"torso": "body", "body": "abdomen"}
FLYING_GHOST = {"torso": "body", "body": "tail"}
SWIMMER = {
    **{"root": "body", "spine": "spine", "face": "head"},
    **{"topflipper": "fin", "midflipper": "fin", "bottomflipper": "fin", "bone": "fin"},
}
WINGED_MONSTER = {"bodyroot": "hips", "body": "chest", "shoulder": "wing_shoulder", "bone": "eyes"}
PACKS = {
    "q_alien2019": UPRIGHT,
    "q_cutefish": {"main1": "body", "main5": "tail", "main6": "tail", "main": "spine"},
    "q_cyberpunk2021": UPRIGHT | {"torso": "spine", "chest": "chest"},
    "q_dino2018": WALKER,
    "q_enemy2019": WALKER,
    "q_farm2018": WALKER,
    "q_fish2018": SWIMMER,
    "q_knight2018": UPRIGHT,
    "q_men2019": UPRIGHT,
    "q_monsters_big": UPRIGHT,
    "q_monsters_blob": {"body": "base", "head": "body", "head2": "spine", "head3": "head"},
    "q_monsters_flying": FLYER,
    "q_platformer2021": {"body": "base", "head": "body", "head2": "spine", "head3": "head"},
    "q_robot2018": UPRIGHT,
    "q_space2021": UPRIGHT,
    "q_uaa2021": ANIMAL,
    "q_women2019": UPRIGHT,
}
"""Words of a pack's files; they go before the common ones."""


def _numbered(*bases: str) -> dict[str, str]:
    """Words `bone`, `bone.001`, ... with these meanings; an empty one is left out."""
    return {"bone" if i == 0 else f"bone.{i:03d}": base for i, base in enumerate(bases) if base}


_LIMBS = {
    "front": ("leg_front_upper", "leg_front_lower", "leg_front_foot"),
    "back": ("leg_back_upper", "leg_back_lower", "leg_back_foot"),
}
_PET = _numbered(
    *("hips", "spine", "chest", "head", "tail", "tail", "tail", "tail"),
    *(2 * _LIMBS["back"] + 2 * _LIMBS["front"]),
)
FILES = {
    "q_animals2016__Bird": _numbered(
        *("body", "neck", "head", "tail", "tail", "tail", "wing", "wing", "wing", "wing")
    ),
    "q_animals2016__Chick": _numbered(
        *("hips", "chest", "neck"), *(2 * ("leg_upper", "leg_lower", "leg_foot")), "head"
    ),
    "q_animals2016__Fish": _numbered("body", "head", "tail", "fin", "fin", "fin", "fin"),
    "q_animals2016__Red_Fox": _numbered(
        *("hips", "chest", "head", "tail"), *(2 * _LIMBS["back"]), "tail", *(2 * _LIMBS["front"])
    ),
    "q_animals2016__Whale": _numbered(
        *("body", "", "spine", "tail", "tail", "fin", "fin", "fin", "fin", "head")
    ),
    "q_dino2018__Parasaurolophus": TWO_LEGGED_DINOSAUR,
    "q_dino2018__Trex": TWO_LEGGED_DINOSAUR,
    "q_dino2018__Velociraptor": TWO_LEGGED_DINOSAUR,
    "q_enemy2019__Frog": WALKER
    | {"backhip": "leg_back_hip", "backleg": "leg_back_upper"}
    | {"backupleg": "leg_back_lower", "backlowleg": "leg_back_hock"},
    "q_enemy2019__Snake": SNAKE,
    "q_enemy2019__Snake_Angry": SNAKE,
    "q_enemy2019__Spider": {
        **{"body": "body", "thorax": "chest"},
        **{
            f"{word}{part}": f"leg_{place}_{name}"
            for word, place in (
                *(("front", "front"), ("midfront", "middle_front")),
                *(("midback", "middle_back"), ("back", "back")),
            )
            for part, name in (
                *(("leg", "upper"), ("leg2", "middle"), ("leg3", "lower")),
                *(("foot", "foot"), ("foot2", "foot")),
            )
        },
    },
    "q_enemy2019__Wasp": {
        **{"body": "body", "thorax": "chest", "abdomen2": "abdomen", "abdomen3": "abdomen"},
        **{
            f"{word}leg{i}": f"leg_{place}_{name}"
            for word, place in (("top", "front"), ("mid", "middle"), ("bottom", "back"))
            for i, name in ((1, "upper"), (2, "lower"), (3, "foot"))
        },
    },
    "q_monster2018__Bat": WINGED_MONSTER,
    "q_monster2018__Dragon": WINGED_MONSTER,
    "q_monster2018__Skeleton": {
        **{"hips": "hips", "torso": "chest", "downleg": "leg_lower"},
        **{"upperleg.001": "arm_upper", "downleg.001": "arm_lower"},
    },
    "q_monster2018__Slime": {"root": "body", "body": "spine"},
    "q_monsters_flying__Ghost": FLYING_GHOST,
    "q_monsters_flying__Ghost_Skull": FLYING_GHOST,
    "q_monsters_flying__Hywirl": FLYING_GHOST,
    "q_monsters_flying__Tribal": FLYING_GHOST,
    "q_platformer2021__Character": UPRIGHT,
    "q_space2021__Enemy_ExtraSmall": FLYER,
    "q_space2021__Enemy_Flying": FLYER | {"root": "base"},
    "q_space2021__Enemy_Small": FLYER,
    "q_vol2_2017__Cat": _PET,
    "q_vol2_2017__Dog": _PET,
    "q_vol2_2017__Wolf": _PET,
    "q_vol2_2017__Eagle": _numbered(
        *("hips", "chest", "neck", "head", "tail", "tail", "tail", *(9 * ("wing",))),
        *(2 * ("leg_upper", "leg_lower", "leg_ankle", "leg_foot")),
    ),
    "q_vol2_2017__Piranha": _numbered(
        *("body", "spine", "chest", "head", "jaw", "tail", "tail", "fin", "fin")
    ),
}
"""Words of single files; they go before those of their pack."""

_SIDE = re.compile(r"(?:^[lr]\.|[._][lr](?=$|[._])|left|right)")
_COPY = re.compile(r"[._]\d{3}$")


def base_name(creature: str, raw: str) -> str:
    """Return the base name of a file's joint.

    Parameters
    ----------
    creature : str
        File of the creature without its suffix.
    raw : str
        The joint's name in the file.
    """
    word = _SIDE.sub("", raw.lower()).strip("._ ")
    own = FILES.get(creature, {}), PACKS.get(creature.split("__")[0], {}) if creature not in FILES else {}
    for text in (word, _COPY.sub("", word)):
        numberless = text.rstrip("0123456789")
        for table in (*own, COMMON):
            if text in table:
                return table[text]
        for table in own:
            if numberless in table:
                return table[numberless]
        if numberless in CHAIN_WORDS:
            return CHAIN_WORDS[numberless]
    found = re.sub(r"[^a-z0-9]+", "_", _COPY.sub("", word)).strip("_")
    return "joint" if found in ("", "bone") else found


def is_paired(base: str) -> bool:
    """Whether joints of a base name have a side."""
    return base.startswith(PAIRED) and base not in UNPAIRED


def joint_names(bases: Sequence[str], sides: np.ndarray) -> tuple[str, ...]:
    """Return unique names of joints, listed parents before children.

    Parameters
    ----------
    bases : sequence of str
    sides : (J,) int
        1 left, -1 right; used for base names that come in pairs.
    """
    bases = ["base" if base == ROOT else base for base in bases]
    suffixes = [
        {1: ".L", -1: ".R"}.get(int(side), "") if is_paired(base) else ""
        for base, side in zip(bases, sides, strict=True)
    ]
    members: dict[tuple[str, str], int] = defaultdict(int)
    for key in zip(bases, suffixes, strict=True):
        members[key] += 1
    repeated = CHAINS | {base for (base, _), count in members.items() if count > 1}
    seen: dict[tuple[str, str], int] = defaultdict(int)
    names = []
    for base, suffix in zip(bases, suffixes, strict=True):
        seen[base, suffix] += 1
        number = f"_{seen[base, suffix]:02d}" if base in repeated else ""
        names.append(f"{base}{number}{suffix}")
    return tuple(names)
