"""User-facing errors: a message, a stable code and a remedy."""


class ZoetropeError(Exception):
    """An error with a code and a remedy.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    code : str
        Stable identifier of the error type; the add-on maps it to a message and an operator that fixes it.
    remedy : str
        What the user can do about it.
    """

    def __init__(self, message: str, *, code: str = "internal", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class Cancelled(ZoetropeError):
    """The client cancelled the job."""

    def __init__(self) -> None:
        super().__init__("The job was cancelled.", code="cancelled")
