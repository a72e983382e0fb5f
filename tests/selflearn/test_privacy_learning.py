"""A request with a number in it is never rewritten to the placeholder that stands in the archive for numbers."""

from datetime import UTC, datetime, timedelta
from random import Random

from rewrite_offline.lookup import LearnedLookup
from rewrite_offline.table import RewriteQuery, Table
from selflearn.ingestion import ingest
from selflearn.learning import learn_rewrites
from streams.records import Interpretation, Response, ResponseStatus, Slot, Turn
from tests.selflearn.household import write_log

_START = datetime(2026, 1, 5, 8, tzinfo=UTC)


def said(customer, day, hour, place, text, intent=None, **slots):
    time = _START + timedelta(days=day, hours=hour, seconds=12 * place)
    meant = Interpretation(
        intent=intent, slots=tuple(Slot(name=name, value=value) for name, value in slots.items())
    )
    return Turn(
        turn_id=f"{customer}-{day}-{hour}-{place}",
        customer_id=f"c{customer}",
        device_id=f"d{customer}",
        time=time,
        utterance=text,
        nlu=(meant,),
        response=Response(
            text="Here you are." if intent else "Sorry, I did not get that.",
            status=ResponseStatus.OK if intent else ResponseStatus.NOT_UNDERSTOOD,
            ended=time + timedelta(seconds=4),
        ),
    )


def test_no_rewrite_leads_to_a_placeholder(settings, tmp_path):
    dice, log = Random(1), []
    for customer in range(60):
        for day in range(12):
            number = f"{dice.randint(200, 999)} {dice.randint(200, 999)} {dice.randint(0, 9999):04d}"
            song = dice.choice(["halo", "yellow", "africa", "creep"])
            if (customer + day) % 2:
                log.append(said(customer, day, 0, 0, f"cool {number}"))
                log.append(said(customer, day, 4, 0, f"blay {song}"))
            log.append(said(customer, day, 0, 1, f"call {number}", "call", number=number))
            log.append(said(customer, day, 4, 1, f"play {song}", "play", song=song))
    assert ingest(settings, str(write_log(tmp_path / "log", log))).caught == {"phone": 1080}
    learn_rewrites(settings)
    table = Table.open(settings.table_folder)
    assert table.lookup("blay halo").target == "play halo"
    lookup = LearnedLookup(table)
    for request in ("cool 415 555 2671", "call 415 555 2671", "cool phone", "dial phone"):
        found = lookup.find(RewriteQuery(request))
        assert found is None or "phone" not in found.target
