"""Questions to the API as anyone would ask them: over HTTP, with nothing but the standard library."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from selflearn.errors import ProbeFailed

__all__ = ["Reply", "ask", "curl"]

_PATIENCE = 10.0
#: Straight to the address: a company's proxy knows nothing of this machine's loopback.
_DIRECT = build_opener(ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, media type and body."""

    status: int
    media_type: str
    body: str

    def json(self) -> Any:
        """Read the body.

        Raises
        ------
        ProbeFailed
            If it is not JSON.
        """
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise ProbeFailed(f"the answer is not JSON: {self.body[:200]!r}") from error


def ask(address: str, path: str, body: object = None) -> Reply:
    """Send a GET, or with a body a POST of JSON. An error status is a reply like any other.

    Raises
    ------
    ProbeFailed
        If no answer comes.
    """
    data = None if body is None else json.dumps(body).encode()
    request = Request(address + path, data=data, headers={"content-type": "application/json"})
    try:
        with _DIRECT.open(request, timeout=_PATIENCE) as response:
            return Reply(response.status, response.headers.get_content_type(), response.read().decode())
    except HTTPError as error:
        return Reply(error.code, error.headers.get_content_type(), error.read().decode())
    except (URLError, OSError) as error:
        raise ProbeFailed(f"{address}{path} does not answer: {error}") from error


def curl(address: str, path: str, body: object) -> str:
    """Write the same question as a command line to copy."""
    data = json.dumps(body, ensure_ascii=False).replace("'", "'\\''")
    return f"curl -s {address}{path} -H 'content-type: application/json' \\\n  -d '{data}'"
