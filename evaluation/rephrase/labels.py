"""The truth of a train split as labels: how supervision enters the house."""

from datetime import UTC, datetime

from evaluation.corpora import CorpusLog
from streams.records import Label, LabelOrigin

__all__ = ["labels_of"]

# Labels are of no moment: what is true was always so.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def labels_of(log: CorpusLog) -> dict[str, Label]:
    """Make a label of every turn whose truth is known: which later turns say it again.

    Parameters
    ----------
    log
        A train split. What is judged is never handed over.

    Returns
    -------
    dict
        Turn id → label of origin truth, with `rephrases` and `best_rephrase` and nothing else. A turn in which nobody
        spoke, or nothing was asked for, has no rephrases.
    """
    return {
        truth.turn_id: Label(
            label_id=f"{truth.turn_id}:truth",
            turn_id=truth.turn_id,
            customer_id=truth.customer_id,
            time=_EPOCH,
            origin=LabelOrigin.TRUTH,
            rephrases=truth.rephrases,
            best_rephrase=truth.best_rephrase,
        )
        for truth in log.truths.values()
    }
