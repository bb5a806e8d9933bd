"""Changes of items, told in the room `items` of their owner once they are committed."""

import asyncio
import logging
from typing import Literal

from service.api.state import State
from service.domain.models import Item
from service.platform.errors import UnavailableError

log = logging.getLogger("service.items")
PATIENCE_SECONDS = 1.0  # what telling may cost a request


async def tell(state: State, action: Literal["created", "updated", "deleted"], item: Item) -> None:
    """Tell it, or say in the log and in a metric that nobody heard of it: what has happened fails no request."""
    shown = {"id": item.id, "revision": item.revision, "name": item.name, "price": f"{item.price:.2f}"}
    event = {"type": "item", "action": action, "item": shown}
    key = f"item {item.id} {item.revision} {action}"
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await state["hub"].publish(f"items/{item.owner_id}", event, key=key)
    except (UnavailableError, TimeoutError):
        state["hub"].metrics.events_lost.inc()
        log.warning("nobody heard that an item was %s", action, extra={"item": item.id})
