"""A glTF file with a skeleton and animations added: everything that it held stays, byte for byte.

The binary data of the source is kept as it is and new data is appended: joints and weights of each primitive,
inverse bind matrices, keys. Meshes, materials, textures and texture coordinates are not touched.
"""

from zoetrope.engines.animate.gltf.document import GltfDocument
from zoetrope.engines.animate.gltf.joints import add_skeleton, animate_own_joints, animate_skeleton
from zoetrope.engines.animate.gltf.morph_targets import add_correctives, animate_vertices
from zoetrope.engines.animate.gltf.source import GltfSource
from zoetrope.engines.animate.request import AnimatedMesh
from zoetrope.rigs.correctives import Correctives


def animated_glb(
    source: GltfSource, result: AnimatedMesh, fps: float, correctives: Correctives | None = None
) -> bytes:
    """Return the source file as .glb, with the result's skeleton and one animation an action.

    Parameters
    ----------
    source : GltfSource
    result : AnimatedMesh
        Of the source's vertices.
    fps : float
        Timeline frames a second.
    correctives : Correctives, optional
        Of a new skeleton: morph targets that are keyed beside its joints.
    """
    document = GltfDocument(source)
    if all(action.vertices is not None for action in result.actions):
        animate_vertices(document, result, fps)
    elif result.weights is None:
        animate_own_joints(document, result, fps)
    else:
        add_skeleton(document, result)
        animate_skeleton(document, result, fps)
        if correctives is not None:
            add_correctives(document, correctives, result, fps)
    document.document.setdefault("asset", {})["generator"] = "Zoetrope"
    document.document.setdefault("extras", {})["zoetrope"] = {
        "donor": result.donor.title,
        "author": result.donor.author,
        "licence": result.donor.licence,
        "seed": result.seed,
    }
    return document.bytes()
