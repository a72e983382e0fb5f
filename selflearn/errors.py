"""The errors of this package.

SelflearnError                   anything that the product refuses
├── SettingsError                a setting that does not exist, or a value that does not fit
├── NoInput                      an empty folder, or an archive without turns in the range
├── NothingNew                   the same input and settings as the table that is served
├── NoTable                      a rewrite was asked for before any table could be loaded
├── CannotWrite                  a file that was asked for cannot be written
├── StoreError                   the store of keys, switches and rejections cannot be used
│   ├── StoreTooNew              a newer release has brought it to a format that this one does not know
│   └── StoreUnavailable         its database cannot be reached, or does not answer
├── OpenToOthers                 no keys are asked for on an address that others can reach
├── Unknown                      what was asked for is not there, or not the asker's
├── Forbidden                    the key does not allow it
└── QuickstartError              the quickstart cannot go on
    ├── PortTaken                something else listens on the port
    ├── ServerFailed             the API did not come up
    └── ProbeFailed              the API did not answer as it should
"""

__all__ = [
    "CannotWrite",
    "Forbidden",
    "NoInput",
    "NoTable",
    "NothingNew",
    "OpenToOthers",
    "PortTaken",
    "ProbeFailed",
    "QuickstartError",
    "SelflearnError",
    "ServerFailed",
    "SettingsError",
    "StoreError",
    "StoreTooNew",
    "StoreUnavailable",
    "Unknown",
]


class SelflearnError(Exception):
    """Anything that the product refuses."""


class SettingsError(SelflearnError):
    """A setting that does not exist, or a value that does not fit; all of them are named at once."""


class NoInput(SelflearnError):
    """An empty folder, or an archive without turns in the range."""


class NothingNew(SelflearnError):
    """The same input and settings as the table that is served.

    Parameters
    ----------
    version
        The version that is served, and stays.
    """

    def __init__(self, version: str) -> None:
        super().__init__(
            f"nothing is new since version {version} was learned: same input, same settings; "
            "say --force to learn it again"
        )
        self.version = version


class NoTable(SelflearnError):
    """A rewrite was asked for before any table could be loaded."""


class CannotWrite(SelflearnError):
    """A file that was asked for cannot be written."""


class StoreError(SelflearnError):
    """The store of keys, switches and rejections cannot be used."""


class StoreTooNew(StoreError):
    """A newer release has brought the store to a format that this one does not know.

    Parameters
    ----------
    found
        The store's format.
    known
        The newest that this release knows.
    """

    def __init__(self, found: str, known: str) -> None:
        super().__init__(
            f"the store has format {found}, and this release knows formats up to {known}: "
            "install the release that brought it there, or restore a backup from before"
        )
        self.found = found
        self.known = known


class StoreUnavailable(StoreError):
    """The store's database cannot be reached, or does not answer."""


class OpenToOthers(SelflearnError):
    """No keys are asked for on an address that others can reach.

    Parameters
    ----------
    host
        The address.
    """

    def __init__(self, host: str) -> None:
        super().__init__(
            f"access.open asks for no key, and others can reach {host}: listen on 127.0.0.1, or leave access.open "
            "out and make keys with `selflearn keys make`"
        )
        self.host = host


class Unknown(SelflearnError):
    """What was asked for is not there, or not the asker's: the two are not to be told apart."""


class Forbidden(SelflearnError):
    """The key does not allow what was asked."""


class QuickstartError(SelflearnError):
    """The quickstart cannot go on."""


class PortTaken(QuickstartError):
    """Something else listens on the port.

    Parameters
    ----------
    host, port
        Where it listens.
    reason
        What the system said.
    """

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"cannot listen on {host}:{port}: {reason}; choose another port with --port")
        self.host = host
        self.port = port


class ServerFailed(QuickstartError):
    """The API did not come up."""


class ProbeFailed(QuickstartError):
    """The API did not answer as it should."""
