"""Several real processes against one database, for tests of races."""

import multiprocessing
from collections.abc import Callable
from threading import BrokenBarrierError
from typing import Any

from django.db import connections

processes = multiprocessing.get_context("fork")
LONG_ENOUGH = 2  # seconds that one waits for another who may be held up by a lock


def together(*jobs: Callable[[], Any]) -> list[Any]:
    """Run each job in a process of its own; gives what each returned, or the name of its exception."""
    connections.close_all()  # a forked process must not speak on its parent's line
    answers = [processes.SimpleQueue() for _job in jobs]

    def run(job, answer):
        try:
            answer.put(job())
        except Exception as fault:
            answer.put(type(fault).__name__)
        finally:
            connections.close_all()

    started = [processes.Process(target=run, args=pair) for pair in zip(jobs, answers, strict=True)]
    for process in started:
        process.start()
    given = [answer.get() for answer in answers]
    for process in started:
        process.join()
    return given


def meet(barrier) -> None:
    """Wait for the other process, but not for one that is held up."""
    try:
        barrier.wait(LONG_ENOUGH)
    except BrokenBarrierError:
        barrier.reset()
