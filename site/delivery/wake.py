"""Telling the worker that there is something to do, without ever waiting for the queue.

The wake only saves time: the sweep every half-minute finds every due row without it. So it runs in
a thread of its own, many wakes become one, and a broker that is down costs a log line.
"""

from __future__ import annotations

import logging
import os
import threading

logger = logging.getLogger(__name__)


class _Waker:
    """One thread for one process, started with the first wake (a fork inherits no thread)."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._wanted = threading.Event()
        self._broker_answers = True
        threading.Thread(target=self._work, name="outbox-wake", daemon=True).start()

    def wake(self) -> None:
        self._wanted.set()

    def _work(self) -> None:
        while True:
            self._wanted.wait()
            self._wanted.clear()
            self._publish()

    def _publish(self) -> None:
        from delivery.tasks import drain_outbox

        try:
            drain_outbox.apply_async(retry=False, expires=300)
        except Exception as error:  # whatever a broker's client raises: the sweep does the work
            if self._broker_answers:
                logger.warning(
                    "The queue does not take messages (%s); the sweep goes on without it",
                    type(error).__name__,
                )
            self._broker_answers = False
        else:
            self._broker_answers = True


_lock = threading.Lock()
_waker: _Waker | None = None


def wake_worker() -> None:
    """Asks the worker to drain the outbox soon. Returns at once and raises nothing."""
    global _waker
    with _lock:
        if _waker is None or _waker.pid != os.getpid():
            _waker = _Waker()
    _waker.wake()


def _forget_after_fork() -> None:
    # The lock may have been held by a thread that does not exist in the child.
    global _lock, _waker
    _lock, _waker = threading.Lock(), None


os.register_at_fork(after_in_child=_forget_after_fork)
