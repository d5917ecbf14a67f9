"""One file a verb."""

from . import cancel, copy_log, generate, lower_detail, randomise_seed, setup_backend

CLASSES = (
    *generate.CLASSES,
    *cancel.CLASSES,
    *randomise_seed.CLASSES,
    *setup_backend.CLASSES,
    *copy_log.CLASSES,
    *lower_detail.CLASSES,
)
