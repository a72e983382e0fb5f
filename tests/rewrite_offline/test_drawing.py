"""Drawings of explanations: the texts that a reader sees, and files that are written whole or not at all."""

import networkx as nx
import pytest

from rewrite_offline import Explanation, Meant
from rewrite_offline.drawing import draw, figure_of
from rewrite_offline.errors import CannotDraw
from rewrite_offline.mining.states import text_state

pytest.importorskip("matplotlib")


def _state(name):
    return f"price\x1freading\x1f{name}"


@pytest.fixture
def explanation():
    """Something that was meant, something rare, a failed retry, and something with no line to it."""
    again = text_state("price", "any $1 or $2")
    ends = {_state("food/inform(price=any,area=any)"): 0.6, again: 0.1, _state("food/bye()"): 0.02}
    ends |= {_state("food/rare()"): 0.001, _state("food/far()"): 0.3}
    graph = nx.DiGraph()
    graph.add_node("source", label="“any $1 or $2”", success=None, end=None)
    for state, end in ends.items():
        label = "said again, not understood" if state == again else state.split("\x1f")[-1]
        graph.add_node(state, label=label, success=0.5, end=end, asked="price")
    graph.nodes[_state("food/bye()")]["asked"] = None
    graph.add_edge("source", _state("food/inform(price=any,area=any)"), probability=0.7, kind="emission")
    graph.add_edge("source", _state("food/rare()"), probability=0.001, kind="emission")
    graph.add_edge("source", again, probability=0.2, kind="emission")
    graph.add_edge(again, _state("food/bye()"), probability=0.4, kind="step")
    graph.add_edge(again, again, probability=0.3, kind="step")
    meant = tuple(Meant(state, 0.0, end) for state, end in ends.items())
    return Explanation("any $1 or $2", "price", None, meant, graph)


def test_a_drawing_shows_what_is_likely_and_connected(explanation):
    (axes,) = figure_of(explanation).axes
    texts = {text.get_text() for text in axes.texts}
    assert texts == {
        "“any $1 or $2”",
        "said again, not understood\n0.100",
        "inform(price=any, area=any)\n0.600",
        "bye (after no question)\n0.020",
    }
    assert axes.get_title() == "“any $1 or $2”, asked for price → no rewrite"
    widths = sorted(line.get_linewidth() for line in axes.patches)
    assert widths == pytest.approx([0.6 + 5 * p for p in (0.2, 0.4, 0.7)])


def test_no_label_lies_on_another_one(explanation):
    figure = figure_of(explanation)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


def test_a_file_is_written_whole_or_not_at_all(explanation, tmp_path):
    draw(explanation, tmp_path / "why.png")
    assert (tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")
    for path in (tmp_path / "why.nonsense", tmp_path / "nowhere" / "why.png"):
        with pytest.raises(CannotDraw, match="cannot draw into"):
            draw(explanation, path)
    assert [path.name for path in tmp_path.iterdir()] == ["why.png"]
