"""One file a verb: Blender's side of it, with timers and reports; core/ has what it does."""

from . import (
    animate,
    cancel,
    cancel_setup,
    copy_log,
    export_creature,
    generate,
    lower_detail,
    open_preferences,
    play_action,
    push_to_nla,
    randomise_seed,
    setup_backend,
    shape_keys_to_bones,
    turn_facing,
)
from .body import (
    apply_proportions,
    new_body,
    new_coat,
    new_proportions,
    preview,
    preview_proportions,
    preview_timer,
    reset_proportions,
)

__all__ = ["CLASSES", "preview_timer"]

CLASSES = (
    generate.ZOETROPE_OT_generate,
    animate.ZOETROPE_OT_animate,
    shape_keys_to_bones.ZOETROPE_OT_shape_keys_to_bones,
    turn_facing.ZOETROPE_OT_turn_facing,
    play_action.ZOETROPE_OT_play_action,
    push_to_nla.ZOETROPE_OT_push_to_nla,
    preview.ZOETROPE_OT_preview,
    preview_proportions.ZOETROPE_OT_preview_proportions,
    reset_proportions.ZOETROPE_OT_reset_proportions,
    new_body.ZOETROPE_OT_new_body,
    new_proportions.ZOETROPE_OT_new_proportions,
    apply_proportions.ZOETROPE_OT_apply_proportions,
    new_coat.ZOETROPE_OT_new_coat,
    cancel.ZOETROPE_OT_cancel,
    randomise_seed.ZOETROPE_OT_randomise_seed,
    setup_backend.ZOETROPE_OT_setup_backend,
    cancel_setup.ZOETROPE_OT_cancel_setup,
    open_preferences.ZOETROPE_OT_open_preferences,
    copy_log.ZOETROPE_OT_copy_log,
    lower_detail.ZOETROPE_OT_lower_detail,
    export_creature.ZOETROPE_OT_export_creature,
)
