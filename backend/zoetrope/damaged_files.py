"""What reading a file raises that is damaged, or of another kind than its name promises."""

import zlib
from zipfile import BadZipFile

import msgspec
from safetensors import SafetensorError

DAMAGED = (
    *(ValueError, TypeError, LookupError, AttributeError, EOFError, RuntimeError),
    *(BadZipFile, zlib.error, SafetensorError, msgspec.ValidationError),
)
"""Errors of readers of JSON, npz and safetensors. Lack of memory and of rights (OSError) is none."""
