"""Which rewrites of a table to show first."""

from collections.abc import Iterable, Mapping

from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.table import RewriteQuery
from rewrite_offline.templates import Entry
from streams.records import Rewrite

__all__ = ["example_of_a_template", "examples"]


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


def example_of_a_template(lookup: LearnedLookup, said: Mapping[str, str]) -> Rewrite | None:
    """Rewrite a request of the log by the template that helps most surely.

    Parameters
    ----------
    lookup
        Of a table.
    said
        Turn id → utterance, of the log from which it was learned.

    Returns
    -------
    Rewrite or None
        None where the table has no templates, or the log none of their turns.
    """
    templates = lookup.templates()

    def worth(entry: Entry) -> tuple[float, str]:
        return -entry.evidence.improvement_low, entry.source

    for entry in sorted(templates.entries if templates is not None else (), key=worth):
        for turn in entry.evidence.turn_ids:
            if turn in said and entry.asked is None:
                found = lookup.find(RewriteQuery(said[turn]))
                if found is not None and found.blocked is None:
                    return found
    return None
