"""What a glTF file requires of its reader: a version, and extensions (glTF 2.0, sections 3.2 and 3.12)."""

import re
from pathlib import Path
from typing import Any

from zoetrope.clips.clip import bad_file
from zoetrope.errors import ZoetropeError

COMPRESSION = ("KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression")
READ = {
    "EXT_mesh_gpu_instancing",
    "EXT_texture_webp",
    "KHR_animation_pointer",
    "KHR_mesh_quantization",
    "KHR_node_visibility",
    "KHR_texture_transform",
}
"""Extensions that are read."""
HARMLESS = {
    "EXT_lights_ies",
    "EXT_lights_image_based",
    "EXT_texture_avif",
    "KHR_audio_emitter",
    "KHR_interactivity",
    "KHR_lights_punctual",
    "KHR_node_hoverability",
    "KHR_node_selectability",
    "KHR_techniques_webgl",
    "KHR_texture_basisu",
    "KHR_xmp",
    "KHR_xmp_json_ld",
    "MSFT_audio_emitter",
    "MSFT_lod",
    "MSFT_packing_normalRoughnessMetallic",
    "MSFT_packing_occlusionRoughnessMetallic",
    "MSFT_texture_dds",
    "VRM",
}
"""Extensions without effect on mesh, motion and base colour, or whose effect is noted where it is met:
lights, sounds, metadata, textures in other formats, details further away."""
HARMLESS_PREFIXES = ("KHR_materials_", "EXT_materials_", "VRMC_")
"""Appearance beside the base colour; VRM's behaviour of avatars."""
VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")


def check_requirements(path: Path, document: dict[str, Any]) -> list[str]:
    """Refuse a file that requires what is not read; return notes about what is taken on trust.

    Raises
    ------
    ZoetropeError
        Code "bad_file": its version, or an extension of `extensionsRequired`.
    """
    required = document.get("extensionsRequired", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise bad_file(path, "extensionsRequired is not a list of names")
    for name in required:
        if name in COMPRESSION:
            raise compressed(path, name)
        if name not in READ | HARMLESS and not name.startswith(HARMLESS_PREFIXES):
            raise bad_file(
                path,
                f"it requires the glTF extension {name[:80]}, which is not supported",
                "Export it without this extension.",
            )
    return _check_version(path, document.get("asset"))


def compressed(path: Path, extension: str) -> ZoetropeError:
    """Return the error for a file with compressed meshes."""
    return bad_file(path, f"its meshes are compressed ({extension})", "Export it without mesh compression.")


def _check_version(path: Path, asset: Any) -> list[str]:
    """Any 2.x can be read, unless it says that it needs a newer reader (glTF 2.0, section 3.2)."""
    if not isinstance(asset, dict) or "version" not in asset:
        return ["it does not state its glTF version and is read as 2.0"]
    version, minimum = (_version(asset.get(key, "2.0")) for key in ("version", "minVersion"))
    if version is None or version[0] != 2:
        raise bad_file(path, f"it is glTF {str(asset['version'])[:20]}", "Export it as glTF 2.0.")
    if minimum is None or minimum > (2, 0):
        raise bad_file(
            path, f"it requires a reader of glTF {str(asset['minVersion'])[:20]}", "Export it as glTF 2.0."
        )
    return []


def _version(text: Any) -> tuple[int, int] | None:
    found = VERSION.fullmatch(text) if isinstance(text, str) else None
    return (int(found[1]), int(found[2])) if found else None
