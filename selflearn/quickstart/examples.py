"""Which entries of a table to show first."""

from collections.abc import Iterable

from streams.records import Rewrite

__all__ = ["examples"]


def examples(rewrites: Iterable[Rewrite], count: int = 3) -> list[Rewrite]:
    """Choose the entries that help most surely: of different domains, and one for a short answer, where there is one.

    Parameters
    ----------
    rewrites
        Entries of a table; blocked ones are left out.
    count
        How many, at most.

    Returns
    -------
    list of Rewrite
        Requests, then the answer to a question. With too few domains, several of one.
    """
    surest = sorted(
        (rewrite for rewrite in rewrites if rewrite.blocked is None),
        key=lambda rewrite: (
            -rewrite.evidence.improvement_low,
            -rewrite.evidence.turns,
            rewrite.asked or "",
            rewrite.source,
        ),
    )
    answer = [rewrite for rewrite in surest if rewrite.asked is not None][:1]
    of_domain: dict[str | None, Rewrite] = {}
    for rewrite in surest:
        if rewrite.asked is None:
            of_domain.setdefault(_domain(rewrite), rewrite)
    chosen = [*list(of_domain.values())[: count - len(answer)], *answer]
    more = [rewrite for rewrite in surest if rewrite not in chosen]
    return [*chosen, *more][:count]


def _domain(rewrite: Rewrite) -> str | None:
    return None if rewrite.interpretation is None else rewrite.interpretation.domain
