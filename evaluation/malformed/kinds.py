"""What can be wrong with a record: each kind makes a bad one of a real one.

A kind may now and then make one that is still good; the oracle says which it is.
"""

import json
import random
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["KINDS", "Fields", "bytes_of"]

#: A record's fields, as JSON has them; changed by nobody.
Fields = Mapping[str, Any]

#: Makes bytes of a record's fields.
Mutation = Callable[[Fields, random.Random], bytes]

_IDS = ("turn_id", "customer_id", "signal_id", "tenant_id", "device_id", "home_id")
_TEXTS = (*_IDS, "utterance", "time", "schema_version", "locale", "kind")
_PARTS = ("device", "response", "asr", "nlu", "entities", "versions")
_PLACE = '"@@"'


def bytes_of(fields: Fields) -> bytes:
    """Write a record as one line of JSON."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _of(fields: Fields, names: tuple[str, ...], dice: random.Random) -> str:
    return dice.choice([name for name in names if name in fields])


def _literal(fields: Fields, name: str, text: str) -> bytes:
    """Put something in a field's place that need not be JSON."""
    return json.dumps({**fields, name: "@@"}, ensure_ascii=False).replace(_PLACE, text).encode()


def _truncated(fields: Fields, dice: random.Random) -> bytes:
    raw = bytes_of(fields)
    return raw[: dice.randrange(1, len(raw))]


def _wrong_type(fields: Fields, dice: random.Random) -> bytes:
    name = _of(fields, _TEXTS, dice)
    return bytes_of({**fields, name: dice.choice([17, 1.5, True, [], {}, ["play"], {"a": "b"}])})


def _wrong_part(fields: Fields, dice: random.Random) -> bytes:
    if not any(name in fields for name in _PARTS):
        return bytes_of({**fields, "value": dice.choice(["1", [], {}, True])})
    name = _of(fields, _PARTS, dice)
    return bytes_of({**fields, name: dice.choice([17, "text", True, [17], [[]], {"a": {}}, ["x"]])})


def _missing(fields: Fields, dice: random.Random) -> bytes:
    gone = _of(fields, ("turn_id", "customer_id", "time", "utterance", "signal_id", "kind"), dice)
    return bytes_of({name: value for name, value in fields.items() if name != gone})


def _null(fields: Fields, dice: random.Random) -> bytes:
    return bytes_of({**fields, _of(fields, ("turn_id", "customer_id", "time", "utterance"), dice): None})


def _wrong_id(fields: Fields, dice: random.Random) -> bytes:
    return bytes_of({**fields, _of(fields, _IDS, dice): dice.choice(["", "x" * dice.randrange(513, 5000)])})


def _wrong_number(fields: Fields, dice: random.Random) -> bytes:
    wrong = {
        "utc_offset_minutes": dice.choice([961, -5000, 10**30, 1.5, "60"]),
        "wake_score": dice.choice([1.01, -1, 2**70]),
    }
    name = dice.choice([*wrong])
    return (
        bytes_of({**fields, name: wrong[name]})
        if "utterance" in fields
        else bytes_of({**fields, "value": "1"})
    )


def _no_number(fields: Fields, dice: random.Random) -> bytes:
    text = dice.choice(
        [
            "NaN",
            "Infinity",
            "-Infinity",
            "nan",
            "1e999",
            "-1e999",
            "1" + "0" * 400,
            "01",
            "1.",
            ".5",
            "+1",
            "0x10",
        ]
    )
    return _literal(fields, dice.choice(["wake_score", "value", "utc_offset_minutes"]), text)


