"""Lets in who may come in: by key, or everyone where the server asks for none."""

from ipaddress import ip_address

from selflearn.access.principal import Principal
from selflearn.access.rates import Rates
from selflearn.access.ring import KeyRing
from selflearn.errors import OpenToOthers, Unauthenticated
from selflearn.settings.access import AccessSettings
from selflearn.store import Store, Watch

__all__ = ["Gate", "refuse_open"]


def refuse_open(settings: AccessSettings, host: str) -> None:
    """Refuse to listen, without asking for keys, where others than this machine can reach it.

    Parameters
    ----------
    settings
        Whether keys are asked for.
    host
        The address to listen on.

    Raises
    ------
    OpenToOthers
        They can.
    """
    if settings.open and not _loopback(host):
        raise OpenToOthers(host)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        # A name may come to mean another address at any time.
        return False


class Gate:
    """Tells who asks. Threads may share it.

    Parameters
    ----------
    settings
        Whether keys are asked for, and what holds for them.
    store
        Where keys are kept.
    watch
        Tells when keys were made or revoked.
    """

    def __init__(self, settings: AccessSettings, store: Store, watch: Watch) -> None:
        self._anyone = Principal.anyone() if settings.open else None
        self._at_every_request = settings.check_every.total_seconds() == 0
        self._watch = watch
        self._rates = Rates()
        self._ring = KeyRing(store, settings.rate)
        if self._anyone is None:
            watch.on("keys", self._ring.reload)

    @property
    def open(self) -> bool:
        """Whether everyone is let in without a key."""
        return self._anyone is not None

    def admit(self, authorization: bytes | None) -> Principal:
        """Tell who asks, and count the request.

        Parameters
        ----------
        authorization
            The header's value; None where there is none.

        Raises
        ------
        Unauthenticated
            No key, or none that is honoured. It is not said whether the key is unknown, expired or revoked.
        RateLimited
            The key has made as many requests as it may for now.
        """
        if self._anyone is not None:
            return self._anyone
        if self._at_every_request:
            self._watch.look()
        if authorization is None:
            raise Unauthenticated("a key is needed: send the header `Authorization: Bearer <key>`")
        scheme, _, key = authorization.partition(b" ")
        known = self._ring.find(key.strip()) if scheme.lower() == b"bearer" else None
        if known is None:
            raise Unauthenticated("the key is not known, or not valid any more")
        if known.rate is not None and known.principal.key_id is not None:
            self._rates.charge(known.principal.key_id, known.rate)
        return known.principal

    def charge(self, who: Principal, requests: int) -> None:
        """Count what else a request asks for: a batch counts as many requests as it has, and one is counted.

        Raises
        ------
        RateLimited
            That is more than the key may make now.
        """
        rate = None if who.key_id is None else self._ring.rate_of(who.key_id)
        if who.key_id is not None and rate is not None and requests > 0:
            self._rates.charge(who.key_id, rate, requests)
