"""Answers to the service's requests (docs/protocol.md)."""

from msgspec import Struct

from zoetrope.service.requests import Nothing


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
    """Answer to `hello`; `engines`: those that `generate` may name, the usual one first."""

    protocol: int
    package: str
    device: str
    device_name: str
    engine: str
    weights: WeightsInfo
    categories: list[Category]
    details: list[int]
    pid: int
    engines: list[str] = []


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
    """Answer to `preview`: the result file, its size, and seconds."""

    file: str
    vertices: int
    faces: int
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
