"""Why a request was rewritten, or not, in words."""

from pathlib import Path

from rewrite_offline.emission import MINER as EMISSION
from rewrite_offline.errors import TableError
from rewrite_offline.table import RewriteQuery, Table
from rewrite_offline.templates import MINER as TEMPLATE
from selflearn.messages import Outcome
from streams.records import Candidate, Decision, Rewrite

__all__ = ["entry_of", "why"]

_BY = {EMISSION: "the model of version", TEMPLATE: "a template of version"}
_DONE = {
    Outcome.REWRITTEN: "It was rewritten",
    Outcome.HELD_BACK: "It was decided to rewrite it, but not done",
    Outcome.DRY_RUN: "It was decided to rewrite it, but not done",
}


def entry_of(decision: Decision, root: Path, serving: Table | None = None) -> Rewrite | None:
    """Return the table's entry that a decision considered, where the table still has that version.

    Parameters
    ----------
    decision
        The decision.
    root
        The table's folder.
    serving
        A version that is open already; looked into instead of the folder where it is the one.
    """
    version = decision.versions.get("table")
    if version is None or not decision.candidates:
        return None
    try:
        table = serving if serving is not None and serving.version == version else Table.open(root, version)
        asked = None if decision.context is None else decision.context.asked
        entry = table.find(RewriteQuery(decision.utterance, asked, tenant_id=decision.tenant_id))
    except TableError:
        return None
    named = decision.candidates[0].rewrite_id
    return entry if entry is not None and entry.rewrite_id == named else None


def why(decision: Decision, entry: Rewrite | None = None) -> list[str]:
    """Tell a decision in short sentences: what was asked, found, what intervened, and what was done.

    Parameters
    ----------
    decision
        The decision.
    entry
        The entry that it considered, as `entry_of` returns it: says what speaks for it.
    """
    told = [_asked(decision)]
    if decision.candidates:
        told += [_found(candidate, decision) for candidate in decision.candidates]
        told += _support(decision.candidates[0], entry)
    elif decision.outcome in (Outcome.REWRITING_OFF, Outcome.NEVER_REWRITTEN):
        told.append("Nothing was looked up.")
    else:
        told.append(f"Version {_version(decision)} of the table knows nothing better.")
    told += [f"{_capital(name)}: this one is {arm}." for name, arm in decision.arms.items()]
    if decision.because is not None:
        told.append(f"{_capital(decision.because)}.")
    elif decision.candidates and decision.candidates[0].refused is not None:
        told.append(f"It was refused: {decision.candidates[0].refused}.")
    told.append(_done(decision))
    return told


def _asked(decision: Decision) -> str:
    who = "Somebody" if decision.customer_id is None else f"Customer {decision.customer_id}"
    after = "" if decision.context is None else _after(decision.context.asked)
    moment = decision.time.isoformat(sep=" ", timespec="seconds")
    return f"{who} said “{decision.utterance}”{after} at {moment}."


def _after(asked: str | None) -> str:
    return "" if asked is None else f" after a question for {asked}"


def _found(candidate: Candidate, decision: Decision) -> str:
    by = _BY.get(candidate.source or "", "version")
    win = (
        ""
        if candidate.win_probability is None
        else f", which wins with probability {candidate.win_probability:.3f}"
    )
    return f"{_capital(by)} {_version(decision)} of the table says instead “{candidate.utterance}”{win}."


def _support(candidate: Candidate, entry: Rewrite | None) -> list[str]:
    if entry is not None:
        evidence = entry.evidence
        return [
            f"{evidence.turns} turns of {evidence.customers} customers speak for it: as it is the request succeeds "
            f"with probability {evidence.source_success:.3f}, what is said instead with {evidence.target_success:.3f}."
        ]
    if candidate.source == EMISSION:
        return ["No entry was counted for it; the model generalises from others."]
    if candidate.source == TEMPLATE:
        return ["No entry was counted for it; others who said it so, of other things, meant this."]
    return ["The table no longer has that version, or its entry, so what spoke for it is not known."]


def _done(decision: Decision) -> str:
    outcome = decision.outcome
    if outcome is None:
        return "It was left as it is." if decision.chosen is None else "It was rewritten."
    return f"{_DONE.get(Outcome(outcome), 'It was left as it is')} ({outcome})."


def _version(decision: Decision) -> str:
    return decision.versions.get("table", "?")


def _capital(text: str) -> str:
    """Begin with a capital, and leave the rest as it is."""
    return (
        text[:1].upper() + text[1:].replace("_", " ") if text.isidentifier() else text[:1].upper() + text[1:]
    )
