"""The small flow by python3-websockets: a device that writes, listens and answers a command.

Usage: flow.py URL KEY DEVICE, with readings as JSON on standard input. Prints one line of JSON for
each thing that comes: a reply, an event, a command; ends when it has finished a command.
"""

import asyncio
import json
import sys

import websockets

WAIT_S = 20


async def run(url, key, device):
    headers = {"Authorization": f"Bearer {key}"}
    async with websockets.connect(
        url, subprotocols=["tandem.v1.json"], extra_headers=headers, compression=None
    ) as socket:
        assert socket.subprotocol == "tandem.v1.json"
        readings = json.load(sys.stdin)
        for number, (op, body) in enumerate(
            [("stream.subscribe", {"devices": [device]}), ("telemetry.write", readings)], 1
        ):
            path = {} if op.startswith("stream.") else {"device": device}
            await socket.send(json.dumps({"id": number, "op": op, "path": path, "body": body}))
        async for text in socket:
            message = json.loads(text)
            print(json.dumps(message), flush=True)
            if "cmd" in message:
                path = {"device": device, "command": message["cmd"]["id"]}
                result = {"status": "done", "result": {"by": "python"}}
                await socket.send(
                    json.dumps({"id": 9, "op": "commands.finish", "path": path, "body": result})
                )
            if message.get("id") == 9:
                return


asyncio.run(asyncio.wait_for(run(*sys.argv[1:]), WAIT_S))
