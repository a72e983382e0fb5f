"""Requests with something personal in them, made from a seed, and requests that only look so, written by hand.

The makers know nothing of the filter's patterns; some of their forms (a street called parkway, an e-mail address
spoken with a rare host, a number said in pairs) are there because people use them, and are missed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

__all__ = ["Case", "cases", "hard_negatives"]


@dataclass(frozen=True, slots=True)
class Case:
    """A request, and the thing in it that must not be kept.

    Attributes
    ----------
    kind
        What it is: email, phone, …
    text
        The request.
    thing
        The part that must be gone.
    """

    kind: str
    text: str
    thing: str


_NAMES = ("ann", "bob", "maria", "wei", "o.neill", "jean-luc", "sam_k")
_HOSTS = ("example.com", "gmail.com", "mail.example.co.uk", "firma.de")
_SPOKEN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_STREETS = ("baker street", "maple avenue", "old kent road", "sunset boulevard", "elm lane", "ocean parkway")

_FRAMES = {
    "address": ("take me to {}", "my address is {}", "order a pizza to {}", "i live at {} you know"),
    "card": ("my card is {}", "pay with {}", "charge it to {} please"),
    "email": ("my email is {}", "send it to {} now", "{}", "write to {} that i am late"),
    "iban": ("transfer it to {}", "my account is {}"),
    "ip": ("the camera is at {}", "connect to {}"),
    "national_id": ("my social security number is {}", "it is {}", "note {} for the form"),
    "phone": ("call {}", "my number is {}", "text {} that i am late", "you can reach me at {} tonight"),
    "url": ("open {}", "read me {}"),
}


def _digits(dice: Random, count: int) -> str:
    return "".join(dice.choices("0123456789", k=count))


def _address(dice: Random) -> str:
    return f"{dice.randint(1, 9999)} {dice.choice(_STREETS)}"


def _card(dice: Random) -> str:
    begin = dice.choice(("4", "51", "55", "37", "6011"))
    digits = begin + _digits(dice, (14 if begin == "37" else 15) - len(begin))
    twice = [int(digit) * (2 if index % 2 == 0 else 1) for index, digit in enumerate(reversed(digits))]
    digits += str(-sum(two - 9 if two > 9 else two for two in twice) % 10)
    between = dice.choice(("", " ", "-"))
    return between.join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _email(dice: Random) -> str:
    if dice.random() < 0.3:
        host = dice.choice(("gmail dot com", "yahoo dot co dot uk", "firma dot de"))
        return f"{dice.choice(('ann', 'bob'))} dot {dice.choice(('lee', 'smith'))} at {host}"
    return f"{dice.choice(_NAMES)}{dice.choice(('', '7', '1984'))}@{dice.choice(_HOSTS)}"


def _iban(dice: Random) -> str:
    country, account = dice.choice((("DE", _digits(dice, 18)), ("GB", "NWBK" + _digits(dice, 14))))
    number = int("".join(str(int(char, 36)) for char in f"{account}{country}00"))
    iban = f"{country}{98 - number % 97:02d}{account}"
    return dice.choice((iban, iban.lower(), " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))))


def _ip(dice: Random) -> str:
    if dice.random() < 0.3:
        return "fe80::" + ":".join(f"{dice.randint(0x1000, 0xFFFF):x}" for _ in range(4))
    return ".".join(str(dice.randint(1, 254)) for _ in range(4))


def _national_id(dice: Random) -> str:
    between = dice.choice(("-", " "))
    parts = dice.randint(1, 665), dice.randint(1, 99), dice.randint(1, 9999)
    return between.join(f"{part:0{width}d}" for part, width in zip(parts, (3, 2, 4), strict=True))


def _phone(dice: Random) -> str:
    area, first, last = f"{dice.randint(200, 999)}", f"{dice.randint(200, 999)}", _digits(dice, 4)
    digits = area + first + last
    forms: tuple[Callable[[], str], ...] = (
        lambda: f"({area}) {first}-{last}",
        lambda: f"{area}-{first}-{last}",
        lambda: f"{area} {first} {last}",
        lambda: digits,
        lambda: f"+44 20 {_digits(dice, 4)} {_digits(dice, 4)}",
        lambda: f"01{_digits(dice, 3)} {_digits(dice, 6)}",
        lambda: f"{first}-{last}",
        lambda: " ".join(_SPOKEN[int(digit)] for digit in digits),
        lambda: " ".join(_SPOKEN[int(digit)] for digit in first + last).replace("zero", "oh"),
        lambda: " ".join(digits),
        lambda: f"0{_digits(dice, 1)} {' '.join(_digits(dice, 2) for _ in range(4))}",
        lambda: f"{first} {last[:2]} {last[2:]}",
    )
    return dice.choice(forms)()


def _url(dice: Random) -> str:
    if dice.random() < 0.5:
        return f"https://{dice.choice(('ann', 'bob'))}:{_digits(dice, 6)}@{dice.choice(_HOSTS)}/home"
    return f"https://{dice.choice(_HOSTS)}/cb?user=2&{dice.choice(('token', 'api_key', 'sig'))}={_digits(dice, 12)}"


_MAKERS: dict[str, Callable[[Random], str]] = {
    "address": _address,
    "card": _card,
    "email": _email,
    "iban": _iban,
    "ip": _ip,
    "national_id": _national_id,
    "phone": _phone,
    "url": _url,
}


def cases(seed: int, of_each: int) -> Iterator[Case]:
    """Make requests with something personal, as many of each kind."""
    dice = Random(seed)
    for kind, maker in _MAKERS.items():
        for _ in range(of_each):
            thing = maker(dice)
            yield Case(kind, dice.choice(_FRAMES[kind]).format(thing), thing)


def hard_negatives() -> tuple[str, ...]:
    """Return requests with digits, number words and signs in which there is nothing personal."""
    return tuple(line for line in _NEGATIVES.splitlines() if line)


_NEGATIVES = """\
play 99 luftballons
set a timer for 1 hour 30 minutes
set a timer for one hour and thirty minutes
call 911
call nine one one
call mom
call the number 10
set an alarm for 7 30
wake me at 6:45 and 7:15
turn the volume to 11
play 1999 by prince
play nineteen eighty nine by taylor swift
play 24k magic
what's 2 plus 2
what is 1234 times 5678
what is three hundred and twenty five times twelve
play 867 5309 jenny
remind me on 2026-01-05 at 10:30:45
my birthday party is on 12/25/2026
book it for 25 12 2026
play 25 or 6 to 4
count one two three four five six seven eight nine ten
ten nine eight seven six five four three two one zero
count down 5 4 3 2 1
play 5 4 3 2 1 by manfred mann
play one two three four by feist
play track 3 of abbey road
play 21 jump street
find a cafe within 10 minutes drive
find a gas station in 5 miles on this road
play 50 ways to leave your lover
turn to channel 501
what does std::vector do
install version 1.2.3
let's meet at 10:30
how much is 1,234,567 dollars in euros
how many people are in a city of 2000000
what is 0.12345678 as a fraction
call me at 2026-01-05 10:00
a table for two for one evening
set the lights to 50 percent at 7 pm and 20 percent at 10 pm
add 2 eggs 3 onions 4 apples 5 pears 6 figs
play 10000 hours
bus 42 at 10 05
gate b12 at 10 45
play u2 one
buy 100 shares at 12.50
from 200 to 1500 rooms
meet @ 5
what is 3 = 3
one hundred and twenty five divided by five
play area 51
tune to 101.5 fm
the thermostat should be at 21.5 degrees from 6 to 22
add seven up and five alive to my list
roll two six sided dice
what time is it in gmt plus 5 30
play the four seasons by vivaldi two times
is 7 11 open
play one direction then two door cinema club
set five alarms at six seven eight nine and ten
play the top 40 from 1985 to 1995
what is 10 to the power of 6
convert 1000000 yen to dollars
show me seats 12a 12b 12c
flight ba 117 on may 5 at 6 10 pm
my package number 5 of 7
the score was 21 14 7 3
episode 4 of season 2
play 3 am by matchbox twenty
open https://example.com/recipes?page=2
what is on bbc one and bbc two at nine thirty
"""
