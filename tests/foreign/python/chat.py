"""A client that knows only the documented wire, on Python's `websockets`.

    python chat.py URL [--remember FILE | --recall FILE]

Does the basic exchange against the server at URL (http://HOST:PORT) to the letter, then sends hostile input while
others in the room must notice nothing. With --remember it keeps in FILE what the room's history must say after a
restart; with --recall it does nothing but compare the history with FILE. Ends with 1 at the first difference.
"""

import argparse
import contextlib
import json
import re
import secrets
import sys
import urllib.request

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 20
TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")
TEXT = "Hello, everyone!"
connections = contextlib.ExitStack()


def check(truth, what, got):
    if not truth:
        sys.exit(f"chat.py: {what}, but got {got!r}")


def rest(url, method, path, token=None, body=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)


class Client:
    def __init__(self, url):
        url = url.replace("http", "ws", 1) + "/chat"
        self.socket = connections.enter_context(connect(url, open_timeout=PATIENCE, compression=None))

    def say(self, **frame):
        self.socket.send(json.dumps(frame))

    def hear(self):
        """The next frame that is neither about presence nor about announcements, which may come at any time."""
        while True:
            frame = json.loads(self.socket.recv(timeout=PATIENCE))
            if frame["action"] != "presence" and frame.get("roomId") != "announcements":
                return frame

    def expect(self, **fields):
        frame = self.hear()
        for name, value in fields.items():
            check(frame.get(name) == value, f"expected {name} = {value!r}", frame)
        return frame

    def join(self, room, name):
        self.say(action="join", username=name, roomId=room)
        return self.expect(action="joined", roomId=room)

    def closed(self):
        try:
            while True:
                self.socket.recv(timeout=PATIENCE)
        except ConnectionClosed as ended:
            return ended.rcvd and ended.rcvd.code


def exchange(url, room):
    """The frames of the wire's documentation, in its order."""
    ann, john = Client(url), Client(url)
    check(ann.join(room, "ann")["head"] == 1, "the first join is entry 1", "another head")

    john.say(action="join", username="john_doe", roomId=room)
    joined = john.expect(action="joined", roomId=room, message="Welcome to TechTalk!", head=2)
    check(isinstance(joined["epoch"], str) and joined["epoch"], "an epoch is a text", joined)
    names = [member["username"] for member in joined["members"]]
    check(sorted(names) == ["ann", "john_doe"], "both are members", joined)
    check(isinstance(joined["online"], list), "online is a list", joined)
    ann.expect(action="user-joined", roomId=room, username="john_doe", seq=2)

    post = dict(action="send-message", roomId=room, message=TEXT, clientId="c-1")
    john.say(**post, id=7)
    first, second = john.hear(), john.hear()
    sent, own = (first, second) if first["action"] == "sent" else (second, first)
    for name, value in dict(action="sent", re=7, roomId=room, seq=3, clientId="c-1").items():
        check(sent.get(name) == value, f"expected {name} = {value!r} in the ack", sent)
    check(TIMESTAMP.fullmatch(sent["timestamp"]), "a timestamp is RFC 3339, UTC, with milliseconds", sent)
    message = ann.expect(action="new-message", roomId=room, seq=3, after=2, sender="john_doe", message=TEXT,
                         timestamp=sent["timestamp"], clientId="c-1")
    check(isinstance(message["senderId"], str), "a sender has an id", message)
    check(own == message, "the sender gets the same frame", own)

    john.say(**post, id="again")
    john.expect(action="sent", re="again", seq=3, clientId="c-1", timestamp=sent["timestamp"])

    john.say(action="leave", username="john_doe", roomId=room)
    ann.expect(action="user-left", roomId=room, username="john_doe", seq=4)
    john.say(action="send-message", roomId=room, message="too late", id=9)
    refused = john.hear()
    while refused["action"] in ("left", "user-left"):
        refused = john.hear()
    check((refused["action"], refused.get("re"), refused.get("code")) == ("error", 9, "not-a-member"),
          "expected a coded error with re = 9", refused)
    check(isinstance(refused["message"], str), "an error says what is wrong", refused)
    john.socket.close()
    return ann, message


DEEP = '{"action":"send-message","data":' + "[" * 10_000 + "]" * 10_000 + "}"

