"""Runs inside Blender: imports the demo's .glb and checks that its armature moves a textured creature."""

import logging
import sys

import bpy
import numpy as np

path = sys.argv[-1]
logging.disable(logging.INFO)  # the importer's
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.import_scene.gltf(filepath=path)
(armature,) = (o for o in bpy.data.objects if o.type == "ARMATURE")
(obj,) = (o for o in bpy.data.objects if o.type == "MESH" and o.find_armature() == armature)
images = [image for image in bpy.data.images if image.packed_file and image.size[0] >= 512]
scene = bpy.context.scene


def vertices(frame):
    """Evaluated vertices (V, 3) at a frame."""
    scene.frame_set(frame)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    out = np.empty(3 * len(evaluated.data.vertices), np.float32)
    evaluated.data.vertices.foreach_get("co", out)
    return out.reshape(-1, 3).astype(np.float64)


def aligned(points, to):
    """Points after the best rigid transform onto others (Kabsch)."""
    a, b = points - points.mean(0), to - to.mean(0)
    u, _, vt = np.linalg.svd(a.T @ b)
    u[:, -1] *= np.sign(np.linalg.det(u @ vt))
    return a @ u @ vt + to.mean(0)


animation = armature.animation_data is not None and armature.animation_data.action is not None
first = vertices(0)
diagonal = float(np.linalg.norm(np.ptp(first, axis=0)))
moved = max(float(np.linalg.norm(aligned(vertices(f), first) - first, axis=1).max()) for f in range(1, 20, 3))
checks = {
    f"{len(armature.data.bones)} bones (at least 10)": len(armature.data.bones) >= 10,
    "an animation": animation,
    f"{len(images)} textures (base colour and normal map)": len(images) == 2,
    "texture coordinates": len(obj.data.uv_layers) > 0,
    f"moves {100 * moved / diagonal:.1f} % of its diagonal after rigid alignment": moved > 0.01 * diagonal,
}
for name, ok in checks.items():
    print(f"  {'ok ' if ok else 'BAD'} {name}")
sys.exit(0 if all(checks.values()) else 1)
