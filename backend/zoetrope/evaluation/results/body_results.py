"""Results of bodies at rest: engines, and the training creatures, against the test creatures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.clips.library import CreatureEntry
from zoetrope.engines import create_engine
from zoetrope.engines.base import Engine
from zoetrope.engines.frames.engine import FrameEngine
from zoetrope.engines.weights.engine_name import engine_of_weights
from zoetrope.errors import ZoetropeError
from zoetrope.evaluation.metrics.point_clouds import NORMALISATIONS
from zoetrope.evaluation.protocols import bounding_rows as bounds
from zoetrope.evaluation.protocols.bodies import bodies_of, bodies_of_samples
from zoetrope.evaluation.protocols.decoded_clips import ClipDecoder
from zoetrope.evaluation.protocols.generation import References, score
from zoetrope.evaluation.protocols.leak_check import find_leaks, training_creatures
from zoetrope.evaluation.protocols.novelty import Shapes, nearest_shapes, shape_sampling_error, summary
from zoetrope.evaluation.protocols.references import LabelledSequence
from zoetrope.evaluation.session.row_names import BODIES, DECODED, WITHOUT_PROPORTIONS, check_row_names
from zoetrope.evaluation.session.session import Session
from zoetrope.evaluation.session.training_check import checked_training
from zoetrope.training.data.clip_set import REST
from zoetrope.training.data.training_tokens import tokens_path

TEST = "test creatures"


@dataclass(frozen=True)
class BodyScores:
    """Scores of bodies at rest.

    Parameters
    ----------
    rows : dict
        Row's name -> {"centred", "as_is"} -> `Row` as dict. The clouds are centred in their boxes already, so
        that the two hardly differ. Categories are as frequent in all rows as among the training creatures.
    leaks : dict
        Row's name -> `find_leaks` of the engine's training.
    novelty : dict
        Row's name -> `novelty.summary` of the distances to the nearest body that the engine was trained on;
        of the test creatures, to those of the first engine.
    sampling_error : float
        Distance of two samplings of one body.
    """

    rows: dict[str, dict[str, Any]]
    leaks: dict[str, Any]
    novelty: dict[str, dict[str, Any]]
    sampling_error: float


def score_bodies(session: Session, weights: Sequence[Path]) -> BodyScores:
    """Score bodies at rest against those of the test creatures: the engine, others of bodies alone, training.

    Parameters
    ----------
    weights : sequence of Path
        Weights of other engines that sample bodies alone; all are checked before anything is sampled.

    Raises
    ------
    ZoetropeError
        Code "bad_option": weights do not sample bodies alone, have the name of another row, or were trained
        on test creatures; others as `create_engine`.
    """
    engines = _body_engines(session, weights)
    test = bodies_of(session.library, session.test_creatures())
    trained = {session.name: session.training}
    trained |= {name: checked_training(folder) for name, folder in zip(engines, weights, strict=True)}
    leaks = {name: find_leaks(session.library, "by_creature", test, one) for name, one in trained.items()}
    training = [one for one in session.training_creatures if one.category in session.categories]
    compared = {
        name: _sample_bodies(session, name, engine, training, len(test))
        for name, engine in {**_own_engines(session), **engines}.items()
    }
    generated = {name: _in_sets(bodies, len(test)) for name, bodies in compared.items()}
    if decoded := _decoded_bodies(session, training):
        compared[DECODED] = decoded
        generated[DECODED] = bounds.training_clips(decoded, len(test), session.sets)
    generated[BODIES] = bounds.training_clips(bodies_of(session.library, training), len(test), session.sets)
    # Of all categories, as in `sample_results`: a copy of any of them is one.
    known = {
        name: bodies_of(session.library, training_creatures(session.library, one))
        for name, one in trained.items()
    }
    sampling_error = shape_sampling_error(
        [(entry.file, session.library.read(entry)) for entry in session.training_creatures]
    )
    nearest = {
        name: body_novelty(bodies, known.get(name, known[session.name]), sampling_error)
        for name, bodies in {**compared, TEST: test}.items()
    }
    references = {one: References(test, one, session.device) for one in NORMALISATIONS}
    rows = {
        name: {one: asdict(score(sets, references[one])) for one in NORMALISATIONS}
        for name, sets in generated.items()
    }
    return BodyScores(rows, leaks, nearest, sampling_error)


def _own_engines(session: Session) -> dict[str, Engine]:
    """Return the evaluated engine, and dnf without sampled proportions beside it."""
    names = [name for name in (session.name, WITHOUT_PROPORTIONS) if name in session.engines]
    return {name: session.engines[name] for name in names}


def _sample_bodies(
    session: Session, name: str, engine: Engine, training: Sequence[CreatureEntry], count: int
) -> list[LabelledSequence]:
    """Return the bodies of all sets; of every engine as many of a category as it has creatures."""
    bodies_only = isinstance(engine, FrameEngine)
    labels = [(one.category, REST if bodies_only else one.usable_clips[0].action) for one in training]
    sets = session.sample_sets(f"bodies/{name}", engine, labels, count, session.detail)
    return [body for one_set in sets for body in bodies_of_samples(one_set)]


def _in_sets(bodies: list[LabelledSequence], count: int) -> bounds.Sets:
    return [bodies[i : i + count] for i in range(0, len(bodies), count)]


def _decoded_bodies(session: Session, training: Sequence[CreatureEntry]) -> list[LabelledSequence]:
    """Return the training bodies as the fields decode them; none without the tokens of these weights."""
    if session.name != "dnf" or not tokens_path(session.weights).exists():
        return []
    decoder = ClipDecoder(session.weights, session.device)
    return decoder.decode_bodies(training, session.detail, session.on_progress)


def body_novelty(
    bodies: Sequence[LabelledSequence], known: Sequence[LabelledSequence], sampling_error: float
) -> dict[str, Any]:
    """Return `novelty.summary` of the distances of bodies to the nearest of those trained on."""
    training = Shapes(np.concatenate([one.clouds for one in known]), tuple(one.creature for one in known))
    distances, _ = nearest_shapes(np.concatenate([one.clouds for one in bodies]), training, 1)
    return summary(distances[:, 0], [one.creature for one in bodies], sampling_error)


def _body_engines(session: Session, weights: Sequence[Path]) -> dict[str, Engine]:
    """Return engines that sample bodies alone, under the names of their weights."""
    engines = []
    for folder in weights:
        engine = create_engine(engine_of_weights(folder), folder, session.device)
        if not all(REST in category.actions for category in engine.info().categories):
            raise ZoetropeError(
                f"The weights in {folder} do not sample bodies alone.",
                code="bad_option",
                remedy="Give those of a recipe of bodies, as hyperdiffusion-bodies.",
            )
        engines.append(engine)
    names = [engine.info().weights_name for engine in engines]
    check_row_names(names, (session.name, WITHOUT_PROPORTIONS, BODIES, DECODED, TEST))
    return dict(zip(names, engines, strict=True))
