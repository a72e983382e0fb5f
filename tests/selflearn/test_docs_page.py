"""The docs page stands alone, links hold, and nothing in the document becomes markup."""

import re
from html.parser import HTMLParser
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from selflearn.api.docs_page import docs_page

DOCUMENT: dict[str, Any] = {
    "info": {"title": "T", "version": "1", "description": "About `this`."},
    "paths": {
        "/v1/ask": {
            "post": {
                "summary": "Ask",
                "parameters": [{"name": "dry", "in": "query", "schema": {"type": "boolean"}}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}}
                },
                "responses": {"200": {"description": "An answer", "content": {}}},
            }
        },
        "/v1/things/{id}": {"get": {"responses": {}}},
    },
    "components": {
        "schemas": {
            "Ask": {
                "type": "object",
                "required": ["text", "kind", "inner"],
                "properties": {
                    "text": {"type": "string", "examples": ["play halo"]},
                    "kind": {"$ref": "#/components/schemas/Kind"},
                    "inner": {"type": "array", "items": {"$ref": "#/components/schemas/Ask"}},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
            },
            "Kind": {"enum": ["a", "b"]},
        }
    },
}


class Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(attribute)) is not None]


def test_every_link_has_its_place_and_nothing_comes_from_outside() -> None:
    html = docs_page(DOCUMENT)
    page = Page(html)
    ids = page.all("id")
    assert len(set(ids)) == len(ids)
    assert {link[1:] for link in page.all("href") if link.startswith("#")} <= set(ids)
    assert set(page.all("href")) - {f"#{name}" for name in ids} == {"openapi.json", "data:,"}
    assert page.all("src") == []
    assert not re.search(r"https?://|@import|url\(", html)


def test_the_example_comes_from_the_schema_and_ends() -> None:
    text = Page(docs_page(DOCUMENT)).text
    assert '"text": "play halo"' in text
    assert '"kind": "a"' in text


def test_only_paths_without_parameters_can_be_tried() -> None:
    assert Page(docs_page(DOCUMENT)).all("data-path") == ["/v1/ask"]


@given(st.text(min_size=1))
def test_texts_of_the_document_never_become_markup(text: str) -> None:
    hostile = f"</textarea><script>{text}</script>\"'"
    document: dict[str, Any] = {
        "info": {"title": hostile, "version": hostile, "description": hostile},
        "paths": {
            f"/{hostile}": {
                "post": {
                    "summary": hostile,
                    "description": hostile,
                    "parameters": [{"name": hostile, "in": hostile, "description": hostile}],
                    "requestBody": {"content": {"application/json": {"example": hostile}}},
                    "responses": {hostile: {"description": hostile, "content": {hostile: {}}}},
                }
            }
        },
        "components": {
            "schemas": {
                hostile: {
                    "description": hostile,
                    "properties": {hostile: {"type": hostile, "description": hostile}},
                },
                "E": {"enum": [hostile]},
            }
        },
    }
    tags = [tag for tag, _ in Page(docs_page(document)).tags]
    assert tags.count("script") == 1
    assert tags.count("textarea") <= 1


def test_a_key_can_be_given_and_the_scopes_are_said() -> None:
    path = {"get": {"responses": {}, "security": [{"key": ["analyst"]}, {"key": ["<b>"]}]}}
    guarded = {"paths": {"/x": path}, "components": {"securitySchemes": {"key": {"type": "http"}}}}
    page = Page(docs_page(guarded))
    assert "Needs a key with the scope analyst or <b>." in page.text
    assert ("input", "password") in [(tag, attributes.get("type")) for tag, attributes in page.tags]
    assert "input" not in [tag for tag, _ in Page(docs_page(DOCUMENT)).tags]


def test_an_empty_document_is_a_page_too() -> None:
    assert Page(docs_page({})).text.strip().startswith("API")
