"""Errors that people see: one sentence, a stable code, and a remedy."""


class ZoetropeError(Exception):
    """An error with a remedy.

    Parameters
    ----------
    message : str
        What is wrong, in one sentence.
    code : str
        Stable name of the kind of error; the add-on maps it to a message and an operator that mends it.
    remedy : str
        What the reader can do about it.
    """

    def __init__(self, message: str, *, code: str = "internal", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class Cancelled(ZoetropeError):
    """The job was cancelled by whoever asked for it."""

    def __init__(self) -> None:
        super().__init__("The job was cancelled.", code="cancelled")
