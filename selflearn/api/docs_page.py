"""The page at /docs: the OpenAPI document as plain HTML, rendered here, so that it needs no network.

The pages that FastAPI brings load their scripts and styles from a public server; inside a company's network, or
on a plane, they stay empty.
"""

import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

__all__ = ["docs_page"]

Json = Mapping[str, Any]

_METHODS = ("get", "post", "put", "patch", "delete")
_DEPTH = 4  # how far an example follows schemas that contain schemas

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #0a6f5c; }
@media (prefers-color-scheme: dark) { :root { --accent: #4fd1b0; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1.5rem; }
h1 small { font-size: 1rem; font-weight: normal; opacity: .7; }
nav ul { list-style: none; padding: 0; columns: 2 20rem; }
section { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: .5rem; }
h2 code, nav code, summary code { font-size: 1em; }
.method { color: var(--accent); font-weight: 700; text-transform: uppercase; font-size: .8em; }
a { color: var(--accent); }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line); }
.wide { overflow-x: auto; }
th { font-weight: 600; white-space: nowrap; } td:first-child { white-space: nowrap; }
code, pre, textarea { font-family: ui-monospace, monospace; font-size: .875rem; }
pre, textarea { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: .7rem;
  overflow-x: auto; width: 100%; margin: .4rem 0; color: inherit; }
button { font: inherit; padding: .3rem 1rem; cursor: pointer; }
details { margin: .5rem 0; } summary { cursor: pointer; }
label { display: block; margin-top: .5rem; }
"""

_SCRIPT = """
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = form.querySelector("output");
    const body = form.querySelector("textarea");
    const options = { method: form.dataset.method, headers: {} };
    const key = document.querySelector("#key");
    if (key && key.value) options.headers["authorization"] = "Bearer " + key.value.trim();
    if (body) {
      options.body = body.value;
      options.headers["content-type"] = "application/json";
    }
    answer.textContent = "…";
    try {
      const response = await fetch(form.dataset.path, options);
      let text = await response.text();
      try { text = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it came */ }
      answer.textContent = response.status + "\\n" + text;
    } catch (error) {
      answer.textContent = String(error);
    }
  });
}
"""


def docs_page(openapi: Json) -> str:
    """Render an OpenAPI document as one HTML page with no outside parts.

    Parameters
    ----------
    openapi
        An OpenAPI 3.1 document, as `FastAPI.openapi()` returns it. Nothing in it is trusted to be HTML.

    Returns
    -------
    str
        The page.
    """
    info = openapi.get("info", {})
    title = str(info.get("title", "API"))
    operations = [
        (method, path, item[method])
        for path, item in openapi.get("paths", {}).items()
        for method in _METHODS
        if method in item
    ]
    schemas: Json = openapi.get("components", {}).get("schemas", {})
    contents = "".join(
        f'<li><a href="#{_anchor(method, path)}"><span class="method">{method}</span> '
        f"<code>{escape(path)}</code></a> {escape(str(operation.get('summary', '')))}</li>"
        for method, path, operation in operations
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style></head><body>'
        f"<h1>{escape(title)} <small>{escape(str(info.get('version', '')))}</small></h1>"
        f"{_prose(info.get('description'))}"
        '<p>The same for programs: <a href="openapi.json">openapi.json</a>.</p>'
        f"<nav><ul>{contents}</ul></nav>{_key(openapi)}"
        f"{''.join(_operation(method, path, operation, schemas) for method, path, operation in operations)}"
        f"<section><h2>Schemas</h2>{''.join(_schema(name, schemas[name]) for name in sorted(schemas))}"
        f"</section><script>{_SCRIPT}</script></body></html>\n"
    )


def _operation(method: str, path: str, operation: Json, schemas: Json) -> str:
    return (
        f'<section id="{_anchor(method, path)}"><h2><span class="method">{method}</span> '
        f"<code>{escape(path)}</code></h2>"
        f"<p><strong>{escape(str(operation.get('summary', '')))}</strong></p>"
        f"{_prose(operation.get('description'))}"
        f"{_scopes(operation.get('security', ()))}"
        f"{_parameters(operation.get('parameters', ()))}"
        f"{_body(operation.get('requestBody'))}"
        f"{_responses(operation.get('responses', {}))}"
        f"{_try_it(method, path, operation, schemas)}</section>"
    )


def _key(openapi: Json) -> str:
    """Give the field for a key, where some operation asks for one; nothing but the page holds it."""
    if not openapi.get("components", {}).get("securitySchemes"):
        return ""
    field = '<input id="key" type="password" autocomplete="off" size="60">'
    return f"<p><label>Key, for what is tried below {field}</label></p>"


def _scopes(security: Iterable[Json]) -> str:
    """Say what an operation asks of a key."""
    scopes = [str(scope) for requirement in security for named in requirement.values() for scope in named]
    named = " or ".join(f"<code>{escape(scope)}</code>" for scope in scopes)
    return f"<p>Needs a key with the scope {named}.</p>" if scopes else ""


def _parameters(parameters: Iterable[Json]) -> str:
    rows = [
        (
            f"<code>{escape(str(parameter['name']))}</code>",
            f"{escape(str(parameter['in']))}{', required' if parameter.get('required') else ''}",
            _type(parameter.get("schema", {})),
            escape(str(parameter.get("description", ""))),
        )
        for parameter in parameters
    ]
    return "<h3>Parameters</h3>" + _table(("name", "where", "type", ""), rows) if rows else ""


def _body(body: Json | None) -> str:
    if body is None:
        return ""
    kinds = [
        f"<code>{escape(str(kind))}</code>: {_type(content.get('schema', {}))}"
        for kind, content in body.get("content", {}).items()
    ]
    return f"<h3>Request</h3><p>{'; '.join(kinds)}</p>"


def _responses(responses: Json) -> str:
    rows = [
        (
            escape(str(status)),
            escape(str(response.get("description", ""))),
            "<br>".join(
                f"<code>{escape(str(kind))}</code> {_type(content.get('schema', {}))}"
                for kind, content in response.get("content", {}).items()
            ),
        )
        for status, response in responses.items()
    ]
    return "<h3>Responses</h3>" + _table(("status", "what", "as"), rows)


def _try_it(method: str, path: str, operation: Json, schemas: Json) -> str:
    """Give a form that sends the request; for paths with parameters in them, none."""
    if "{" in path:
        return ""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    body = ""
    if content is not None:
        example = json.dumps(_example(content, schemas), indent=2, ensure_ascii=False)
        rows = example.count("\n") + 1
        body = f'<label>Body<textarea rows="{rows}" spellcheck="false">{escape(example)}</textarea></label>'
    return (
        f'<details><summary>Try it</summary><form data-method="{method.upper()}" data-path="{escape(path)}">'
        f"{body}<p><button>Send</button></p><pre><output>No answer yet.</output></pre></form></details>"
    )


def _schema(name: str, schema: Json) -> str:
    if "enum" in schema:
        inside = f"<p>{_type(schema)}</p>"
    else:
        required = set(schema.get("required", ()))
        rows = [
            (
                f"<code>{escape(str(field))}</code>{'' if field in required else ' <small>optional</small>'}",
                _type(part),
                escape(str(part.get("description", ""))),
            )
            for field, part in schema.get("properties", {}).items()
        ]
        inside = _table(("field", "type", ""), rows) if rows else f"<p>{_type(schema)}</p>"
    return (
        f'<details id="{_anchor("schema", name)}" open><summary><code>{escape(name)}</code></summary>'
        f"{_prose(schema.get('description'))}{inside}</details>"
    )


def _type(schema: Json) -> str:
    """Say in short what a schema allows, with links to named ones."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        return f'<a href="#{_anchor("schema", name)}">{escape(name)}</a>'
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return " or ".join(_type(option) for option in schema[several])
    if "enum" in schema:
        return " | ".join(f"<code>{escape(json.dumps(value))}</code>" for value in schema["enum"])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    limits = [
        f"{sign} {schema[key]}"
        for key, sign in (
            ("minimum", "≥"),
            ("maximum", "≤"),
            ("minLength", "length ≥"),
            ("maxLength", "length ≤"),
        )
        if key in schema
    ]
    described = ", ".join([str(schema.get("format", schema.get("type", "any"))), *limits])
    return escape(described)


