"""The live pages without a browser: who is let in, what controls become, what cells return."""

import asyncio
import socket
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from gatecontrol.cli import main
from gatecontrol.errors import GatecontrolError, RunError, UsageError
from gatecontrol.experiment.progress import Silent
from gatecontrol.teaching import clients
from gatecontrol.teaching.application import Guarded, application
from gatecontrol.teaching.bench import DEVICES, BenchState, to_query
from gatecontrol.teaching.clients import Client, close_pool
from gatecontrol.teaching.lessons import load_lessons
from gatecontrol.teaching.outcomes import Axes, Outcome
from gatecontrol.teaching.server import serve
from gatecontrol.teaching.workers import Pool, Stopped

controls = pytest.importorskip("gatecontrol.teaching.controls", reason="marimo is not installed")


class Inner:
    """An application that answers everything, and may be held open."""

    routes = ()

    def __init__(self):
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def __call__(self, scope, receive, send):
        await self.let_go.wait()
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"inside"})
        else:
            await send({"type": "websocket.accept"})


async def nothing():
    return {"type": "http.request"}


async def asked(app, kind="http", **headers):
    """Return what an application sends to one request."""
    sent = []

    async def send(message):
        sent.append(message)

    given = {"host": "127.0.0.1:8731"} | headers
    scope = {"type": kind, "headers": [(k.encode(), v.encode()) for k, v in given.items()]}
    await app(scope, nothing, send)
    return sent


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:8731"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "https://127.0.0.1.evil.example"},
        {"origin": "http://127.0.0.1:8888"},  # another server of this machine
        {"origin": "http://localhost:8731"},
        {"origin": "https://127.0.0.1:8731"},
        {"host": ""},
    ],
)
def test_another_site_is_not_let_in(headers):
    async def both():
        app = Guarded(Inner())
        return await asked(app, **headers), await asked(app, "websocket", **headers)

    page, socket_ = asyncio.run(both())
    assert page[0]["status"] == 403
    assert b"inside" not in page[1]["body"]
    assert socket_ == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    "headers", [{}, {"host": "localhost:8731"}, {"origin": "http://127.0.0.1:8731"}]
)
def test_this_machine_is_let_in_and_told_to_fetch_nothing_elsewhere(headers):
    page = asyncio.run(asked(Guarded(Inner()), **headers))
    assert page[0]["status"] == 200
    policy = dict(page[0]["headers"])[b"content-security-policy"].decode()
    assert policy.startswith("default-src 'self'")
    assert "https:" not in policy
    assert "*" not in policy.replace("127.0.0.1:*", "").replace("localhost:*", "")
    assert "frame-ancestors 'self' file: http://127.0.0.1:* http://localhost:*" in policy


def test_no_more_pages_are_open_than_the_bound():
    async def crowd():
        inner = Inner()
        app = Guarded(inner, most=2)
        inner.let_go.clear()
        open_ = [asyncio.create_task(asked(app, "websocket")) for _ in range(2)]
        await asyncio.sleep(0)
        refused = await asked(app, "websocket")
        inner.let_go.set()
        accepted = [await page for page in open_]
        return refused, accepted, await asked(app, "websocket")

    refused, accepted, later = asyncio.run(crowd())
    assert refused == [{"type": "websocket.close", "code": 1013}]
    assert accepted == [later, later] == [[{"type": "websocket.accept"}]] * 2


