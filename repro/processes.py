"""How processes that train are started."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator
from multiprocessing import forkserver
from typing import Any


def processes() -> Any:
    """How they start: forked from a server that imports torch once; where there is no fork, spawned.

    The server starts now, if it isn't there: called early, its import costs no waiting.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["repro.launch.workers", "repro.launch.cost"])
    with (
        _deaf()
    ):  # for its first seconds, which it spends importing torch, it would die of Ctrl-C with a traceback
        forkserver.ensure_running()
    return context


@contextlib.contextmanager
def _deaf() -> Iterator[None]:
    """Processes that start now ignore Ctrl-C, until they say otherwise."""
    try:
        usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # only the main thread can
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
