"""What is told to Kafka's clients, without a broker."""

import pytest
from pydantic import ValidationError

from streams.kafka import KafkaSettings

LOGIN = {
    "security_protocol": "SASL_SSL",
    "sasl_mechanism": "SCRAM-SHA-512",
    "sasl_plain_username": "u",
    "sasl_plain_password": "secret",
    "ssl_cafile": "ca.pem",
}


def test_tls_and_sasl_are_passed_through_to_every_client_and_not_shown():
    settings = KafkaSettings(security=LOGIN)
    for given in (settings.for_any(), settings.for_consumer("g"), settings.for_producer()):
        assert given.items() >= LOGIN.items()
    assert "secret" not in repr(settings)


def test_other_settings_go_to_their_own_client():
    settings = KafkaSettings(consumer={"fetch_min_bytes": 9}, producer={"linger_ms": 7}, compression="zstd")
    assert settings.for_consumer("g")["fetch_min_bytes"] == 9
    assert "linger_ms" not in settings.for_consumer("g")
    assert (settings.for_producer()["linger_ms"], settings.for_producer()["compression_type"]) == (7, "zstd")
    assert KafkaSettings(compression="none").for_producer()["compression_type"] is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"consumer": {"enable_auto_commit": True}}, "enable_auto_commit"),
        ({"consumer": {"sasl_mechanism": "PLAIN"}}, "sasl_mechanism"),
        ({"producer": {"acks": 0}}, "acks"),
        ({"producer": {"linger": 5}}, "linger"),
        ({"security": {"sasl_plain_pasword": "x"}}, "sasl_plain_pasword"),
        ({"servers": ["a:1"]}, "servers"),
        ({"compression": "rar"}, "compression"),
    ],
)
def test_a_wrong_setting_is_an_error(wrong, says):
    with pytest.raises(ValidationError, match=says):
        KafkaSettings(**wrong)
