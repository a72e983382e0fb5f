"""Learning a rewrite table: the archive's sessions are mined, and what passes the guards is published."""

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version as version_of
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import duckdb
import orjson
from pydantic import JsonValue

from rewrite_offline import Mined, Portion, mine_archive
from rewrite_offline.errors import NothingToLearnFrom
from rewrite_offline.mining import over_buckets
from rewrite_offline.table import Manifest, Table, current_version, exclusive, prune, publish
from selflearn.errors import NoInput, NothingNew
from selflearn.rephrasing import find_rephrases, open_detector
from selflearn.settings import Settings
from selflearn.steps import Step
from streams.archive import Archive
from streams.errors import SourceError
from streams.outcome import OutcomeModel
from streams.sessions import Session, sessions_from_archive

if TYPE_CHECKING:
    from rewrite_offline.rephrase import SpanDetector

__all__ = ["Learned", "learn_rewrites"]

#: Begins the names of folders, in the state folder, that hold counts while they are made.
_WORKING = "mining-"


@dataclass(frozen=True)
class Learned:
    """What a run of learning made.

    Attributes
    ----------
    manifest
        The version that is now current.
    mined
        Its rewrites, the proposals that were refused, and the failing requests.
    outcome
        What said which turns succeeded.
    sessions
        How many there were.
    pruned
        Old versions that were removed.
    seconds
        How long it took.
    """

    manifest: Manifest
    mined: Mined
    outcome: OutcomeModel
    sessions: int
    pruned: tuple[str, ...]
    seconds: float


def learn_rewrites(
    settings: Settings,
    *,
    tenant: str = "default",
    since: datetime | None = None,
    until: datetime | None = None,
    force: bool = False,
    step: Step = lambda what, share: None,
) -> Learned:
    """Learn a tenant's rewrites from the archive, and publish them as a new version of the table.

    Parameters
    ----------
    settings
        Where archive and table are, and how to learn.
    tenant
        Whose sessions.
    since, until
        Half-open range of the times at which sessions begin; None: no bound.
    force
        Learn even where input and settings are those of the current version.
    step
        Told of the progress.

    Returns
    -------
    Learned
        What was published, and from what.

    Raises
    ------
    NoInput
        The archive is missing, or has no turns of this tenant in the range.
    NothingNew
        The current version was made from the same input with the same settings.
    NothingToLearnFrom
        No request succeeded, or no rewrite passed the guards; the current version stays.
    NoOutcomeSignals
        Nothing in the log tells success from failure.
    TableLocked
        Another run is at work.
    TableUnreadable
        The current version is damaged.
    BackboneError
        The detector of rephrases, or its encoder, is missing or damaged.
    """
    began = time.monotonic()
    with exclusive(settings.state_folder / "learn.lock"):
        # Nobody else learns here now, so these are of runs that were killed.
        for left in settings.state_folder.glob(f"{_WORKING}*"):
            shutil.rmtree(left, ignore_errors=True)
        step("looking at the archive", None)
        archive = _archive(settings)
        detector = open_detector(settings)
        made_from = _made_from(archive, settings, tenant, since, until, detector)
        current = _current(settings.table_folder)
        if current is not None and not force:
            before = current.made_from.get(tenant, {})
            if before.get("fingerprint") == made_from["fingerprint"]:
                raise NothingNew(current.version)

        def sessions() -> Iterator[Session]:
            found = sessions_from_archive(archive, settings.sessions, since, until, tenant)
            for number, session in enumerate(found):
                if number % 1000 == 0:
                    step(f"weighing what tells success from failure: {number:,} sessions", None)
                yield session

        outcome = _outcome(settings, sessions)
        with TemporaryDirectory(prefix=_WORKING, dir=settings.state_folder) as folder:
            portion = Portion(archive, settings.sessions, tenant, since, until)
            links = None if detector is None else find_rephrases(settings, detector, portion, step)
            mined = mine_archive(
                portion,
                outcome,
                settings.mining,
                says_again=links,
                database=str(Path(folder) / "counts.duckdb"),
                on_count=lambda done, total: step("counting", done / total),
                progress=lambda done, total: step("mining", done / max(total, 1)),
            )
        if not mined.rewrites and not mined.templates:
            raise NothingToLearnFrom(_why_none(mined))
        step("publishing", None)
        made_from |= {"sessions": mined.sessions, "outcome": {"origin": outcome.origin, **outcome.report}}
        manifest = publish(
            mined.rewrites,
            settings.table_folder,
            tenant=tenant,
            made_from=made_from,
            attachments=mined.attachments,
            wait=60.0,
        )
        pruned = prune(settings.table_folder, settings.table.keep)
    return Learned(manifest, mined, outcome, mined.sessions, tuple(pruned), time.monotonic() - began)