def test_the_end_of_the_server_ends_the_sessions():
    ended = []

    class Manager:
        async def shutdown(self):
            ended.append(True)

    class Inside:
        class state:  # noqa: N801  (as the framework has it)
            session_manager = Manager()

    class Route:
        app = Inside()

    async def live():
        inner = Inner()
        inner.routes = (Route(), object())
        messages = iter(["lifespan.startup", "lifespan.shutdown"])
        sent = []

        async def receive():
            return {"type": next(messages)}

        async def send(message):
            sent.append(message["type"])

        await Guarded(inner)({"type": "lifespan"}, receive, send)
        return sent

    assert asyncio.run(live()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert ended == [True]


def set_as(linked):
    """Return the state of the controls that a link opens."""
    device = controls.device(linked)
    pattern = controls.pattern(linked, device.value)
    sliders = controls.programme(linked, device.value, pattern)
    skin, brush, circuit = (f(linked) for f in (controls.skin, controls.brush, controls.circuit))
    return controls.state(skin, brush, device, pattern, sliders, circuit)


@pytest.mark.parametrize("device", ["none", *DEVICES])
def test_the_controls_open_as_the_link_says(device):
    start = BenchState(skin="heat", brush=True, injured=True, blocks=("nmda_block",), seed=7)
    state = start.changed(device=device, amplitude=135.0, frequency=33.0)
    programme = {} if device != "none" else {"amplitude": 140.0, "frequency": 50.0}
    assert set_as(state) == state.changed(**programme)
    assert set_as(BenchState()) == BenchState()


def test_a_burst_opens_with_its_one_width_and_no_slider_for_it():
    state = BenchState().changed(device="scs", pattern="burst")
    pattern = controls.pattern(state, "scs")
    sliders = controls.programme(state, "scs", pattern)
    assert set(sliders.elements) == {"amplitude", "frequency"}
    assert set_as(state) == state


def test_a_link_is_read_as_the_page_gets_it():
    state = BenchState(brush=True).changed(device="tens")
    query = dict(pair.split("=") for pair in to_query(state).split("&"))
    assert controls.state_of_link(query) == (state, "")
    new, fault = controls.state_of_link({"skin": ["pinch", "heat"]})
    assert new == BenchState()
    assert fault == "link: skin: given twice"


@pytest.fixture
def pool():
    yield
    close_pool()


def test_the_cells_of_the_bench_answer_the_first_state(pool):
    from gatecontrol.teaching.page import app

    outputs, names = app.run()
    assert names["state"] == BenchState()
    assert names["answer"].sentence in names["client"].words
    assert sum("<img" in str(getattr(o, "text", "")) for o in outputs) == 1


def test_a_lesson_shows_nothing_before_the_prediction(pool):
    from gatecontrol.teaching.lesson_page import app

    lesson = load_lessons()[0]
    outputs, names = app.run(defs={"lesson": lesson, "fault": ""})
    assert "found" not in names
    assert "known" not in names
    text = " ".join(str(getattr(o, "text", "")) for o in outputs)
    assert "Choose an answer; then the experiment opens." in text
    assert lesson.evidence[0].text not in text
    assert all(choice.why not in text for choice in lesson.prediction.choices)


def test_a_page_shows_its_last_answer_when_it_gets_none(monkeypatch):
    with Pool(1, task="made_answers:echo") as made:
        monkeypatch.setattr(clients, "shared_pool", lambda: made)
        client = Client()
        client.ask(("one", 0.0))
        assert client.wait()[0][0] == "one"
        assert client.ask(("two", 1.0))  # slow enough to be told
        assert client.wait()[0][0] == "two"
        client.ask("fail")
        last, problem = client.wait()
        assert last[0] == "two"
        assert problem == "ValueError: no such thing"
    client.ask("three")
    assert client.wait() == (last, "the bench is closed; start `gatecontrol teach` again")


def test_a_lesson_that_is_not_there_is_said():
    from gatecontrol.teaching.lesson_controls import lesson_of_link

    assert lesson_of_link({}) == (None, "")
    assert lesson_of_link({"id": "windup"})[0].title == "Wind-up"
    lesson, fault = lesson_of_link({"id": "wind_up"})
    assert lesson is None
    assert fault == "no lesson 'wind_up'. Did you mean 'windup'? These are offered"


def test_a_port_that_is_taken_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError) as caught:
            serve(port, browser=False, say=Silent())
    assert str(caught.value) == (
        f"port {port} of 127.0.0.1 cannot be used (Address already in use): choose another one, "
        + "or --port 0 for any"
    )


