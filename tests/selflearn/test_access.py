"""Keys: what is kept of them, whom they let in, and how often."""

import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st
from rich.console import Console
from sqlalchemy import select, text
from typer.testing import CliRunner

from selflearn.access import (
    ALL_TENANTS,
    Gate,
    Principal,
    Scope,
    list_keys,
    make_key,
    refuse_open,
    revoke_key,
)
from selflearn.access.secrets import digest_of, split, verify
from selflearn.cli import app
from selflearn.errors import (
    Forbidden,
    KeyRefused,
    OpenToOthers,
    RateLimited,
    StoreUnavailable,
    Unauthenticated,
    Unknown,
)
from selflearn.quickstart.run import run as quickstart
from selflearn.settings import AccessSettings, Settings, StoreSettings
from selflearn.store import ApiKey, Store, Watch

_ALL = frozenset(Scope)


@pytest.fixture
def store(tmp_path):
    store = Store.open(StoreSettings(), tmp_path)
    yield store
    store.close()


@pytest.fixture
def gate(store):
    """A gate that looks for keys at every request."""
    return Gate(AccessSettings(check_every=0), store, Watch(store, 0))


def admitted(gate, key, scheme="Bearer"):
    try:
        return gate.admit(f"{scheme} {key}".encode())
    except Unauthenticated:
        return None


def test_a_key_lets_in_whom_it_was_made_for(store, gate):
    key, secret = make_key(store, tenant_id="t", scopes=[Scope.REWRITE], customer_id="c")
    assert admitted(gate, secret) == Principal("t", frozenset({Scope.REWRITE}), "c", key.key_id)
    assert admitted(gate, secret, "bearer") is not None
    assert admitted(gate, secret, "Basic") is None


def test_nothing_that_is_kept_is_the_key(store):
    made = [make_key(store, tenant_id="t", scopes=_ALL)[1] for _ in range(20)]
    with store.reading() as connection:
        kept = connection.execute(text("SELECT * FROM api_keys")).all()
    everything = repr(kept)
    for key in made:
        assert re.fullmatch(r"sl_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", key)
        assert key.split("_", 2)[2] not in everything
    salts = {row.salt for row in kept}
    digests = {row.digest for row in kept}
    assert len(salts) == len(digests) == 20
    assert "secret" not in repr(list_keys(store)[0])


@budget(max_examples=200)
@given(secret=st.binary(), salt=st.binary(min_size=16, max_size=16), other=st.binary())
def test_only_the_secret_itself_is_right(secret, salt, other):
    digest = digest_of(secret, salt)
    assert verify(secret, salt, digest)
    assert verify(other, salt, digest) == (other == secret)


@budget(max_examples=200)
@given(key=st.binary())
def test_anything_may_come_as_a_key(key):
    parts = split(key)
    assert parts is None or key == b"sl_" + parts[0] + b"_" + parts[1]


@budget(max_examples=100, deadline=None)
@given(header=st.binary() | st.builds(lambda rest: b"Bearer " + rest, st.binary()))
def test_no_header_lets_anyone_in_or_breaks_the_gate(header):
    with pytest.raises(Unauthenticated):
        _EMPTY.admit(header)


class _NoKeys:
    """A store in which there are none."""

    def counters(self):
        return {}


_EMPTY = Gate(AccessSettings(), _NoKeys(), Watch(_NoKeys(), 0))


def test_a_revoked_key_is_refused_from_the_next_request_on(store, gate):
    key, secret = make_key(store, tenant_id="t", scopes=_ALL)
    assert admitted(gate, secret)
    first = revoke_key(store, key.key_id)
    assert admitted(gate, secret) is None
    assert revoke_key(store, key.key_id).revoked == first.revoked
    with pytest.raises(Unknown, match="there is no key 00"):
        revoke_key(store, "00")


