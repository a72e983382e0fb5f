"""`selflearn keys`: who may ask the API what."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing, say

if TYPE_CHECKING:
    from selflearn.access import Key
    from selflearn.store import Store

__all__ = ["app"]

app = typer.Typer(help="Make, list and revoke the keys of the API.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]

_DAYS = {"d": 1, "w": 7, "y": 365}


@app.command("make")
def make(
    context: typer.Context,
    tenant: Annotated[str, typer.Option(help="Whose key; '*': an operator's, for every tenant.")],
    scope: Annotated[list[str], typer.Option(help="rewrite, feedback, teach, analyst, admin; repeatable.")],
    customer: Annotated[str | None, typer.Option(help="The only customer it speaks for.")] = None,
    expires: Annotated[
        str | None, typer.Option(help="When it ends: a date, a time (ISO 8601), or 90d, 12w, 1y from now.")
    ] = None,
    rate: Annotated[
        str | None, typer.Option(help="Requests it may make, as 100/second; default: `access.rate`.")
    ] = None,
    note: Annotated[str, typer.Option(help="What it is for; shown in the list.")] = "",
    as_json: _Json = False,
) -> None:
    """Make a key, and print it: once, since only its hash is kept.

    Servers know it within `access.check_every`.
    """
    with refusing(as_json), _store(context) as store:
        from selflearn.access import Scope, make_key
        from selflearn.errors import KeyRefused

        if wrong := [name for name in scope if name not in set(Scope)]:
            raise KeyRefused(f"{wrong[0]!r} is no scope; there are {', '.join(Scope)}")
        key, secret = make_key(
            store,
            tenant_id=tenant,
            scopes=map(Scope, scope),
            customer_id=customer,
            expires=None if expires is None else _moment(expires),
            rate=rate,
            note=note,
        )
        if as_json:
            print_json({**_as_json(key), "key": secret})
            return
        say(f"key {key.key_id}; it is shown this once, so put it where it is needed now")
        typer.echo(secret)


@app.command("list")
def list_(context: typer.Context, as_json: _Json = False) -> None:
    """List all keys, oldest first; never a secret."""
    with refusing(as_json), _store(context) as store:
        from selflearn.access import list_keys

        keys = list_keys(store)
        if as_json:
            print_json({"keys": [_as_json(key) for key in keys]})
            return
        print_table(
            "keys",
            ("id", "tenant", "customer", "scopes", "rate", "state", "created", "note"),
            (
                (
                    key.key_id,
                    key.tenant_id,
                    key.customer_id,
                    " ".join(sorted(key.scopes)),
                    key.rate,
                    _state(key),
                    key.created.isoformat(timespec="seconds"),
                    key.note,
                )
                for key in keys
            ),
        )


@app.command("revoke")
def revoke(
    context: typer.Context,
    key_id: Annotated[str, typer.Argument(help="As `selflearn keys list` shows it.")],
    as_json: _Json = False,
) -> None:
    """Have a key refused, on every server within `access.check_every`. It cannot be taken back."""
    with refusing(as_json), _store(context) as store:
        from selflearn.access import revoke_key

        key = revoke_key(store, key_id)
        if as_json:
            print_json(_as_json(key))
        else:
            say(f"key {key.key_id} is revoked")


@contextmanager
def _store(context: typer.Context) -> "Iterator[Store]":
    from selflearn.store import Store

    settings = chosen(context)
    store = Store.open(settings.store, settings.data_folder)
    try:
        yield store
    finally:
        store.close()


def _moment(text: str) -> datetime:
    """Read a date, a time, or a time from now on; without a zone it is UTC."""
    from selflearn.errors import KeyRefused

    number, unit = text[:-1], text[-1:]
    try:
        if unit in _DAYS and number.isdecimal():
            return datetime.now(UTC) + timedelta(days=int(number) * _DAYS[unit])
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise KeyRefused(
            f"{text!r} is no time; write 2027-01-31, 2027-01-31T12:00Z, 90d, 12w or 1y"
        ) from None


def _state(key: "Key") -> str:
    if key.revoked is not None:
        return "revoked"
    if key.expires is None:
        return "valid"
    return "expired" if not key.valid(datetime.now(UTC)) else f"valid until {key.expires:%Y-%m-%d %H:%M} UTC"


def _as_json(key: "Key") -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "tenant_id": key.tenant_id,
        "customer_id": key.customer_id,
        "scopes": sorted(key.scopes),
        "rate": key.rate,
        "note": key.note,
        "created": key.created.isoformat(),
        "expires": None if key.expires is None else key.expires.isoformat(),
        "revoked": None if key.revoked is None else key.revoked.isoformat(),
        "valid": key.valid(datetime.now(UTC)),
    }
