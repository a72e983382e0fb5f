"""Drawing the neighbourhood of an entry."""

from pathlib import Path
from textwrap import fill

from rewrite_offline import Explanation
from selflearn.errors import CannotWrite

__all__ = ["draw_explanation"]

#: What is less likely than this, and more than so many meanings, would only hide the rest.
_LEAST = 0.005
_MOST = 12
_LEAST_STEP = 0.02


def draw_explanation(found: Explanation, path: Path) -> None:
    """Draw what a request may have meant, and the steps between these meanings.

    The request is at the left; the further right a meaning is, and the larger, the more of its customers end there
    satisfied. Only the likeliest meanings are drawn.

    Parameters
    ----------
    found
        What `rewrite_offline.explain` returned.
    path
        The file to write; its ending says the format.

    Raises
    ------
    CannotWrite
        The file cannot be written, or its format is not known.
    """
    import networkx as nx
    from matplotlib.figure import Figure

    likely = [one for one in found.meant if max(one.emitted, one.end) >= _LEAST]
    kept = ["source", *(one.state for one in likely[:_MOST])]
    graph = found.graph.subgraph(kept)
    height = max(1, len(kept) - 1)
    places = {"source": (0.0, (height - 1) / 2)}
    # The likeliest end is at the top; those with the same rank would hide one another otherwise.
    places |= {state: (1.0 + (n % 2) * 0.5, float(height - 1 - n)) for n, state in enumerate(kept[1:])}
    ends = [graph.nodes[node]["end"] or 0.0 for node in graph]
    figure = Figure(figsize=(11, 1.5 + 0.75 * height), layout="constrained")
    axes = figure.add_subplot()
    colours = ["#d9e8e4" if node == "source" else "#a8d5c8" for node in graph]
    nx.draw_networkx_nodes(
        graph, places, node_size=[400 + 2600 * end for end in ends], node_color=colours, ax=axes
    )
    labels = {node: fill(str(graph.nodes[node]["label"]), 34) for node in graph}
    nx.draw_networkx_labels(graph, places, labels, font_size=8, ax=axes)
    for kind, style in (("emission", "dashed"), ("step", "solid")):
        edges = [
            (a, b)
            for a, b, data in graph.edges(data=True)
            if data["kind"] == kind and data["probability"] >= _LEAST_STEP
        ]
        widths = [0.5 + 3 * graph.edges[edge]["probability"] for edge in edges]
        nx.draw_networkx_edges(
            graph,
            places,
            edgelist=edges,
            width=widths,
            style=style,
            edge_color="#5b7f76",
            node_size=1500,
            connectionstyle="arc3,rad=0.12",
            ax=axes,
        )
    said = "no rewrite" if found.rewrite is None else f"say “{found.rewrite.target}”"
    key = "dashed: may have meant; solid: tried next; size: ends here satisfied"
    axes.set_title(f"“{found.utterance}” → {said}\n{key}")
    axes.margins(0.25, 0.12)
    axes.set_axis_off()
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as error:
        raise CannotWrite(f"cannot draw into {path}: {error}") from error
