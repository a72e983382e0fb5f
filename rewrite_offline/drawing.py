"""Drawing what led to an entry: what a request may have meant, and the steps of the chain between these meanings."""

from pathlib import Path
from re import sub
from textwrap import fill
from typing import TYPE_CHECKING

from rewrite_offline.errors import CannotDraw
from rewrite_offline.explaining import Explanation
from rewrite_offline.mining.states import text_state

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.figure import Figure

__all__ = ["draw", "figure_class", "figure_of", "save"]

#: More meanings than this would only hide the rest, as would what is less likely.
_MOST = 10
_LEAST_MEANT = 0.005
_LEAST_STEP = 0.02

_SOURCE = "source"
_PAPER, _EDGE, _NODE = "#d9e8e4", "#5b7f76", "#a8d5c8"
_LEFT, _BETWEEN, _RIGHT = 0.0, 0.45, 1.0
_KEY = "dashed: may have meant · solid: said next · size and number: P(ends there, satisfied)"


def draw(explanation: Explanation, path: Path) -> None:
    """Draw the neighbourhood of an entry into a file; see `figure_of`.

    Parameters
    ----------
    explanation
        What `rewrite_offline.explain` returned.
    path
        The file to write; its ending says the format, .png, .svg or .pdf.

    Raises
    ------
    CannotDraw
        If the file cannot be written, its format is not known, or matplotlib is not installed. What was there
        before is then still there.
    """
    save(figure_of(explanation), path)


def figure_class() -> "type[Figure]":
    """Return matplotlib's figure, which draws without a screen.

    Raises
    ------
    CannotDraw
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise CannotDraw("drawing needs matplotlib: pip install 'selflearn[learn]'") from fault
    return Figure


def save(figure: "Figure", path: Path) -> None:
    """Write a figure into a file; its ending says the format, .png, .svg or .pdf.

    Raises
    ------
    CannotDraw
        If the file cannot be written, or its format is not known. What was there before is then still there.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        figure.savefig(beside, format=path.suffix.lstrip(".") or "png", dpi=150)
        beside.replace(path)
    except (OSError, ValueError) as fault:
        beside.unlink(missing_ok=True)
        raise CannotDraw(f"cannot draw into {path}: {fault}") from fault


def figure_of(explanation: Explanation) -> "Figure":
    """Draw the neighbourhood of an entry.

    The request is at the left, what it may have meant at the right, the likeliest end at the top. A node's size is
    the probability that customers end there, satisfied; a line's width is its own probability. Only the likeliest
    meanings are drawn, and of the steps between them only those that are not rare.

    Raises
    ------
    CannotDraw
        If matplotlib is not installed.
    """
    drawn_in = figure_class()
    import networkx as nx

    graph = _likeliest(explanation)
    again = text_state(explanation.asked, explanation.utterance)
    places = _places(graph, again)
    rows = sum(1 for x, _ in places.values() if x == _RIGHT)
    figure = drawn_in(figsize=(11, 1.8 + 0.6 * max(rows, 2)), layout="constrained")
    axes = figure.add_subplot()
    sizes = [150 + 2200 * (graph.nodes[node]["end"] or 0.0) for node in graph]
    colours = [_PAPER if node == _SOURCE else _NODE for node in graph]
    nx.draw_networkx_nodes(graph, places, node_size=sizes, node_color=colours, edgecolors=_EDGE, ax=axes)
    for a, b, data in graph.edges(data=True):
        nx.draw_networkx_edges(
            graph,
            places,
            edgelist=[(a, b)],
            width=0.6 + 5 * data["probability"],
            style="dashed" if data["kind"] == "emission" else "solid",
            edge_color=_EDGE,
            node_size=sizes,
            connectionstyle=f"arc3,rad={_bow(places[a], places[b])}",
            ax=axes,
        )
    for node, (x, y) in places.items():
        # Lines leave the request to the right and below, and come to meanings from the left.
        right, up, side, height = {
            _LEFT: (0.0, 0.35, "center", "bottom"),
            _BETWEEN: (0.0, -0.4, "center", "top"),
            _RIGHT: (0.04, 0.0, "left", "center"),
        }[x]
        label = _label(graph, node, explanation.asked)
        axes.text(x + right, y + up, label, ha=side, va=height, fontsize=9, parse_math=False)
    said = "no rewrite" if explanation.rewrite is None else f"say “{explanation.rewrite.target}”"
    after = f", asked for {explanation.asked}" if explanation.asked else ""
    axes.set_title(f"“{explanation.utterance}”{after} → {said}", parse_math=False)
    figure.supxlabel(_KEY, fontsize=9, color=_EDGE)
    heights = [y for _, y in places.values()]
    axes.set_xlim(-0.15, 1.55)
    axes.set_ylim(min(heights) - 1.1, max(heights) + 0.7)
    axes.set_axis_off()
    return figure


def _bow(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Say how a line bends: inside the right column to the left of it, since its labels stand at the right."""
    if start[0] != end[0]:
        return 0.08
    return -0.35 if end[1] > start[1] else 0.35


def _likeliest(explanation: Explanation) -> "nx.DiGraph":
    """Keep what is worth drawing, and of it what the request is connected with."""
    import networkx as nx

    likely = [one for one in explanation.meant if max(one.emitted, one.end) >= _LEAST_MEANT][:_MOST]
    near = explanation.graph.subgraph([_SOURCE, *(one.state for one in likely)])
    kept = nx.DiGraph()
    # In the order of their ends, which a subgraph does not keep.
    kept.add_nodes_from((node, near.nodes[node]) for node in (_SOURCE, *(one.state for one in likely)))
    for a, b, data in near.edges(data=True):
        least = _LEAST_MEANT if data["kind"] == "emission" else _LEAST_STEP
        if a != b and data["probability"] >= least:
            kept.add_edge(a, b, **data)
    kept.remove_nodes_from(set(kept) - {_SOURCE} - nx.descendants(kept, _SOURCE))
    return kept


def _places(graph: "nx.DiGraph", again: str) -> dict[str, tuple[float, float]]:
    """Put the request at the left, its own failed retries in the middle, meanings at the right."""
    column = [node for node in graph if node not in (_SOURCE, again)]
    height = max(len(column) - 1, 1)
    places = {node: (_RIGHT, float(height - row)) for row, node in enumerate(column)}
    places[_SOURCE] = (_LEFT, height / 2)
    if again in graph:
        # Below everything, so that no line to a meaning passes through it.
        places[again] = (_BETWEEN, -0.6)
    return places


def _label(graph: "nx.DiGraph", node: str, asked: str | None) -> str:
    """Say what a node stands for, its domain left out; and after which question, where that is another one."""
    facts = graph.nodes[node]
    if node == _SOURCE:
        return fill(str(facts["label"]), 22)
    name = str(facts["label"])
    head, slash, rest = name.partition("/")
    name = rest if slash and "(" not in head else name
    name = sub(r",(?=\S)", ", ", name.removesuffix("()"))
    after = facts.get("asked")
    if after != asked:
        name += f" (after {after}?)" if after else " (after no question)"
    lines = fill(name, 44, break_long_words=False)
    return f"{lines}\n{facts['end']:.3f}"
