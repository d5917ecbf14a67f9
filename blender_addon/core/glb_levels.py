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
