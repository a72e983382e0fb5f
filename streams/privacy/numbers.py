"""Which digits are a card, an account or a number that somebody spoke aloud."""

import re
from itertools import pairwise
from typing import Final

__all__ = ["NUMBER_WORDS", "SPOKEN", "digits_of", "is_card", "is_iban", "is_insurance", "spoken_digits"]

_SHORTEST_CARD, _LONGEST_CARD = 13, 19

#: Countries with IBANs, each with their length. Source: ISO 13616, the SWIFT registry of IBAN formats.
_IBANS: Final = (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 "
    "ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 "
    "LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 "
    "QA29 RO24 RS22 SA24 SC31 SD18 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20"
)
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _IBANS.split()}

_BELOW_TEN = "zero one two three four five six seven eight nine"
_FROM_TEN = "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
_FROM_TWENTY = "twenty thirty forty fifty sixty seventy eighty ninety"
_UNITS = {name: str(value) for value, name in enumerate(_BELOW_TEN.split())} | {"oh": "0", "o": "0"}
_TEENS = {name: str(value) for value, name in enumerate(_FROM_TEN.split(), start=10)}
_TENS = {name: str(value) for value, name in enumerate(_FROM_TWENTY.split(), start=2)}
_TIMES = {"double": 2, "triple": 3}
#: A number that is said in one word, as a part of a regular expression.
NUMBER_WORDS = "|".join([*_UNITS, *_TEENS, *_TENS, *_TIMES, "hundred"])
_TOKEN = re.compile(rf"\b(?:{NUMBER_WORDS}|\d)\b", re.IGNORECASE)

#: A run of numbers as words, or of single digits, as people say or recognisers write a number digit by digit. No
#: token can be read in two ways, so the time to find a run grows with its length alone.
SPOKEN = re.compile(
    rf"\b(?:{NUMBER_WORDS}|\d)\b(?:(?:[,.]?\s{{1,2}}|-)(?:{NUMBER_WORDS}|\d)\b){{3,}}", re.IGNORECASE
)


def digits_of(text: str) -> str:
    """Return the digits of a text, whatever their script, as ASCII.

    Examples
    --------
    >>> digits_of("(415) 555-2671")
    '4155552671'
    """
    return "".join(str(int(char)) for char in text if char.isdecimal())


def is_card(text: str) -> bool:
    """Whether these are the digits of a payment card (Luhn's checksum, ISO/IEC 7812-1, annex B)."""
    digits = digits_of(text)
    return _SHORTEST_CARD <= len(digits) <= _LONGEST_CARD and digits[0] in "23456" and _luhn(digits)


def is_insurance(text: str) -> bool:
    """Whether these are the nine digits of a Canadian social insurance number, which has the same checksum."""
    digits = digits_of(text)
    return digits[0] != "0" and _luhn(digits)


def _luhn(digits: str) -> bool:
    twice = (2 * int(digit) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(two - 9 if two > 9 else two for two in twice)) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether this is an account number of some country (ISO 13616: length, and checksum modulo 97)."""
    account = "".join(text.split()).upper()
    if len(account) != _IBAN_LENGTHS.get(account[:2]) or not account.isascii():
        return False
    return int("".join(str(int(char, 36)) for char in account[4:] + account[:4])) % 97 == 1


def spoken_digits(run: str) -> str:
    """Read a run of spoken numbers as digits; empty where somebody only counts, up or down.

    Examples
    --------
    >>> spoken_digits("four one five double five twenty six seventy one")
    '415552671'
    >>> spoken_digits("one two three four five six seven")
    ''
    """
    digits: list[str] = []
    values: list[int] = []
    times, ten = 1, False
    for token in _TOKEN.findall(run.casefold()):
        if token in _TIMES:
            times, ten = _TIMES[token], False
            continue
        value = _UNITS.get(token) or _TEENS.get(token) or (digits_of(token) if token.isdecimal() else "")
        if ten and value not in ("", "0") and len(value) == 1:
            digits[-1] = digits[-1][0] + value
            values[-1] += int(value)
        else:
            value = value or ("00" if token == "hundred" else f"{_TENS[token]}0")
            digits.append(value * times)
            values.append(int(value))
        times, ten = 1, token in _TENS
    steps = {later - sooner for sooner, later in pairwise(values)}
    return "" if steps in ({1}, {-1}) else "".join(digits)