def test_servers_learn_of_it_in_time_without_being_asked(store, tmp_path):
    """Over the same file, each with a store of its own, as two processes have."""
    key, secret = make_key(store, tenant_id="t", scopes=_ALL)
    servers = []
    for _ in range(2):
        own = Store.open(StoreSettings(), tmp_path)
        watch = Watch(own, 0.01)
        gate = Gate(AccessSettings(check_every=0.01), own, watch)
        watch.look()
        watch.start()
        servers.append((own, watch, gate))
    assert all(admitted(gate, secret) for *_, gate in servers)
    revoke_key(store, key.key_id)
    waited = threading.Event()
    for _ in range(3000):
        if not any(admitted(gate, secret) for *_, gate in servers):
            break
        waited.wait(0.01)
    assert not any(admitted(gate, secret) for *_, gate in servers)
    for own, watch, _ in servers:
        watch.close()
        own.close()


def test_an_expired_key_is_refused_though_nothing_changed(store, gate, monkeypatch):
    soon = datetime.now(UTC) + timedelta(minutes=5)
    key, secret = make_key(store, tenant_id="t", scopes=_ALL, expires=soon)
    assert admitted(gate, secret)
    monkeypatch.setattr("selflearn.access.ring.time.time", lambda: soon.timestamp() - 0.001)
    assert admitted(gate, secret)
    monkeypatch.setattr("selflearn.access.ring.time.time", soon.timestamp)
    assert admitted(gate, secret) is None
    assert [key.valid(soon - timedelta(seconds=1)), key.valid(soon)] == [True, False]


def test_an_unknown_id_takes_the_same_work_as_a_wrong_secret(store, gate, monkeypatch):
    """Not timed: the same function is called as often."""
    _, secret = make_key(store, tenant_id="t", scopes=_ALL)
    calls = []

    def counted(*arguments):
        calls.append(len(arguments[0]))
        return verify(*arguments)

    monkeypatch.setattr("selflearn.access.ring.verify", counted)
    admitted(gate, secret)
    admitted(gate, secret[:-1] + "~")
    admitted(gate, f"sl_{'0' * 16}_{secret.split('_', 2)[2]}")
    assert calls == [43, 43, 43]


def test_while_the_store_is_away_the_keys_that_are_known_are_honoured(store, monkeypatch):
    _, secret = make_key(store, tenant_id="t", scopes=_ALL)
    watch = Watch(store, 1)
    gate = Gate(AccessSettings(), store, watch)
    watch.look()

    def away():
        raise StoreUnavailable("gone")

    monkeypatch.setattr(store, "counters", away)
    with pytest.raises(StoreUnavailable):
        watch.look()
    assert admitted(gate, secret)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"scopes": []}, "allows nothing"),
        ({"tenant_id": ""}, "1 to 512"),
        ({"customer_id": "c"}, "admin, analyst"),
        ({"customer_id": "c", "scopes": [Scope.REWRITE], "tenant_id": ALL_TENANTS}, "customer's tenant"),
        ({"customer_id": "", "scopes": [Scope.REWRITE]}, "1 to 512"),
        ({"expires": datetime(2020, 1, 1, tzinfo=UTC)}, "expired already"),
        ({"rate": "many"}, "no rate"),
        ({"rate": "0/second"}, "no rate"),
        ({"rate": "5/second\n"}, "no rate"),
    ],
)
def test_keys_that_there_cannot_be(store, wrong, message):
    with pytest.raises(KeyRefused, match=message):
        make_key(store, **{"tenant_id": "t", "scopes": _ALL, **wrong})
    assert list_keys(store) == []


def test_a_scope_of_a_newer_release_allows_nothing_here(store, gate):
    _, secret = make_key(store, tenant_id="t", scopes=[Scope.REWRITE])
    with store.begin() as connection:
        connection.execute(text("UPDATE api_keys SET scopes = 'rewrite conquer'"))
        connection.execute(text("UPDATE changes SET counter = counter + 1"))
    assert admitted(gate, secret).scopes == {Scope.REWRITE}


def test_a_rate_holds_for_each_key_alone(store, gate):
    (_, often), (_, seldom), (_, free) = (
        make_key(store, tenant_id="t", scopes=_ALL, rate=rate) for rate in ("5/day", "2/day", None)
    )
    for key, most in ((often, 5), (seldom, 2)):
        for _ in range(most):
            assert admitted(gate, key)
        with pytest.raises(RateLimited) as caught:
            admitted(gate, key)
        assert 1 <= caught.value.retry_after <= 86_400
    for _ in range(50):
        assert admitted(gate, free)