def test_without_marimo_the_remedy_is_said(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "marimo", None)
    with pytest.raises(GatecontrolError) as caught:
        application()
    assert str(caught.value) == (
        "the teaching page needs marimo, which is not installed: "
        + 'python -m pip install "gatecontrol[teach]"'
    )
    with pytest.raises(SystemExit) as left:
        main(["teach", "--no-browser", "--port", "0"])
    assert left.value.code == 1
    assert "the teaching page needs marimo" in capsys.readouterr().err


def test_a_lesson_of_no_name_is_bad_input(capsys):
    with pytest.raises(SystemExit) as left:
        main(["teach", "--lesson", "nothing", "--no-browser", "--port", "0"])
    assert left.value.code == 2
    assert "no lesson 'nothing'." in capsys.readouterr().err


def test_the_pool_says_when_it_is_gone(pool):
    shared = clients.shared_pool()
    assert clients.shared_pool() is shared
    close_pool()
    with pytest.raises(RunError, match="the bench is closed"):
        shared.ask("a", BenchState())


class Failing:
    """A page's client that has an older answer, and no newer one."""

    words = "Old words."

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def ask(self, question):
        self.asked.append(question)
        return False

    def wait(self):
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def shown(outputs):
    return " ".join(str(getattr(output, "text", "")) for output in outputs)


def test_after_a_failure_the_page_says_what_is_still_shown(monkeypatch):
    from gatecontrol.teaching.answer import compute
    from gatecontrol.teaching.page import app

    old = compute(BenchState(brush=True))
    for answer in (old, None):
        client = Failing((answer, "200 questions are waiting already"))
        monkeypatch.setattr(clients, "Client", lambda client=client: client)
        text = shown(app.run()[0])
        assert "<p role='alert' class='fault'>200 questions are waiting already</p>" in text
        still = f"<b>Still shown:</b> A pinch, brushed. {old.sentence}"
        assert (still in text) == (answer is not None)
        assert ("<img" in text) == (answer is not None)


@pytest.mark.parametrize("trouble", ["", "the worker process ended with code 3"])
def test_a_tick_computes_one_stop_more_and_says_if_it_cannot(monkeypatch, trouble):
    from gatecontrol.teaching.lesson_page import app

    lesson = next(one for one in load_lessons() if len(one.vary.stops) > 2)
    outcome = Outcome(np.array([20.0]), np.arange(3.0), np.arange(3.0))
    row = (outcome,) * len(lesson.conditions)
    first, second, *_ = sorted(range(len(lesson.vary.stops)), key=lesson.vary.reference.__ne__)
    axes = Axes("Time [s]", "Rate")
    answers = [(Stopped(first, row, axes), ""), (Stopped(second, row, axes), trouble)]
    client = Failing(*answers)
    monkeypatch.setattr(clients, "Client", lambda: client)
    defs = {
        "lesson": lesson,
        "fault": "",
        "prediction": SimpleNamespace(value=lesson.prediction.choices[0].text, text=""),
        "fill": SimpleNamespace(value=True, text="<button>Compute all stops</button>"),
        "tick": SimpleNamespace(value="0.2 (1)", text="<i>clock</i>"),
    }
    outputs, names = app.run(defs=defs)
    text = shown(outputs)
    assert [asked.stop for asked in client.asked] == [first, second]
    assert set(names["seen"]) == ({first} if trouble else {first, second})
    assert names["whole"] is False
    if trouble:
        assert f"class='fault'>{trouble}</p><button>Compute all stops</button>" in text
        assert "clock" not in text
    else:
        said = f"2 of {len(lesson.vary.stops)} stops are computed."
        assert f"{said}</p></section><div hidden><i>clock</i></div>" in text
        assert "<button>" not in text
    assert "Still shown" not in text
