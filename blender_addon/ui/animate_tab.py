"""The panel's part for Animate Selected, and the actions that something animated can play."""

import math

from .. import runtime
from ..core.catalogue import label
from ..scene import actions, creatures, our_actions
from ..scene.rig import playable_actions
from ..scene.rig.modifiers import armature_modifiers
from .text import draw_actions, draw_text

TURNS = ((-math.pi / 2, "-90"), (math.pi / 2, "+90"), (math.pi, "180"))


def to_confirm(context):
    """Whether the artist is to confirm what was guessed about the selection."""
    return runtime.get().to_confirm and runtime.get().current_guess(context) is not None


def draw_button(row, context):
    """The button; after an unsure guess it confirms."""
    text = "Confirm and Animate" if to_confirm(context) else "Animate Selected"
    row.operator("zoetrope.animate", text=text, icon="ARMATURE_DATA")


def problem(context):
    """What is wrong with the settings, as a sentence and a remedy; empty where nothing is."""
    return "" if context.scene.zoetrope.animate.chosen_actions() else "Tick one or more actions."


def draw_settings(column, context):
    """The settings of the next animation."""
    settings, guess = context.scene.zoetrope.animate, runtime.get().current_guess(context)
    if to_confirm(context):
        box = column.box().column(align=True)
        text = f"{label(guess.category)}? {guess.confidence:.0%} sure. Check the kind and the arrow."
        draw_text(box, context, text, icon="QUESTION")
        for warning in guess.warnings:
            draw_text(box, context, warning)
    column.prop(settings, "kind")
    if guess is None:
        column.prop(settings, "guess_facing")
    if guess is not None or not settings.guess_facing:
        column.prop(settings, "facing")
        row = column.row(align=True)
        for angle, text in TURNS:
            row.operator("zoetrope.turn_facing", text=text).angle = angle
    column.prop(settings, "donor")
    column.template_icon_view(settings, "donor", show_labels=True, scale=4.0, scale_popup=5.0)
    draw_actions(column, settings)
    row = column.row(align=True)
    row.prop(settings, "seed")
    row.operator("zoetrope.randomise_seed", text="", icon="FILE_REFRESH").animate = True
    bound = any(armature_modifiers(obj) for obj in context.selected_objects if obj.type == "MESH")
    if bound:
        column.prop(settings, "rig")
    if not bound or settings.rig == "donor":
        column.prop(settings, "output")


def moved_by(context):
    """The data-block whose Actions move the active object, or None."""
    return playable_actions.of(context.object)


def draw_playable_actions(layout, context):
    """The actions of the active object: which one plays, and what the artist should know about them."""
    block = moved_by(context)
    if block is None:
        return
    column = layout.column(align=True)
    column.label(text="Its Actions")
    active = actions.active(block)
    for action in our_actions.of(block):
        icon = "PLAY" if action == active else "DOT"
        column.operator("zoetrope.play_action", text=action.name, icon=icon).action = action.name
    layout.operator("zoetrope.push_to_nla", icon="NLA_PUSHDOWN")
    notes = creatures.notes_of(block)
    if notes:
        box = layout.box().column(align=True)
        for note in notes:
            draw_text(box, context, note, icon="INFO")
