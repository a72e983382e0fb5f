"""The OpenAPI document: FastAPI's, with our problem documents and with what each operation asks of a key."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from selflearn.api.problems import Problem, ProblemError
from selflearn.api.routes.parts import KEY_SCHEME, scopes_named

__all__ = ["contract"]

_KEY = "key"


def contract(app: FastAPI) -> dict[str, Any]:
    """Return an app's OpenAPI document; it is made once."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        components = schema.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["ProblemError"] = ProblemError.model_json_schema()
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas["Problem"] = {key: part for key, part in problem.items() if key != "$defs"}
        components["securitySchemes"] = {
            _KEY: KEY_SCHEME.model_dump(mode="json", by_alias=True, exclude_none=True)
        }
        for operations in schema["paths"].values():
            for operation in operations.values():
                if "security" in operation:
                    operation["security"] = _requirements(operation["security"])
        app.openapi_schema = schema
    return app.openapi_schema


def _requirements(found: list[dict[str, list[str]]]) -> list[dict[str, list[str]]]:
    """Write what an operation asks of a key: one entry for each scope, any one of which is enough."""
    return [
        {_KEY: [str(scope)]} for requirement in found for name in requirement for scope in scopes_named(name)
    ] or found
