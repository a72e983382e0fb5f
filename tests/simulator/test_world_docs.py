"""docs/world.md says all that a world file may say."""

import re
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from simulator.world import SHIPPED, load_world
from simulator.world.figures import figures_of
from simulator.world.reference import TABLES, reference
from simulator.world.schema import DriftKind, IntentKind, WorldFile

DOCS = (Path(__file__).parents[2] / "docs" / "world.md").read_text()


def test_the_reference_is_the_schema_s():
    begin, end = "<!-- reference: made by simulator.world.reference -->\n", "<!-- end of reference -->"
    told = DOCS[DOCS.index(begin) + len(begin) : DOCS.index(end)]
    assert told.strip() == reference().strip(), "put there what simulator.world.reference.reference() returns"


def test_every_table_of_the_schema_is_told():
    waiting, found = [WorldFile], set()
    while waiting:
        table = waiting.pop()
        if table not in found:
            found.add(table)
            waiting += [inner for field in table.model_fields.values() for inner in _tables(field.annotation)]
    assert found == {table for _, table in TABLES}
    for table in found:
        for name, field in table.model_fields.items():
            assert field.description, f"{table.__name__}.{name} is not told"


def _tables(annotation):
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _tables(inner)


@pytest.mark.parametrize("kind", [*IntentKind, *DriftKind])
def test_every_kind_is_told(kind):
    assert f"\n| `{kind.value}` |" in DOCS


def test_the_example_is_a_world(tmp_path):
    (example,) = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
    assert tomllib.loads(example)["name"] == "lights"
    path = tmp_path / "w.toml"
    path.write_text(example)
    assert load_world(path).items("room", 0)[2].also == ("upstairs",)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_figures_are_the_worlds(name):
    figures = figures_of(load_world(name))
    (row,) = [line for line in DOCS.split("\n") if line.startswith(f"| `{name}` | ")]
    cells = [cell.strip().replace(",", "") for cell in row.split("|")[2:-1]]
    kinds = [intent["kind"] for intent in figures["intents"].values()]
    served = sum(kind not in ("chat", "unsupported") for kind in kinds)
    assert cells == [
        str(figures["customers"]),
        str(figures["days"]),
        str(served),
        str(kinds.count("unsupported")),
        str(figures["wordings"]),
        str(figures["phrasings"]),
        str(sum(slot["items"] for slot in figures["slots"].values())),
        str(figures["habits"]),
        str(len(figures["drift"])),
    ]
