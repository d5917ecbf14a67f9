"""Results of bodies at rest: engines, and the training creatures, against the test creatures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from zoetrope.engines import create_engine
from zoetrope.engines.base import Engine
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
from zoetrope.evaluation.session.row_names import BODIES, DECODED, check_row_names
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
    trained = [session.training, *(checked_training(folder) for folder in weights)]
    leaks = {
        name: find_leaks(session.library, "by_creature", test, one)
        for name, one in zip((session.name, *engines), trained, strict=True)
    }
    training = [one for one in session.training_creatures if one.category in session.categories]
    generated = {}
    for name, engine in {session.name: session.engine, **engines}.items():
        # Of dnf, too, as many bodies of a category as it has creatures, whatever they do.
        alone = name in engines
        labels = [(one.category, REST if alone else one.usable_clips[0].action) for one in training]
        sets = session.sample_sets(f"bodies/{name}", engine, labels, len(test), session.detail)
        generated[name] = [bodies_of_samples(one) for one in sets]
    # Of all categories, as in `sample_results`: a copy of any of them is one.
    own = [bodies_of(session.library, training_creatures(session.library, one)) for one in trained]
    sampled = [[one for one_set in sets for one in one_set] for sets in generated.values()]
    sampling_error = shape_sampling_error(
        [(entry.file, session.library.read(entry)) for entry in session.training_creatures]
    )
    compared = zip((*generated, TEST), (*sampled, test), (*own, own[0]), strict=True)
    nearest = {name: body_novelty(bodies, known, sampling_error) for name, bodies, known in compared}
    if session.name == "dnf" and tokens_path(session.weights).exists():
        decoder = ClipDecoder(session.weights, session.device)
        decoded = decoder.decode_bodies(training, session.detail, session.on_progress)
        nearest[DECODED] = body_novelty(decoded, own[0], sampling_error)
        generated[DECODED] = bounds.training_clips(decoded, len(test), session.sets)
    generated[BODIES] = bounds.training_clips(bodies_of(session.library, training), len(test), session.sets)
    references = {one: References(test, one, session.device) for one in NORMALISATIONS}
    rows = {
        name: {one: asdict(score(sets, references[one])) for one in NORMALISATIONS}
        for name, sets in generated.items()
    }
    return BodyScores(rows, leaks, nearest, sampling_error)


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
    check_row_names(names, (session.name, BODIES, DECODED, TEST))
    return dict(zip(names, engines, strict=True))
