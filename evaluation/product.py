"""The product as a stranger uses it: a log into the archive, a table learned from it, and requests put to it.

Everything that evaluation/ calls of the product to learn and to serve rewrites is called here.
"""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import orjson
from pydantic import JsonValue

from evaluation.errors import LearningFailed, NothingLearned
from evaluation.metrics import Decided
from evaluation.rewrites import Decide, Learned
from evaluation.splits import Split
from rewrite_offline.errors import MiningError, RewriteOfflineError
from rewrite_offline.table import Table
from selflearn import Context, Hypothesis, Rewriter, RewriteRequest
from selflearn.errors import NoInput, SelflearnError
from selflearn.learning import learn_rewrites
from selflearn.settings import Settings
from selflearn.steps import Step
from streams.archive import Archive
from streams.errors import OutcomeError, StreamError
from streams.records import Turn

__all__ = ["Product"]


class Product:
    """Learns a rewrite table from a split and answers from it. A `Learner`.

    Parameters
    ----------
    folder
        Every split gets a data folder in it. An archive of the same inputs and cut is used again.
    settings
        The product's, but for the data folder.
    made_from
        What the logs are from and how they are cut; names the folders.
    detector
        Gives the folder of the detector of rephrases that is to be used in a split; None: the one in `settings`.
    """

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        made_from: Mapping[str, JsonValue],
        detector: Callable[[Split, Step], Path] | None = None,
    ) -> None:
        self._folder, self._settings, self._detector = folder, settings, detector
        cut = {name: made_from.get(name) for name in ("corpus", "inputs", "judged", "folds", "seed")}
        named = orjson.dumps([cut, settings.outcome.origin == "ratings"], option=orjson.OPT_SORT_KEYS)
        self._key = hashlib.sha256(named).hexdigest()[:16]

    def __call__(self, split: Split, step: Step) -> Learned:
        """Learn from a split's turns and signals.

        Raises
        ------
        NothingLearned
            If the log teaches nothing, or nothing that passes the product's guards.
        LearningFailed
            If the product refuses the log, or the folder cannot be written.
        """
        settings = self._settings.model_copy(
            update={
                "data_folder": self._folder / f"{self._key}-{split.name}",
                # What the corpora's callers rated is the whole call.
                "outcome": self._settings.outcome.model_copy(update={"ratings": "session"}),
            }
        )
        if self._detector is not None:
            named = settings.rephrase.model_copy(update={"detector": str(self._detector(split, step))})
            settings = settings.model_copy(update={"rephrase": named})
        try:
            step(f"{split.name}: filling the archive", None)
            _fill(settings.archive_folder, split)
            learned = learn_rewrites(
                settings, force=True, step=lambda what, share: step(f"{split.name}: {what}", share)
            )
            table = Table.open(settings.table_folder, learned.manifest.version)
        except (MiningError, NoInput, OutcomeError) as fault:
            raise NothingLearned(f"{split.name}: {fault}") from fault
        except (RewriteOfflineError, StreamError, SelflearnError, OSError) as fault:
            raise LearningFailed(f"{split.name}: {fault}") from fault
        about: dict[str, JsonValue] = {
            "turns": len(split.turns),
            "customers": len({turn.customer_id for turn in split.turns}),
            "proposals": len(learned.mined.proposals),
            "entries": learned.manifest.entries,
        }
        return Learned(_asking(Rewriter(table)), about)


def _fill(root: Path, split: Split) -> None:
    """Put turns and signals into an archive, unless one that holds them is there."""
    if root.is_dir():
        return
    draft = root.with_name(f".{root.name}")
    shutil.rmtree(draft, ignore_errors=True)
    sink = Archive(draft).sink()
    sink.write(split.turns)
    sink.write(split.signals)
    sink.flush()
    sink.close()
    # Renamed when whole: a folder of this name is a complete archive.
    draft.rename(root)


def _asking(rewriter: Rewriter) -> Decide:
    """Ask with what an assistant knows before its NLU, and nothing more."""

    def decide(turn: Turn) -> Decided:
        before = turn.context
        request = RewriteRequest(
            utterance=turn.utterance,
            customer_id=turn.customer_id,
            device_id=turn.device_id,
            tenant_id=turn.tenant_id,
            context=None if before is None else Context(asked=before.asked, prompt=before.prompt),
            asr=tuple(Hypothesis(text=heard.text, score=heard.score) for heard in turn.asr),
        )
        answer = rewriter.rewrite(request)
        return Decided(turn.turn_id, answer.rewrite, answer.win_probability)

    return decide
