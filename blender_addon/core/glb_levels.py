"""The glTF extension MSFT_lod in a .glb file: which nodes are levels of detail of which. No bpy.

https://github.com/KhronosGroup/glTF/tree/main/extensions/2.0/Vendor/MSFT_lod
"""

import json
import os
import struct
from pathlib import Path

EXTENSION = "MSFT_lod"
JSON_CHUNK = 12
"""Where the header of the JSON chunk begins: behind magic, version and length."""


def add_extension(path, levels):
    """Mark nodes of a .glb file as levels of detail of others, which viewers then show one of.

    Animations of one name that move a node and its levels become one, as Blender writes them from 4.4 on:
    before, one that an Action of shape keys plays in each of them is an animation each.

    Parameters
    ----------
    path : Path
        Read and replaced as a whole.
    levels : dict
        Name of a mesh's node -> names of its levels' nodes, the finest first. What is not there is left out.
    """
    data = Path(path).read_bytes()
    (size,) = struct.unpack_from("<I", data, JSON_CHUNK)
    begin = JSON_CHUNK + 8
    document, rest = json.loads(data[begin : begin + size]), data[begin + size :]
    places = {node.get("name"): i for i, node in enumerate(document.get("nodes", ())) if "mesh" in node}
    marked = False
    for name, names in levels.items():
        ids = [places[other] for other in names if other in places]
        if name in places and ids:
            node = document["nodes"][places[name]]
            node.setdefault("extensions", {})[EXTENSION] = {"ids": ids}
            _join_animations(document, {places[name], *ids})
            marked = True
    if not marked:
        return
    used = document.setdefault("extensionsUsed", [])
    if EXTENSION not in used:
        used.append(EXTENSION)
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8")
    text += b" " * (-len(text) % 4)
    header = data[:8] + struct.pack("<I", begin + len(text) + len(rest))
    chunk = struct.pack("<I", len(text)) + data[JSON_CHUNK + 4 : begin]
    partial = Path(f"{path}.part")
    try:
        partial.write_bytes(header + chunk + text + rest)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _join_animations(document, nodes):
    """Join animations of one name that move nothing but some nodes."""
    first, kept = {}, []
    for animation in document.get("animations", ()):
        whole = None
        if {channel["target"].get("node") for channel in animation["channels"]} <= nodes:
            whole = first.setdefault(animation.get("name"), animation)
        if whole is None or whole is animation:
            kept.append(animation)
            continue
        count = len(whole["samplers"])
        whole["samplers"] += animation["samplers"]
        whole["channels"] += [{**c, "sampler": count + c["sampler"]} for c in animation["channels"]]
    if kept:
        document["animations"] = kept
