"""What operations are given: who asks, and the parts of the app that answer them."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from starlette.types import Scope as AsgiScope

from selflearn.access import Gate, Principal, Scope
from selflearn.api.admission import PRINCIPAL
from selflearn.api.metrics import Metrics
from selflearn.errors import Forbidden, Unauthenticated
from selflearn.rewriter import Rewriter

__all__ = [
    "KEY_SCHEME",
    "Allowed",
    "AskerPart",
    "GatePart",
    "MetricsPart",
    "RewriterPart",
    "allowed",
    "scopes_named",
]

#: How a key is sent, for the OpenAPI document.
KEY_SCHEME = HTTPBearer(
    description="A key of `selflearn keys make`, as `Authorization: Bearer sl_…`. An operation names the scopes of "
    "which a key needs one. Where the server asks for no keys (`access.open`), none is needed."
)


class Allowed(SecurityBase):
    """A dependency: gives who asks, where one of the scopes is theirs.

    Parameters
    ----------
    scopes
        Any one of them is enough.
    """

    def __init__(self, *scopes: Scope) -> None:
        self.model = KEY_SCHEME
        # FastAPI merges schemes of one name, so that each set of scopes has its own; see selflearn.api.contract.
        self.scheme_name = _BETWEEN.join(scopes)
        self.scopes = frozenset(scopes)

    async def __call__(self, request: Request) -> Principal:
        """Give who asks; see `of`."""
        return self.of(request.scope)

    def of(self, scope: AsgiScope) -> Principal:
        """Give who asks.

        Raises
        ------
        Unauthenticated
            Nobody was let in.
        Forbidden
            None of the scopes is theirs.
        """
        who: Principal | None = scope.get(PRINCIPAL)
        if who is None:
            raise Unauthenticated("a key is needed: send the header `Authorization: Bearer <key>`")
        if self.scopes.isdisjoint(who.scopes):
            raise Forbidden(f"the key lacks the scope {' or '.join(sorted(self.scopes))}")
        return who


_BETWEEN = " "
_SCOPES = frozenset(map(str, Scope))


def allowed(*scopes: Scope) -> Allowed:
    """Make the dependency that gives who asks, where one of the scopes is theirs.

    Parameters
    ----------
    scopes
        Any one of them is enough.

    Examples
    --------
    >>> Analyst = Annotated[Principal, Depends(allowed(Scope.ANALYST))]
    """
    return Allowed(*scopes)


def scopes_named(scheme_name: str) -> list[str]:
    """Return the scopes that a security scheme of ours stands for."""
    return [name for name in scheme_name.split(_BETWEEN) if name in _SCOPES]


# Dependencies are coroutines: FastAPI sends plain functions through a pool of threads, which takes longer than
# the whole answer.


async def _asker(request: Request) -> Principal | None:
    who: Principal | None = request.scope.get(PRINCIPAL)
    return who


async def _gate(request: Request) -> Gate:
    gate: Gate = request.app.state.gate
    return gate


async def _served(request: Request) -> Rewriter:
    rewriter: Rewriter = request.app.state.rewriter
    return rewriter


async def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


AskerPart = Annotated[Principal | None, Depends(_asker)]
GatePart = Annotated[Gate, Depends(_gate)]
RewriterPart = Annotated[Rewriter, Depends(_served)]
MetricsPart = Annotated[Metrics, Depends(_metrics)]
