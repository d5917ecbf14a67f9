"""Parameters of the service's requests; types are checked on arrival (docs/protocol.md)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from zoetrope.assets.limits import MAX_FACES, MIN_FACES
from zoetrope.engines.request import FPS, HEIGHT, MAX_MORPH, MAX_SEED, Detail
from zoetrope.geometry.mesh_level import MAX_LEVELS

MAX_BONES = 128

Id = int | str
Seed = Annotated[int, Meta(ge=0, le=MAX_SEED)]
Rate = Annotated[float, Meta(ge=FPS[0], le=FPS[1])]
Height = Annotated[float, Meta(ge=HEIGHT[0], le=HEIGHT[1])]


class Hello(Struct, forbid_unknown_fields=True):
    """First message: the client and its protocol version."""

    protocol: int
    client: str


class Morph(Struct, forbid_unknown_fields=True):
    """Another creature, by name, title or seed, and how far a body goes towards it."""

    other: Annotated[str, Meta(min_length=1, max_length=200)] | Seed
    amount: Annotated[float, Meta(ge=0, le=MAX_MORPH)]


class Generate(Struct, forbid_unknown_fields=True):
    """Generate one animated creature into a folder that the client created.

    Either `action`, one, with shape keys alone, or `actions`; the result file differs (docs/protocol.md).
    `engine`: one of those of `hello`; empty: the usual one.
    """

    job_folder: Annotated[str, Meta(min_length=1)]
    category: str
    seed: Seed
    fps: Rate
    detail: Detail
    action: str | None = None
    actions: Annotated[list[str], Meta(min_length=1, max_length=32)] | None = None
    frames: Annotated[int, Meta(ge=2, le=10_000)] | None = None
    height: Height | None = None
    palette: Seed | None = None
    faces: Annotated[int, Meta(ge=MIN_FACES, le=MAX_FACES)] | None = None
    texture: Literal[512, 1024, 2048] | None = None
    output: Literal["armature", "shape_keys", "both", "mesh_frames"] = "shape_keys"
    correctives: bool = False
    proportions: dict[str, float] | None = None
    proportions_seed: Seed | None = None
    morph: Morph | None = None
    levels_of_detail: Annotated[int, Meta(ge=0, le=MAX_LEVELS)] = 0
    engine: str = ""


class Preview(Struct, forbid_unknown_fields=True):
    """The body of a seed at rest, coarsely, into a folder that the client created: for live sliders."""

    job_folder: Annotated[str, Meta(min_length=1)]
    category: str
    seed: Seed
    palette: Seed | None = None
    height: Height | None = None
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
    fps: Rate
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
    `fps` is only noted in the result.
    """

    job_folder: Annotated[str, Meta(min_length=1)]
    name: str
    fps: Annotated[float, Meta(gt=0, le=1000)]
    bones: Annotated[int, Meta(ge=1, le=MAX_BONES)] | None = None
    tolerance: Annotated[float, Meta(gt=0, le=1000)] | None = None


JobParams = Generate | Preview | AnalyseMesh | Animate | Decompose
"""Parameters of the requests that run as a job, with progress, and can be cancelled."""


class Cancel(Struct, forbid_unknown_fields=True):
    """Cancel a `generate`, `preview`, `analyse_mesh`, `animate` or `decompose` request that runs or waits."""

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
