"""A process that opens encoders as serving does, and says what it takes: nothing, one trunk with tops, or one each."""

import os
import sys
from pathlib import Path

__all__ = ["main"]

_TEXTS = ("switch on the light in the kitchen", "what is the weather like on Sunday")


def main(how: str, at: int, layers: int, tasks: int, top: Path) -> float:
    """Open them, read two texts, and return the resident memory in MB.

    Parameters
    ----------
    how
        `nothing`, `shared` or `apart`.
    at, layers
        Where the trunk ends, and the encoder.
    tasks
        How many there are.
    top
        A top's graph; each task opens it anew.
    """
    from backbone.runtime import OnnxTop, TrunkReader

    kept: list[object] = []
    if how == "shared":
        reader = TrunkReader(at, threads=1)
        states = reader.read(_TEXTS)
        kept.append(reader)
        for _ in range(tasks):
            task = OnnxTop(top, threads=1)
            length = int(states.lengths[0])
            task.run({"states": states.flat[None, :length], "attention_mask": [[1] * length]})  # type: ignore[dict-item]
            kept.append(task)
    elif how == "apart":
        for _ in range(tasks):
            reader = TrunkReader(layers, threads=1)
            reader.read(_TEXTS)
            kept.append(reader)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


if __name__ == "__main__":
    _, _how, _at, _layers, _tasks, _top = sys.argv
    print(main(_how, int(_at), int(_layers), int(_tasks), Path(_top)))