def _example(content: Json, schemas: Json) -> object:
    """Take an example from the document, or make one of what is required."""
    if "example" in content:
        return content["example"]
    for named in content.get("examples", {}).values():
        return named.get("value")
    return _made_up(content.get("schema", {}), schemas, _DEPTH)


def _made_up(schema: Json, schemas: Json, depth: int) -> object:
    if "$ref" in schema:
        schema = schemas.get(str(schema["$ref"]).rsplit("/", 1)[-1], {})
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if "enum" in schema:
        return schema["enum"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _made_up(schema[several][0], schemas, depth)
    if depth == 0:
        return None
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            properties = schema.get("properties", {})
            return {name: _made_up(properties.get(name, {}), schemas, depth - 1) for name in required}
        case "array":
            return [_made_up(schema.get("items", {}), schemas, depth - 1)]
        case "integer" | "number":
            return schema.get("minimum", 0)
        case "boolean":
            return False
        case "string":
            return "…"
        case _:
            return None


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{cell}</th>" for cell in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _prose(text: object) -> str:
    if not text:
        return ""
    parts = (re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(part)) for part in str(text).split("\n\n"))
    return "".join(f"<p>{part}</p>" for part in parts)


def _anchor(*parts: str) -> str:
    return "-".join("".join(c if c.isalnum() else "-" for c in part) for part in parts)
