"""The errors of this package.

RewriteOfflineError              anything that rewrite_offline/ refuses
├── MiningError                  a log from which nothing can be learned
│   ├── NothingToLearnFrom       no sessions, or none that tells success from failure
│   ├── NoAbsorbingPath          a chain in which some state reaches neither success nor failure
│   ├── TooLittleToGeneralise    a log that may give a table, but no model beyond it
│   └── TooFewRephrases          labels with too few rephrases to learn how they are found
├── NothingKnown                 a request about which a table has nothing to explain
├── CannotDraw                   a drawing that cannot be made or written
└── TableError                   a rewrite table that cannot be read or written
    ├── TableUnreadable          missing, incomplete, damaged, or of a format this release does not read
    ├── UnknownVersion           a version that is not among those kept
    ├── ModelUnreadable          an emission model that is damaged, or of a format this release does not read
    ├── DuplicateEntry           two rewrites for one request in what was to be published
    └── TableLocked              another publisher is at work
"""

__all__ = [
    "CannotDraw",
    "DuplicateEntry",
    "MiningError",
    "ModelUnreadable",
    "NoAbsorbingPath",
    "NothingKnown",
    "NothingToLearnFrom",
    "RewriteOfflineError",
    "TableError",
    "TableLocked",
    "TableUnreadable",
    "TooFewRephrases",
    "TooLittleToGeneralise",
    "UnknownVersion",
]


class RewriteOfflineError(Exception):
    """Anything that rewrite_offline/ refuses."""


class MiningError(RewriteOfflineError):
    """A log from which nothing can be learned."""


class NothingToLearnFrom(MiningError):
    """No sessions, or none that tells success from failure."""


class NoAbsorbingPath(MiningError):
    """A chain in which some state reaches neither success nor failure.

    Parameters
    ----------
    states
        Some of the states concerned.
    count
        How many there are.
    """

    def __init__(self, states: list[str], count: int) -> None:
        shown = ", ".join(repr(state) for state in states)
        super().__init__(
            f"{count} states reach neither success nor failure, among them {shown}; "
            "every state needs an outcome, so check that the log ends its sessions"
        )
        self.states = states
        self.count = count


class TooLittleToGeneralise(MiningError):
    """A log that may give a table, and is too small, or without what is needed, for a model beyond it."""


class TooFewRephrases(MiningError):
    """Labels that tell of too few rephrases to learn how they are found.

    Parameters
    ----------
    found
        How many there are, of customers who are learned from.
    wanted
        How many it takes; and one of a customer who is held out.
    """

    def __init__(self, found: int, wanted: int) -> None:
        super().__init__(
            f"the labels tell of {found} requests that were said again; it takes {wanted}, and at least one of a "
            "customer who is held out: label more sessions, of more customers"
        )
        self.found = found
        self.wanted = wanted


class NothingKnown(RewriteOfflineError):
    """A request about which a table has nothing to explain."""


class CannotDraw(RewriteOfflineError):
    """A drawing that cannot be made or written."""


class TableError(RewriteOfflineError):
    """A rewrite table that cannot be read or written."""


class TableUnreadable(TableError):
    """A version that is missing, incomplete, damaged, or of a format that this release does not read."""


class ModelUnreadable(TableError):
    """An emission model that is damaged, or of a format that this release does not read."""


class UnknownVersion(TableError):
    """A version that is not among those kept."""


class DuplicateEntry(TableError):
    """Two rewrites for one request in what was to be published; a table has one answer for each."""


class TableLocked(TableError):
    """Another publisher is at work on the same table."""
