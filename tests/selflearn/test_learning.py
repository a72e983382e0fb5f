"""From a log to a table: what is learned, when nothing is, and what stays then."""

from datetime import UTC, datetime

import pytest

from rewrite_offline.errors import NothingToLearnFrom, TableLocked, TableUnreadable
from rewrite_offline.table import Table, current_version, exclusive, versions
from selflearn import Rewriter
from selflearn.errors import NoInput, NothingNew
from selflearn.ingestion import ingest
from selflearn.learning import learn_rewrites
from selflearn.settings import load_settings
from streams.archive import Archive
from streams.errors import NoOutcomeSignals
from streams.records import Turn
from tests.selflearn.household import HEARD, MEANT, customers_turns, write_log


def with_settings(settings, *overrides):
    return load_settings(overrides=[f"data_folder={settings.data_folder}", *overrides])


def test_what_customers_say_again_becomes_the_rewrite(learned):
    answer = Rewriter(learned.table_folder).rewrite(HEARD)
    assert answer.rewrite == MEANT
    assert answer.win_probability > 0.5
    manifest = Table.open(learned.table_folder).manifest
    made_from = manifest.made_from["default"]
    assert (made_from["turns"], made_from["signals"], made_from["sessions"]) == (128, 128, 64)
    assert made_from["outcome"]["origin"] == "given"
    assert made_from["settings"]["mining"]["min_customers"] == 5
    assert Table.open(learned.table_folder).attachment("failing.parquet") is not None


def test_the_same_input_is_not_learned_twice_unless_told(learned):
    before = current_version(learned.table_folder)
    with pytest.raises(NothingNew, match=before):
        learn_rewrites(learned)
    assert current_version(learned.table_folder) == before
    again = learn_rewrites(learned, force=True)
    assert again.manifest.version != before
    assert again.manifest.content == Table.open(learned.table_folder, before).manifest.content


def test_compaction_of_the_archive_changes_nothing(learned, tmp_path):
    ingest(learned, str(write_log(tmp_path / "again", customers_turns())))
    with pytest.raises(NothingNew):
        learn_rewrites(learned)
    Archive(learned.archive_folder).compact()
    with pytest.raises(NothingNew):
        learn_rewrites(learned)


@pytest.mark.parametrize(
    "overrides", [["mining.min_customers=6"], ["sessions.gap=30"], ["outcome.origin=signals"]]
)
def test_other_settings_are_something_new(learned, overrides):
    assert learn_rewrites(with_settings(learned, *overrides)).mined.rewrites


def test_new_turns_are_something_new(learned, tmp_path):
    more = [r for r in customers_turns(20) if int(r.customer_id[1:]) >= 16]
    ingest(learned, str(write_log(tmp_path / "more", more)))
    assert learn_rewrites(learned).manifest.made_from["default"]["turns"] == 160


def test_a_range_of_dates_is_learned_alone(learned):
    since, until = datetime(2026, 1, 6, tzinfo=UTC), datetime(2026, 1, 8, tzinfo=UTC)
    done = learn_rewrites(learned, since=since, until=until)
    assert (done.sessions, done.mined.turns) == (32, 64)
    assert done.manifest.made_from["default"]["since"] == since.isoformat()
    with pytest.raises(NoInput, match="no turns of tenant 'default' between 2027"):
        learn_rewrites(learned, since=datetime(2027, 1, 1, tzinfo=UTC))


def test_tenants_are_learned_apart(learned, tmp_path):
    ingest(learned, str(write_log(tmp_path / "other", customers_turns(tenant="other"))))
    done = learn_rewrites(learned, tenant="other")
    assert done.manifest.tenants == {"default": 1, "other": 1}
    assert done.manifest.made_from["other"]["turns"] == 128
    with pytest.raises(NothingNew):
        learn_rewrites(learned)
    with pytest.raises(NoInput, match="'nobody'"):
        learn_rewrites(learned, tenant="nobody")


def test_no_archive(settings):
    with pytest.raises(NoInput, match="selflearn ingest"):
        learn_rewrites(settings)


def test_a_log_without_signals_of_success(settings, tmp_path):
    bare = [
        r.model_copy(update={"response": None, "nlu": ()}) for r in customers_turns() if isinstance(r, Turn)
    ]
    # One turn a session and nothing after it: nobody knows how any of it went.
    alone = [turn for turn in bare if turn.turn_id.endswith("-0")]
    ingest(settings, str(write_log(tmp_path / "log", alone)))
    with pytest.raises((NoOutcomeSignals, NothingToLearnFrom)):
        learn_rewrites(settings)
    assert current_version(settings.table_folder) is None


def test_where_no_rewrite_passes_the_guards_the_table_stays(learned):
    before = current_version(learned.table_folder)
    with pytest.raises(NothingToLearnFrom, match=r"128 turns.*stays"):
        learn_rewrites(with_settings(learned, "mining.min_customers=50"))
    assert current_version(learned.table_folder) == before


def test_only_one_learns(learned):
    with exclusive(learned.state_folder / "learn.lock"), pytest.raises(TableLocked, match="another run"):
        learn_rewrites(learned, force=True)


def test_a_damaged_table_is_said_before_mining(learned):
    version = current_version(learned.table_folder)
    manifest = learned.table_folder / "versions" / version / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text("{")
    steps = []
    with pytest.raises(TableUnreadable):
        learn_rewrites(learned, force=True, step=lambda what, share: steps.append(what))
    assert steps == ["looking at the archive"]


def test_old_versions_are_pruned(learned):
    keeping = with_settings(learned, "table.keep=2")
    for _ in range(3):
        learn_rewrites(keeping, force=True)
    assert len(versions(learned.table_folder)) == 2


def test_nothing_is_left_of_the_counting(learned):
    assert [path.name for path in learned.state_folder.iterdir() if path.name.startswith("mining-")] == []
