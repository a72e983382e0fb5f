"""Personal things that their form alone gives away: no model, no list of names."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import ip_address
from typing import NamedTuple

from streams.privacy.finding import Found, apart
from streams.privacy.numbers import (
    NUMBER_WORDS,
    SPOKEN,
    digits_of,
    is_card,
    is_iban,
    is_insurance,
    spoken_digits,
)

__all__ = ["KINDS", "PatternFinder"]

#: What may be found.
KINDS = ("address", "card", "email", "iban", "ip", "national_id", "number", "phone", "url")

# Digits of the scripts in which people type numbers: quicker to look for than all that Unicode knows.
_DIGITS = "0-9\u0660-\u0669\u06f0-\u06f9\u0966-\u096f\uff10-\uff19"

#: What every text with something in it has: a digit, an @, a = (a key in an address), or the end of a number word
#: before another number word. Looked for in lower case.
_HINT = re.compile(
    rf"[{_DIGITS}@=]"
    rf"|(?:ro|oh|ne|wo|ee|ur|ve|ix|en|ht|ty|le|ed|\bo)(?:[,.]?\s{{1,2}}|-)(?:{NUMBER_WORDS})\b"
    r"| at \w+ dot "
)
#: A run of spoken numbers in lower case: ten times quicker to rule out than in any case.
_RUN = re.compile(SPOKEN.pattern)
_ENOUGH_DIGITS = 7
_PHONE_LENGTHS = (7, 10, 11)
_DIGIT = re.compile(rf"[{_DIGITS}]")
_DATE = re.compile(r"\d{4}[-/.]\d\d?[-/.]\d\d?|\d\d?[-/. ]\d\d?[-/. ](?:19|20)\d\d(?!\d)")
_SECRET_KEY = re.compile(
    r"[?&;#](?:[\w.-]*(?:token|secret|password|passwd|signature)|pwd|api[_-]?key|key|sig|auth)=",
    re.IGNORECASE,
)
_MAIL_HOSTS = (
    "gmail|googlemail|yahoo|hotmail|outlook|icloud|aol|protonmail|proton|gmx|web|live|msn|mail|yandex"
)
_CALLING = (
    "call",
    "dial",
    "phone",
    "number",
    "text",
    "ring",
    "fax",
    "tel",
    "telephone",
    "mobile",
    "cell",
    "whatsapp",
    "sms",
)
_STREETS = ("street", "avenue", "road", "boulevard", "blvd", "lane", "drive", "terrace", "crescent")
#: Words that stand between a number and a street in no address.
_NO_STREET = re.compile(
    r"\b(?:minutes?|hours?|miles?|kilomet\w+|songs?|times?|for|the|by|of|on|to|in|and|a|an|from|with|at)\b",
    re.IGNORECASE,
)


class _Pattern(NamedTuple):
    """A form, what it is of, and what must hold besides. Where the form has a group, the group is the thing."""

    kind: str
    form: re.Pattern[str]
    holds: Callable[[str], bool] | None = None
    #: Fewest digits of a text, and parts of which it has one, for the form to be looked for at all.
    digits: int = 0
    needs: Sequence[str] = ()


def _has_secret(url: str) -> bool:
    rest = url.partition("://")[2]
    return "@" in re.split(r"[/?#]", rest, maxsplit=1)[0] or _SECRET_KEY.search(rest) is not None


def _is_ip(text: str) -> bool:
    if text.count(":") < 2 or not any(char.isdecimal() for char in text):
        return False
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_national_phone(text: str) -> bool:
    return 9 <= len(digits_of(text)) <= 12 and _DATE.search(text) is None


def _is_no_date(text: str) -> bool:
    return _DATE.search(text) is None


def _is_no_round_number(text: str) -> bool:
    return len(digits_of(text).rstrip("0")) > 3


def _is_street(text: str) -> bool:
    return _NO_STREET.search(text) is None


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("~", f"[{_DIGITS}]"), re.IGNORECASE)


# `~` is a digit. Every repetition is bounded, or of what cannot be read in two ways: no text takes long.
_PATTERNS: Sequence[_Pattern] = (
    _Pattern(
        "url",
        _form(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s<>\"]{1,2000}"),
        _has_secret,
        needs=("://",),
    ),
    _Pattern("email", _form(r"(?<![\w.+%'-])[\w.+%'-]+@(?:[\w-]+\.)+[\w-]{2,}"), needs=("@",)),
    _Pattern(
        "email",
        _form(
            r"\b\w+(?: (?:dot|underscore|dash|minus) \w+){0,4}"
            rf" at (?:{_MAIL_HOSTS}) dot \w{{2,6}}(?: dot \w\w)?\b"
        ),
        needs=(" dot ",),
    ),
    _Pattern(
        "iban",
        _form(r"(?<!\w)[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){2,7}(?: ?[a-z0-9]{1,3})?(?!\w)"),
        is_iban,
        digits=6,
    ),
    _Pattern("card", _form(r"(?<![\w.])~(?:[ -]?~){12,18}(?!\w)"), is_card, digits=13),
    _Pattern(
        "ip",
        _form(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\.?\w)"),
        digits=4,
        needs=(".",),
    ),
    _Pattern("ip", _form(r"(?<![\w:.])[0-9a-f:]{3,45}(?![\w:])"), _is_ip, digits=1, needs=(":",)),
    # Social security in the United States, national insurance in the United Kingdom, social insurance in Canada.
    _Pattern(
        "national_id",
        _form(r"(?<![\w-])(?!000|666|9)~{3}([ -])(?!00)~{2}\1(?!0000)~{4}(?![\w-])"),
        digits=9,
    ),
    _Pattern(
        "national_id",
        _form(r"(?<!\w)(?![dfiquv])[a-z](?![dfiquvo])[a-z] ?~{2} ?~{2} ?~{2} ?[a-d](?!\w)"),
        digits=6,
    ),
    _Pattern("national_id", _form(r"(?<![\w-])~{3}([ -])~{3}\1~{3}(?![\w-])"), is_insurance, digits=9),
    # Telephone numbers: written internationally, in North America (with and without the area), after a 0 as in
    # most of Europe, and whatever follows a word like call.
    _Pattern("phone", _form(r"(?<!\w)(?:\+|00)~(?:[ ().\-/]{0,2}~){6,14}(?!~)"), _is_no_date, digits=7),
    _Pattern(
        "phone",
        _form(r"(?<!\w)(?<!\d[-.])(?:\+?1[ .-]?)?(?:\([2-9]~~\) ?|[2-9]~~[ .-])~{3}[ .-]~{4}(?![\w-])"),
        digits=10,
    ),
    _Pattern("phone", _form(r"(?<!\w)(?<!\d[-. ])[2-9]~~-~{4}(?![\w-])"), digits=7),
    _Pattern(
        "phone",
        _form(r"(?<!\w)(?<!\d[-./: ])\(?0~{1,4}\)?(?:[ ./-]~{2,8}){1,5}(?!\w)"),
        _is_national_phone,
        digits=9,
    ),
    _Pattern(
        "phone",
        _form(rf"\b(?:{'|'.join(_CALLING)})\b[^\d\n]{{0,20}}(?P<thing>~(?:[ ().\-/]{{0,2}}~){{6,14}})(?!~)"),
        _is_no_date,
        digits=7,
        needs=_CALLING,
    ),
    _Pattern(
        "number",
        _form(r"(?<![a-z0-9])(?<!\d\.)[a-z]{0,2}-?~{7,}(?![a-z0-9])(?!\.\d)"),
        _is_no_round_number,
        digits=7,
    ),
    _Pattern(
        "address",
        _form(
            r"(?:^|\b(?:at|to|is|in|on|near|from|live|address)[ :]{1,2})"
            rf"(?P<thing>\d{{1,5}}[a-z]?(?: [a-z'.-]{{1,30}}){{1,3}} (?:{'|'.join(_STREETS)}))\b"
        ),
        _is_street,
        digits=1,
        needs=_STREETS,
    ),
)


class PatternFinder:
    """Finds e-mail addresses, telephone numbers, cards, accounts, network addresses and the like by their form.

    Examples
    --------
    >>> text = "text four one five five five five two six seven one, or mail ann@example.org"
    >>> [(one.kind, text[one.start : one.end]) for one in PatternFinder().find(text)][1]
    ('email', 'ann@example.org')
    """

    def suspects(self, texts: Iterable[str]) -> bool:
        """Whether something is in any of the texts; exact, and quick where there is nothing."""
        texts = list(texts)
        # One search over all of them: nearly every record ends here.
        return _HINT.search("\n".join(texts).lower()) is not None and any(self.find(text) for text in texts)

    def find(self, text: str) -> Sequence[Found]:
        """Find what is in a text, the surest kinds first where two would overlap."""
        lower = text.lower()
        if _HINT.search(lower) is None:
            return ()
        found = [*_written(text, lower), *_spoken(text, lower)]
        return apart(text, found) if found else ()


def _written(text: str, lower: str) -> Iterator[Found]:
    digits = len(_DIGIT.findall(text))
    for kind, form, holds, enough, needs in _PATTERNS:
        if digits < enough or (needs and not any(part in lower for part in needs)):
            continue
        group = "thing" if "thing" in form.groupindex else 0
        for match in form.finditer(text):
            if holds is None or holds(match[group]):
                yield Found(_named(kind, match[group]), *match.span(group))


def _spoken(text: str, lower: str) -> Iterator[Found]:
    if _RUN.search(lower) is None:
        return
    for run in SPOKEN.finditer(text):
        digits = spoken_digits(run[0])
        if len(digits) >= _ENOUGH_DIGITS:
            yield Found(_named("card" if is_card(digits) else "number", digits), *run.span())


def _named(kind: str, text: str) -> str:
    """A bare number of the length of a telephone number is taken for one."""
    return "phone" if kind == "number" and text.isdecimal() and len(text) in _PHONE_LENGTHS else kind
