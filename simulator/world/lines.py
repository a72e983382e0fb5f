"""On which line of a TOML file a value stands: Python's own reader of TOML does not tell."""

import re

__all__ = ["Path", "line_of", "lines_of"]

#: Keys of tables and indices of lists, from the top of the file.
Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'", re.DOTALL
)
_SCALAR = re.compile(r"[^,\]}\n#]+")


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """Return the line of a value, or of the innermost table around it that the file has.

    Steps of `path` that the file does not know are passed over: a checker may name more than is written.
    """
    known: Path = ()
    for step in path:
        if (*known, step) in lines:
            known = (*known, step)
    return lines.get(known, 1)


def lines_of(text: str) -> dict[Path, int]:
    """Return the line of every key and element of a TOML document that is known to be right."""
    return _Scan(text).document()


class _Scan:
    """Reads a document from its beginning to its end, and notes what stands where."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._counted = 0
        self._lines: dict[Path, int] = {}
        #: How many tables every list of tables (`[[name]]`) has so far.
        self._tables: dict[Path, int] = {}

    def document(self) -> dict[Path, int]:
        table: Path = ()
        self._space()
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._space()
        return self._lines

    def _header(self) -> Path:
        many = self._text.startswith("[[", self._at)
        self._at += 2 if many else 1
        names = self._dotted()
        self._at += 2 if many else 1
        path: Path = ()
        for name in names[:-1]:
            path = self._last((*path, name))
            self._note(path)
        path = (*path, names[-1])
        if many:
            count = self._tables.get(path, 0)
            self._tables[path] = count + 1
            self._note(path)
            path = (*path, count)
        self._note(path)
        return path

    def _last(self, path: Path) -> Path:
        """Return the table that a name stands for: the last one of a list of tables."""
        return (*path, self._tables[path] - 1) if path in self._tables else path

    def _pair(self, table: Path) -> None:
        line = self._here()
        path = table
        for name in self._dotted():
            path = (*path, name)
            self._lines.setdefault(path, line)
        self._at += 1  # the sign of equality
        self._value(path)

    def _dotted(self) -> list[str]:
        names = []
        while True:
            found = _KEY.match(self._text, self._at)
            assert found is not None, "not TOML"
            names.append(next(group for group in found.groups() if group is not None))
            self._at = found.end()
            if not self._text.startswith(".", self._at):
                return names
            self._at += 1

    def _value(self, path: Path) -> None:
        self._space()
        sign = self._text[self._at]
        if sign == "[":
            self._list(path)
        elif sign == "{":
            self._inline(path)
        else:
            found = (_STRING if sign in "\"'" else _SCALAR).match(self._text, self._at)
            assert found is not None, "not TOML"
            self._at = found.end()

    def _list(self, path: Path) -> None:
        self._at += 1
        count = 0
        while self._next("]"):
            self._note((*path, count))
            self._value((*path, count))
            count += 1

    def _inline(self, path: Path) -> None:
        self._at += 1
        while self._next("}"):
            self._pair(path)

    def _next(self, closing: str) -> bool:
        """Go to the next element; False, behind what closes the list or table, where there is none."""
        self._space()
        if self._text[self._at] == ",":
            self._at += 1
            self._space()
        if self._text[self._at] == closing:
            self._at += 1
            return False
        return True

    def _space(self) -> None:
        found = _SPACE.match(self._text, self._at)
        assert found is not None, "it may be empty"
        self._at = found.end()

    def _note(self, path: Path) -> None:
        self._lines.setdefault(path, self._here())

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line
