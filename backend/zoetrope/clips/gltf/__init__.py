"""Reading animated meshes from glTF 2.0 files."""

from zoetrope.clips.gltf.reader import read_gltf

__all__ = ["read_gltf"]
