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
│       ├── SwitchesUnread       a rewrite was asked for before the switches could be read
│       └── RejectionsUnread     whether a customer rejected a rewrite cannot be read now
├── OpenToOthers                 no keys are asked for on an address that others can reach
├── WrongSwitch                  a switch that says too little or too much
├── BackupError                  a backup cannot be made, or not be restored
│   └── BackupDamaged            … because a file in it is missing or damaged
├── NobodysFeedback              neither feedback nor its request says whose it is
├── KeyRefused                   there can be no key like this
├── Unknown                      what was asked for is not there, or not the asker's
├── Unauthenticated              no key came with a request, or none that is valid
├── Forbidden                    the key does not allow it
├── RateLimited                  the key has made as many requests as it may for now
├── ClientError                  what was asked of the API did not come back
│   ├── ApiRefused               it answered with a problem
│   └── ApiUnavailable           it did not answer, or not as it should
└── QuickstartError              the quickstart cannot go on
    ├── PortTaken                something else listens on the port
    ├── ServerFailed             the API did not come up
    └── ProbeFailed              the API did not answer as it should
"""

__all__ = [
    "ApiRefused",
    "ApiUnavailable",
    "BackupDamaged",
    "BackupError",
    "CannotWrite",
    "ClientError",
    "Forbidden",
    "KeyRefused",
    "NoInput",
    "NoTable",
    "NobodysFeedback",
    "NothingNew",
    "OpenToOthers",
    "PortTaken",
    "ProbeFailed",
    "QuickstartError",
    "RateLimited",
    "RejectionsUnread",
    "SelflearnError",
    "ServerFailed",
    "SettingsError",
    "StoreError",
    "StoreTooNew",
    "StoreUnavailable",
    "SwitchesUnread",
    "Unauthenticated",
    "Unknown",
    "WrongSwitch",
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


class SwitchesUnread(StoreUnavailable):
    """A rewrite was asked for before the switches could be read; it could be one that somebody forbade."""


class RejectionsUnread(StoreUnavailable):
    """Whether a customer rejected a rewrite cannot be read now, so it is not used."""


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


class WrongSwitch(SelflearnError):
    """A switch that says too little or too much."""


class BackupError(SelflearnError):
    """A backup cannot be made, or not be restored."""


class BackupDamaged(BackupError):
    """A file of a backup is missing or damaged."""


class NobodysFeedback(SelflearnError):
    """Neither feedback nor its request says whose it is."""


class KeyRefused(SelflearnError):
    """There can be no key like this."""


class Unknown(SelflearnError):
    """What was asked for is not there, or not the asker's: the two are not to be told apart."""


class Unauthenticated(SelflearnError):
    """No key came with a request, or none that is valid."""


class Forbidden(SelflearnError):
    """The key does not allow what was asked."""


class RateLimited(SelflearnError):
    """The key has made as many requests as it may for now.

    Parameters
    ----------
    rate
        How many it may make, as `100/second`.
    retry_after
        Seconds until it may make requests again.
    """

    def __init__(self, rate: str, retry_after: int) -> None:
        super().__init__(
            f"this key may make {rate} requests, and each request of a batch counts; ask again in {retry_after} s"
        )
        self.rate = rate
        self.retry_after = retry_after


class ClientError(SelflearnError):
    """What was asked of the API did not come back. Rewrites never raise it: they go on with the original."""


class ApiRefused(ClientError):
    """The API answered with a problem.

    Parameters
    ----------
    status
        HTTP status.
    problem
        The `type` of the problem document; `about:blank` where there was none.
    detail
        What it says of this time.
    """

    def __init__(self, status: int, problem: str, detail: str) -> None:
        super().__init__(f"status {status}, {problem}: {detail}")
        self.status = status
        self.problem = problem
        self.detail = detail


class ApiUnavailable(ClientError):
    """The API did not answer within the time, or not as it should."""


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
