"""Pools of worker processes that do not outlive the process that started them."""

import multiprocessing
import os
import threading
from multiprocessing.pool import Pool


def worker_pool(processes: int = 0, threads: int = 0) -> Pool:
    """Return a pool of new processes, which end at once when this one is killed.

    Parameters
    ----------
    processes : int
        0: as many as there are cores.
    threads : int
        Of torch in each; 0: torch's own choice.
    """
    context = multiprocessing.get_context("spawn")
    return context.Pool(processes or os.cpu_count(), _start, (threads,))


def _start(threads: int) -> None:
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    if threads:
        import torch

        torch.set_num_threads(threads)


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
