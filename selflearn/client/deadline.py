"""A transport whose timeout is the whole request's: name, connection, TLS, sending and reading together.

httpx2 bounds each read and write alone, so a server that sends a byte now and then holds a request for ever.
"""

import ipaddress
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx2

from selflearn.client.names import Names

__all__ = ["DeadlineTransport", "until"]


class _Due(threading.local):
    """When the request of this thread must have ended, of `time.monotonic`."""

    at: float | None = None


_due = _Due()


@contextmanager
def until(seconds: float) -> Iterator[None]:
    """Let the requests that this thread sends in the block end within some seconds from now."""
    _due.at = time.monotonic() + seconds
    try:
        yield
    finally:
        _due.at = None


class DeadlineTransport(httpx2.HTTPTransport):
    """httpx2's transport with a pool that heeds `until`.

    Parameters
    ----------
    connections
        Most connections at once.
    keep_alive
        Seconds that an idle one is kept.
    verify
        How servers prove who they are; the machine's certificates where None.
    """

    def __init__(self, connections: int, keep_alive: float, verify: ssl.SSLContext | None = None) -> None:
        certificates = verify or httpx2.create_ssl_context(trust_env=False)
        # The parent's pool is replaced at once: it takes no network of ours.
        super().__init__(verify=certificates, trust_env=False)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=certificates,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=keep_alive,
            network_backend=_Network(),
        )


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    """Seconds that may pass now."""
    if _due.at is None:
        return timeout
    left = _due.at - time.monotonic()
    if left <= 0:
        raise error("the deadline has passed")
    return left if timeout is None else min(left, timeout)


class _Network(httpcore2.NetworkBackend):
    """The network, with the time that is left as every timeout."""

    def __init__(self) -> None:
        self._plain = httpcore2.SyncBackend()
        self._names = Names()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        failed: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._addresses(host, timeout):
            try:
                left = _left(timeout, httpcore2.ConnectTimeout)
                return _Stream(self._plain.connect_tcp(address, port, left, local_address, socket_options))
            except httpcore2.ConnectError as error:
                failed = error
        self._names.forget(host)
        raise failed

    def _addresses(self, host: str, timeout: float | None) -> Iterable[str]:
        try:
            ipaddress.ip_address(host)
        except ValueError:
            return self._names.addresses(host, _left(timeout, httpcore2.ConnectTimeout))
        return (host,)


class _Stream(httpcore2.NetworkStream):
    """A connection, with the time that is left as every timeout."""

    def __init__(self, plain: httpcore2.NetworkStream) -> None:
        self._plain = plain

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._plain.read(max_bytes, _left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._plain.write(buffer, _left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._plain.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left = _left(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._plain.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._plain.get_extra_info(info)
