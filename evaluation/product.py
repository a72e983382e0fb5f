"""The product as a stranger uses it: a log into the archive, mined, published, and asked for rewrites.

Everything that evaluation/ calls of the product to learn and to serve rewrites is called here.
"""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
from pydantic import JsonValue

from evaluation.errors import BadQuestion, LearningFailed
from evaluation.metrics import Decided
from evaluation.rewrites import Decide, Learned, Step
from evaluation.splits import Split
from rewrite_offline import mine
from rewrite_offline.errors import RewriteOfflineError
from rewrite_offline.table import Table, publish
from selflearn import Context, Hypothesis, Rewriter, RewriteRequest
from selflearn.errors import SelflearnError, SettingsError
from selflearn.settings import Settings, load_settings
from streams.archive import Archive
from streams.errors import StreamError
from streams.outcome import OutcomeModel
from streams.records import Turn
from streams.sessions import sessions_from_archive

__all__ = ["Product", "product_settings"]


def product_settings(file: Path | None, told: Sequence[str]) -> Settings:
    """Read the product's settings as the product does.

    Parameters
    ----------
    file
        Settings file; None: as the product finds it.
    told
        Single settings, `section.name=value`.

    Raises
    ------
    BadQuestion
        If a setting does not exist, or does not take its value.
    """
    try:
        return load_settings(file, told)
    except SettingsError as fault:
        raise BadQuestion(str(fault)) from fault


class Product:
    """Learns a rewrite table from a split and answers from it. A `Learner`.

    Parameters
    ----------
    folder
        Every split gets a data folder in it. An archive of the same inputs and cut is used again.
    settings
        The product's, but for the data folder.
    made_from
        What the logs are from and how they are cut; goes into the table's manifest, and names the folders.
    """

    def __init__(self, folder: Path, settings: Settings, made_from: Mapping[str, JsonValue]) -> None:
        self._folder, self._settings, self._made_from = folder, settings, dict(made_from)
        cut = {name: self._made_from.get(name) for name in ("corpus", "inputs", "judged", "folds", "seed")}
        named = orjson.dumps([cut, settings.outcome.origin == "ratings"], option=orjson.OPT_SORT_KEYS)
        self._key = hashlib.sha256(named).hexdigest()[:16]

    def __call__(self, split: Split, step: Step) -> Learned:
        """Learn from a split's turns and signals.

        Raises
        ------
        LearningFailed
            If the product refuses the log, or the folder cannot be written.
        """
        data_folder = self._folder / f"{self._key}-{split.name}"
        settings = self._settings.model_copy(update={"data_folder": data_folder})
        try:
            return self._learn(split, settings, step)
        except (RewriteOfflineError, StreamError, SelflearnError, OSError) as fault:
            raise LearningFailed(f"{split.name}: {fault}") from fault

    def _learn(self, split: Split, settings: Settings, step: Step) -> Learned:
        archive = _archived(split, settings.archive_folder)
        step(f"{split.name}: weighing what tells success from failure", None)
        outcome = _outcome_model(archive, settings)
        step(f"{split.name}: mining", None)
        mined = mine(
            sessions_from_archive(archive, settings.sessions),
            outcome,
            settings.mining,
            progress=lambda done, total: step(f"{split.name}: mining", done / max(total, 1)),
        )
        made_from = {**self._made_from, "split": split.name}
        root = settings.table_folder
        manifest = publish(mined.rewrites, root, made_from=made_from, attachments=mined.attachments)
        about: dict[str, JsonValue] = {
            "turns": len(split.turns),
            "customers": len({turn.customer_id for turn in split.turns}),
            "proposals": len(mined.proposals),
            "entries": manifest.entries,
        }
        return Learned(_asking(Rewriter(Table.open(root, manifest.version))), about)


def _archived(split: Split, root: Path) -> Archive:
    """Put turns and signals into an archive, or find the one that holds them."""
    if not root.is_dir():
        draft = root.with_name(f".{root.name}")
        shutil.rmtree(draft, ignore_errors=True)
        sink = Archive(draft).sink()
        sink.write(split.turns)
        sink.write(split.signals)
        sink.flush()
        sink.close()
        # Renamed when whole: a folder of this name is a complete archive.
        draft.rename(root)
    return Archive(root)


def _outcome_model(archive: Archive, settings: Settings) -> OutcomeModel:
    sessions = sessions_from_archive(archive, settings.sessions)
    match settings.outcome.origin:
        case "given":
            return OutcomeModel.given()
        case "ratings":
            # What the corpora's callers rated is the whole call.
            return OutcomeModel.from_ratings(sessions, level="session")
        case "signals":
            return OutcomeModel.from_signals(sessions)


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
