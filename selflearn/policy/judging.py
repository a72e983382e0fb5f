"""What is done with what was found: switches, rejections and the share that is held back, in their order.

The order, of which the first that holds decides: rewriting is off (all, tenant, request, entry); the intent is never
rewritten (the request's, where the caller names it; the target's; the source's); the table blocks the entry; the
customer rejected it; the customer is held back; dry run.
"""

from rewrite_offline.table import Table
from selflearn.errors import RejectionsUnread
from selflearn.messages import Outcome, RewriteRequest
from selflearn.policy.assignment import share_of
from selflearn.policy.board import Board, TenantBoard
from selflearn.policy.judgement import NOTHING_FOUND, SERVED, Judgement
from selflearn.policy.live import LiveSwitches
from selflearn.policy.meanings import Meanings
from selflearn.policy.rejection import Rejections
from streams.records import Rewrite

__all__ = ["COMPARE", "HOLD_BACK", "Policy"]

#: Name of the experiment, and of its two arms.
HOLD_BACK = "hold_back"
_HELD = {HOLD_BACK: "held"}
_SERVED = {HOLD_BACK: "served"}
#: The experiment in which each rewrite goes without some customers of its own.
COMPARE = "compare"
_HELD_FROM = "this rewrite is held back from this customer, so that it stays known what it does"


class Policy:
    """Judges requests and what was found for them. Threads may share it.

    Parameters
    ----------
    switches
        The switches as they are now; a `Board` does for those that never change.
    salt
        By which customers are dealt to the arms.
    rejections
        What customers rejected; None: nobody can.
    compare_share
        Share of every rewrite's customers who go without it.

    Attributes
    ----------
    rejections_unread
        How often rejections could not be read, so that a rewrite was not used.
    meanings
        What the table's requests may mean.
    """

    def __init__(
        self,
        switches: LiveSwitches | Board,
        *,
        salt: str = "selflearn",
        rejections: Rejections | None = None,
        compare_share: float = 0.0,
    ) -> None:
        self._switches = switches
        self._salt = salt
        self._rejections = rejections
        self._compare_share = compare_share
        self.rejections_unread = 0
        self.meanings = Meanings()

    @property
    def switch_failures(self) -> int:
        """How often the switches could not be read; the last ones stayed."""
        return 0 if isinstance(self._switches, Board) else self._switches.failures

    def refresh(self) -> None:
        """Heed what was switched before returning, where it can be read."""
        if not isinstance(self._switches, Board):
            self._switches.look()

    def close(self) -> None:
        """Look for changed switches no more."""
        if not isinstance(self._switches, Board):
            self._switches.close()

    def for_tenant(self, tenant_id: str) -> TenantBoard:
        """Return the switches that hold for a tenant now; a request is judged by one board from end to end.

        Raises
        ------
        SwitchesUnread
            They could never be read yet; without them a request could be rewritten that somebody forbade.
        """
        switches = self._switches
        return (switches if isinstance(switches, Board) else switches.board).of(tenant_id)

    def before(self, board: TenantBoard, request: RewriteRequest) -> Judgement | None:
        """Judge a request before anything is looked up; None: look it up."""
        if not board.asks_before:
            return None
        context = request.context
        off = board.off_for(request.utterance, None if context is None else context.asked)
        if off is not None:
            return Judgement(Outcome.REWRITING_OFF, off)
        if request.interpretation is not None:
            never = board.never_for(request.interpretation.intent)
            if never is not None:
                return Judgement(Outcome.NEVER_REWRITTEN, never)
        return None

    def after(
        self,
        board: TenantBoard,
        request: RewriteRequest,
        found: Rewrite | None,
        tenant_id: str,
        request_id: str,
        table: Table | None = None,
    ) -> Judgement:
        """Judge what was found, in a table; what its requests mean is not known without it."""
        if found is None:
            return NOTHING_FOUND
        if board.asks_after:
            off = board.entries.get(found.rewrite_id)
            if off is not None:
                return Judgement(Outcome.REWRITING_OFF, off)
            meant = found.interpretation
            never = None if meant is None else board.never_for(meant.intent)
            if never is None and table is not None and board.never:
                never = self.meanings.never_for(board, table, tenant_id, found)
            if never is not None:
                return Judgement(Outcome.NEVER_REWRITTEN, never)
        if found.blocked is not None:
            return Judgement(Outcome.BLOCKED, f"the table blocks it: {found.blocked}")
        if self._rejections is not None and request.customer_id is not None:
            rejected = self._rejected(self._rejections, request, found, tenant_id, request.customer_id)
            if rejected is not None:
                return rejected
        if board.hold_back is None and board.dry_run is None and not self._compare_share:
            return SERVED
        return self._dealt(board, request, found, request_id)

    def _rejected(
        self,
        rejections: Rejections,
        request: RewriteRequest,
        found: Rewrite,
        tenant_id: str,
        customer_id: str,
    ) -> Judgement | None:
        context = request.context
        asked = None if context is None else context.asked
        try:
            rejection = rejections.find(tenant_id, customer_id, request.utterance, asked, found.target)
        except RejectionsUnread as error:
            # It may be the one that they never want to see again.
            self.rejections_unread += 1
            return Judgement(Outcome.NO_REWRITE, str(error))
        return None if rejection is None else Judgement(Outcome.REJECTED, rejection)

    def _dealt(
        self, board: TenantBoard, request: RewriteRequest, found: Rewrite, request_id: str
    ) -> Judgement:
        arms: dict[str, str] = {}
        shown = 1.0
        if board.hold_back is not None and board.hold_back.share:
            share = board.hold_back.share
            unit = request.customer_id or request.device_id or request_id
            held = share_of(self._salt, HOLD_BACK, unit) < share
            arms = _HELD if held else _SERVED
            shown = 1.0 - share
            if held:
                return Judgement(
                    Outcome.HELD_BACK, board.hold_back, arms, 0.0 if board.dry_run is not None else shown
                )
        # Who nobody knows may ask again a moment later, and is to get the same answer.
        asks = request.customer_id or request.device_id
        if self._compare_share and asks is not None:
            held = share_of(self._salt, COMPARE, f"{found.rewrite_id}\x1f{asks}") < self._compare_share
            arms = {**arms, COMPARE: "held" if held else "served"}
            shown *= 1.0 - self._compare_share
            if held:
                return Judgement(
                    Outcome.HELD_BACK, _HELD_FROM, arms, 0.0 if board.dry_run is not None else shown
                )
        if board.dry_run is not None:
            return Judgement(Outcome.DRY_RUN, board.dry_run, arms)
        return Judgement(Outcome.REWRITTEN, None, arms, shown)
