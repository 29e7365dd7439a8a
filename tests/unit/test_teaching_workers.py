"""Many pages, few processes: bounded work, the newest question first, everyone's own answer."""

import os
import threading
import time
from concurrent.futures import CancelledError

import pytest

from gatecontrol.errors import RunError
from gatecontrol.experiment.executor import CORES, default_workers
from gatecontrol.teaching.lessons import load_lessons
from gatecontrol.teaching.workers import LessonStop, Pool

TASK = "made_answers:echo"
SOON = 30  # seconds: processes start slowly on a busy machine, and nothing here waits for it


@pytest.fixture
def pool():
    made = []

    def make(**options):
        made.append(Pool(**({"workers": 1, "task": TASK} | options)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def busy(pool):
    """Wait until a question is in work."""
    for _ in range(100 * SOON):
        if pool.load[0]:
            return
        time.sleep(0.01)
    raise AssertionError("nothing was begun")


def test_twenty_clients_each_get_their_own_answers(pool):
    shared, wrong = pool(workers=2), []

    def client(name):
        for turn in range(5):
            asked = f"{name}-{turn}"
            if shared.ask(name, asked).result(SOON)[0] != asked:
                wrong.append(asked)

    threads = [threading.Thread(target=client, args=(f"client {i}",)) for i in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert shared.load == (0, 0)


def test_the_newest_question_takes_the_place_of_the_waiting_one(pool):
    shared = pool()
    first = shared.ask("a", ("first", 0.3))
    busy(shared)
    other = shared.ask("b", "other")
    stale = shared.ask("a", "stale")
    newest = shared.ask("a", "newest")
    with pytest.raises(CancelledError):
        stale.result(SOON)
    assert first.result(SOON)[0] == "first"
    assert [f.result(SOON)[0] for f in (other, newest)] == ["other", "newest"]


def test_a_client_has_one_question_in_work(pool):
    shared = pool(workers=2)
    first = shared.ask("a", ("slow", 0.5))
    busy(shared)
    second = shared.ask("a", "second")
    assert shared.load == (1, 1)
    assert shared.ask("b", "other").result(SOON)[0] == "other"
    assert second.result(SOON)[0] == "second"
    assert first.done()


def test_no_more_wait_than_the_bound(pool):
    shared = pool(most_waiting=2)
    shared.ask("a", ("slow", 0.5))
    busy(shared)
    waiting = [shared.ask(name, name) for name in ("b", "c")]
    with pytest.raises(RunError, match="^2 questions are waiting already; try again in a few sec"):
        shared.ask("d", "d")
    newer = shared.ask("b", "b again")  # in the place of its own
    assert waiting[0].cancelled()
    assert newer.result(SOON)[0] == "b again"


def test_the_same_question_is_computed_once(pool):
    shared = pool()
    one = shared.ask("a", "same").result(SOON)
    again = shared.ask("b", "same")
    assert again.done()
    assert again.result() is one


def test_a_question_that_is_answered_cancels_what_its_client_waited_for(pool):
    shared = pool()
    shared.ask("a", "known").result(SOON)
    shared.ask("b", ("slow", 0.3))
    busy(shared)
    waiting = shared.ask("a", "unknown")
    assert shared.ask("a", "known").done()
    assert waiting.cancelled()


def test_a_failure_and_a_death_are_told_and_the_next_is_answered(pool):
    shared = pool()
    with pytest.raises(RunError, match="^ValueError: no such thing$"):
        shared.ask("a", "fail").result(SOON)
    with pytest.raises(RunError, match="^the worker process ended with code 3; try it again$"):
        shared.ask("a", "die").result(SOON)
    assert shared.ask("a", "next").result(SOON)[0] == "next"


def test_patience_ends_and_the_next_is_answered(pool):
    shared = pool(patience=0.5)
    shared.ask("a", "warm").result(SOON)
    with pytest.raises(RunError, match=r"^no answer within 0\.5 s; it was given up\. Try it again"):
        shared.ask("a", ("late", 20)).result(SOON)
    assert shared.ask("b", "next").result(SOON)[0] == "next"


def test_a_closed_pool_says_so_and_leaves_no_process():
    shared = Pool(1, task=TASK)
    _, process = shared.ask("a", "one").result(SOON)
    shared.ask("a", ("running", 0.3))
    busy(shared)
    waiting = shared.ask("b", "waiting")
    shared.close()
    assert waiting.cancelled()
    with pytest.raises(RunError, match="the bench is closed; start `gatecontrol teach` again"):
        shared.ask("a", "two")
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_the_workers_share_the_cores(pool):
    """Fibres are solved in threads: four workers with a thread per core each would be too many."""
    cores = default_workers(64)
    assert pool(workers=cores).ask("a", "cores").result(SOON)[1] == 1
    assert pool(workers=1).ask("a", "cores").result(SOON)[1] == cores
    assert CORES not in os.environ


def test_a_lesson_that_was_edited_is_another_question():
    lesson = load_lessons()[0]
    edited = lesson.model_copy(update={"seeds": lesson.seeds + 1})
    assert LessonStop(lesson.id, 1, lesson) == LessonStop(lesson.id, 1, lesson.model_copy())
    assert hash(LessonStop(lesson.id, 1, lesson)) == hash(LessonStop(lesson.id, 1, lesson))
    assert LessonStop(lesson.id, 1, lesson) != LessonStop(lesson.id, 1, edited)
    assert LessonStop(lesson.id, 1, lesson) != LessonStop(lesson.id, 0, lesson)
