"""The messages this side sends and reads (docs/protocol.md). Standard library only, no bpy."""

import json

PROTOCOL = 1
CLIENT = "blender_addon 0.1.0"


def request(ident, method, params=None):
    """One request as a line of bytes."""
    message = {"jsonrpc": "2.0", "id": ident, "method": method, "params": params or {}}
    return (json.dumps(message, ensure_ascii=True) + "\n").encode("utf-8")


def hello():
    """Parameters of `hello`."""
    return {"protocol": PROTOCOL, "client": CLIENT}


def generate(job_folder, category, action, seed, fps, detail, frames=None, height=None):
    """Parameters of `generate`; frames and height are left to the backend where None."""
    return {
        "job_folder": str(job_folder),
        "category": category,
        "action": action,
        "seed": int(seed),
        "frames": frames,
        "fps": float(fps),
        "detail": int(detail),
        "height": height,
    }


def cancel(ident):
    """Parameters of `cancel`."""
    return {"id": ident}


def parse(line):
    """One line from the backend as a dict, or None when it is not a message of the protocol."""
    try:
        message = json.loads(line.decode("utf-8", errors="replace"))
    except ValueError:
        return None
    return message if isinstance(message, dict) and message.get("jsonrpc") == "2.0" else None
