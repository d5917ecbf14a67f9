"""Undoing what a failed step changed in the artist's own objects."""

import contextlib

from .. import actions
from ..creatures import PROPERTY
from ..transform_properties import PARENT, TRANSFORM


@contextlib.contextmanager
def restored_objects(objects, rig=None):
    """Put the artist's objects back as they were when the block raises.

    Parameters
    ----------
    objects : list of Object
        May be given modifiers, vertex groups, shape keys, parents and Actions.
    rig : Object or None
        The artist's armature, which may be given Actions and lose constraints.
    """
    before = [_Snapshot(obj) for obj in objects] + ([] if rig is None else [_RigSnapshot(rig)])
    try:
        yield
    except Exception:
        for snapshot in before:
            snapshot.restore()
        raise


class _Snapshot:
    def __init__(self, obj):
        self.obj = obj
        self.parent = [getattr(obj, name) for name in PARENT]
        self.parent[-1] = self.parent[-1].copy()
        self.modifiers = {m.name: (m.show_viewport, m.show_render) for m in obj.modifiers}
        self.groups = [group.name for group in obj.vertex_groups]
        self.active_group = obj.vertex_groups.active_index
        keys = obj.data.shape_keys
        self.keys = set() if keys is None else {block.name for block in keys.key_blocks}
        self.active_key, self.locked = obj.active_shape_key_index, obj.show_only_shape_key
        self.animation = None if keys is None else _Animation(keys)

    def restore(self):
        obj = self.obj
        for name, value in zip(PARENT, self.parent, strict=True):
            setattr(obj, name, value)
        for modifier in list(obj.modifiers):
            if modifier.name not in self.modifiers:
                obj.modifiers.remove(modifier)
            else:
                modifier.show_viewport, modifier.show_render = self.modifiers[modifier.name]
        for group in list(obj.vertex_groups)[len(self.groups) :]:
            obj.vertex_groups.remove(group)
        for group, name in zip(obj.vertex_groups, self.groups, strict=True):
            group.name = name
        if self.active_group >= 0:
            obj.vertex_groups.active_index = self.active_group
        self._restore_keys(obj)

    def _restore_keys(self, obj):
        keys = obj.data.shape_keys
        if keys is None:
            return
        if self.animation is None:
            obj.shape_key_clear()
            return
        self.animation.restore()
        for block in [block for block in keys.key_blocks if block.name not in self.keys]:
            obj.shape_key_remove(block)
        obj.active_shape_key_index, obj.show_only_shape_key = self.active_key, self.locked


class _RigSnapshot:
    def __init__(self, rig):
        self.rig, self.animation = rig, _Animation(rig)
        self.muted = {
            (bone.name, constraint.name): constraint.mute
            for bone in rig.pose.bones
            for constraint in bone.constraints
        }
        self.pose = {bone.name: [tuple(getattr(bone, name)) for name in TRANSFORM] for bone in rig.pose.bones}
        self.position = rig.data.pose_position

    def restore(self):
        self.animation.restore()
        for bone in self.rig.pose.bones:
            for constraint in bone.constraints:
                constraint.mute = self.muted[bone.name, constraint.name]
            for name, value in zip(TRANSFORM, self.pose[bone.name], strict=True):
                setattr(bone, name, value)
        if self.rig.data.pose_position != self.position:
            self.rig.data.pose_position = self.position


class _Animation:
    """The Action, NLA tracks and custom properties of a data-block; Tweak Mode of the NLA is left."""

    def __init__(self, block):
        self.block = block
        self.tweaked = actions.leave_tweak_mode(block)
        self.had_data = block.animation_data is not None
        self.action = actions.active(block)
        self.slot = actions.active_slot(block)
        self.curves = {
            action: len(actions.curves_in(action, block))
            for action in actions.all_of(block)
            if PROPERTY in action
        }
        data = block.animation_data
        self.tracks = {track.name for track in data.nla_tracks} if self.had_data else set()
        self.solo = {track.name for track in data.nla_tracks if track.is_solo} if self.had_data else set()
        self.muted = {track.name for track in data.nla_tracks if track.mute} if self.had_data else set()
        self.blending = (data.action_influence, data.action_blend_type) if self.had_data else (1.0, "REPLACE")
        self.properties = {
            name: _copied(block[name]) for name in _names(block) if name.startswith("zoetrope")
        }

    def restore(self):
        data = self.block.animation_data
        for action, count in self.curves.items():
            actions.curves_in(action, self.block).truncate(count)
        if data is not None:
            for track in [track for track in data.nla_tracks if track.name not in self.tracks]:
                data.nla_tracks.remove(track)
            for track in data.nla_tracks:
                track.mute = track.name in self.muted
            actions.assign(self.block, self.action, self.slot)
            data.action_influence, data.action_blend_type = self.blending
            for track in [track for track in data.nla_tracks if track.name in self.solo]:
                track.is_solo = True
            if self.tweaked:
                data.use_tweak_mode = True
            if not self.had_data:
                self.block.animation_data_clear()
        for name in [name for name in _names(self.block) if name.startswith("zoetrope")]:
            if name not in self.properties:
                del self.block[name]
        for name, value in self.properties.items():
            self.block[name] = value


def _names(block):
    """Names of a data-block's custom properties; it is no iterator over them."""
    return list(block.keys())


def _copied(value):
    """A custom property's value; an array's is else a reference to what the property is by then."""
    return value.to_list() if hasattr(value, "to_list") else value
