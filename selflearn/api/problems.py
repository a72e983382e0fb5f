"""Problem documents (RFC 9457): every error of the API is one, and its `type` never changes its meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import Response

__all__ = [
    "MEDIA_TYPE",
    "PROBLEMS",
    "Problem",
    "ProblemError",
    "ProblemKind",
    "problem_response",
    "responses",
]

MEDIA_TYPE = "application/problem+json"
_URN = "urn:selflearn:problem:"


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem.

    Attributes
    ----------
    name
        The last part of its type.
    status
        HTTP status.
    title
        What it is, always in the same words.
    """

    name: str
    status: HTTPStatus
    title: str

    @property
    def type(self) -> str:
        """The URI that programs compare."""
        return _URN + self.name


#: All kinds, by name; docs/api.md says what to do about each.
PROBLEMS: dict[str, ProblemKind] = {
    kind.name: kind
    for kind in (
        ProblemKind("malformed-json", HTTPStatus.BAD_REQUEST, "The body is not JSON"),
        ProblemKind("bad-request", HTTPStatus.BAD_REQUEST, "The request cannot be read"),
        ProblemKind("unauthenticated", HTTPStatus.UNAUTHORIZED, "A valid key is needed"),
        ProblemKind("forbidden", HTTPStatus.FORBIDDEN, "The key does not allow this"),
        ProblemKind("not-found", HTTPStatus.NOT_FOUND, "There is nothing of this name"),
        ProblemKind("method-not-allowed", HTTPStatus.METHOD_NOT_ALLOWED, "This path has no such method"),
        ProblemKind("too-large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too long"),
        ProblemKind(
            "invalid-request", HTTPStatus.UNPROCESSABLE_ENTITY, "The request does not fit the schema"
        ),
        ProblemKind("rate-limited", HTTPStatus.TOO_MANY_REQUESTS, "The key has asked too often"),
        ProblemKind("internal", HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here"),
        ProblemKind("not-ready", HTTPStatus.SERVICE_UNAVAILABLE, "No rewrite table is loaded yet"),
        ProblemKind(
            "store-unavailable", HTTPStatus.SERVICE_UNAVAILABLE, "Keys and switches cannot be read now"
        ),
    )
}


class ProblemError(BaseModel):
    """One thing that is wrong with a request."""

    pointer: str = Field(description="Where, as a JSON pointer into the body.", examples=["#/utterance"])
    detail: str


class Problem(BaseModel):
    """A problem document."""

    type: str = Field(description="What kind of problem; never changes its meaning.")
    title: str
    status: int
    detail: str
    errors: list[ProblemError] = Field(
        default_factory=list, description="Everything that is wrong, where it is the request."
    )


def problem_response(name: str, detail: str, errors: Sequence[ProblemError] = ()) -> Response:
    """Make the response for a kind of problem.

    Parameters
    ----------
    name
        One of `PROBLEMS`.
    detail
        What is wrong this time, and what to do.
    errors
        Everything that is wrong with the request.
    """
    kind = PROBLEMS[name]
    problem = Problem(
        type=kind.type, title=kind.title, status=kind.status, detail=detail, errors=list(errors)
    )
    content = problem.model_dump_json(exclude={"errors"} if not errors else None)
    return Response(content, kind.status, media_type=MEDIA_TYPE)


def responses(*names: str) -> dict[int | str, dict[str, Any]]:
    """Document, for an operation, the problems that it answers with."""
    documented: dict[int | str, dict[str, Any]] = {}
    for name in names:
        kind = PROBLEMS[name]
        entry = documented.setdefault(int(kind.status), {"description": kind.title, "content": _content()})
        if entry["description"] != kind.title:
            entry["description"] += f"; or: {kind.title}"
        if kind.status in _HEADERS:
            entry["headers"] = _HEADERS[kind.status]
    return documented


def _header(name: str, description: str) -> dict[str, Any]:
    return {name: {"description": description, "required": True, "schema": {"type": "string"}}}


#: Headers that come with a status, whatever the kind of problem.
_HEADERS: dict[HTTPStatus, dict[str, Any]] = {
    HTTPStatus.UNAUTHORIZED: _header("WWW-Authenticate", "How to send a key."),
    HTTPStatus.TOO_MANY_REQUESTS: _header("Retry-After", "Seconds until it is worth asking again."),
    HTTPStatus.SERVICE_UNAVAILABLE: _header("Retry-After", "Seconds until it is worth asking again."),
}


def _content() -> dict[str, Any]:
    return {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
