"""What a person sees of the comparison: a table a split, and a picture."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import JsonValue

from evaluation.channel.measure import Compared
from evaluation.errors import CannotWrite
from selflearn.cli.terminal import print_table

__all__ = ["draw_errors", "print_compared"]


def print_compared(compared: Iterable[Compared]) -> None:
    """Print every figure, real with its interval beside simulated, and the figures by length."""
    for one in compared:
        found = one.figures()
        figures, written, stated, lengths = (
            _part(found, name) for name in ("figures", "real_as_written", "far_field", "by_length")
        )
        print_table(
            f"{one.corpus}, {one.split}: {found['utterances']} utterances of {found['speakers']} speakers",
            ("", "real", "95% interval", "simulated", "real as written", "far_field"),
            (
                [
                    name.replace("_", " "),
                    *_beside(row),
                    _rounded(written.get(name)),
                    _rounded(stated.get(name)),
                ]
                for name, row in figures.items()
            ),
        )
        print_table(
            "by words of the utterance",
            ("words", "utterances", "", "real", "95% interval", "simulated"),
            (
                [words, band["utterances"], name.replace("_", " "), *_beside(row)]
                for words, band in lengths.items()
                if isinstance(band, dict)
                for name, row in band.items()
                if isinstance(row, dict)
            ),
        )


def draw_errors(compared: Sequence[Compared], path: Path) -> None:
    """Draw how many words are wrong in an utterance, real beside simulated, one panel a corpus and split.

    Raises
    ------
    CannotWrite
        If the file cannot be written, or matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as fault:
        raise CannotWrite(f"{path}: drawing needs matplotlib; pip install 'selflearn[learn]'") from fault
    figure = Figure(figsize=(9, 3.2 * ((len(compared) + 1) // 2)), layout="constrained")
    panels = figure.subplots((len(compared) + 1) // 2, 2, squeeze=False)
    for axes, one in zip(panels.flat, compared, strict=False):
        for offset, name, tallies in ((-0.2, "real", one.real), (0.2, "simulated", one.simulated)):
            shares = [100 * share for share in one.errors(tallies)]
            axes.bar([errors + offset for errors in range(len(shares))], shares, width=0.4, label=name)
        last = len(shares) - 1
        axes.set_xticks(range(last + 1), [*map(str, range(last)), f"{last}+"])
        axes.set(title=f"{one.corpus}, {one.split}", xlabel="words wrong in the first hypothesis")
        axes.set(ylabel="utterances, %", yscale="log")
        axes.grid(alpha=0.3, axis="y")
        axes.legend()
    beside = path.with_name(f".{path.name}.part")
    try:
        figure.savefig(beside, format=path.suffix.lstrip(".") or "png", dpi=150)
        beside.replace(path)
    except (OSError, ValueError) as fault:
        beside.unlink(missing_ok=True)
        raise CannotWrite(f"{path}: {fault}") from fault


def _part(found: Mapping[str, JsonValue], name: str) -> dict[str, JsonValue]:
    part = found[name]
    assert isinstance(part, dict)
    return part


def _beside(row: JsonValue) -> tuple[str, str, str]:
    assert isinstance(row, dict)
    return (
        _rounded(row["real"]),
        f"{_rounded(row['low'])} to {_rounded(row['high'])}",
        _rounded(row["simulated"]),
    )


def _rounded(value: JsonValue) -> str:
    return f"{value:.3f}" if isinstance(value, (int, float)) else ""
