"""What is stored with a creature as JSON. Artists can edit it: what is damaged counts as not stored."""

import json


def read(text):
    """It as a dict; empty where it is damaged, or no text at all."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def part(text, name):
    """One of its parts that are dicts; empty where there is none."""
    found = read(text).get(name)
    return found if isinstance(found, dict) else {}


def is_number(value):
    """Whether a value is a number; JSON's true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