# What is sent, and the code of the error that answers it.
WRONG = [
    ('{"action":"dance","id":"d"}', "unknown-action"),
    ("{", "bad-json"),
    ("", "bad-json"),
    ('"action"', "bad-json"),
    (DEEP, "bad-json"),
    ('{"action":"send-message","roomId":"ROOM"}', "invalid-field"),
    ('{"action":"send-message","roomId":"ROOM","message":""}', "invalid-field"),
    ('{"action":"send-message","roomId":"no-such-room","message":"x"}', "room-not-found"),
]

# What is sent (as a text frame or not), and the code of the close frame that answers it.
BROKEN = [
    (b'{"action":"ping","id":"\xff"}', True, 1007),
    (b"x" * (1 << 20), True, 1009),
    (b'{"action":"ping"}', False, 1003),
]


def hostile(url, room):
    mallory = Client(url)
    mallory.join(room, "mallory 0")
    for text, code in WRONG:
        mallory.socket.send(text.replace("ROOM", room))
        mallory.expect(action="error", code=code)
    mallory.say(action="ping", id=1)
    mallory.expect(action="pong", re=1)
    for number, (payload, is_text, code) in enumerate(BROKEN, 1):
        client = Client(url)
        client.join(room, f"mallory {number}")
        try:
            client.socket.send(payload, text=is_text)
        except ConnectionClosed:
            pass
        closed = client.closed()
        check(closed == code, f"expected close code {code} for {payload[:20]!r}", closed)
    mallory.socket.close()


def undisturbed(bystander, room, last):
    """Nothing but the coming and going of the hostile, without a hole; and the room works."""
    bystander.say(action="send-message", roomId=room, message="all well?", clientId="after")
    while True:
        frame = bystander.hear()
        if frame["action"] == "sent":
            continue
        check(frame["after"] <= last < frame["seq"], f"expected the entry after {last}", frame)
        last = frame["seq"]
        if frame["action"] == "new-message":
            check(frame["message"] == "all well?", "the bystander's own message", frame)
            return
        check(frame["action"] in ("user-joined", "user-left") and frame["username"].startswith("mallory"),
              "nothing that others notice", frame)


def history(url, room, token):
    """The page over REST, as a member sees it."""
    rest(url, "POST", f"/api/rooms/{room}/join", token, {})
    page = rest(url, "GET", f"/api/rooms/{room}/messages?limit=200", token)
    return {name: page[name] for name in ("roomId", "epoch", "messages")}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("url")
    arguments.add_argument("--remember")
    arguments.add_argument("--recall")
    options = arguments.parse_args()
    url = options.url.rstrip("/")
    name = f"reader {secrets.token_hex(4)}"
    token = rest(url, "POST", "/api/auth/guest", body={"username": name})["token"]

    if options.recall:
        with open(options.recall, encoding="utf-8") as file:
            expected = json.load(file)
        got = history(url, expected["roomId"], token)
        check(got == expected, f"the history must be {expected!r}", got)
        print("the history is as it was")
        return

    room = f"room_{secrets.randbelow(10**9)}"
    made = rest(url, "POST", "/api/rooms", token, {"roomName": "TechTalk", "roomId": room})
    check((made["roomId"], made["roomName"]) == (room, "TechTalk"), "the room that was made", made)
    bystander, message = exchange(url, room)
    hostile(url, room)
    undisturbed(bystander, room, last=4)

    bystander.say(action="history", roomId=room, id="h")
    page = bystander.expect(action="history", re="h", roomId=room)
    told = [(entry["seq"], entry["sender"], entry["message"]) for entry in page["messages"]]
    check(told[0] == (3, "john_doe", TEXT) and told[1][1:] == ("ann", "all well?") and len(told) == 2,
          "the history holds the two messages, oldest first", told)
    check(page["messages"][0]["timestamp"] == message["timestamp"], "the history's timestamp is the message's", page)
    over_rest = history(url, room, token)
    check(over_rest["messages"] == page["messages"], "REST shows the same history", over_rest)
    if options.remember:
        with open(options.remember, "w", encoding="utf-8") as file:
            json.dump(over_rest, file)
    bystander.socket.close()
    print("the exchange is as documented, and nobody was disturbed")


if __name__ == "__main__":
    with connections:
        main()
