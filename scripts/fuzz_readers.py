"""Feeds damaged files to the readers and counts what is not one clear error.

    .venvs/backend/bin/python scripts/fuzz_readers.py --count 20000 --seed 0

Half of the inputs have random bytes changed, half have values of their glTF JSON replaced by wrong ones. A
file must be read, or refused with a ZoetropeError; anything else is printed, and the exit status is 1.
"""
# ruff: noqa: E402 - the helpers of the tests are not a package

import argparse
import copy
import io
import json
import random
import struct
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests/backend/helpers")]

import numpy as np
from gltf_builder import moving, skinned_document
from PIL import Image
from procedural_rig import Writing, write
from zoetrope.clips.anime import read_anime
from zoetrope.clips.gltf import read_gltf
from zoetrope.errors import ZoetropeError

WRONG = (
    *(None, True, False, 0, -1, 1, 3, 255, 5126, 10**6, 10**20, -(10**20), 0.5, 1e308, -1e308),
    *(
        "",
        "x",
        "MAT4",
        "VEC3",
        "a\0b",
        "\ud800",
        "../x",
        "data:,",
        [],
        [0],
        [[]],
        [1e308] * 16,
        [10**20],
        {},
        {"a": 1},
    ),
)
"""Values that replace others."""


def seeds(folder):
    """Write valid documents of every supported kind; return them as (JSON, binary)."""
    textured = moving()
    stream = io.BytesIO()
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(stream, "PNG")
    view = textured.view(np.frombuffer(stream.getvalue(), np.uint8))
    textured.json["images"] = [{"bufferView": view, "mimeType": "image/png"}]
    textured.json["samplers"], textured.json["textures"] = [{"wrapS": 33071}], [{"source": 0, "sampler": 0}]
    transform = {"KHR_texture_transform": {"offset": [0.1, 0.2], "rotation": 0.3, "scale": [2, 2]}}
    info = {"index": 0, "texCoord": 0, "extensions": transform}
    textured.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": info}}]
    primitive = textured.json["meshes"][0]["primitives"][0]
    primitive["material"] = 0
    primitive["attributes"]["TEXCOORD_0"] = textured.accessor(
        np.random.default_rng(0).random((4, 2)).astype(np.float32)
    )
    primitive["attributes"]["COLOR_0"] = textured.accessor(np.ones((4, 3), np.float32))
    primitive["targets"] = [{"POSITION": textured.accessor(np.ones((4, 3), np.float32))}]
    textured.json["scenes"], textured.json["scene"] = [{"nodes": [0]}], 0
    skinned = skinned_document(np.tile(np.array([1, 0, 0, 0], np.float32), (4, 1)))
    found = []
    for i, builder in enumerate((moving(), textured, skinned)):
        found.append(parse(builder.glb(folder / f"{i}.glb").read_bytes()))
    found.append(parse(write(folder / "rig.glb", Writing(posed=True, parts=2)).read_bytes()))
    return found


def parse(data):
    """Return the JSON and the binary chunk of a GLB file."""
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def pack(document, binary):
    """Return the bytes of a GLB file."""
    text = json.dumps(document).encode("utf-8", "surrogatepass")
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary))
    return (
        head
        + struct.pack("<I4s", len(text), b"JSON")
        + text
        + struct.pack("<I4s", len(binary), b"BIN\0")
        + binary
    )


def places(value, way=()):
    """Yield the path of every value inside a JSON document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*way, key)
        yield from places(inner, (*way, key))


def with_wrong_values(document, rng):
    """Return a copy with one to three values replaced or removed."""
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 3)):
        *way, last = max(rng.choices(list(places(document)), k=2), key=len)  # deep ones: the others end early
        item = document
        for key in way:
            item = item[key]
        if rng.random() < 0.2:
            del item[last]
        else:
            item[last] = copy.deepcopy(rng.choice(WRONG))
    return document


def with_wrong_bytes(data, rng):
    """Return a copy with some bytes changed, or cut off."""
    data = bytearray(data)
    first = data.find(b"BIN\0") + 4 if rng.random() < 0.7 else 0
    for _ in range(rng.randint(1, 12)):
        data[rng.randrange(max(first, 0), len(data))] = rng.randrange(256)
    return bytes(data[: rng.randrange(len(data))] if rng.random() < 0.2 else data)


def main():
    """Run the inputs and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="inputs")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first input")
    given = parser.parse_args()
    counts = {"read": 0, "refused": 0, "leaked": 0}
    slowest, reasons = 0.0, {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        documents = seeds(folder)
        anime = struct.pack("<3i", 2, 4, 4) + np.zeros(4 * 3 + 4 * 3 + 4 * 3, "<f4").tobytes()
        for index in range(given.seed, given.seed + given.count):
            rng = random.Random(index)
            document, binary = documents[index % len(documents)]
            path, reader = folder / "input.glb", read_gltf
            if index % 20 == 19:
                path, reader = folder / "input.anime", read_anime
                path.write_bytes(with_wrong_bytes(anime, rng))
            elif index % 2:
                path.write_bytes(pack(with_wrong_values(document, rng), binary))
            else:
                path.write_bytes(with_wrong_bytes(pack(document, binary), rng))
            began = time.perf_counter()
            try:
                reader(path)
                counts["read"] += 1
            except ZoetropeError as error:
                counts["refused"] += 1
                if "it is damaged (" in error.message:
                    reasons.setdefault(error.message.partition("read: ")[2], index)
            except Exception as error:
                counts["leaked"] += 1
                print(f"input {index}: {type(error).__name__}: {error}")
            slowest = max(slowest, time.perf_counter() - began)
    print(
        ", ".join(f"{count} {name}" for name, count in counts.items()), f"; the slowest took {slowest:.2f} s"
    )
    if reasons:
        print("Refused only by the last resort:", reasons)
    return 1 if counts["leaked"] else 0


if __name__ == "__main__":
    sys.exit(main())
