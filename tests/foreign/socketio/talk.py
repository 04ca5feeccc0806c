"""python-socketio against the adapter's example `talk`: talking, refusals, and a connection that is lost.

It knows nothing of the ids by which socket.io-client comes back: what it missed is known by its user.
"""

import os
import pathlib
import queue
import signal
import socket
import subprocess

import socketio

ROOT = pathlib.Path(__file__).parents[3]
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PATIENCE = 20


class Client:
    def __init__(self, url, name, transports):
        self.told, self.lost = queue.Queue(), queue.Queue()
        self.socket = socketio.Client(reconnection=False)
        self.socket.on("message", lambda message: self.told.put(message["text"]))
        self.socket.on("disconnect", lambda *_: self.lost.put(True))
        self.url, self.name, self.transports = url, name, transports
        self.connect()

    def connect(self):
        self.socket.connect(self.url, auth={"name": self.name}, transports=self.transports, wait_timeout=PATIENCE)

    def ask(self, event, data):
        return self.socket.call(event, data, timeout=PATIENCE)

    def next(self):
        return self.told.get(timeout=PATIENCE)


def exchange(url, how, transports):
    room = f"python-{how}"
    reader = Client(url, f"reader-{how}", transports)
    writer = Client(url, f"writer-{how}", transports)
    assert reader.ask("join", {"room": room})["seq"] == 1
    assert writer.ask("join", {"room": room})["seq"] == 2
    assert writer.ask("send", {"room": room, "text": "before"})["seq"] == 3
    assert reader.next() == "before"
    assert writer.ask("dance", {})["code"] == "unknown-action"
    assert writer.ask("send", {"room": room, "text": b"binary"})["code"] == "invalid-field"
    assert writer.ask("send", {"room": room, "text": "settled"})["seq"] == 4
    assert reader.next() == "settled"

    nobody, refused = socketio.Client(reconnection=False), queue.Queue()
    nobody.on("connect_error", refused.put)
    try:
        nobody.connect(url, transports=transports, wait_timeout=PATIENCE)
        raise AssertionError("a client without a name was let in")
    except socketio.exceptions.ConnectionError:
        assert refused.get(timeout=PATIENCE)["data"]["code"] == "unauthorized"

    if how == "polling":
        # That whoever polls is gone is known when they answer no ping.
        reader.socket.disconnect()
        writer.socket.disconnect()
        return

    # The server knows by an answered ping what has arrived; the library shows no pings, so there is no telling when.
    reader.socket.sleep(1)
    reader.socket.eio.ws.sock.shutdown(socket.SHUT_RDWR)
    reader.lost.get(timeout=PATIENCE)
    writer.ask("send", {"room": room, "text": "meanwhile"})
    reader.socket.wait()
    reader.connect()
    reader.ask("join", {"room": room})
    writer.ask("send", {"room": room, "text": "after"})
    assert [reader.next()] + [reader.next()] == ["meanwhile", "after"], list(reader.told.queue)
    assert reader.told.empty()
    reader.socket.disconnect()
    writer.socket.disconnect()


def main():
    env = {"PATH": os.environ["PATH"], "PORT": "0"}
    server = subprocess.Popen([TARGET / "debug/examples/talk"], env=env, stdout=subprocess.PIPE, text=True)
    try:
        url = server.stdout.readline().split()[-1]
        for how, transports in {"websocket": ["websocket"], "polling": ["polling"], "upgrade": None}.items():
            exchange(url, how, transports)
    finally:
        server.send_signal(signal.SIGTERM)
    assert server.wait(PATIENCE) == 0
    print("python-socketio talks, is refused, and comes back")


if __name__ == "__main__":
    main()
