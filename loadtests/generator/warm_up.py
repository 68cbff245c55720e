"""When a system has warmed up: three windows in a row alike, in throughput and at the median."""

from array import array
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from reports.record.measurements import WarmUp, Window

ALIKE: Final = 3
WITHIN: Final = 0.10
_LEAST_WINDOWS: Final = 4
_MS_PER_S: Final = 1_000
_DIGITS: Final = 4


class WindowSample(Struct, frozen=True, kw_only=True):
    """What one process saw of one window: its good answers, and the times of all as float64 ms."""

    number: int
    good: int
    times_ms: bytes


class WindowTotals(Struct, frozen=True, kw_only=True):
    """What all processes together saw of one window; times sorted, in ms, `bad` what went wrong."""

    throughput_per_s: float
    times_ms: tuple[float, ...]
    bad: int = 0

    def at(self, percentile: int) -> float | None:
        """Return the time at a percentile; None where nothing was answered."""
        last = len(self.times_ms) - 1
        return self.times_ms[min(last, (last + 1) * percentile // 100)] if self.times_ms else None


class WarmUpWindows:
    """Puts the pulses of so many processes together, window by window."""

    def __init__(
        self, processes: int, window_s: float, told: Callable[[WindowTotals], None]
    ) -> None:
        self._processes = processes
        self._window_s = window_s
        self._told = told
        self._waiting: dict[int, list[WindowSample]] = {}

    def add(self, pulse: WindowSample) -> None:
        """Take one process's pulse; the last one of a window brings that window about."""
        pulses = self._waiting.setdefault(pulse.number, [])
        pulses.append(pulse)
        if len(pulses) == self._processes:
            del self._waiting[pulse.number]
            times_ms = array("d", b"".join(one.times_ms for one in pulses))
            good = sum(one.good for one in pulses)
            self._told(
                WindowTotals(
                    throughput_per_s=good / self._window_s,
                    times_ms=tuple(sorted(times_ms)),
                    bad=len(times_ms) - good,
                )
            )


class WarmUpDetector:
    """Watches a warm-up; `reached` when the last three windows agree."""

    def __init__(self) -> None:
        self._windows: list[Window] = []

    def __repr__(self) -> str:
        """Show how far it is."""
        return (
            f"<WarmUpDetector {len(self._windows)} windows, {'' if self.reached else 'not '}steady>"
        )

    @property
    def reached(self) -> bool:
        """Tell whether the system is steady."""
        return steady(self._windows)

    def enough(self, moment: WindowTotals) -> bool:
        """Take a window in, and tell whether the warm-up may end."""
        if self.reached:
            return True
        p50_ms = moment.at(50)
        self._windows.append(
            Window(
                throughput_per_s=round(moment.throughput_per_s, _DIGITS),
                p50_ms=None if p50_ms is None else round(p50_ms, _DIGITS),
            )
        )
        return self.reached

    def result(self, cut_s: float) -> WarmUp:
        """Return what is cut away, for the record."""
        return WarmUp(cut_s=round(cut_s, 3), stable=self.reached, windows=tuple(self._windows))


def steady(windows: Sequence[Window]) -> bool:
    """Tell whether the last three windows lie within 10 % of their means."""
    last = windows[-ALIKE:]
    medians_ms = [window.p50_ms for window in last if window.p50_ms is not None]
    enough = len(medians_ms) == ALIKE
    return enough and _alike([w.throughput_per_s for w in last]) and _alike(medians_ms)


def window_s(asked_s: float, cap_s: float) -> float:
    """Return how long a window is: shorter than asked for where few would fit below the cap."""
    return min(asked_s, cap_s / _LEAST_WINDOWS)


def _alike(values: Sequence[float]) -> bool:
    mean = sum(values) / len(values)
    return all(abs(value - mean) <= WITHIN * mean for value in values)
