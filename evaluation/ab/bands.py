"""How often a request is heard: head, torso and tail of the traffic."""

from collections import Counter
from collections.abc import Callable, Iterable

__all__ = ["BANDS", "bands_by"]

BANDS = ("head", "torso", "tail")


def bands_by(texts: Iterable[str]) -> Callable[[str], str]:
    """Part requests by how often they were heard while the product learned.

    Parameters
    ----------
    texts
        Every request of that time, as it was heard.

    Returns
    -------
    Callable
        Text → band: `head` are the commonest texts, which make a third of the traffic, `torso` those of the next
        third, `tail` all others, those never heard included.
    """
    counts = Counter(texts)
    total, sum_so_far = counts.total(), 0
    band: dict[str, str] = {}
    for text, count in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        band[text] = BANDS[min(3 * sum_so_far // max(total, 1), 2)]
        sum_so_far += count
    return lambda text: band.get(text, "tail")
