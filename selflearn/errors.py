"""The errors of this package.

SelflearnError                   anything that the product refuses
├── SettingsError                a setting that does not exist, or a value that does not fit
├── NoInput                      an empty folder, or an archive without turns in the range
├── NothingNew                   the same input and settings as the table that is served
├── NoTable                      a rewrite was asked for before any table could be loaded
├── CannotWrite                  a file that was asked for cannot be written
└── QuickstartError              the quickstart cannot go on
    ├── PortTaken                something else listens on the port
    ├── ServerFailed             the API did not come up
    └── ProbeFailed              the API did not answer as it should
"""

__all__ = [
    "CannotWrite",
    "NoInput",
    "NoTable",
    "NothingNew",
    "PortTaken",
    "ProbeFailed",
    "QuickstartError",
    "SelflearnError",
    "ServerFailed",
    "SettingsError",
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