def _archive(settings: Settings) -> Archive:
    try:
        archive = Archive(settings.archive_folder)
        days = archive.days()
    except SourceError as error:
        raise NoInput(str(error)) from error
    if not days:
        raise NoInput(f"the archive {settings.archive_folder} is empty; fill it with `selflearn ingest`")
    return archive


def _made_from(
    archive: Archive,
    settings: Settings,
    tenant: str,
    since: datetime | None,
    until: datetime | None,
    detector: "SpanDetector | None",
) -> dict[str, JsonValue]:
    """Describe the input and the settings, with a fingerprint that changes when either does.

    Sums of hashes do not depend on files and their order, so compaction changes nothing.
    """
    contents = over_buckets(archive, _Contents(archive, tenant, since, until), settings.mining.workers)
    counted, heard = map(_together, zip(*contents, strict=True))
    if not counted.records:
        bounds = f" between {since or 'the beginning'} and {until or 'now'}" if since or until else ""
        raise NoInput(f"the archive {settings.archive_folder} has no turns of tenant {tenant!r}{bounds}")
    told: dict[str, JsonValue] = {
        "sessions": settings.sessions.model_dump(mode="json"),
        "outcome": settings.outcome.model_dump(mode="json"),
        "mining": {
            # What changes the time and not the result is no part of it.
            **settings.mining.model_dump(mode="json", exclude={"workers", "memory_mb"}),
            "never_rewritten": _sorted(settings),
        },
    }
    if detector is not None:
        told["rephrase"] = {"detector": detector.name}
    made_from: dict[str, JsonValue] = {
        "turns": counted.records,
        "signals": heard.records,
        "first": str(counted.first),
        "last": str(counted.last),
        "since": None if since is None else since.isoformat(),
        "until": None if until is None else until.isoformat(),
        "settings": told,
        "selflearn": version_of("selflearn"),
    }
    content = [made_from, str(counted.hashes), str(heard.hashes), tenant]
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS))
    return {**made_from, "fingerprint": digest.hexdigest()}


class _Content(NamedTuple):
    """What some records are: how many, from when to when, and the sum of their hashes."""

    records: int
    first: datetime | None
    last: datetime | None
    hashes: int


@dataclass(frozen=True)
class _Contents:
    """Looks at the turns and the signals of a bucket."""

    archive: Archive
    tenant: str
    since: datetime | None
    until: datetime | None

    def __call__(self, bucket: int) -> tuple[_Content, _Content]:
        with duckdb.connect(config={"threads": 1}) as connection:
            found = [
                read(connection, self.since, self.until, self.tenant, bucket)
                .aggregate("count(*), min(time), max(time), coalesce(sum(hash(record) % 1000000007), 0)")
                .fetchall()[0]
                for read in (self.archive.turns, self.archive.signals)
            ]
        turns, signals = (_Content(*values) for values in found)
        return turns, signals


def _together(contents: Sequence[_Content]) -> _Content:
    return _Content(
        records=sum(one.records for one in contents),
        first=min((one.first for one in contents if one.first is not None), default=None),
        last=max((one.last for one in contents if one.last is not None), default=None),
        hashes=sum(int(one.hashes) for one in contents),
    )


def _sorted(settings: Settings) -> list[JsonValue]:
    return [*sorted(settings.mining.never_rewritten)]


def _current(root: Path) -> Manifest | None:
    """Look at the current version before an hour of mining, not after it."""
    return Table.open(root).manifest if current_version(root) is not None else None


def _outcome(settings: Settings, sessions: Callable[[], Iterator[Session]]) -> OutcomeModel:
    match settings.outcome.origin:
        case "given":
            return OutcomeModel.given()
        case "ratings":
            return OutcomeModel.from_ratings(sessions(), level=settings.outcome.ratings)
        case _:
            return OutcomeModel.from_signals(sessions())


def _why_none(mined: Mined) -> str:
    reasons = Counter(proposal.refused for proposal in mined.proposals if proposal.refused)
    shown = ", ".join(f"{count} for {reason}" for reason, count in reasons.most_common(3))
    refused = (
        f"{len(mined.proposals)} were proposed, and the guards refused {shown}"
        if reasons
        else "none was proposed"
    )
    return (
        f"no rewrite could be learned from {mined.turns} turns: {refused}. Take a longer log, or look at "
        "`mining.min_customers`; the current table stays"
    )
