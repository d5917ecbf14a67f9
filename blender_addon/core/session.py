"""The add-on's session with its backend: the process, what it answered, the job at work, and a preview."""

import shutil

from .errors import GenerationError
from .job import Job


class Session:
    """Keeps at most one backend process, one job, and one preview, which gives way to a job.

    Parameters
    ----------
    start_backend : callable
        Starts a `client.process.BackendProcess` and returns it; may raise GenerationError or OSError.
    make_folder : callable
        Makes an empty folder for a job's files and returns its path.

    Attributes
    ----------
    hello : dict or None
        The running backend's answer to `hello`.
    job : Job or None
        The job at work.
    preview : Job or None
        The request of a live preview at work; only there while no job is.
    error : GenerationError or None
        Why the last job failed.
    stage_seconds : dict
        Stage -> seconds of the last creature.
    """

    def __init__(self, start_backend, make_folder):
        self._start_backend, self._make_folder = start_backend, make_folder
        self._backend = None
        self._log = ()
        self.hello = self.job = self.preview = self.error = None
        self.stage_seconds = {}

    def running(self):
        """Whether a job is at work."""
        return self.job is not None and not self.job.finished

    def backend_pid(self):
        """Process id of the backend, or None."""
        return self._backend.pid if self._backend is not None and self._backend.alive() else None

    def log_lines(self):
        """The backend's last lines on stderr, also after it has ended."""
        return list(self._log if self._backend is None else self._backend.log)

    def start(self, request, method="generate", prepare=None):
        """Start a job, and the backend where none runs; returns the job.

        Parameters
        ----------
        request : dict
            The arguments of the method's function in `client.protocol`, all but the job folder.
        method : str
            "generate", "preview", "analyse_mesh", "animate" or "decompose".
        prepare : callable or None
            Takes the job folder and writes what the backend is to find there; may raise OSError.
        """
        self.error = None
        self.drop_preview()
        self._ensure_backend()
        folder = self.new_folder()
        try:
            if prepare is not None:
                prepare(folder)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            text = f"The mesh could not be written for the backend: {error.strerror or error}."
            raise GenerationError("disk_full", text, "Free some space on the disk.") from error
        self.job = Job(self._backend, self.hello, request, folder, method=method)
        return self.job

    def start_preview(self, request):
        """Request a preview, and start the backend where none runs; only while no job is at work.

        request: the arguments of `client.protocol.preview`, all but the job folder.
        """
        self._ensure_backend()
        self.preview = Job(self._backend, self.hello, request, self.new_folder(), method="preview")

    def finish_preview(self):
        """Remove the ended preview's files; a living backend is kept."""
        if self.preview is not None:
            if self.preview.hello is not None:
                self.hello = self.preview.hello
            self.preview.remove_folder()
        self.preview = None
        if self._backend is not None and not self._backend.alive():
            self._end_backend()

    def drop_preview(self):
        """Cancel the preview at work, whose answer is not waited for."""
        if self.preview is not None:
            self.preview.cancel(patient=True)
            self.finish_preview()

    def _ensure_backend(self):
        if self._backend is not None and not self._backend.alive():
            self.close()
        if self._backend is None:
            self._backend, self.hello = self._start_backend(), None

    def new_folder(self):
        """Make an empty folder for a job's files; GenerationError where that fails."""
        try:
            return self._make_folder()
        except OSError as error:
            reason = f"{error.strerror or error}: {error.filename}"
            text = f"No folder could be made for the job's files: {reason}."
            remedy = "Set another Temporary Files folder in Preferences > File Paths."
            raise GenerationError("disk_full", text, remedy) from error

    def take(self, job):
        """Make something that looks like a `Job`, and is at work without the backend, the session's job."""
        self.error, self.job = None, job

    def cancel(self):
        """Cancel the job at work, if there is one; its next step raises once the backend has stopped."""
        if self.running():
            self.job.cancel()

    def finish(self, error=None):
        """Remove the ended job and its files, and keep its error; a living backend is kept too."""
        if self.job is not None:
            if self.job.hello is not None:
                self.hello = self.job.hello
            if self.job.answer is not None:
                self.stage_seconds = self.job.answer.get("stages", {})
            self.job.remove_folder()
        self.job, self.error = None, error
        if self._backend is not None and not self._backend.alive():
            self._end_backend()

    def close(self):
        """End the job and the backend."""
        for job in (self.job, self.preview):
            if job is not None:
                job.remove_folder()
        self.job = self.preview = self.hello = None
        if self._backend is not None:
            self._end_backend()

    def forget(self):
        """End everything and drop the error: another file is being opened."""
        self.close()
        self.error = None

    def _end_backend(self):
        self._log = tuple(self._backend.log)
        self._backend.kill()
        self._backend = self.hello = None
