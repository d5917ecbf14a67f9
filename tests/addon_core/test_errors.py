"""Errors and their lines on the panel."""

from blender_addon.core.errors import GenerationError, wrap


def test_an_error_is_its_message_and_remedy():
    assert (
        GenerationError("silent", "It did not answer.", "Try again.").text == "It did not answer. Try again."
    )
    assert GenerationError("internal", "It failed.").text == "It failed."
    assert str(GenerationError("internal", "It failed.")) == "It failed."


def test_only_a_cancel_is_one():
    assert GenerationError("cancelled", "Cancelled.").cancelled
    assert not GenerationError("crashed", "It ended.").cancelled


def test_lines_fit_the_region_and_lose_no_word():
    text = "The backend ended unexpectedly: RuntimeError. Look at its log, or set it up again."
    lines = wrap(text, 280, 1.0)
    assert max(map(len, lines)) <= 40
    assert " ".join(lines) == text
    assert len(wrap(text, 280, 2.0)) > len(lines)


def test_a_narrow_region_still_has_twenty_letters_a_line():
    assert max(map(len, wrap("one two three four five six", 10, 1.0))) > 10
