"""URIs of buffers and images: data URIs (RFC 2397), and files beside the glTF file."""

import base64
import os
import re
from pathlib import Path, PurePath
from urllib.parse import unquote_to_bytes

URL_SAFE = bytes.maketrans(b"-_", b"+/")
"""From the alphabet of base64 for URLs to the usual one (RFC 4648, section 5)."""


def is_data_uri(uri: str) -> bool:
    """Return whether a URI holds its data itself; schemes have no case."""
    return uri[:5].lower() == "data:"


def data_uri_bytes(uri: str) -> bytes:
    """Return the data of a data URI, base64 (padded or not, of either alphabet) or percent-encoded.

    Raises
    ------
    ValueError
        It is damaged.
    """
    header, comma, body = uri.partition(",")
    if not comma:
        raise ValueError("a data URI has no comma")
    data = unquote_to_bytes(body)
    if not header.lower().rstrip().endswith(";base64"):
        return data
    data = re.sub(rb"\s", b"", data).rstrip(b"=").translate(URL_SAFE)
    return base64.b64decode(data + b"=" * (-len(data) % 4), validate=True)


def find_neighbour(folder: Path, uri: str) -> Path | None:
    """Return the path of a file in a folder, or below; None for any other place.

    A URI is percent-encoded; some writers do not encode, and some append a query. The URI alone decides what
    is outside: a link in the folder may lead anywhere (git-annex, DVC and Nix store files so).
    """
    candidates = []
    for raw in (_decoded(uri), uri, _decoded(re.split("[?#]", uri)[0])):
        path = _inside(folder, raw)
        if path is not None and _is_file(path):
            return path
        candidates.append(path)
    return candidates[0]


def _decoded(uri: str) -> str:
    try:
        return os.fsdecode(unquote_to_bytes(uri))
    except ValueError:  # lone surrogates
        return uri


def _inside(folder: Path, name: str) -> Path | None:
    try:
        if b"\0" in os.fsencode(name):
            return None
    except ValueError:
        return None
    relative = PurePath(os.path.normpath(name))
    if relative.anchor or ".." in relative.parts:
        return None
    return folder / relative


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long
        return False
