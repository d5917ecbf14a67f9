"""Messages of the service: JSON-RPC 2.0, one per line; types are checked on arrival (docs/protocol.md)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from zoetrope.assets.limits import MAX_FACES, MIN_FACES
from zoetrope.engines.base import MAX_SEED, Detail

PROTOCOL = 1
MAX_BONES = 128

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
CODES = {
    "cancelled": -32001,
    "bad_request": -32002,
    "bad_option": -32003,
    "weights_missing": -32004,
    "weights_damaged": -32005,
    "out_of_memory": -32006,
    "disk_full": -32007,
    "bad_mesh": -32008,
    "cannot_write": -32009,
    "protocol_mismatch": -32010,
    "internal": -32099,
}
"""Code of a ZoetropeError, sent as `kind` -> JSON-RPC error code."""

Id = int | str
Seed = Annotated[int, Meta(ge=0, le=MAX_SEED)]


class Hello(Struct, forbid_unknown_fields=True):
    """First message: the client and its protocol version."""

    protocol: int
    client: str


class Morph(Struct, forbid_unknown_fields=True):
    """Another creature, by name, title or seed, and how far a body goes towards it."""

    other: Annotated[str, Meta(min_length=1, max_length=200)] | Seed
    amount: Annotated[float, Meta(ge=0, le=1)]


class Generate(Struct, forbid_unknown_fields=True):
    """Generate one animated creature into a folder that the client created.

    Either `action`, one, with shape keys alone, or `actions`; the result file differs (docs/protocol.md).
    """

    job_folder: Annotated[str, Meta(min_length=1)]
    category: str
    seed: Seed
    fps: Annotated[float, Meta(gt=0, le=1000)]
    detail: Detail
    action: str | None = None
    actions: Annotated[list[str], Meta(min_length=1, max_length=32)] | None = None
    frames: Annotated[int, Meta(ge=2, le=10_000)] | None = None
    height: Annotated[float, Meta(gt=0, le=1000)] | None = None
    palette: Seed | None = None
    faces: Annotated[int, Meta(ge=MIN_FACES, le=MAX_FACES)] | None = None
    texture: Literal[512, 1024, 2048] | None = None
    output: Literal["armature", "shape_keys", "both"] = "shape_keys"
    correctives: bool = False
    proportions: dict[str, float] | None = None
    proportions_seed: Seed | None = None
    morph: Morph | None = None


class Preview(Struct, forbid_unknown_fields=True):
    """The body of a seed at rest, coarsely, into a folder that the client created: for live sliders."""

    job_folder: Annotated[str, Meta(min_length=1)]
    category: str
    seed: Seed
    palette: Seed | None = None
    height: Annotated[float, Meta(gt=0, le=1000)] | None = None
    proportions: dict[str, float] | None = None
    proportions_seed: Seed | None = None
    morph: Morph | None = None


class AnalyseMesh(Struct, forbid_unknown_fields=True):
    """Guess category, facing and donors of the mesh in `<job_folder>/mesh.npz`."""

    job_folder: Annotated[str, Meta(min_length=1)]
    category: str | None = None
    facing: Annotated[float, Meta(ge=-360, le=360)] | None = None


class Animate(Struct, forbid_unknown_fields=True):
    """Animate the mesh in `<job_folder>/mesh.npz`; what is null is guessed."""

    job_folder: Annotated[str, Meta(min_length=1)]
    actions: Annotated[list[str], Meta(min_length=1, max_length=32)]
    seed: Seed
    fps: Annotated[float, Meta(gt=0, le=1000)]
    category: str | None = None
    facing: Annotated[float, Meta(ge=-360, le=360)] | None = None
    donor: str | None = None
    frames: Annotated[int, Meta(ge=2, le=10_000)] | None = None
    rig: Literal["donor", "own"] = "donor"
    bone_names: list[str] | None = None
    output: Literal["armature", "shape_keys", "both"] = "armature"
    fallback: bool = True


class Decompose(Struct, forbid_unknown_fields=True):
    """Find bones for the vertex animation in `<job_folder>/mesh.npz` and `frames.npy`.

    Either `bones`, at most so many, or `tolerance` in metres, which 99 % of the vertices are to stay within.
    """

    job_folder: Annotated[str, Meta(min_length=1)]
    name: str
    fps: Annotated[float, Meta(gt=0, le=1000)]
    bones: Annotated[int, Meta(ge=1, le=MAX_BONES)] | None = None
    tolerance: Annotated[float, Meta(gt=0, le=1000)] | None = None


class Cancel(Struct, forbid_unknown_fields=True):
    """Cancel a `generate`, `analyse_mesh`, `animate` or `decompose` request that runs or waits."""

    id: Id


class Nothing(Struct, forbid_unknown_fields=True):
    """No parameters."""


METHODS: dict[str, type[Struct]] = {
    "hello": Hello,
    "generate": Generate,
    "preview": Preview,
    "analyse_mesh": AnalyseMesh,
    "animate": Animate,
    "decompose": Decompose,
    "cancel": Cancel,
    "release_memory": Nothing,
    "self_test": Nothing,
    "shutdown": Nothing,
}


class Request(Struct):
    """Any request; its parameters are decoded by method."""

    method: str
    id: Id
    jsonrpc: Literal["2.0"] = "2.0"
    params: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"{}"))


class Category(Struct):
    """A category that can be requested, its actions, and its typical height in metres."""

    name: str
    actions: list[str]
    height: float


class WeightsInfo(Struct):
    """The weights that the backend uses."""

    name: str
    checksum: str
    parameters: int


class HelloResult(Struct):
    """Answer to `hello`."""

    protocol: int
    package: str
    device: str
    device_name: str
    engine: str
    weights: WeightsInfo
    categories: list[Category]
    details: list[int]
    pid: int


class DonorMatch(Struct):
    """A donor and how well the mesh fits it: lower costs are better."""

    name: str
    title: str
    cost: float
    distortion: float


class CategoryScore(Struct):
    """A category and the lowest cost of its donors."""

    name: str
    cost: float


class ClipFit(Struct):
    """Distance of a skinned clip from the generated one, shares of the creature's diagonal.

    `mean` and `p99` of the skeleton alone; `with_correctives` the mean, or null without.
    """

    action: str
    mean: float
    p99: float
    with_correctives: float | None


class AnalyseMeshResult(Struct):
    """Answer to `analyse_mesh`: what the mesh was recognised as, and whether the artist should confirm it.

    `facing` is the rotation about Z in degrees that makes the mesh face -Y; `confidence` is from 0 to 1.
    """

    category: str
    facing: float
    confidence: float
    ask: bool
    categories: list[CategoryScore]
    donors: list[DonorMatch]
    vertices: int
    faces: int
    parts: int
    warnings: list[str]


class ActionResult(Struct):
    """One clip of an `animate` result; errors and stretch as shares, see `AnimatedAction`."""

    name: str
    cyclic: bool
    frames: int
    residual_mean: float
    residual_p99: float
    stretch_median: float
    stretch_p99: float
    slip: float


class GenerateResult(Struct):
    """Answer to `generate`: the result file, its size, and seconds by stage and in total.

    `frames` of all clips together; `donor` whose skeleton it has, empty where vertices move it; `fits`: the
    skeleton's distance from each clip, with correctives where there are any; `notes`: for the artist.
    """

    file: str
    vertices: int
    faces: int
    frames: int
    stages: dict[str, float]
    seconds: float
    donor: str = ""
    correctives: int = 0
    fits: list[ClipFit] = []
    notes: list[str] = []


class PreviewResult(Struct):
    """Answer to `preview`: the result file, its size, all proportions that were used, and seconds."""

    file: str
    vertices: int
    faces: int
    proportions: dict[str, float]
    seconds: float


class AnimateResult(Struct):
    """Answer to `animate`: the result file and how the mesh was animated; `seconds` by stage."""

    file: str
    donor: str
    category: str
    facing: float
    cost: float
    distortion: float
    warnings: list[str]
    actions: list[ActionResult]
    stages: dict[str, float]
    seconds: float


class DecomposeResult(Struct):
    """Answer to `decompose`: the result file, and how far the skinned vertices are from the given ones.

    `mean`, `p99` (99 % of the vertices stay within it), `largest`, `diagonal` of the rest pose, in metres;
    `reached`: whether the tolerance was met; `seconds` by stage.
    """

    file: str
    bones: int
    mean: float
    p99: float
    largest: float
    diagonal: float
    reached: bool
    stages: dict[str, float]
    seconds: float


class CancelResult(Struct):
    """Answer to `cancel`: whether the request was running or waiting."""

    cancelled: bool


class Check(Struct):
    """One check of the self-test."""

    name: str
    ok: bool
    seconds: float
    message: str


class SelfTestResult(Struct):
    """Answer to `self_test`."""

    ok: bool
    checks: list[Check]


class Progress(Struct):
    """Parameters of the notification `progress`."""

    id: Id
    stage: str
    step: int
    total: int
    seconds: float
    fraction: float


class ErrorData(Struct):
    """Kind of the error, and what the user can do about it."""

    kind: str
    remedy: str


class Error(Struct):
    """A JSON-RPC error."""

    code: int
    message: str
    data: ErrorData


class Result(Struct):
    """A successful answer."""

    id: Id
    result: Any
    jsonrpc: Literal["2.0"] = "2.0"


class Failure(Struct):
    """An unsuccessful answer; id is null if the request could not be parsed."""

    id: Id | None
    error: Error
    jsonrpc: Literal["2.0"] = "2.0"


class Notification(Struct):
    """A message without an answer."""

    method: Literal["progress"]
    params: Progress
    jsonrpc: Literal["2.0"] = "2.0"


RESULTS: dict[str, type[Struct]] = {
    "hello": HelloResult,
    "generate": GenerateResult,
    "preview": PreviewResult,
    "analyse_mesh": AnalyseMeshResult,
    "animate": AnimateResult,
    "decompose": DecomposeResult,
    "cancel": CancelResult,
    "release_memory": Nothing,
    "self_test": SelfTestResult,
    "shutdown": Nothing,
}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of all messages, as stored in docs/protocol.schema.json."""
    types = [Request, Result, Failure, Notification, *METHODS.values(), *RESULTS.values()]
    unique = list(dict.fromkeys(types))
    _, components = msgspec.json.schema_components(unique, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Zoetrope service, protocol {PROTOCOL}",
        "methods": {
            name: {"params": f"#/$defs/{params.__name__}", "result": f"#/$defs/{RESULTS[name].__name__}"}
            for name, params in METHODS.items()
        },
        "$defs": components,
    }
