"""Host names looked up off the request's path: the system's own look-up cannot be told when to end."""

import socket
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong

import httpcore2

__all__ = ["Names"]

#: Seconds after which a name is looked up again.
_KEPT = 30.0


class Names:
    """Addresses of host names, each looked up by a thread of its own, and kept for half a minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._asking: dict[str, Future[tuple[str, ...]]] = {}

    def addresses(self, host: str, timeout: float | None) -> tuple[str, ...]:
        """Return a host's addresses. A look-up that takes longer goes on, for the next who asks.

        Raises
        ------
        httpcore2.ConnectTimeout
            It takes longer.
        httpcore2.ConnectError
            There is no such name.
        """
        known = self._known.get(host)
        if known is not None and time.monotonic() < known[0]:
            return known[1]
        with self._lock:
            asking = self._asking.get(host)
            if asking is None:
                asking = self._asking[host] = Future()
                threading.Thread(target=self._ask, args=(host, asking), name="names", daemon=True).start()
        try:
            return asking.result(timeout)
        except WaitedTooLong as error:
            raise httpcore2.ConnectTimeout(f"the address of {host} was not found in time") from error
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error

    def forget(self, host: str) -> None:
        """Look a host up again the next time: none of its addresses took the connection."""
        self._known.pop(host, None)

    def _ask(self, host: str, asking: "Future[tuple[str, ...]]") -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))
            self._known[host] = time.monotonic() + _KEPT, addresses
            asking.set_result(addresses)
        except Exception as error:
            asking.set_exception(error)
        finally:
            with self._lock:
                del self._asking[host]
