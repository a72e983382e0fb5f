"""The Python client (extra `client`): an NLU pipeline asks for rewrites, and goes on whatever becomes of the API.

>>> client = Client("http://127.0.0.1:8080", key="sl_…")          # doctest: +SKIP
>>> answer = client.rewrite("play maj and dragons", customer_id="c1")   # doctest: +SKIP
>>> parse(answer.text)                                              # doctest: +SKIP
"""

try:
    import httpx2 as _httpx2  # noqa: F401
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "the client needs httpx2: pip install 'selflearn[client]'", name="httpx2"
    ) from error

from selflearn.client.answers import Answer, Failure
from selflearn.client.asynchronous import AsyncClient
from selflearn.client.breaker import BreakerState, CircuitBreaker
from selflearn.client.counts import ClientCounts
from selflearn.client.fake import FakeApi
from selflearn.client.settings import ClientSettings
from selflearn.client.synchronous import Client
from selflearn.errors import ApiRefused, ApiUnavailable, ClientError
from selflearn.messages import Context, Hypothesis, RewriteRequest

__all__ = [
    "Answer",
    "ApiRefused",
    "ApiUnavailable",
    "AsyncClient",
    "BreakerState",
    "CircuitBreaker",
    "Client",
    "ClientCounts",
    "ClientError",
    "ClientSettings",
    "Context",
    "Failure",
    "FakeApi",
    "Hypothesis",
    "RewriteRequest",
]
