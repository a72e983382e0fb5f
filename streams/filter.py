"""What looks through the words of records before they are kept."""

from collections import Counter
from collections.abc import Iterable
from typing import Protocol, TypeVar

from streams.records import Record

__all__ = ["RecordFilter"]

R = TypeVar("R", bound=Record)


class RecordFilter(Protocol):
    """Takes out of records what is not to be kept, as card numbers that somebody said.

    Attributes
    ----------
    caught : Counter of str
        How often something was taken out, by its kind; never what it was.
    """

    caught: Counter[str]

    def suspects(self, texts: Iterable[str]) -> bool:
        """Tell cheaply whether one of some texts may hold something to take out; True may be wrong, False never."""

    def filtered(self, record: R) -> R:
        """Give a record without what is not to be kept; the same one where there was nothing."""
