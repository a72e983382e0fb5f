"""The operations that switch rewriting off, and on again, while servers run."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from selflearn.access import Principal, Scope
from selflearn.api.problems import responses
from selflearn.api.routes.parts import RewriterPart, allowed
from selflearn.errors import Forbidden, Unknown
from selflearn.policy import Switch, Wanted
from selflearn.policy.stored import lift_switch, read_switches, set_switch
from selflearn.store import Store

__all__ = ["SwitchList", "switches"]

_Admin = Annotated[Principal, Depends(allowed(Scope.ADMIN))]


async def _store(request: Request) -> Store:
    store: Store = request.app.state.store
    return store


_StorePart = Annotated[Store, Depends(_store)]
_SwitchId = Annotated[str, Path(min_length=1, max_length=64)]


class SwitchList(BaseModel):
    """Switches that are set, the oldest first."""

    switches: list[Switch]


def switches() -> APIRouter:
    """Make the operations."""
    operations = APIRouter(tags=["switching"])

    @operations.get(
        "/v1/switches",
        operation_id="switches",
        summary="What is switched?",
        response_model=SwitchList,
        responses=responses("invalid-request", "store-unavailable"),
    )
    async def listed(
        who: _Admin,
        store: _StorePart,
        tenant_id: Annotated[
            str | None,
            Query(min_length=1, max_length=512, description="For operators: only what holds for it."),
        ] = None,
    ) -> SwitchList:
        """Return the switches that hold for the tenant, those for all tenants among them; operators see all."""
        tenant = tenant_id if who.operator else who.tenant(tenant_id)
        found = await run_in_threadpool(read_switches, store)
        return SwitchList(
            switches=[one for one in found if tenant is None or one.tenant_id in (None, tenant)]
        )

    @operations.put(
        "/v1/switches",
        operation_id="set_switch",
        summary="Switch something",
        response_model=Switch,
        responses=responses(
            "malformed-json", "bad-request", "too-large", "invalid-request", "store-unavailable"
        ),
    )
    async def put(wanted: Wanted, who: _Admin, store: _StorePart, rewriter: RewriterPart) -> Switch:
        """Set a switch, in place of one about the same; all servers heed it within `rewriting.check_every`.

        Without `tenant_id` it holds for the key's tenant; from an operator, for all tenants.
        """
        _whole_tenant(who)
        tenant = wanted.tenant_id if who.operator else who.tenant(wanted.tenant_id)
        wanted = wanted.model_copy(update={"tenant_id": tenant})
        by = "anybody" if who.key_id is None else f"key {who.key_id}"
        switch = await run_in_threadpool(set_switch, store, wanted, by)
        await run_in_threadpool(rewriter.policy.refresh)
        return switch

    @operations.delete(
        "/v1/switches/{switch_id}",
        operation_id="lift_switch",
        summary="Lift a switch",
        response_model=Switch,
        responses=responses("not-found", "invalid-request", "store-unavailable"),
    )
    async def lift(switch_id: _SwitchId, who: _Admin, store: _StorePart, rewriter: RewriterPart) -> Switch:
        """Lift a switch, and return what it was; one for all tenants only operators may."""
        _whole_tenant(who)
        if not who.operator:
            await run_in_threadpool(_theirs, store, switch_id, who.tenant(None))
        switch = await run_in_threadpool(lift_switch, store, switch_id)
        await run_in_threadpool(rewriter.policy.refresh)
        return switch

    return operations


def _whole_tenant(who: Principal) -> None:
    if who.customer_id is not None:
        raise Forbidden("the key speaks for one customer, and switches hold for all")


def _theirs(store: Store, switch_id: str, tenant_id: str) -> None:
    found = next((one for one in read_switches(store) if one.switch_id == switch_id), None)
    if found is None or found.tenant_id not in (None, tenant_id):
        raise Unknown(f"there is no switch {switch_id!r}")
    if found.tenant_id is None:
        raise Forbidden("this switch holds for all tenants; an operator may lift it")
