"""Mesh in, animated mesh out: the stages of an animation in the order in which they run.

1. intake (`bodies/target.py`): check the mesh, close it (proxy).
2. recognition (`bodies/recognition.py`): category, facing and donors.
3. registration (`registered_mesh.py`) of the proxy onto the best donors: joints and skin weights of the
   one that fits best are transferred (`rigs/skeleton_transfer.py`, `rigs/weight_transfer.py`).
4. for each action: a motion sampled on the donor, its skeleton fitted (`donor_motion.py`); the poses
   retargeted, feet held, interpolated to the timeline (`retargeting.py`).
5. the mesh's own rig, if it is to be kept, is fitted to the result (`own_rig.py`).
"""

import time
from dataclasses import replace

import numpy as np

from zoetrope.bodies.recognition import Match, Recognition, recognise
from zoetrope.bodies.rotation_transfer import RotationTransfer
from zoetrope.bodies.surface_distance import Candidate
from zoetrope.bodies.target import read_target, turn
from zoetrope.engines.animate.donor_motion import DonorMotion, sample_donor_motion
from zoetrope.engines.animate.own_rig import fit_own_rig
from zoetrope.engines.animate.registered_mesh import (
    Analysis,
    RegisteredMesh,
    register_mesh,
    warnings_of,
)
from zoetrope.engines.animate.request import (
    OUTPUTS,
    AnimatedAction,
    AnimatedMesh,
    AnimateRequest,
    OwnRig,
)
from zoetrope.engines.animate.retargeting import on_timeline, retarget_motion
from zoetrope.engines.animate.stretch import stretch_limit, stretch_of
from zoetrope.engines.dnf import DnfEngine
from zoetrope.engines.progress import OnProgress, ignore_progress, share_of_progress
from zoetrope.engines.request import check_actions
from zoetrope.errors import ZoetropeError
from zoetrope.geometry.mesh_properties import unique_edges
from zoetrope.geometry.timeline import interpolate_to_timeline
from zoetrope.memory import memory_errors
from zoetrope.rigs.donors.donor import Donor
from zoetrope.rigs.donors.library import DonorLibrary, load_donors
from zoetrope.rigs.skeleton import Skeleton, skin
from zoetrope.rigs.weight_transfer import transfer_weights

REGISTERED = 2
"""Donors that are registered fully, the best of the coarse registrations."""


