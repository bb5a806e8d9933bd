"""A WebSocket that says everything back."""

from fastapi import APIRouter, WebSocket, WebSocketDisconnect, status

from service.api.state import StateDep

router = APIRouter()


@router.websocket("/ws/echo")
async def echo(websocket: WebSocket, state: StateDep) -> None:
    """Send each text back until the client leaves or the service drains (close 1012); binary is refused (1003)."""
    await websocket.accept()
    with state["sockets"].held(websocket):
        try:
            await _serve(websocket)
        except WebSocketDisconnect:
            return


async def _serve(websocket: WebSocket) -> None:
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") is None:
            await websocket.close(status.WS_1003_UNSUPPORTED_DATA, "only text is echoed")
            return
        await websocket.send_text(message["text"])
