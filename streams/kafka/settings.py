"""How to reach Kafka."""

from functools import cache
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

__all__ = ["KafkaSettings"]

#: What the source and the sink decide themselves: the order of flush and commit hangs on it.
_OURS = frozenset(
    {
        "acks",
        "auto_offset_reset",
        "bootstrap_servers",
        "client_id",
        "compression_type",
        "enable_auto_commit",
        "enable_idempotence",
        "group_id",
        "key_deserializer",
        "key_serializer",
        "value_deserializer",
        "value_serializer",
    }
)
_BYTES = 16 * 1024 * 1024


class _Clients(NamedTuple):
    """What kafka-python's clients can be told, apart from what is ours."""

    security: frozenset[str]
    consumer: frozenset[str]
    producer: frozenset[str]


@cache
def _clients() -> _Clients:
    # Only for who names such settings: a server that never reads Kafka needs no client for it.
    from kafka import KafkaConsumer, KafkaProducer

    consumer, producer = frozenset(KafkaConsumer.DEFAULT_CONFIG), frozenset(KafkaProducer.DEFAULT_CONFIG)
    security = frozenset(
        name for name in consumer if name.startswith(("sasl_", "ssl_")) or name == "security_protocol"
    )
    return _Clients(security, consumer - _OURS - security, producer - _OURS - security)


class KafkaSettings(BaseModel):
    """How to reach Kafka, and how to write to it.

    | to … | set |
    | --- | --- |
    | reach a cluster | `bootstrap_servers=["a:9092", "b:9092"]` |
    | use TLS | `security={"security_protocol": "SSL", "ssl_cafile": "ca.pem"}` |
    | log in | `security={"security_protocol": "SASL_SSL", "sasl_mechanism": "SCRAM-SHA-512", …}` |
    | compress otherwise | `compression="zstd"` |
    | tune the client | `consumer={"fetch_min_bytes": 65536}`, `producer={"linger_ms": 50}` |

    Attributes
    ----------
    bootstrap_servers : tuple of str
        `host:port` of some brokers.
    client_id : str
        How we are called in the broker's logs and quotas.
    compression : {"lz4", "zstd", "gzip", "none"}
        Of what is written; whatever is read is understood.
    record_bytes : int
        Longest record to write. Dead letters carry what was refused, a third longer than it came.
    security : dict
        kafka-python's settings that begin with `sasl_` or `ssl_`, and `security_protocol`, passed through. Not
        shown when the settings are printed.
    consumer, producer : dict
        Any other settings of kafka-python's KafkaConsumer and KafkaProducer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    bootstrap_servers: tuple[str, ...] = ("127.0.0.1:9092",)
    client_id: str = "selflearn"
    compression: Literal["lz4", "zstd", "gzip", "none"] = "lz4"
    record_bytes: int = Field(default=_BYTES, gt=0)
    security: dict[str, Any] = Field(default_factory=dict, repr=False)
    consumer: dict[str, Any] = Field(default_factory=dict)
    producer: dict[str, Any] = Field(default_factory=dict)

    @field_validator("security")
    @classmethod
    def _known_security(cls, given: dict[str, Any]) -> dict[str, Any]:
        _refuse(set(given) - _clients().security, "security", "security_protocol, sasl_… and ssl_…")
        return given

    @field_validator("consumer")
    @classmethod
    def _known_consumer(cls, given: dict[str, Any]) -> dict[str, Any]:
        known = _clients().consumer
        _refuse(set(given) - known, "consumer", "settings of KafkaConsumer that are not set elsewhere")
        return given

    @field_validator("producer")
    @classmethod
    def _known_producer(cls, given: dict[str, Any]) -> dict[str, Any]:
        known = _clients().producer
        _refuse(set(given) - known, "producer", "settings of KafkaProducer that are not set elsewhere")
        return given

    def for_any(self) -> dict[str, Any]:
        """Settings of kafka-python for every client."""
        return {
            "bootstrap_servers": list(self.bootstrap_servers),
            "client_id": self.client_id,
            **self.security,
        }

    def for_consumer(self, group: str) -> dict[str, Any]:
        """Settings of KafkaConsumer: a member of `group` that commits by hand, from the beginning on."""
        return {
            "max_poll_interval_ms": 600_000,
            **self.consumer,
            **self.for_any(),
            "group_id": group,
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
        }

    def for_producer(self) -> dict[str, Any]:
        """Settings of KafkaProducer: idempotent, and done when all replicas have it."""
        return {
            "linger_ms": 20,
            "max_request_size": self.record_bytes,
            **self.producer,
            **self.for_any(),
            "acks": "all",
            "enable_idempotence": True,
            "compression_type": None if self.compression == "none" else self.compression,
        }


def _refuse(unknown: set[str], name: str, known: str) -> None:
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))} cannot be set in `{name}`, which takes {known}")
