"""`selflearn switch`: rewriting off and on again, dry runs, held-back shares, intents never rewritten; all live."""

import getpass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from selflearn.cli.chosen import chosen
from selflearn.cli.terminal import print_json, print_table, refusing, say, warn
from selflearn.errors import Unknown, WrongSwitch

if TYPE_CHECKING:
    from selflearn.policy import Switch, Wanted
    from selflearn.store import Store

__all__ = ["app"]

app = typer.Typer(help="Switch rewriting off and on again while servers run.", no_args_is_help=True)


class What(StrEnum):
    """What is switched."""

    REWRITING = "rewriting"
    DRY_RUN = "dry-run"
    HOLD_BACK = "hold-back"
    NEVER_REWRITTEN = "never-rewritten"


_What = Annotated[What, typer.Argument(help="What.")]
_Tenant = Annotated[str | None, typer.Option(help="For this tenant only.")]
_Source = Annotated[str | None, typer.Option(help="rewriting: of this request only.")]
_Asked = Annotated[str | None, typer.Option(help="… after a question for this slot only.")]
_Entry = Annotated[str | None, typer.Option("--id", help="rewriting: by this entry of the table only.")]
_Intent = Annotated[str | None, typer.Option(help="never-rewritten: which intent.")]
_Share = Annotated[float | None, typer.Option(help="hold-back: share of the customers, from 0 to 1.")]
_Reason = Annotated[str, typer.Option(help="Why; shown with every decision that it changes.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


@app.command("off")
def off(
    context: typer.Context,
    what: _What = What.REWRITING,
    tenant: _Tenant = None,
    source: _Source = None,
    asked: _Asked = None,
    entry: _Entry = None,
    intent: _Intent = None,
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Switch rewriting off (for all, a tenant, a request or an entry); or end a dry run or another switch.

    Servers heed it within `rewriting.check_every`.
    """
    with refusing(as_json):
        # A share does not name a switch, so none is asked for to end it.
        share = 0.0 if what is What.HOLD_BACK else None
        wanted = _wanted(what, tenant, source, asked, entry, intent, share, reason)
        if what is What.REWRITING:
            _set(context, wanted, as_json)
        else:
            _lift(context, wanted, as_json)


@app.command("on")
def on(
    context: typer.Context,
    what: _What = What.REWRITING,
    tenant: _Tenant = None,
    source: _Source = None,
    asked: _Asked = None,
    entry: _Entry = None,
    intent: _Intent = None,
    share: _Share = None,
    reason: _Reason = "",
    as_json: _Json = False,
) -> None:
    """Switch rewriting on again; or begin a dry run, hold a share of the customers back, keep an intent as it is.

    Servers heed it within `rewriting.check_every`.
    """
    with refusing(as_json):
        wanted = _wanted(what, tenant, source, asked, entry, intent, share, reason)
        if what is not What.REWRITING:
            _set(context, wanted, as_json)
            return
        _lift(context, wanted, as_json)
        if chosen(context).rewriting.off:
            warn(
                "rewriting.off is set in the settings, so servers rewrite nothing until they start without it"
            )


@app.command("lift")
def lift(
    context: typer.Context,
    switch_id: Annotated[str, typer.Argument(help="As `selflearn switch list` names it.")],
    as_json: _Json = False,
) -> None:
    """Lift a switch by its name."""
    with refusing(as_json):
        from selflearn.policy.stored import lift_switch

        _tell("lifted", lift_switch(_store(context), switch_id), as_json)


@app.command("list")
def list_(context: typer.Context, tenant: _Tenant = None, as_json: _Json = False) -> None:
    """List the switches that are set, and what the settings say without any."""
    with refusing(as_json):
        from selflearn.policy.stored import read_switches

        found = read_switches(_store(context))
        shown = [one for one in found if tenant is None or one.tenant_id in (None, tenant)]
        settings = chosen(context).rewriting.model_dump(
            mode="json", include={"off", "dry_run", "hold_back_share", "never_rewritten"}
        )
        if as_json:
            print_json({"switches": [one.model_dump(mode="json") for one in shown], "settings": settings})
            return
        print_table(
            "switches",
            ("id", "tenant", "what", "of", "since", "by", "reason"),
            (
                (
                    one.switch_id,
                    one.tenant_id or "all",
                    one.kind.value,
                    one.about,
                    one.created,
                    one.created_by,
                    one.reason,
                )
                for one in shown
            ),
        )
        print_table(
            "the settings",
            ("", ""),
            (
                (f"rewriting.{name}", ", ".join(sorted(value)) if isinstance(value, list) else value)
                for name, value in settings.items()
            ),
        )


def _wanted(
    what: What,
    tenant: str | None,
    source: str | None,
    asked: str | None,
    entry: str | None,
    intent: str | None,
    share: float | None,
    reason: str,
) -> "Wanted":
    from pydantic import ValidationError

    from selflearn.policy import SwitchKind, Wanted

    kind = {
        What.REWRITING: SwitchKind.OFF,
        What.DRY_RUN: SwitchKind.DRY_RUN,
        What.HOLD_BACK: SwitchKind.HOLD_BACK,
        What.NEVER_REWRITTEN: SwitchKind.NEVER_REWRITTEN,
    }[what]
    try:
        return Wanted(
            kind=kind,
            tenant_id=tenant,
            source=source,
            asked=asked,
            rewrite_id=entry,
            intent=intent,
            share=share,
            reason=reason,
        )
    except ValidationError as error:
        told = (str(one["msg"]).removeprefix("Value error, ") for one in error.errors())
        raise WrongSwitch("; ".join(told)) from error


def _set(context: typer.Context, wanted: "Wanted", as_json: bool) -> None:
    from selflearn.policy.stored import set_switch

    _tell("set", set_switch(_store(context), wanted, _somebody()), as_json)


def _lift(context: typer.Context, wanted: "Wanted", as_json: bool) -> None:
    from selflearn.policy.stored import lift_switch

    try:
        lifted = lift_switch(_store(context), wanted.named)
    except Unknown as error:
        raise Unknown("no such switch is set; see `selflearn switch list`") from error
    _tell("lifted", lifted, as_json)


def _tell(done: str, switch: "Switch", as_json: bool) -> None:
    if as_json:
        print_json({"status": done, "switch": switch.model_dump(mode="json")})
    else:
        about = f" {switch.about}" if switch.about else ""
        say(f"{done}: {switch.kind.value}{about}, {switch.words}")


def _store(context: typer.Context) -> "Store":
    from selflearn.store import Store

    settings = chosen(context)
    return Store.open(settings.store, settings.data_folder)


def _somebody() -> str:
    try:
        return f"{getpass.getuser()} at the command line"
    except (KeyError, OSError):
        return "somebody at the command line"
