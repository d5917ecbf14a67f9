"""A .glb played by three.js in headless Chromium: what the browser shows comes back as arrays."""

import json
import os
import shutil
import signal
import subprocess
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None
)
OPTIONS = ("--headless", "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
LIMIT = 120.0
"""Seconds until a page that posts nothing is given up."""


def play(folder, path, times, clip=0):
    """Play a clip of a .glb file.

    Parameters
    ----------
    folder : Path
        Has player.html and node_modules with three.
    path : Path
    times : list of float
        Seconds.
    clip : int
        Index of the animation.

    Returns
    -------
    report : dict
        `duration` of the clip, `vertices` of each mesh, `pixels` that are covered at each time.
    shown : (N,) float32
        For each time and mesh all positions, then all normals, in the file's axes.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, path, directory=str(folder)))
    server.posted, server.done = {}, threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    query = f"clip={clip}&times=" + ",".join(map(str, times))
    url = f"http://127.0.0.1:{server.server_port}/player.html?{query}"
    # Kept open by the debugging port until the page has posted its report.
    process = subprocess.Popen(
        [CHROMIUM, *OPTIONS, "--remote-debugging-port=0", url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert server.done.wait(LIMIT), "the page posted nothing"
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # its renderer and others too
        process.wait()
        server.shutdown()
        server.server_close()
    report = json.loads(server.posted["/report"])
    assert "error" not in report, report["error"]
    return report, np.frombuffer(server.posted["/shown"], np.float32)


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, glb, *args, **options):
        self.glb = glb
        super().__init__(*args, **options)

    def translate_path(self, path):
        """The file of a request."""
        return str(self.glb) if path == "/file.glb" else super().translate_path(path)

    def do_POST(self):
        """Keep what the page posts."""
        self.server.posted[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()
        if self.path == "/report":
            self.server.done.set()

    def log_message(self, *_):
        """Quiet."""
