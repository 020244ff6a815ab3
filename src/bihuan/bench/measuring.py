"""What a benchmark reports, and how a run is timed."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

ROUNDS = 5


@dataclass(frozen=True)
class Finding:
    """One line of `bihuan bench --json`; times are of one repetition.

    `per_second` is told where many act at once, `resident_mb` where a process was watched for its memory.
    """

    bench: str
    case: str
    rows: int
    seconds: float
    p95: float
    sql_seconds: float
    ratio: float
    per_second: float | None = None
    resident_mb: float | None = None

    def as_json(self) -> dict[str, Any]:
        told = {key: _short(value) for key, value in asdict(self).items()}
        return {key: value for key, value in told.items() if value is not None}


def finding(
    bench: str,
    case: str,
    rows: int,
    times: Sequence[float],
    sql_times: Sequence[float],
    per_second: float | None = None,
    resident_mb: float | None = None,
) -> Finding:
    seconds, sql_seconds = median(times), median(sql_times)
    ratio = seconds / sql_seconds
    p95 = percentile(times, 95)
    return Finding(bench, case, rows, seconds, p95, sql_seconds, ratio, per_second, resident_mb)


def percentile(times: Sequence[float], share: int) -> float:
    """The smallest time that `share` per cent of all do not exceed."""
    return sorted(times)[max(0, -(-len(times) * share // 100) - 1)]


@dataclass
class Watch:
    seconds: float = 0.0


@contextmanager
def timed() -> Iterator[Watch]:
    watch, began = Watch(), time.perf_counter()
    yield watch
    watch.seconds = time.perf_counter() - began


def alternately(*works: Callable[[], object], rounds: int = ROUNDS) -> list[list[float]]:
    """The times of each work, run in turns so that a busy moment of the machine falls on all of them."""
    times: list[list[float]] = [[] for _work in works]
    for work in works:
        work()  # warm
    for _round in range(rounds):
        for work, kept in zip(works, times, strict=True):
            with timed() as watch:
                work()
            kept.append(watch.seconds)
    return times


def _short(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value
