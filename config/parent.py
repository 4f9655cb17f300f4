"""Processes that must not outlive the one that made them."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have the kernel end this process when its parent dies, even by a kill -9, which lets nobody clean up.

    A worker that is left would go on beside its successors, with connections and code of its own.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        # It died before this was asked for.
        os.kill(os.getpid(), signal.SIGTERM)