def _invalid_utf8(fields: Fields, dice: random.Random) -> bytes:
    broken = dice.choice(
        [b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\xaf", b"\x80"]
    )
    raw = bytes_of(fields)
    place = raw.index(b'"time"') + dice.randrange(1, 5)
    return raw[:place] + broken + raw[place:]


def _lone_surrogate(fields: Fields, dice: random.Random) -> bytes:
    text = dice.choice(["\\ud800", "\\udfff", "\\ud800x", "\\udc00\\ud800"])
    return _literal(fields, _of(fields, _TEXTS, dice), f'"play {text}"')


def _deep(fields: Fields, dice: random.Random) -> bytes:
    depth = dice.randrange(1_000, 5_000)
    opening, closing = dice.choice([("[", "]"), ('{"a":', "}")])
    return _literal(fields, "traces", f'{{"asr": {opening * depth}1{closing * depth}}}')


def _twice(fields: Fields, dice: random.Random) -> bytes:
    """A key twice: the last counts, and is right in half of them."""
    last = dice.choice([b'"stop"', b'"stop"', b"17", b"null"])
    return bytes_of(fields)[:-1] + b',"customer_id":' + last + b"}"


def _absurd_time(fields: Fields, dice: random.Random) -> bytes:
    moment = [
        "1969-12-31T23:59:59Z",
        "1999-12-31T23:59:59Z",
        "2999-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
    ]
    return bytes_of({**fields, "time": dice.choice([*moment, "0001-01-01T00:00:00+01:00"])})


def _no_time(fields: Fields, dice: random.Random) -> bytes:
    times = [
        "yesterday",
        "",
        "2026-01-05",
        "2026-01-05T10:00:00",
        "2026-13-05T10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2026-01-05T25:00:00Z",
        "05.01.2026 10:00",
        "2026-01-05T10:00:00+25:00",
        1767225600,
        1767225600.5,
    ]
    return bytes_of({**fields, "time": dice.choice(times)})


def _version(fields: Fields, dice: random.Random) -> bytes:
    return bytes_of({**fields, "schema_version": f"{dice.randrange(2, 100)}.{dice.randrange(10)}"})


def _no_version(fields: Fields, dice: random.Random) -> bytes:
    return bytes_of(
        {**fields, "schema_version": dice.choice(["", "1", "one", "1.0.0", "v1.0", "1.", "-1.0", " 1.0"])}
    )


def _oversized(fields: Fields, dice: random.Random) -> bytes:
    return bytes_of({**fields, "locale": "x" * dice.randrange(1_000_001, 1_030_000)})


def _long_words(fields: Fields, dice: random.Random) -> bytes:
    """Longer than an utterance may be. A signal has none, and gets one that nobody asked for."""
    return bytes_of({**fields, "utterance": dice.choice("aé") * dice.randrange(10_001, 15_000)})


def _unknown_word(fields: Fields, dice: random.Random) -> bytes:
    if "kind" in fields:
        return bytes_of({**fields, "kind": dice.choice(["", "liked", "RATING", "rating "])})
    return bytes_of({**fields, "response": {"status": dice.choice(["", "OK", "fine", "ok "])}})


def _not_an_object(fields: Fields, dice: random.Random) -> bytes:
    return dice.choice([b"[]", b"null", b"17", b'"text"', b"true", b"{}", b"[" + bytes_of(fields) + b"]"])


def _two_at_once(fields: Fields, dice: random.Random) -> bytes:
    return bytes_of(fields) + dice.choice([b"", b" ", b","]) + bytes_of(fields)


def _near_json(fields: Fields, dice: random.Random) -> bytes:
    raw = bytes_of(fields)
    return dice.choice(
        [
            raw[:-1] + b",}",
            raw.replace(b'"', b"'"),
            raw + b"}",
            raw + b"// end",
            raw.replace(b":", b"=", 1),
            b"{" + raw,
        ]
    )


def _mark(fields: Fields, dice: random.Random) -> bytes:
    return dice.choice([b"\xef\xbb\xbf" + bytes_of(fields), b"\xff\xfe" + bytes_of(fields)])


def _nul(fields: Fields, dice: random.Random) -> bytes:
    raw = bytes_of(fields)
    place = dice.choice([0, len(raw), raw.index(b'"time"') + 2])
    return raw[:place] + b"\x00" * dice.randrange(1, 9) + raw[place:]


def _control(fields: Fields, dice: random.Random) -> bytes:
    return _literal(fields, _of(fields, _TEXTS, dice), f'"play{chr(dice.choice([1, 7, 9, 11, 27, 31]))}halo"')


def _binary(fields: Fields, dice: random.Random) -> bytes:
    return dice.choice([b"\x1f\x8b\x08", b"PAR1", b"\x89PNG", b"Obj\x01"]) + dice.randbytes(
        dice.randrange(1, 400)
    )


def _elsewhere(fields: Fields, dice: random.Random) -> bytes:
    """A record of another topic."""
    if "utterance" in fields:
        about = {"signal_id": "s", "turn_id": fields["turn_id"], "customer_id": "c", "time": fields["time"]}
        return bytes_of({**about, "kind": "rating", "value": dice.random()})
    return bytes_of(
        {"turn_id": fields["turn_id"], "customer_id": "c", "time": fields["time"], "utterance": "stop"}
    )


def _bit(fields: Fields, dice: random.Random) -> bytes:
    """One bit is the other: many of these are still good."""
    raw = bytearray(bytes_of(fields))
    raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
    return bytes(raw)


#: Name of a kind to what makes it, and its weight: what takes much room is made seldom.
KINDS: Mapping[str, tuple[Mutation, float]] = {
    "truncated": (_truncated, 1),
    "wrong_type": (_wrong_type, 1),
    "wrong_part": (_wrong_part, 1),
    "missing_field": (_missing, 1),
    "null_field": (_null, 1),
    "wrong_id": (_wrong_id, 1),
    "number_out_of_range": (_wrong_number, 1),
    "no_number": (_no_number, 1),
    "invalid_utf8": (_invalid_utf8, 1),
    "lone_surrogate": (_lone_surrogate, 1),
    "nested_deeply": (_deep, 0.3),
    "key_twice": (_twice, 1),
    "absurd_time": (_absurd_time, 1),
    "no_time": (_no_time, 1),
    "unknown_version": (_version, 1),
    "no_version": (_no_version, 1),
    "oversized": (_oversized, 0.02),
    "long_utterance": (_long_words, 0.2),
    "unknown_word": (_unknown_word, 1),
    "not_an_object": (_not_an_object, 1),
    "two_at_once": (_two_at_once, 1),
    "nearly_json": (_near_json, 1),
    "byte_order_mark": (_mark, 1),
    "nul_bytes": (_nul, 1),
    "control_character": (_control, 1),
    "binary": (_binary, 1),
    "of_another_topic": (_elsewhere, 1),
    "bit_flipped": (_bit, 1),
}
