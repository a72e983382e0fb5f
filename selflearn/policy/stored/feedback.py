"""Taking feedback: once, and at once."""

import threading
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, delete

from selflearn.decisions.growing import GrowingFiles
from selflearn.errors import NobodysFeedback, StoreUnavailable
from selflearn.messages import Feedback, Outcome, Verdict
from selflearn.policy.rejection import rejection_id_of
from selflearn.policy.stored.marks import marks_in
from selflearn.policy.stored.switches import insert_into
from selflearn.store import Feedback as FeedbackRow
from selflearn.store import Rejection as RejectionRow
from selflearn.store import Store, note_change
from streams.records import Decision, Signal, SignalKind
from streams.text import normalise

__all__ = ["FeedbackTaker"]


class FeedbackTaker:
    """Takes what customers said to rewrites.

    Parameters
    ----------
    store
        Where rejections are kept, and what feedback was taken.
    folder
        Feedback on a turn is kept as a Signal in `folder/dialogue.signals/*.jsonl`, to be ingested like any other.
    """

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._signals = GrowingFiles(Path(folder) / Signal.topic)
        self._keeping = threading.Lock()
        self._marks = marks_in(store)

    def take(self, feedback: Feedback, decision: Decision) -> bool:
        """Take feedback on a decision; what servers answer from now on heeds it.

        Only what was served can be rejected or accepted: feedback on a request that was left alone is noted, and has
        no other effect.

        Parameters
        ----------
        feedback
            What was said; its request is the decision's.
        decision
            The decision on the request.

        Returns
        -------
        bool
            Whether it had been taken before; then it has no second effect.

        Raises
        ------
        NobodysFeedback
            Neither the feedback nor the request says whose it is.
        StoreUnavailable
            The database cannot be reached, or the signal cannot be written; it was not taken.
        """
        customer_id = feedback.customer_id or decision.customer_id
        if customer_id is None:
            raise NobodysFeedback("the request named no customer, so the feedback has to: give customer_id")
        if self._marks is not None and feedback.verdict is Verdict.REJECTED:
            self._marks.mark(
                decision.tenant_id, customer_id
            )  # before it is committed, so that nobody misses it
        now = datetime.now(UTC)
        said = min(now, feedback.time or now)
        with self._store.begin() as connection:
            noted = connection.execute(
                insert_into(connection, FeedbackRow)
                .values(
                    tenant_id=decision.tenant_id,
                    feedback_id=feedback.feedback_id,
                    request_id=feedback.request_id,
                    verdict=feedback.verdict.value,
                    created=said,
                )
                .on_conflict_do_nothing()
                .returning(FeedbackRow.row_id)
            )
            if noted.first() is None:
                return True
            if _served(decision):
                _heed(connection, feedback, decision, customer_id, said)
            # Last, so that what was not written is not taken, and can be sent again.
            if feedback.turn_id is not None:
                self._keep(feedback, decision.tenant_id, feedback.turn_id, customer_id, said)
        return False

    def close(self) -> None:
        """Let go of the file of signals."""
        self._signals.close()

    def _keep(
        self, feedback: Feedback, tenant_id: str, turn_id: str, customer_id: str, said: datetime
    ) -> None:
        signal = Signal(
            tenant_id=tenant_id,
            signal_id=feedback.feedback_id,
            turn_id=turn_id,
            customer_id=customer_id,
            time=said,
            kind=SignalKind.HELPED,
            value=1.0 if feedback.verdict is Verdict.ACCEPTED else 0.0,
        )
        try:
            with self._keeping:
                self._signals.append([signal.model_dump_json().encode() + b"\n"])
        except OSError as error:
            raise StoreUnavailable(f"cannot write into {self._signals.folder}: {error}") from error


def _served(decision: Decision) -> bool:
    """Whether the customer got the rewrite; a decision of an earlier release has no outcome."""
    return decision.chosen is not None and decision.applied and decision.outcome in (None, Outcome.REWRITTEN)


def _heed(
    connection: Connection, feedback: Feedback, decision: Decision, customer_id: str, said: datetime
) -> None:
    """Note a rejection, or take one back that is not newer."""
    assert decision.chosen is not None
    asked = None if decision.context is None else decision.context.asked
    target = decision.candidates[decision.chosen].utterance
    named = rejection_id_of(decision.tenant_id, customer_id, decision.utterance, asked, target)
    if feedback.verdict is Verdict.REJECTED:
        done = connection.execute(
            insert_into(connection, RejectionRow)
            .values(
                rejection_id=named,
                tenant_id=decision.tenant_id,
                customer_id=customer_id,
                source=normalise(decision.utterance),
                asked=asked or "",
                target=target,
                feedback_id=feedback.feedback_id,
                request_id=feedback.request_id,
                created=said,
            )
            .on_conflict_do_nothing()
            .returning(RejectionRow.rejection_id)
        )
    else:
        done = connection.execute(
            delete(RejectionRow)
            .where(RejectionRow.rejection_id == named, RejectionRow.created <= said)
            .returning(RejectionRow.rejection_id)
        )
    if done.first() is not None:
        note_change(connection, "rejections")
