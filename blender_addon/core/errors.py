"""Why no creature was generated, and that text on a panel's lines."""

import textwrap

LETTER_PIXELS = 7
"""Mean width of a letter in Blender's interface font at scale 1."""


class GenerationError(Exception):
    """Generating ended, or cannot begin, without a creature.

    Parameters
    ----------
    kind : str
        One of the protocol's kinds of error (docs/protocol.md), or one of the add-on's own: "no_backend",
        "crashed", "silent", "bad_result".
    message : str
        One sentence: what went wrong.
    remedy : str
        What the artist can do about it; empty where nothing is known.
    """

    def __init__(self, kind, message, remedy=""):
        super().__init__(message)
        self.kind, self.message, self.remedy = kind, message, remedy

    @property
    def cancelled(self):
        """Whether the artist cancelled it: nothing to show as an error."""
        return self.kind == "cancelled"

    @property
    def text(self):
        """Message and remedy."""
        return f"{self.message} {self.remedy}".strip()


def wrap(text, region_width, ui_scale):
    """Lines that fit a region of the interface.

    region_width in pixels; ui_scale as in Preferences > Interface > Resolution Scale.
    """
    return textwrap.wrap(text, max(20, int(region_width / (LETTER_PIXELS * max(0.5, ui_scale)))))