class MeshAnimator:
    """Animates meshes with the motions of an engine and the skeletons of its donors.

    Parameters
    ----------
    engine : DnfEngine
    """

    def __init__(self, engine: DnfEngine) -> None:
        self.engine = engine
        self._donors: DonorLibrary | None = None
        self._surfaces: list[Candidate] = []

    def donors(self) -> DonorLibrary:
        """Return the donors of the engine's weights, read at the first call."""
        if self._donors is None:
            self._donors = load_donors(self.engine.weights)
        return self._donors

    def analyse(
        self,
        vertices: np.ndarray,
        faces: np.ndarray,
        category: str = "",
        facing: float | None = None,
        on_progress: OnProgress = ignore_progress,
    ) -> Analysis:
        """Guess what a mesh is: category, facing and the donors that it resembles.

        Parameters
        ----------
        vertices : (V, 3) float
            Metres, Z up.
        faces : (F, 3) int
        category : str
            Empty: guessed.
        facing : float, optional
            Degrees about Z that turn the mesh to face -Y; None: guessed.
        on_progress : callable
            May raise to cancel.

        Raises
        ------
        ZoetropeError
            Code "bad_mesh", "bad_option".
        """
        self._check_category(category)
        on_progress("intake", 0, 1)
        target = read_target(vertices, faces)
        on_progress("intake", 1, 1)
        recognition = recognise(
            target,
            self.candidates(),
            category=category,
            facing=facing,
            on_step=lambda i, n: on_progress("recognise", i, n),
        )
        return Analysis(target, recognition)

    def animate(
        self,
        vertices: np.ndarray,
        faces: np.ndarray,
        request: AnimateRequest,
        own_rig: OwnRig | None = None,
        on_progress: OnProgress = ignore_progress,
    ) -> AnimatedMesh:
        """Animate a mesh.

        Parameters
        ----------
        vertices : (V, 3) float
            Metres, Z up.
        faces : (F, 3) int
            Triangles.
        request : AnimateRequest
        own_rig : OwnRig, optional
            The mesh's own bones, which are keyed instead of new ones.

        Raises
        ------
        ZoetropeError
            Code "bad_mesh": it cannot be animated; "bad_option"; those of the weights.
        Cancelled
            Raised by `on_progress`.
        """
        self._check_request(request)
        if request.category and not request.donor:
            self._check_actions(request.actions or (), request.category)
        clock = _StageClock(on_progress)
        with memory_errors():
            clock("load", 0, 1)
            self.engine.load()
            self.donors()
            clock("load", 1, 1)
            if request.donor:
                self._check_actions(request.actions or (), self._donor(request.donor).category)
            analysis = self._analyse_for(request, vertices, faces, clock)
            category = analysis.recognition.matches[0].category
            names = request.actions or (self.engine.info().default_action(category),)
            self._check_actions(names, category, guessed=not request.category)
            mesh = self._register(analysis, request, clock)
            actions, motions = [], []
            for i, action in enumerate(names):
                share = share_of_progress(clock, i, len(names))
                motions.append(sample_donor_motion(self.engine, mesh.donor, action, request.seed, share))
                actions.append(self._animated(mesh, motions[-1], request, own_rig, share))
            output = request.output
            stretched = [
                action.name
                for action, motion in zip(actions, motions, strict=True)
                if output != "shape_keys" and action.stretch_p99 > stretch_limit(mesh.donor, motion)
            ]
            if stretched and request.fallback and output == "armature" and own_rig is None:
                output = "shape_keys"
            if output != "armature":
                actions = [
                    self._with_vertices(action, mesh, motion, request, output)
                    for action, motion in zip(actions, motions, strict=True)
                ]
        source = mesh.source_skeleton()
        if own_rig is not None:
            source = Skeleton(own_rig.names, own_rig.parents, own_rig.heads, own_rig.tails)
        return AnimatedMesh(
            skeleton=source,
            z_axes=source.z_axes() if own_rig is None else own_rig.z_axes,
            weights=None if own_rig is not None else mesh.weights,
            actions=tuple(actions),
            donor=mesh.donor_summary(),
            facing=mesh.target.facing,
            confidence=analysis.recognition.confidence,
            seed=request.seed,
            warnings=(*warnings_of(analysis, mesh), *_stretch_warnings(stretched, output)),
            output=output,
            seconds=clock.seconds,
        )

    def _analyse_for(
        self, request: AnimateRequest, vertices: np.ndarray, faces: np.ndarray, on_progress: OnProgress
    ) -> Analysis:
        category, facing = request.category, request.facing
        if request.donor:
            donor = self._donor(request.donor)
            category = donor.category
            if facing is not None:
                on_progress("intake", 0, 1)
                target = read_target(vertices, faces)
                on_progress("intake", 1, 1)
                match = Match(donor.name, donor.category, facing, 0.0, 0.0)
                return Analysis(target, Recognition((match,), 1.0, 1.0))
        return self.analyse(vertices, faces, category, facing, on_progress)

    def _register(
        self, analysis: Analysis, request: AnimateRequest, on_progress: OnProgress
    ) -> RegisteredMesh:
        """Register the mesh onto the best donors of its recognition, or onto the requested one."""
        matches = analysis.recognition.matches
        best = matches[0]
        same = [m.name for m in matches if m.category == best.category and m.facing == best.facing]
        names = [request.donor] if request.donor else list(dict.fromkeys(same))[:REGISTERED]
        target = analysis.target.turned(best.facing)
        given = bool(request.category or request.donor)
        confidence = None if given else analysis.recognition.confidence
        return register_mesh(target, [self._donor(name) for name in names], confidence, on_progress)

    def _animated(
        self,
        mesh: RegisteredMesh,
        sampled: DonorMotion,
        request: AnimateRequest,
        own_rig: OwnRig | None,
        on_progress: OnProgress,
    ) -> AnimatedAction:
        """One sampled motion on the mesh, in the mesh's own coordinates."""
        target, rest = mesh.target, mesh.target.vertices
        motion, slip = retarget_motion(mesh.donor, sampled, mesh.skeleton, mesh.weights, rest, mesh.scale)
        on_progress("retarget", 1, 3)
        edges = unique_edges(target.faces)
        timeline = on_timeline(mesh.skeleton, motion, sampled, request.fps, request.frames)
        median, p99 = stretch_of(rest, edges, skin(rest, mesh.weights, mesh.skeleton, motion))
        on_progress("retarget", 2, 3)
        back = turn(-target.facing)
        rotations = back @ timeline.rotations @ back.T
        translations = timeline.head_displacements(mesh.skeleton) / target.box.scale @ back.T
        if own_rig is not None:
            shown = target.to_source(skin(rest, mesh.weights, mesh.skeleton, timeline).astype(np.float64))
            rotations, translations = fit_own_rig(
                own_rig, target.to_source(rest), shown, sampled.label.cyclic
            )
        on_progress("retarget", 3, 3)
        height = float(np.ptp(rest[:, 2])) / target.box.scale
        return AnimatedAction(
            name=sampled.label.name,
            cyclic=sampled.label.cyclic,
            returns_to_start=sampled.label.returns_to_start,
            rotations=rotations,
            translations=translations,
            vertices=None,
            travel_speed=sampled.speed * height,
            residual_mean=sampled.error.mean,
            residual_p99=sampled.error.p99,
            stretch_median=median,
            stretch_p99=p99,
            slip=slip,
        )

    def _with_vertices(
        self,
        action: AnimatedAction,
        mesh: RegisteredMesh,
        sampled: DonorMotion,
        request: AnimateRequest,
        output: str,
    ) -> AnimatedAction:
        """Add the timeline's vertices by rotation transfer: the form without a skeleton."""
        donor, target = mesh.donor, mesh.target
        on_donor = transfer_weights(donor, mesh.warped, target)
        moving = skin(mesh.warped, on_donor, donor.skeleton, sampled.motion).astype(np.float64)
        transfer = RotationTransfer(target.vertices, target.faces, target.links)
        frames = transfer(mesh.warped, moving, mesh.scale)
        timing = sampled.label.cyclic, sampled.seconds, request.fps, request.frames
        between, _ = interpolate_to_timeline(frames, *timing)
        action = replace(action, vertices=target.to_source(between).astype(np.float32))
        if output == "both":
            return action
        median, p99 = stretch_of(target.vertices, unique_edges(target.faces), frames)
        return replace(action, stretch_median=median, stretch_p99=p99)

    def candidates(self) -> list[Candidate]:
        """Return the surfaces of all donors."""
        if not self._surfaces:
            library = self.donors()
            donors = [library[name] for name in library.names]
            self._surfaces = [Candidate(d.name, d.category, d.rest, d.faces) for d in donors]
        return self._surfaces

    def _donor(self, name: str) -> Donor:
        library = self.donors()
        found = [one.name for one in library.entries if one.name == name]
        found = found or [one.name for one in library.entries if one.title.lower() == name.lower()]
        if len(found) != 1:
            text = f"There is no donor {name!r}." if not found else f"There are {len(found)} donors {name!r}."
            remedy = f"Choose one of {', '.join(found)}." if found else "List them: zoetrope donors --list."
            raise ZoetropeError(text, code="bad_option", remedy=remedy)
        return library[found[0]]

    def _check_request(self, request: AnimateRequest) -> None:
        if request.actions is not None:
            check_actions(request.actions)
        if request.output not in OUTPUTS:
            raise ZoetropeError(
                f"There is no output {request.output!r}.",
                code="bad_option",
                remedy=f"Choose one of {', '.join(OUTPUTS)}.",
            )
        self._check_category(request.category)
        self._check_actions(request.actions or ())

    def _check_category(self, category: str) -> None:
        names = [c.name for c in self.engine.description.categories]
        if category and category not in names:
            raise ZoetropeError(
                f"There is no category {category!r}.",
                code="bad_option",
                remedy=f"Choose one of {', '.join(names)}.",
            )

    def _check_actions(self, actions: tuple[str, ...], category: str = "", guessed: bool = False) -> None:
        """Refuse actions that a category does not have; without one, those that no category has."""
        available: dict[str, None] = {}
        for one in self.engine.description.categories:
            if category in ("", one.name):
                available |= dict.fromkeys(action.name for action in one.actions)
        missing = next((action for action in actions if action not in available), None)
        if missing is None:
            return
        text = f"There is no action {missing!r}" + (f" of category {category!r}." if category else ".")
        remedy = f"Choose one of {', '.join(available)}."
        if guessed:
            text = f"The mesh was recognised as {category!r}, which has no action {missing!r}."
            remedy = f"Choose one of {', '.join(available)}, or give the mesh's category."
        raise ZoetropeError(text, code="bad_option", remedy=remedy)


def _stretch_warnings(stretched: list[str], output: str) -> list[str]:
    """What the artist should know of actions whose skeleton stretches the mesh."""
    clips = ", ".join(stretched)
    if not stretched:
        return []
    if output == "shape_keys":
        return [f"An armature would stretch the mesh visibly ({clips}): it has shape keys instead."]
    return [f"The armature stretches the mesh more than its donor ({clips}): look at the joints."]


class _StageClock:
    """Reports progress and measures the seconds of each stage: between its calls and those before."""

    def __init__(self, on_progress: OnProgress) -> None:
        self.on_progress = on_progress
        self.seconds: dict[str, float] = {}
        self._last = time.monotonic()

    def __call__(self, stage: str, step: int, total: int) -> None:
        now = time.monotonic()
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._last
        self._last = now
        self.on_progress(stage, step, total)
