"""A live preview: one request at a time, the newest wins, and it gives way to jobs."""

import known_creature
import numpy as np
import pytest

from blender_addon.core.body.live_preview import LivePreview

from ..fake_backend import HELLO, REQUEST

FIRST = {
    **{"category": "quadruped", "seed": 7, "palette": None, "height": None},
    **{"proportions": None, "proportions_seed": None, "morph": None},
}


def legs(factor):
    return {**FIRST, "proportions": {"legs": factor}}


@pytest.fixture
def preview(session):
    """One that is on."""
    live = LivePreview(session)
    live.turn_on()
    return live


@pytest.fixture
def answer(backend, session, tmp_path):
    """A function that answers hello where it was not, and the request at work."""

    def send(request):
        if session.hello is None and session.preview.hello is None:
            backend.answer("hello", HELLO)
            session.preview.step()
        path = tmp_path / "body.npz"
        with np.load(known_creature.RECORDED) as recorded:
            known_creature.save_preview(path, dict(recorded), request)
        backend.answer("preview", {"file": str(path)})

    return send


def sent(backend):
    return [params["proportions"] for method, params in backend.sent if method == "preview"]


def shown(preview, answer, request):
    """Let a preview show a request."""
    preview.step(request)
    answer(request)
    assert preview.step(request)


def test_nothing_is_requested_while_it_is_off(session, backend):
    assert not LivePreview(session).step(FIRST)
    assert backend.starts == 0


def test_a_body_comes_once(preview, answer, backend, folder):
    assert not preview.step(FIRST)
    assert preview.text == "Starting the backend"
    answer(FIRST)
    assert preview.step(FIRST)
    assert (preview.shown, preview.text, preview.up_to_date) == (FIRST, "", True)
    assert preview.body.rest.shape == preview.body.colours.shape
    assert not preview.step(FIRST)
    assert sent(backend) == [None]
    assert not folder.exists()


def test_moves_of_a_slider_are_coalesced_and_the_last_one_is_shown(preview, answer, backend):
    shown(preview, answer, FIRST)
    for i in range(1, 50):
        preview.step(legs(1 + i / 100))
    assert sent(backend) == [None, {"legs": 1.01}], "one is at work"
    answer(legs(1.01))
    assert preview.step(legs(1.49)), "what comes meanwhile is shown"
    assert sent(backend)[2:] == [{"legs": 1.49}]
    answer(legs(1.49))
    assert preview.step(legs(1.49))
    assert preview.shown == legs(1.49)
    assert preview.up_to_date
    assert backend.methods().count("cancel") == 0


def test_an_outdated_body_is_cancelled_and_not_waited_for(preview, answer, backend):
    shown(preview, answer, FIRST)
    preview.step({**FIRST, "seed": 8})
    preview.step({**FIRST, "seed": 9})
    preview.step({**FIRST, "seed": 9})
    assert backend.methods().count("cancel") == 1
    assert backend.methods().count("preview") == 2, "the cancelled one is still at work"
    backend.fail("preview", "cancelled")
    preview.step({**FIRST, "seed": 9})
    assert backend.sent[-1][1]["seed"] == 9
    assert backend.alive()
    assert preview.on


def morph(amount, other="fox"):
    return {**FIRST, "morph": {"other": other, "amount": amount}}


def test_a_morphs_amount_is_coalesced_as_a_slider_is(preview, answer, backend):
    shown(preview, answer, FIRST)
    for i in range(1, 30):
        preview.step(morph(i / 100))
    assert backend.methods().count("cancel") == 0
    answer(morph(0.01))
    assert preview.step(morph(0.29)), "what comes meanwhile is shown"
    assert backend.sent[-1][1]["morph"] == {"other": "fox", "amount": 0.29}


@pytest.mark.parametrize("now", [FIRST, morph(0.1, "wolf"), morph(0.1, 5)])
def test_a_morph_to_another_creature_cancels_the_one_at_work(preview, answer, backend, now):
    shown(preview, answer, FIRST)
    preview.step(morph(0.1))
    preview.step(now)
    assert backend.methods().count("cancel") == 1


def test_a_change_while_the_backend_starts_is_what_it_is_asked_for(preview, backend, session):
    preview.step(FIRST)
    preview.step({**FIRST, "seed": 8})
    backend.answer("hello", HELLO)
    preview.step({**FIRST, "seed": 8})
    assert [params["seed"] for method, params in backend.sent if method == "preview"] == [8]
    assert session.hello == HELLO


def test_a_job_takes_its_place_and_it_is_requested_again_afterwards(preview, answer, backend, session):
    shown(preview, answer, FIRST)
    preview.step(legs(1.2))
    session.start(REQUEST)
    assert session.preview is None
    assert backend.methods()[-2:] == ["cancel", "generate"]
    backend.fail("preview", "cancelled")
    assert not preview.step(legs(1.2))
    assert backend.methods()[-1] == "generate", "not while a job is at work"
    backend.answer("generate", {"file": "f"})
    assert session.job.step()
    session.finish()
    preview.step(legs(1.2))
    assert sent(backend)[-1] == {"legs": 1.2}


def test_what_is_refused_is_a_sentence_and_the_last_body_stays(preview, answer, backend):
    shown(preview, answer, FIRST)
    far = {**FIRST, "morph": {"other": "fox", "amount": 0.9}}
    preview.step(far)
    backend.fail("preview", "bad_option", "The body is too unlike the Fox.", "It may be up to 0.5.")
    for _ in range(3):
        assert not preview.step(far)
    assert preview.error == "The body is too unlike the Fox. It may be up to 0.5."
    assert (preview.on, preview.shown) == (True, FIRST)
    assert len(sent(backend)) == 2, "it is not sent again"
    shown(preview, answer, legs(1.1))
    assert preview.error == ""


@pytest.mark.parametrize(
    ("end", "error"),
    [
        (lambda backend, _: backend.fail("preview", "internal"), "It failed."),
        (lambda backend, _: backend.die("Segmentation fault"), "ended unexpectedly: Segmentation fault"),
        (lambda _, session: session.close(), "was stopped"),
        (lambda backend, _: backend.answer("preview", {"file": "/nowhere"}), "could not be read"),
        (lambda backend, _: backend.answer("preview", {}), "The preview failed"),
    ],
)
def test_a_failure_turns_it_off_with_a_sentence(preview, answer, backend, session, folder, end, error):
    shown(preview, answer, FIRST)
    preview.step(legs(1.2))
    end(backend, session)
    assert not preview.step(legs(1.2))
    assert not preview.on
    assert error in preview.error
    assert session.preview is None
    assert session.error is None, "it is no failure of a job"
    assert not folder.exists()


def test_a_backend_that_ends_in_between_ends_it(preview, answer, backend):
    shown(preview, answer, FIRST)
    backend.die()
    assert not preview.step(FIRST)
    assert not preview.on


def test_one_that_cannot_be_started_is_a_sentence(session, backend, monkeypatch):
    def fail():
        raise PermissionError(13, "Permission denied", "/python")

    live = LivePreview(session)
    monkeypatch.setattr(session, "_start_backend", fail)
    live.turn_on()
    assert not live.step(FIRST)
    assert not live.on
    assert "Permission denied" in live.error


def test_turned_off_it_is_cancelled_and_leaves_no_files(preview, answer, backend, session, folder):
    shown(preview, answer, FIRST)
    preview.step(legs(1.2))
    preview.turn_off()
    assert backend.methods()[-1] == "cancel"
    assert session.preview is None
    assert not folder.exists()
    assert (preview.on, preview.body, preview.error) == (False, None, "")
    assert backend.alive()
