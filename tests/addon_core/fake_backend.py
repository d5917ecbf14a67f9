"""A backend process in memory, which answers what a test tells it to."""

import collections

REQUEST = {
    "category": "quadruped",
    "actions": ["walk"],
    "seed": 7,
    "fps": 24.0,
    "detail": 64,
    "frames": None,
    "height": None,
    "palette": None,
    "output": "armature",
    "correctives": False,
    "faces": 5000,
    "texture": 1024,
    "proportions": None,
    "proportions_seed": None,
    "morph": None,
    "levels_of_detail": 0,
    "engine": "",
}
HELLO = {
    "protocol": 1,
    "weights": {"name": "test", "checksum": "abc"},
    "categories": [{"name": "quadruped", "height": 1.0, "actions": ["walk"]}],
}


class Clock:
    """Seconds that pass when they are added."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class FakeBackend:
    """`BackendProcess` without a process: keeps what is sent, delivers what a test puts in."""

    def __init__(self):
        self.starts, self.sent, self.log = 0, [], collections.deque()
        self._alive, self._arrived, self._status = True, [], None

    def start(self):
        """Start, or start again after an end; returns itself."""
        self.starts += 1
        self._alive = True
        return self

    @property
    def pid(self):
        """Another number for each start."""
        return 1000 + self.starts

    def alive(self):
        """Whether it was neither killed nor ended by `die`."""
        return self._alive

    def exit_status(self):
        """The exit status that `die` was given; None while it is alive."""
        return None if self._alive else self._status

    def send(self, method, params=None):
        """Keep a request; returns its id."""
        if not self._alive:
            raise BrokenPipeError
        self.sent.append((method, params))
        return len(self.sent)

    def messages(self):
        """What was put in since the last call."""
        arrived, self._arrived = self._arrived, []
        return arrived

    def kill(self):
        """End it."""
        self._alive = False

    def die(self, *lines, status=1):
        """End by itself, with last lines on stderr and an exit status."""
        self._alive, self._status = False, status
        self.log.extend(lines)

    def methods(self):
        """Methods of the requests so far."""
        return [method for method, _ in self.sent]

    def id_of(self, method):
        """Id of the last request of a method."""
        return len(self.sent) - self.methods()[::-1].index(method)

    def answer(self, method, result):
        """Answer the last request of a method."""
        self._arrived.append({"jsonrpc": "2.0", "id": self.id_of(method), "result": result})

    def fail(self, method, kind, message="It failed.", remedy=""):
        """Answer the last request of a method by an error."""
        error = {"code": -32099, "message": message, "data": {"kind": kind, "remedy": remedy}}
        self._arrived.append({"jsonrpc": "2.0", "id": self.id_of(method), "error": error})

    def progress(self, stage, fraction, ident=None):
        """Report progress of the running request, or of another id."""
        params = {"id": self.id_of("generate") if ident is None else ident}
        params |= {"stage": stage, "fraction": fraction}
        self._arrived.append({"jsonrpc": "2.0", "method": "progress", "params": params})
