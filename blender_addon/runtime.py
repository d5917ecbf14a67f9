"""What the add-on holds while it is enabled, and where it looks for the backend."""

import tempfile
from pathlib import Path

import bpy

from .client import protocol
from .client.installer import Installer
from .client.process import BackendProcess
from .core import catalogue as catalogues
from .core import setup_steps
from .core.body.live_preview import LivePreview
from .core.installation import Installation
from .core.managed_environment import is_complete
from .core.path_limit import choose_folder
from .core.request import DNF, HYPERDIFFUSION
from .core.session import Session

PACKAGE = __package__
ADDON = Path(__file__).resolve().parent

_runtime = None


class Runtime:
    """The session with the backend and the setup of its environment; both end with the add-on."""

    def __init__(self):
        self.session = Session(
            start_backend=lambda: BackendProcess(installation().serve_command()),
            make_folder=_make_job_folder,
        )
        self.preview = LivePreview(self.session)
        self.setup = None
        """The last `Installer`, also after it has ended."""
        self.guess = None
        """The last `core.own_mesh.guess.Guess`, or None."""
        self.guessed = None
        """The `scene.own_mesh.intake.Intake` that it is about, or None."""
        self.to_confirm = False
        """Whether the artist is to confirm it before anything is animated."""

    def keep_guess(self, guess, taken):
        """Keep a guess about what was read of objects; None, None: forget the last one."""
        self.guess, self.guessed, self.to_confirm = guess, taken, guess is not None and guess.ask

    def current_guess(self, context):
        """The last guess, where it is about the selection, or None."""
        if self.guess is None:
            return None
        uids = {obj.session_uid for obj in context.selected_objects if obj.type == "MESH"}
        return self.guess if uids == {taken.uid for taken in self.guessed.objects} else None

    def setting_up(self):
        """Whether the backend's environment is being made."""
        return self.setup is not None and self.setup.running()

    def set_up(self, base_python, kind_name, wheels):
        """Begin to make the backend's environment; returns the running Installer."""
        self.session.close()  # it may run in the environment that is made anew
        environment, kind = installation().environment, setup_steps.torch_kind(kind_name)
        steps = setup_steps.steps(environment, base_python, kind, wheels)
        self.setup = Installer(environment, steps, kind.disk)
        return self.setup

    def repair(self, base_python):
        """Begin to give the backend's environment another interpreter; returns the running Installer."""
        self.session.close()
        environment = installation().environment
        steps = setup_steps.repair_steps(environment, base_python)
        self.setup = Installer(environment, steps, 0, repair=True)
        return self.setup

    def stop_setup(self):
        """End a setup at work and wait until what it made is removed."""
        if self.setting_up():
            self.setup.cancel()
            self.setup.wait()

    def log_lines(self):
        """The last lines that the setup and the backend wrote."""
        return [*(self.setup.log if self.setup is not None else ()), *self.session.log_lines()]

    def close(self):
        """End both."""
        self.stop_setup()
        self.session.close()


def get():
    """The runtime of the enabled add-on."""
    if _runtime is None:
        raise RuntimeError("Zoetrope is not enabled")
    return _runtime


def start():
    """Called when the add-on is enabled."""
    global _runtime
    _runtime = Runtime()
    bpy.app.handlers.load_pre.append(_before_load)


def stop():
    """Called when the add-on is disabled."""
    global _runtime
    bpy.app.handlers.load_pre.remove(_before_load)
    _runtime.close()
    _runtime = None


@bpy.app.handlers.persistent
def _before_load(*_):
    # File > New and Open end every modal operator, so the one that advances the job is gone as well.
    _runtime.preview.turn_off()
    _runtime.session.forget()
    _runtime.keep_guess(None, None)


def _make_job_folder():
    parent = bpy.app.tempdir or None
    if parent is not None:  # systems remove old temporary folders
        Path(parent).mkdir(parents=True, exist_ok=True)
    return tempfile.mkdtemp(prefix="zoetrope_", dir=parent)


def preferences():
    """The add-on's preferences, or None where a script registered it."""
    addon = bpy.context.preferences.addons.get(PACKAGE)
    return addon.preferences if addon else None


def installation():
    """Where the add-on's files, the backend's Python and its weights are, as the preferences are now."""
    prefs = preferences()
    preferred = bpy.path.abspath(prefs.backend_python) if prefs is not None and prefs.backend_python else ""
    return Installation(ADDON, _managed_folder(), preferred)


def _managed_folder():
    try:
        usual = Path(bpy.utils.extension_path_user(PACKAGE)) / "backend"
    except ValueError:  # not installed as an extension
        usual = Path(bpy.utils.user_resource("DATAFILES")) / "zoetrope/backend"
    return choose_folder(usual, is_complete)


def has_hyperdiffusion():
    """Whether the engine HyperDiffusion is installed, by the backend's answer or the folder of weights."""
    hello = get().session.hello
    if hello:
        return HYPERDIFFUSION in protocol.engines(hello)
    weights = installation().weights()
    return weights is not None and (weights / HYPERDIFFUSION / "checksums").is_file()


def catalogue(engine=DNF):
    """What an engine can generate: the running backend's answer, else what came with the add-on.

    The answer is about the first engine; HyperDiffusion's weights are in a folder inside those, and where
    they say nothing it has the same.
    """
    hello, found = get().session.hello, installation()
    weights = found.weights()
    if engine == HYPERDIFFUSION and weights is not None:
        own = catalogues.of_weights(weights / HYPERDIFFUSION)
        if own is not None:
            return own
    if hello:
        return catalogues.Catalogue(protocol.categories(hello))
    return catalogues.shipped(weights, found.labels())
