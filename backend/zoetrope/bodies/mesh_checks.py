"""What every mesh of an artist must be: triangles of vertices that exist, not too many, with numbers."""

import numpy as np

from zoetrope.errors import ZoetropeError


def bad_mesh(message: str, remedy: str) -> ZoetropeError:
    """Return the error of a mesh that the artist has to mend."""
    return ZoetropeError(message, code="bad_mesh", remedy=remedy)


def check_triangles(vertices: np.ndarray, faces: np.ndarray, most: int, too_many_remedy: str) -> None:
    """Refuse arrays that are no triangle mesh.

    Parameters
    ----------
    vertices : (V, 3) float
    faces : (F, 3) int
    most : int
        Largest number of vertices.
    too_many_remedy : str
        What to do with a mesh of more.

    Raises
    ------
    ZoetropeError
        Code "bad_mesh".
    """
    if vertices.ndim != 2 or vertices.shape[1:] != (3,) or faces.ndim != 2 or faces.shape[1:] != (3,):
        raise bad_mesh("The mesh is not made of triangles.", "Send vertices (V, 3) and faces (F, 3).")
    count = len(vertices)
    if count > most:
        raise bad_mesh(f"The mesh has {count:,} vertices; {most:,} are the most.", too_many_remedy)
    if len(faces) and (faces.min() < 0 or faces.max() >= count):
        raise bad_mesh(
            "A face names a vertex that does not exist.", "Use Mesh > Clean Up, or export it again."
        )


def check_finite(vertices: np.ndarray) -> None:
    """Refuse vertices (V, 3) of which some are not numbers; raises ZoetropeError of code "bad_mesh"."""
    bad = int((~np.isfinite(vertices).all(axis=1)).sum())
    if bad:
        raise bad_mesh(
            f"{bad} of its vertices have coordinates that are not numbers (NaN).",
            "Delete or mend them first.",
        )


def without_degenerate_faces(faces: np.ndarray) -> np.ndarray:
    """Return the faces (F, 3) whose three vertices differ."""
    return faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
