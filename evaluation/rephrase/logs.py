"""The logs on which rephrase detection is judged, and which of their turns are requests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from evaluation.corpora import CorpusLog, Dstc2
from evaluation.corpora.cqr import Cqr
from evaluation.corpora.sgd_again import assembled_sgd
from evaluation.corpora.simulated import folder_fingerprint, read_simulated
from evaluation.errors import UnknownCorpus
from evaluation.fingerprints import fingerprint
from selflearn.steps import Step
from simulator.simulation.writing import write
from simulator.world import load_world
from streams.truth import Truth

__all__ = ["SOURCES", "Source", "counts_in_dstc2", "inputs", "simulated_days", "source_named"]

#: Dialogues that are assembled from SGD: more of them cost time and change little.
_SGD_DIALOGUES = 1200

#: What is simulated where no folder is named: the world, its customers and days, and the seeds of both logs.
_WORLD, _CUSTOMERS, _DAYS, _SEEDS = "household", 300, 6, {"train": 101, "test": 102}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a corpus's rephrases are from.

    Attributes
    ----------
    name
        What `--corpus` takes.
    read
        Path, training path, seed, most dialogues → the log, with truth.
    counts
        Whether a turn with this truth is a request.
    fingerprint
        Names the bytes at a path.
    derived
        How its rephrases were made; None: people made them.
    """

    name: str
    read: Callable[[Path, Path, int, int | None], CorpusLog]
    counts: Callable[[Truth], bool]
    fingerprint: Callable[[Path], str]
    derived: str | None = None


def counts_in_dstc2(truth: Truth) -> bool:
    """Whether the corpus's own scorer counts a turn: somebody spoke, and it is annotated that something was meant."""
    meant = truth.interpretation
    return truth.speech and meant is not None and bool(Dstc2().meaning(meant))


def _counts_in_household(truth: Truth) -> bool:
    """Whether somebody asked for something; thanks, denials and farewells (`chat`) do not."""
    return truth.speech and truth.interpretation is not None and truth.interpretation.domain != "chat"


def _counts_in_text(truth: Truth) -> bool:
    return True


SOURCES: Mapping[str, Source] = {
    source.name: source
    for source in (
        Source(
            "dstc2",
            lambda path, train, seed, most: Dstc2().read(path, train=train),
            counts_in_dstc2,
            fingerprint,
        ),
        Source(
            "sgd",
            lambda path, train, seed, most: assembled_sgd(path, seed, most or _SGD_DIALOGUES),
            _counts_in_text,
            fingerprint,
            "a request is answered wrongly, then said in the words of another user, with its own values",
        ),
        Source(
            "cqr",
            lambda path, train, seed, most: Cqr().assembled(path, seed),
            _counts_in_text,
            fingerprint,
            "a request that leans on its context is answered wrongly, then said in full in the crowd's words",
        ),
        Source(
            "household",
            lambda path, train, seed, most: read_simulated(path),
            _counts_in_household,
            folder_fingerprint,
            "simulated people say it again who take an answer for wrong",
        ),
    )
}


def source_named(name: str) -> Source:
    """Find a source.

    Raises
    ------
    UnknownCorpus
        If none has this name.
    """
    if name not in SOURCES:
        raise UnknownCorpus(name, sorted(SOURCES))
    return SOURCES[name]


def simulated_days(folder: Path, step: Step, *, test: bool = True) -> dict[str, Path]:
    """Simulate the household twice, with different seeds, unless the folder has these days already.

    Returns
    -------
    dict
        `train` and, where asked for, `test`: folders of the logs.

    Raises
    ------
    SimulatorError
        If a folder cannot be written.
    """
    world = load_world(_WORLD)
    found = {}
    for name, seed in _SEEDS.items():
        if name == "test" and not test:
            continue
        out = folder / f"{_WORLD}-{world.digest[:12]}-{seed}-{_CUSTOMERS}"
        write(world, seed, _CUSTOMERS, _DAYS, out, truth=out / Truth.topic, step=step)
        found[name] = out
    return found


def inputs(source: Source, paths: Mapping[str, Path]) -> dict[str, JsonValue]:
    """Name what the figures are from, by content."""
    return {name: {"file": path.name, "sha256": source.fingerprint(path)} for name, path in paths.items()}
