"""Which entries of a table to show first."""

from collections.abc import Iterable

from streams.records import Rewrite

__all__ = ["examples"]


def examples(rewrites: Iterable[Rewrite], count: int = 3) -> list[Rewrite]:
    """Choose the entries with the most evidence, each of another kind: its domain, and whether it is an answer.

    Parameters
    ----------
    rewrites
        Entries of a table; blocked ones are left out.
    count
        How many, at most.

    Returns
    -------
    list of Rewrite
        Of different kinds first; if there are too few kinds, several of one.
    """
    by_evidence = sorted(
        (rewrite for rewrite in rewrites if rewrite.blocked is None),
        key=lambda rewrite: (-rewrite.evidence.turns, rewrite.asked or "", rewrite.source),
    )
    first_of: dict[tuple[str | None, bool], Rewrite] = {}
    for rewrite in by_evidence:
        first_of.setdefault(_kind(rewrite), rewrite)
    chosen = list(first_of.values())
    more = [rewrite for rewrite in by_evidence if rewrite not in chosen]
    return [*chosen, *more][:count]


def _kind(rewrite: Rewrite) -> tuple[str | None, bool]:
    meaning = rewrite.interpretation
    return (None if meaning is None else meaning.domain), rewrite.asked is not None
