"""Malformed weights are refused by one sentence of code "weights_damaged", before memory is taken."""

import json
import os
import shutil
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from zoetrope.engines.weights import bundle as bundles
from zoetrope.engines.weights.bundle import bundle_checksum, load_bundle, read_description
from zoetrope.errors import ZoetropeError

WEIGHTS = Path(__file__).parents[4] / "weights"
SHIPPED = json.loads((WEIGHTS / "model.json").read_text())
TENSORS = "colour.safetensors"
REMOVED = object()


@pytest.fixture
def weights(tmp_path):
    """A folder with links to the shipped weights, and copies of the small files that tests change."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for path in WEIGHTS.glob("*.safetensors"):
        (folder / path.name).symlink_to(path)
    for name in ("model.json", "checksums"):
        shutil.copy(WEIGHTS / name, folder)
    return folder


@pytest.fixture(autouse=True)
def no_modules(monkeypatch):
    """Refuse to make modules: what is malformed must be found before."""

    def refuse(*_):
        raise AssertionError("modules were made of malformed weights")

    monkeypatch.setattr(bundles, "empty_bundle", refuse)


def refusal(folder, code="weights_damaged"):
    with pytest.raises(ZoetropeError) as caught:
        load_bundle(folder)
    error = caught.value
    assert error.code == code
    assert error.remedy
    assert error.message.endswith(".")
    assert "\n" not in error.message
    assert len(error.message) < 500
    return error.message


def changed(*path, value):
    """The shipped description with one value replaced or removed."""
    description = json.loads(json.dumps(SHIPPED))
    *parents, last = path
    place = description
    for key in parents:
        place = place[key]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = value
    return description


CHANGES = [
    *(((key,), REMOVED) for key in ("format", "name", "shape_field", "motion_model", "categories")),
    *(((key,), REMOVED) for key in ("action_order", "gradient_bound", "training", "palette_model")),
    *(((key,), value) for key in ("format", "parameters") for value in ("1", None, 1.5, [1])),
    (("format",), 2),
    (("format",), -1),
    (("format",), 10**30),
    (("parameters",), -1),
    (("parameters",), 10**12),
    (("name",), 7),
    (("name",), ""),
    (("name",), "x" * 10_000),
    (("name",), "two\nlines"),
    *(
        (("shape_field", "width"), value)
        for value in (0, -256, 10**9, 2**63, 10**30, "256", 256.5, None, True)
    ),
    (("shape_field", "width"), 255),
    (("shape_field", "depth"), 0),
    (("shape_field", "depth"), 10**9),
    (("shape_field", "depth"), 7),
    (("shape_field", "latent"), REMOVED),
    (("shape_field", "latent"), 10**9),
    (("shape_field", "octaves"), 10**9),
    (("shape_field", "octaves"), 6),
    (("shape_field", "colour"), 1),
    (("shape_field", "colour"), True),
    (("shape_field",), []),
    (("shape_field",), None),
    (("motion_field", "width"), 4097),
    (("motion_field", "shape_latent"), 95),
    (("motion_field", "latent"), -1),
    (("shape_dictionary", "kept"), 10**9),
    (("shape_dictionary", "kept"), 63),
    (("shape_dictionary", "residual"), -1),
    (("shape_dictionary", "code"), 10**6),
    (("shape_dictionary", "live"), False),
    (("motion_dictionary", "code"), 0),
    (("shape_model", "heads"), 0),
    (("shape_model", "heads"), 7),
    (("shape_model", "layers"), 10**9),
    (("shape_model", "width"), 10**9),
    (("shape_model", "depth"), 10**6),
    (("shape_model", "dropout"), -0.5),
    (("shape_model", "dropout"), 1.5),
    (("shape_model", "categories"), 10**9),
    (("shape_model", "categories"), 5),
    (("motion_model", "frames"), 10**9),
    (("motion_model", "frames"), 31),
    (("motion_model", "extra"), 0),
    (("motion_model", "extra"), 10**6),
    (("motion_model", "reach"), -1),
    (("motion_model", "reach"), 1000),
    (("motion_model", "reach"), 33),
    (("motion_model", "actions"), 12),
    (("motion_model", "clip_codes"), "yes"),
    (("colour_field", "regions"), 7),
    (("colour_field", "shape_latent"), 10**9),
    (("colour_field",), None),
    (("palette_model", "width"), -2),
    (("palette_model", "categories"), 7),
    *((("gradient_bound",), value) for value in (0, -1, 0.5, 1e300, "2")),
    (("shape_guidance",), -1),
    (("motion_guidance",), 1e9),
    (("categories",), []),
    (("categories",), {}),
    (("categories", 0), "biped"),
    (("categories", 0, "name"), "blob"),
    (("categories", 0, "name"), ""),
    (("categories", 0, "name"), 5),
    *((("categories", 0, "height"), value) for value in (0, 1e-30, -1.7, 1e9, "tall", None)),
    (("categories", 0, "actions"), []),
    (("categories", 0, "actions", 0, "name"), "sing"),
    (("categories", 0, "actions", 0, "name"), "death"),
    (("categories", 0, "actions", 0, "cyclic"), "no"),
    (("categories", 0, "actions", 0, "clips"), -1),
    (("categories", 0, "actions", 0, "clips"), REMOVED),
    (("action_order",), []),
    (("action_order",), ["walk"] * 11),
    (("action_order", 0), 3),
    (("action_order", 10), "walk away"),
    (("smoothing", "cyclic"), []),
    (("smoothing", "cyclic", 0), -0.1),
    (("smoothing", "one_way", 0), 1e300),
    (("smoothing", "one_way"), [1.0] * 3000),
    (("smoothing",), 3),
    (("training",), []),
]


@pytest.mark.parametrize(
    ("path", "value"),
    CHANGES,
    ids=lambda x: "removed" if x is REMOVED else str(x)[:40].replace("\n", " "),
)
def test_every_malformed_value_of_the_description_is_refused(weights, path, value):
    (weights / "model.json").write_text(json.dumps(changed(*path, value=value)))
    assert "model.json" in (message := refusal(weights)) or "safetensors" in message or "format" in message


def lacking(*keys):
    return {key: value for key, value in SHIPPED.items() if key not in keys}


OLDER_COLOURS = {**SHIPPED["colour_field"], "palette": 8}
del OLDER_COLOURS["regions"]
LIMITS = ("eikonal_limits", "loose_limits", "proportion_strengths")


@pytest.mark.parametrize(
    ("description", "sign"),
    [
        ({**SHIPPED, "colour_field": OLDER_COLOURS}, "its colour field has no regions"),
        ({**lacking(*LIMITS), "colour_field": OLDER_COLOURS}, "its colour field has no regions"),
        (changed("shape_field", "colour", value=True), "its shape field has colours"),
        (lacking("shape_guidance", *LIMITS), f"it has no {', '.join(LIMITS)}"),
        ({**lacking("smoothing"), "gradient_bound": 0.5}, "it has no smoothing"),
        ({**lacking(*LIMITS), "shape_field": {**SHIPPED["shape_field"], "octaves": 6}}, "it has no eikonal"),
    ],
    ids=["palette", "palette without limits", "shape colours", "guidance", "bound", "tensors"],
)
def test_intact_weights_of_an_older_version_are_called_so(weights, description, sign):
    (weights / "model.json").write_text(json.dumps(description))
    message = refusal(weights)
    assert "are of an older version of Zoetrope: model.json shows that" in message
    assert sign in message
    assert "damaged" not in message


@pytest.mark.parametrize("key", ["shape_guidance", "colour_field", "palette_model"])
def test_what_no_older_version_explains_is_damage(weights, key):
    (weights / "model.json").write_text(json.dumps(lacking(key)))
    assert "damaged" in refusal(weights)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"{",
        b"\xff\xfe{}",
        b"\x00" * 100,
        b"[" * 100_000,
        b'{"format": 1, "training": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001,
        b" " * 5_000_000,
        json.dumps(SHIPPED).replace("2.1664", "NaN").encode(),
        json.dumps(SHIPPED).replace("2.1664", "Infinity").encode(),
        json.dumps(SHIPPED).replace("2.1664", "1e999").encode(),
        json.dumps(SHIPPED).replace("1.69", "-1e999").encode(),
        json.dumps(SHIPPED).replace("moving-cpu", "\\ud800").encode(),
        json.dumps(SHIPPED)
        .replace("moving-cpu", "moving\xe4")
        .encode("latin-1")
        .replace(b"\\u00e4", b"\xe4"),
    ],
    ids=range(16),
)
def test_a_description_that_is_no_json_of_ours_is_refused(weights, data):
    (weights / "model.json").write_bytes(data)
    assert "model.json" in refusal(weights)


DIGEST = "a" * 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "one two three\n",
        f"{DIGEST}\n",
        f"{DIGEST}  \n",
        f"{DIGEST}  ../../etc/passwd\n",
        f"{DIGEST}  /etc/passwd\n",
        f"{DIGEST}  C:\\windows\\system.ini\n",
        f"{DIGEST}  ..\n",
        f"{DIGEST}  sub/model.json\n",
        f"{DIGEST[1:]}  model.json\n",
        f"{'g' * 64}  model.json\n",
        f"{DIGEST}  model.json\n{DIGEST}  model.json\n",
        f"{DIGEST}  model.json\n",
        b"\xff\xfe\x00",
        b"\x00" * 100,
        b"a" * 5_000_000,
    ],
    ids=range(17),
)
def test_malformed_checksums_are_refused(weights, text):
    (weights / "checksums").write_bytes(text if isinstance(text, bytes) else text.encode())
    refusal(weights)


@pytest.mark.parametrize("name", ["model.json", "checksums", TENSORS])
def test_a_folder_in_the_place_of_a_file_is_damage_and_nothing_there_is_missing(weights, name):
    (weights / name).unlink()
    assert name in refusal(weights, "weights_missing")
    (weights / name).mkdir()
    assert "it is not a file" in refusal(weights)
    if name == "checksums":
        with pytest.raises(ZoetropeError, match="not a file"):
            bundle_checksum(weights)
    if name == "model.json":
        with pytest.raises(ZoetropeError, match="not a file"):
            read_description(weights)


def header_of(path):
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def with_header(change):
    header, data = header_of(WEIGHTS / TENSORS)
    name = next(key for key in header if key != "__metadata__")
    header = change(header, name) or header
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(**values):
    def change(header, name):
        header[name].update(values)

    return lambda: with_header(change)


HEADERS = {
    "empty": lambda: b"",
    "short": lambda: b"\x01\x02",
    "length of 2^63": lambda: struct.pack("<Q", 2**63) + b"{}",
    "length of 10^9": lambda: struct.pack("<Q", 10**9) + b"{}",
    "no JSON": lambda: struct.pack("<Q", 4) + b"nope",
    "deep": lambda: struct.pack("<Q", 100_000) + b"[" * 100_000,
    "a list": lambda: struct.pack("<Q", 2) + b"[]",
    "no tensors": lambda: struct.pack("<Q", 2) + b"{}",
    "not UTF-8": lambda: struct.pack("<Q", 2) + b"\xff\xff",
    "huge shape": entry(shape=[10**9, 10**9]),
    "negative shape": entry(shape=[-1]),
    "text as shape": entry(shape="big"),
    "no shape": entry(shape=None),
    "integers": entry(dtype="I64"),
    "unknown type": entry(dtype=["F32"]),
    "a tensor that is a list": lambda: with_header(lambda header, name: {**header, name: []}),
    "one tensor less": lambda: with_header(lambda h, name: {k: v for k, v in h.items() if k != name}),
    "one tensor more": lambda: with_header(lambda h, name: {**h, "more": h[name]}),
    "cut": lambda: (WEIGHTS / TENSORS).read_bytes()[:-100],
    "longer": lambda: (WEIGHTS / TENSORS).read_bytes() + b"\0" * 8,
}


@pytest.mark.parametrize("make", HEADERS.values(), ids=HEADERS)
def test_a_malformed_tensor_file_is_refused_by_its_header(weights, make):
    (weights / TENSORS).unlink()
    (weights / TENSORS).write_bytes(make())
    assert TENSORS in refusal(weights)


def test_a_file_of_a_terabyte_is_not_read(weights):
    (weights / TENSORS).unlink()
    with (weights / TENSORS).open("wb") as stream:
        stream.write((WEIGHTS / TENSORS).read_bytes())
        os.truncate(stream.fileno(), 10**12)
    assert "bytes of tensors" in refusal(weights)


def test_values_that_are_no_numbers_are_refused(weights, monkeypatch):
    monkeypatch.undo()  # modules are made: the values are read into them
    tensors = load_file(WEIGHTS / TENSORS)
    name = next(iter(tensors))
    tensors[name] = torch.full_like(tensors[name], float("nan"))
    (weights / TENSORS).unlink()
    save_file(tensors, weights / TENSORS)
    lines = (weights / "checksums").read_text().splitlines()
    digest = bundles.sha256(weights / TENSORS)
    lines = [f"{digest}  {TENSORS}" if line.endswith(TENSORS) else line for line in lines]
    (weights / "checksums").write_text("\n".join(lines) + "\n")
    assert "not numbers" in refusal(weights)


def test_memory_that_runs_out_while_loading_is_not_damage(weights, monkeypatch):
    monkeypatch.undo()

    def fail(_):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes.")

    monkeypatch.setattr(bundles, "load_file", fail)
    refusal(weights, "out_of_memory")