def test_a_key_without_a_rate_has_the_settings(store):
    gate = Gate(AccessSettings(check_every=0, rate="1/day"), store, Watch(store, 0))
    _, bare = make_key(store, tenant_id="t", scopes=_ALL)
    _, own = make_key(store, tenant_id="t", scopes=_ALL, rate="3/day")
    assert admitted(gate, bare)
    with pytest.raises(RateLimited):
        admitted(gate, bare)
    assert [admitted(gate, own) is not None for _ in range(3)] == [True] * 3


def test_a_wrong_key_does_not_use_up_the_rate_of_the_right_one(store, gate):
    _, secret = make_key(store, tenant_id="t", scopes=_ALL, rate="2/day")
    for _ in range(10):
        assert admitted(gate, secret[:-1] + "~") is None
    assert admitted(gate, secret)


def test_a_batch_that_is_refused_counts_nothing(store, gate):
    _, secret = make_key(store, tenant_id="t", scopes=_ALL, rate="10/day")
    who = admitted(gate, secret)
    with pytest.raises(RateLimited, match="each request of a batch counts"):
        gate.charge(who, 10)
    gate.charge(who, 9)
    with pytest.raises(RateLimited):
        gate.charge(who, 1)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_open_where_nobody_else_comes(host):
    refuse_open(AccessSettings(open=True), host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.7", "example.org", "localhost.example.org"])
def test_not_open_where_others_come(host):
    refuse_open(AccessSettings(), host)
    with pytest.raises(OpenToOthers, match="keys make"):
        refuse_open(AccessSettings(open=True), host)


def test_an_open_gate_asks_nobody(store):
    gate = Gate(AccessSettings(open=True), store, Watch(store, 0))
    for header in (None, b"Bearer x"):
        who = gate.admit(header)
        assert (who.operator, who.scopes, who.key_id) == (True, _ALL, None)
    gate.charge(who, 10**9)


_IDS = st.none() | st.sampled_from(["a", "b", "default", ALL_TENANTS])


@given(tenant=st.sampled_from(["a", "b", "default", ALL_TENANTS]), named=_IDS)
def test_whose_a_request_is(tenant, named):
    """Against the rule in words: one's own or nothing; an operator anything, and `default` for nothing."""
    who = Principal(tenant, _ALL)
    if tenant == ALL_TENANTS:
        assert who.tenant(named) == (named or "default")
    elif named in (None, tenant):
        assert who.tenant(named) == tenant
    else:
        with pytest.raises(Forbidden):
            who.tenant(named)


@given(customer=_IDS, named=_IDS)
def test_which_customer_a_request_is_about(customer, named):
    who = Principal("t", _ALL, customer)
    if customer is None:
        assert who.customer(named) == named
    elif named in (None, customer):
        assert who.customer(named) == customer
    else:
        with pytest.raises(Forbidden):
            who.customer(named)


def test_keys_are_listed_in_the_order_in_which_they_were_made(store):
    made = [make_key(store, tenant_id=f"t{i}", scopes=_ALL, note=str(i))[0] for i in range(5)]
    assert list_keys(store) == made
    with store.reading() as connection:
        assert len(connection.execute(select(ApiKey.key_id)).all()) == 5


def test_the_quickstart_asks_nobody_and_so_listens_to_nobody_else(tmp_path):
    settings = Settings(data_folder=tmp_path / "data", api={"host": "0.0.0.0", "port": 0})
    with pytest.raises(OpenToOthers):
        quickstart(settings, Console(quiet=True), check=True)
    assert not (tmp_path / "data").exists()


def test_serve_does_not_start_open_to_others(tmp_path):
    flags = ["--data-folder", str(tmp_path / "data"), "--set", "access.open=true"]
    refused = CliRunner().invoke(app, [*flags, "serve", "--host", "0.0.0.0", "--port", "0"])
    assert refused.exit_code == 2
    assert "OpenToOthers" in refused.stderr
    assert not (tmp_path / "data").exists()
