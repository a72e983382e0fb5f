"""How many processors there are for us."""

import os

__all__ = ["cores"]


def cores() -> int:
    """Cores that this process may use; not every system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
