"""A client of the service in a child process, and the parameters of a job."""

import json
import os
import subprocess
import sys


class Client:
    """A client of a service in a child process."""

    def __init__(self, *arguments, **environment):
        self.child = subprocess.Popen(
            [sys.executable, "-m", "zoetrope", "serve", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
        )

    def send(self, ident, method, params=None, **more):
        message = {"jsonrpc": "2.0", "id": ident, "method": method, "params": params or {}, **more}
        self.raw(json.dumps(message).encode())

    def raw(self, line):
        self.child.stdin.write(line + b"\n")
        self.child.stdin.flush()

    def read(self):
        line = self.child.stdout.readline()
        assert line, self.child.stderr.read().decode()
        return json.loads(line)

    def answer(self, ident):
        """The answer to a request, and the progress notifications before it."""
        progress = []
        while True:
            message = self.read()
            if message.get("id") == ident:
                return message, progress
            progress.append(message)

    def close(self):
        self.child.kill()
        self.child.wait()
        for stream in (self.child.stdin, self.child.stdout, self.child.stderr):
            stream.close()


def job(folder, **more):
    params = {"job_folder": str(folder), "category": "quadruped", "action": "walk", "seed": 1}
    return {**params, "fps": 24.0, "detail": 64, "frames": None, "height": None, **more}
