/*
A client that knows only the documented wire, on Node's `ws`.

    node chat.mjs URL [--remember FILE | --recall FILE]

Does the basic exchange against the server at URL (http://HOST:PORT) to the letter, then sends hostile input while
others in the room must notice nothing. With --remember it keeps in FILE what the room's history must say after a
restart; with --recall it does nothing but compare the history with FILE. Ends with 1 at the first difference.
*/
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import WebSocket from "ws";

const PATIENCE_MS = 20_000;
const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const TEXT = "Hello, everyone!";

async function rest(url, method, path, token, body) {
  const headers = { "content-type": "application/json" };
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

class Client {
  static async open(url) {
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/chat`, { perMessageDeflate: false });
    const client = new Client(socket);
    await once(socket, "open");
    return client;
  }

  constructor(socket) {
    this.socket = socket;
    this.heard = [];
    this.wake = () => {};
    // An error is followed by the close that is looked at.
    socket.on("error", () => {});
    socket.on("message", (data) => {
      const frame = JSON.parse(data.toString());
      // Presence may come at any time, and once that the connection hears announcements.
      if (frame.action !== "presence" && frame.roomId !== "announcements") this.heard.push(frame);
      this.wake();
    });
    socket.on("close", (code) => {
      this.code = code;
      this.wake();
    });
  }

  say(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  /** Waits until there is what `look` finds. */
  async until(look, what) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      assert.ok(Date.now() < deadline, `${what} does not come`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  hear() {
    return this.until(() => {
      const frame = this.heard.shift();
      assert.ok(frame || this.code === undefined, `a frame was expected, but the server closed with ${this.code}`);
      return frame;
    }, "a frame");
  }

  async expect(fields) {
    const frame = await this.hear();
    has(frame, fields);
    return frame;
  }

  join(room, username) {
    this.say({ action: "join", username, roomId: room });
    return this.expect({ action: "joined", roomId: room });
  }

  closed() {
    return this.until(() => this.code, "the close frame");
  }
}

function has(frame, fields) {
  for (const [name, value] of Object.entries(fields)) {
    assert.deepEqual(frame[name], value, `${name} in ${JSON.stringify(frame)}`);
  }
}

/** The frames of the wire's documentation, in its order. */
async function exchange(url, room) {
  const ann = await Client.open(url);
  const john = await Client.open(url);
  has(await ann.join(room, "ann"), { head: 1 });

  john.say({ action: "join", username: "john_doe", roomId: room });
  const joined = await john.expect({ action: "joined", roomId: room, message: "Welcome to TechTalk!", head: 2 });
  assert.ok(typeof joined.epoch === "string" && joined.epoch !== "", JSON.stringify(joined));
  assert.deepEqual(joined.members.map((member) => member.username).sort(), ["ann", "john_doe"]);
  assert.ok(Array.isArray(joined.online), JSON.stringify(joined));
  await ann.expect({ action: "user-joined", roomId: room, username: "john_doe", seq: 2 });

  const post = { action: "send-message", roomId: room, message: TEXT, clientId: "c-1" };
  john.say({ ...post, id: 7 });
  const both = [await john.hear(), await john.hear()];
  const sent = both.find((frame) => frame.action === "sent");
  has(sent, { action: "sent", re: 7, roomId: room, seq: 3, clientId: "c-1" });
  assert.match(sent.timestamp, TIMESTAMP);
  const { timestamp } = sent;
  const told = { action: "new-message", roomId: room, seq: 3, after: 2, sender: "john_doe", message: TEXT, timestamp };
  const message = await ann.expect({ ...told, clientId: "c-1" });
  assert.equal(typeof message.senderId, "string");
  assert.deepEqual(both.find((frame) => frame !== sent), message, "the sender gets the same frame");

  john.say({ ...post, id: "again" });
  await john.expect({ action: "sent", re: "again", seq: 3, clientId: "c-1", timestamp });

  john.say({ action: "leave", username: "john_doe", roomId: room });
  await ann.expect({ action: "user-left", roomId: room, username: "john_doe", seq: 4 });
  john.say({ action: "send-message", roomId: room, message: "too late", id: 9 });
  let refused = await john.hear();
  while (["left", "user-left"].includes(refused.action)) refused = await john.hear();
  has(refused, { action: "error", re: 9, code: "not-a-member" });
  assert.equal(typeof refused.message, "string");
  john.socket.close();
  return { ann, message };
}

const DEEP = `{"action":"send-message","data":${"[".repeat(10_000)}${"]".repeat(10_000)}}`;

/** What is sent, and the code of the error that answers it. */
const WRONG = [
  ['{"action":"dance","id":"d"}', "unknown-action"],
  ["{", "bad-json"],
  ["", "bad-json"],
  ['"action"', "bad-json"],
  [DEEP, "bad-json"],
  ['{"action":"send-message","roomId":"ROOM"}', "invalid-field"],
  ['{"action":"send-message","roomId":"ROOM","message":""}', "invalid-field"],
  ['{"action":"send-message","roomId":"no-such-room","message":"x"}', "room-not-found"],
];

/** What is sent, and the code of the close frame that answers it. */
const BROKEN = [
  [(socket) => socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false }), 1007],
  [(socket) => socket.send("x".repeat(1 << 20)), 1009],
  [(socket) => socket.send(Buffer.from('{"action":"ping"}')), 1003],
  // A continuation of nothing: below the library, which does not send it.
  [(socket) => socket._socket.write(Buffer.from([0x80, 0x80, 1, 2, 3, 4])), 1002],
];

async function hostile(url, room) {
  const mallory = await Client.open(url);
  await mallory.join(room, "mallory 0");
  for (const [text, code] of WRONG) {
    mallory.socket.send(text.replace("ROOM", room));
    await mallory.expect({ action: "error", code });
  }
  mallory.say({ action: "ping", id: 1 });
  await mallory.expect({ action: "pong", re: 1 });
  for (const [number, [send, code]] of BROKEN.entries()) {
    const client = await Client.open(url);
    await client.join(room, `mallory ${number + 1}`);
    send(client.socket);
    assert.equal(await client.closed(), code, `the close code of ${send}`);
  }
  mallory.socket.close();
}

/** Nothing but the coming and going of the hostile, without a hole; and the room works. */
async function undisturbed(bystander, room, last) {
  bystander.say({ action: "send-message", roomId: room, message: "all well?", clientId: "after" });
  for (;;) {
    const frame = await bystander.hear();
    if (frame.action === "sent") continue;
    assert.ok(frame.after <= last && last < frame.seq, `the entry after ${last}, not ${JSON.stringify(frame)}`);
    last = frame.seq;
    if (frame.action === "new-message") {
      assert.equal(frame.message, "all well?");
      return;
    }
    const expected = ["user-joined", "user-left"].includes(frame.action) && frame.username.startsWith("mallory");
    assert.ok(expected, `nothing that others notice, but ${JSON.stringify(frame)}`);
  }
}

/** The page over REST, as a member sees it. */
async function history(url, room, token) {
  await rest(url, "POST", `/api/rooms/${room}/join`, token, {});
  const { roomId, epoch, messages } = await rest(url, "GET", `/api/rooms/${room}/messages?limit=200`, token);
  return { roomId, epoch, messages };
}

async function main() {
  const { values, positionals } = parseArgs({
    options: { remember: { type: "string" }, recall: { type: "string" } },
    allowPositionals: true,
  });
  assert.equal(positionals.length, 1, "the server's URL is missing");
  const url = positionals[0].replace(/\/$/, "");
  const { token } = await rest(url, "POST", "/api/auth/guest", null, { username: `reader ${randomInt(1e9)}` });

  if (values.recall) {
    const expected = JSON.parse(readFileSync(values.recall, "utf8"));
    assert.deepEqual(await history(url, expected.roomId, token), expected, "the history after the restart");
    console.log("the history is as it was");
    return;
  }

  const room = `room_${randomInt(1e9)}`;
  const made = await rest(url, "POST", "/api/rooms", token, { roomName: "TechTalk", roomId: room });
  has(made, { roomId: room, roomName: "TechTalk" });
  const { ann, message } = await exchange(url, room);
  await hostile(url, room);
  await undisturbed(ann, room, 4);

  ann.say({ action: "history", roomId: room, id: "h" });
  const page = await ann.expect({ action: "history", re: "h", roomId: room });
  const told = page.messages.map((entry) => [entry.sender, entry.message]);
  assert.deepEqual(told, [["john_doe", TEXT], ["ann", "all well?"]]);
  has(page.messages[0], { seq: 3, timestamp: message.timestamp });
  const overRest = await history(url, room, token);
  assert.deepEqual(overRest.messages, page.messages, "REST shows the same history");
  if (values.remember) writeFileSync(values.remember, JSON.stringify(overRest));
  ann.socket.close();
  console.log("the exchange is as documented, and nobody was disturbed");
}

main().catch((error) => {
  console.error(`chat.mjs: ${error.message}`);
  process.exit(1);
});
