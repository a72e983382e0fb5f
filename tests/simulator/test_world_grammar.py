"""Wordings are written out as their brackets say; lines of TOML are found."""

import json
import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.world import SHIPPED
from simulator.world.from_corpus.writing import write_world
from simulator.world.grammar import MOST, BadWording, expansions, sayable, slots_of
from simulator.world.lines import line_of, lines_of
from simulator.world.reading import world_path

words = st.sampled_from(["play", "it", "don't", "{song}", "please", "up", "the"])
#: A wording as a tree: a word, ("of", ways), ("may", part) or a list of parts.
trees = st.recursive(
    words,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3),
        st.tuples(st.just("of"), st.lists(inner, min_size=1, max_size=3)),
        st.tuples(st.just("may"), inner),
    ),
    max_leaves=7,
)


def _written(tree):
    if isinstance(tree, str):
        return tree
    if isinstance(tree, list):
        return " ".join(map(_written, tree))
    kind, inner = tree
    return f"[{_written(inner)}]" if kind == "may" else f"({'|'.join(map(_written, inner))})"


def _ways(tree):
    """The oracle: every text of a tree with its share, by what the grammar means."""
    if isinstance(tree, str):
        return [(tree, 1.0)]
    if isinstance(tree, list):
        found = [("", 1.0)]
        for part in tree:
            found = [(f"{a} {b}", p * q) for a, p in found for b, q in _ways(part)]
        return found
    kind, inner = tree
    choices = [[("", 1.0)], _ways(inner)] if kind == "may" else [_ways(way) for way in inner]
    whole = sum(1 / rank for rank in range(1, len(choices) + 1))
    return [(text, p / rank / whole) for rank, way in enumerate(choices, 1) for text, p in way]


@given(trees)
def test_a_wording_stands_for_what_its_brackets_say(tree):
    expected = defaultdict(float)
    for text, share in _ways(tree):
        expected[" ".join(text.split())] += share
    if "" in expected:
        with pytest.raises(BadWording, match="empty"):
            expansions(_written(tree))
        return
    found = expansions(_written(tree))
    assert dict(found) == pytest.approx(dict(expected))
    assert sum(found.values()) == pytest.approx(1.0)
    assert all(slots_of(text) <= slots_of(_written(tree)) for text in found)


@pytest.mark.parametrize(
    ("wording", "why"),
    [
        ("play (it", r"'\)' is missing"),
        ("play [it", "']' is missing"),
        ("play it)", r"'\)' closes nothing"),
        ("play | it", "closes nothing"),
        ("play (it]", "is missing"),
        ("play {song", "is not a slot"),
        ("play {Song}", "is not a slot"),
        ("play {}", "is not a slot"),
        ("Play it", "not as ASR writes"),
        ("play it!", "not as ASR writes"),
        ("[play]", "empty"),
        ("(a|b|c|d|e|f|g|h) " * 3, f"more than {MOST}"),
    ],
)
def test_a_wording_that_cannot_be_said_is_refused(wording, why):
    with pytest.raises(BadWording, match=why):
        expansions(wording)


def test_names_are_written_as_asr_writes():
    assert sayable("mother's blue coat")
    assert not any(map(sayable, ["", " coat", "blue  coat", "Blue coat", "blue-coat", "{coat}", "(coat)"]))


@pytest.mark.parametrize("name", SHIPPED)
def test_every_value_of_a_shipped_file_is_found_on_its_line(name):
    text = world_path(name).read_text()
    lines, rows = lines_of(text), text.split("\n")
    leaves = list(_leaves(tomllib.loads(text)))
    # A world that takes most from another one has fewer values of its own.
    assert len(leaves) > (40 if name == "household-closing" else 50)
    for path, value in leaves:
        assert path in lines
        if isinstance(value, str):
            assert json.dumps(value, ensure_ascii=False) in rows[lines[path] - 1]


def _leaves(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, place))
    else:
        yield path, value


def test_lines_of_all_that_toml_may_look_like():
    text = '''
a.b = 1 # [no]
"quoted key" = """
[not.a.table]
"""
list = [ # one
  "x, ]", 'y # no',
  { deep = [1,
    2], other = true },
]
[[many]]
k = 1.5
[many.inner]
z = 1979-05-27 07:32:00
[[many]]
k = \'\'\'
three\'\'\'
[[many.list]]
q = -inf
'''
    tomllib.loads(text)
    lines = lines_of(text)
    expected = {
        ("a",): 2, ("a", "b"): 2, ("quoted key",): 3, ("list",): 6, ("list", 0): 7, ("list", 1): 7,
        ("list", 2): 8, ("list", 2, "deep"): 8, ("list", 2, "deep", 0): 8, ("list", 2, "deep", 1): 9,
        ("list", 2, "other"): 9, ("many", 0): 11, ("many", 0, "k"): 12, ("many", 0, "inner"): 13,
        ("many", 0, "inner", "z"): 14, ("many", 1): 15, ("many", 1, "k"): 16,
        ("many", 1, "list", 0): 18, ("many", 1, "list", 0, "q"): 19,
    }  # fmt: skip
    assert {path: lines[path] for path in expected} == expected
    assert line_of(("many", 1, "unknown", "k"), lines) == 16  # unknown steps are passed over
    assert line_of(("nowhere",), lines) == 1


keys = st.sampled_from(["a", "b_c", "d", "e1"])
plain = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8),
    st.integers(-99, 99),
    st.booleans(),
    st.floats(-9, 9).map(lambda x: round(x, 3)),
)
rows = st.dictionaries(keys, st.one_of(plain, st.lists(plain, max_size=7), st.dictionaries(keys, plain)))


@given(
    st.dictionaries(
        keys, st.one_of(plain, st.lists(plain), rows, st.lists(rows.filter(bool), min_size=1, max_size=3))
    )
)
def test_what_is_written_is_read_again_and_found(tmp_path_factory, tables):
    path: Path = tmp_path_factory.mktemp("toml") / "w.toml"
    write_world(tables, path, "a note\nof two lines")
    text = path.read_text()
    assert tomllib.loads(text) == tables
    assert set(lines_of(text).values()) <= set(range(3, text.count("\n") + 1))
    assert all(path in lines_of(text) for path, _ in _leaves(tables))
    assert [file.name for file in path.parent.iterdir()] == ["w.toml"]
