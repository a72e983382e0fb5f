"""`bench ingest` on a log that is small: every step runs, and the answer says what it should."""

import pytest

from evaluation.bench import ingest


@pytest.mark.slow
def test_files_alone_where_there_is_no_broker(tmp_path, monkeypatch):
    monkeypatch.setattr(ingest, "_ROUNDS", 1)
    monkeypatch.setattr(ingest, "broker_command", lambda: None)
    told = []
    answer = ingest.measure_ingest(1000, 7, tmp_path, lambda text, fraction: told.append(text))
    assert answer["turns"] > 500
    assert "KAFKA_HOME" in answer["kafka_left_out"]
    assert {name for name in answer if name.startswith("kafka")} == {"kafka_left_out"}
    both = 1 / answer["files_archive_turns_per_second"] + 1 / answer["files_counts_turns_per_second"]
    assert answer["files_turns_per_second"] == pytest.approx(1 / both)
    assert answer["files_ratio_vs_floor"] == pytest.approx(1 / both / answer["files_floor_turns_per_second"])
    both = 1 / answer["files_archive_turns_per_second"]
    both += 1 / answer["files_one_process_counts_turns_per_second"]
    assert answer["files_one_process_turns_per_second"] == pytest.approx(1 / both)
    assert answer["files_cpu_us_a_turn"] > 0
    assert answer["files_floor_cpu_us_a_turn"] >= 0
    assert any("archive" in text for text in told)
    # The log is used again, and what was archived before is not.
    again = ingest.measure_ingest(1000, 7, tmp_path, lambda text, fraction: None)
    assert again["turns"] == answer["turns"]


@pytest.mark.slow
@pytest.mark.kafka
def test_from_a_broker(tmp_path, monkeypatch):
    if ingest.broker_command() is None:
        pytest.skip("no Kafka broker: set KAFKA_HOME to a Kafka distribution (with Java 17)")
    monkeypatch.setattr(ingest, "_ROUNDS", 1)
    answer = ingest.measure_ingest(1000, 7, tmp_path, lambda text, fraction: None)
    for name in ("ratio_vs_floor", "archive_ratio_vs_floor", "turns_per_second", "archive_peak_memory_mb"):
        assert answer[f"kafka_{name}"] > 0
        assert answer[f"files_{name}"] > 0
    assert not (tmp_path / "broker").exists()
