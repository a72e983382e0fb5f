"""The client and the wire: deadlines of the whole request, servers that are none, connections that are kept."""

import json
import socket
import threading
import time
from contextlib import suppress

import pytest

from selflearn.client import ApiUnavailable, Client, Failure
from tests.selflearn.clients import GOOD, QUICK, speaking


def _silent(connection, over):
    over.wait(30)


def _trickling(connection, over):
    """A byte now and then: every read is in time, and the whole never is."""
    connection.recv(65536)
    for byte in b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 10_000:
        connection.sendall(bytes([byte]))
        if over.wait(0.05):
            return


def _trickling_body(connection, over):
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n")
    while not over.wait(0.05):
        connection.sendall(b" ")


@pytest.mark.parametrize("behave", [_silent, _trickling, _trickling_body])
def test_the_deadline_is_of_the_whole_request(kind, behave):
    with speaking(behave) as address, kind(address, settings=QUICK) as client:
        began = time.monotonic()
        assert client.rewrite("a").failed_open is Failure.TIMEOUT
        # Far from the deadline, and farther from what those servers take.
        assert time.monotonic() - began < 3


def test_a_name_that_is_not_found_in_time(monkeypatch):
    asked = threading.Event()

    def hanging(*args, **options):
        asked.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))]

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    with Client("http://api.example", settings=QUICK) as client:
        assert client.rewrite("a").failed_open is Failure.TIMEOUT
    asked.set()


def _cutting(connection, over):
    connection.recv(65536)


def _refused(connection, over):
    connection.recv(65536)
    connection.sendall(b"SSH-2.0-OpenSSH\r\n")


@pytest.mark.parametrize("behave", [_cutting, _refused])
def test_a_server_that_is_none(kind, behave):
    with speaking(behave) as address, kind(address, settings=QUICK) as client:
        assert client.rewrite("a").failed_open is Failure.UNREACHABLE


def test_nobody_listens(kind):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with kind(f"http://127.0.0.1:{port}", settings=QUICK) as client:
        failures = [client.rewrite("a").failed_open for _ in range(5)]
        assert failures == [Failure.UNREACHABLE] * 3 + [Failure.BREAKER_OPEN] * 2
        assert (client.counts.breaker, client.counts.opened) == ("open", 1)
        assert not client.warm_up()
        with pytest.raises(ApiUnavailable):
            client.decision("r")


def _answering(connection):
    """Answer one request as the API would; False where none comes."""
    received = b""
    while True:
        more = connection.recv(65536)
        if not more:
            return False
        received += more
        with suppress(IndexError, ValueError):
            asked = json.loads(received.split(b"\r\n\r\n", 1)[1])
            break
    body = json.dumps(GOOD | {"request_id": asked["request_id"]}).encode()
    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
    return True


def _once(connection, over):
    """Answer one request, say that the connection is kept, and close it when the next comes."""
    _answering(connection)
    connection.recv(65536)


def test_a_kept_connection_that_was_closed_is_made_anew(kind):
    with speaking(_once) as address, kind(address, settings=QUICK) as client:
        assert [client.rewrite("a").text for _ in range(4)] == ["b"] * 4


def test_connections_are_kept(kind):
    connections = []

    def answering(connection, over):
        connections.append(connection)
        while _answering(connection):
            pass

    with speaking(answering) as address, kind(address, settings=QUICK) as client:
        assert {client.rewrite("a").text for _ in range(20)} == {"b"}
    assert len(connections) == 1
