"""What reading a file raises that is damaged, or of another kind than its name promises.

None of them is lack of memory or of rights.
"""

import zlib
from zipfile import BadZipFile

import msgspec
from safetensors import SafetensorError

DAMAGED = (
    *(ValueError, TypeError, LookupError, AttributeError, EOFError, RecursionError, NotImplementedError),
    *(BadZipFile, zlib.error, SafetensorError, msgspec.ValidationError),
)
"""Errors of readers of JSON, npz and safetensors. No RuntimeError: that is torch's lack of memory too."""
DAMAGED_NPZ = (*DAMAGED, RuntimeError)
"""Errors of numpy's reader of npz alone: `zipfile` raises RuntimeError for an encrypted archive."""
