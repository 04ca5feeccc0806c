/* Contract: rooms by invitation. Every endpoint and event, and what people do. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, Server, Way } from "./harness.mjs";

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

let server;
before(async () => (server = await Server.start("invite-rooms")));
after(async () => assert.equal(await server.stop(), 0));

async function newRoom(body = { username: "Ann" }) {
  const { status, body: room } = await server.rest("POST", "/api/rooms/create", body);
  assert.equal(status, 200, JSON.stringify(room));
  assert.match(room.roomId, UUID);
  return room.roomId;
}

async function joined(roomId, username, options) {
  const client = await server.client(options).connected();
  const ack = await client.ask("join-room", { roomId, username });
  assert.equal(ack.success, true, JSON.stringify(ack));
  return client;
}

async function room(roomId, username = "Reader") {
  const { status, body } = await server.rest("POST", "/api/rooms/join", { username, roomId });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.success, true);
  return body.room;
}

test("it says where it is on one line", () => {
  assert.match(server.line, /^invite-rooms is ready at http:\/\/127\.0\.0\.1:\d+$/);
});

test("rooms are made with and without a name, and each is another", async () => {
  const rooms = [await newRoom(), await newRoom({}), await newRoom(undefined), await newRoom({ username: null })];
  assert.equal(new Set(rooms).size, 4);
  for (const wrong of ["{", { username: 7 }, { username: "" }]) {
    const { status, body } = await server.rest("POST", "/api/rooms/create", wrong);
    assert.equal(status, 400);
    assert.equal(typeof body.code, "string");
  }
});

test("a room that is not there is told from a request that is none", async () => {
  const ask = async (body) => {
    const answer = await server.rest("POST", "/api/rooms/join", body);
    assert.equal(typeof answer.body.message, "string");
    return [answer.status, answer.body.code];
  };
  const none = "00000000-0000-4000-8000-000000000000";
  assert.deepEqual(await ask({ username: "Ann", roomId: none }), [404, "room-not-found"]);
  assert.deepEqual(await ask({ username: "Ann", roomId: "no room at all" }), [404, "room-not-found"]);
  assert.deepEqual(await ask({ username: "Ann" }), [400, "invalid-field"]);
  assert.deepEqual(await ask({ roomId: none }), [400, "invalid-field"]);
  assert.deepEqual(await ask({ username: "", roomId: none }), [400, "invalid-field"]);
  assert.deepEqual(await ask({ username: "Ann", roomId: 7 }), [400, "invalid-field"]);
  assert.deepEqual(await ask("{"), [400, "bad-json"]);
  assert.equal((await server.rest("GET", `/api/rooms/${none}`)).status, 404);
  assert.equal((await server.rest("GET", "/nothing")).body.code, "not-found");
  assert.equal((await server.rest("GET", "/api/rooms/join")).body.code, "method-not-allowed");
});

test("the exchange is to the letter", async () => {
  const roomId = await newRoom();
  const ann = await joined(roomId, "Ann");
  const bob = await joined(roomId, "Bob");
  assert.deepEqual(await ann.tell("join-room"), [{ roomId, username: "Bob" }]);
  bob.socket.emit("send-message", { roomId, username: "Bob", message: "Hello <b>all</b> 😀" });
  for (const client of [ann, bob]) {
    const [message] = await client.tell("send-message");
    assert.match(message.timestamp, TIMESTAMP);
    const { seq, timestamp } = message;
    assert.deepEqual(message, { roomId, seq, username: "Bob", message: "Hello <b>all</b> 😀", timestamp });
  }
  const { users, messages } = await room(roomId);
  assert.deepEqual(users.sort(), ["Ann", "Bob"]);
  assert.deepEqual(Object.keys(messages[0]).sort(), ["message", "seq", "timestamp", "username"]);
  bob.socket.emit("leave-room", { roomId, username: "Bob" });
  assert.deepEqual(await ann.tell("leave-room"), [{ roomId, username: "Bob" }]);
  assert.deepEqual((await room(roomId)).users, ["Ann"]);
  assert.deepEqual([bob.told("join-room"), bob.told("leave-room")], [[], []], "nobody is told of themselves");
  await bob.refused("not-a-member", "send-message", { roomId, username: "Bob", message: "too late" });
  ann.close();
  bob.close();
});

test("every refusal has a code", async () => {
  const roomId = await newRoom();
  const client = await server.client().connected();
  const none = "00000000-0000-4000-8000-000000000000";
  await client.refused("room-not-found", "join-room", { roomId: none, username: "Ann" });
  await client.refused("invalid-field", "join-room", { roomId });
  await client.refused("invalid-field", "join-room", { username: "Ann" });
  await client.refused("invalid-field", "join-room", { roomId, username: "   " });
  await client.refused("invalid-field", "join-room");
  await client.refused("unknown-action", "shout", {});
  const other = await server.client().connected();
  await other.refused("not-a-member", "send-message", { roomId, username: "Eve", message: "x" });
  await other.refused("not-a-member", "leave-room");
  await other.ask("join-room", { roomId, username: "Eve" });
  await other.refused("username-taken", "send-message", { roomId, username: "Ann", message: "x" });
  await other.refused("username-taken", "join-room", { roomId, username: "Ann" });
  await other.refused("invalid-field", "send-message", { roomId, username: "Eve", message: "" });
  await other.refused("invalid-field", "send-message", { roomId, username: "Eve" });
  const { code } = await other.ask("send-message", { roomId, username: "Eve", message: "x".repeat(20_000) });
  assert.ok(["too-large", "invalid-field"].includes(code), code);
  other.socket.emit("send-message", { roomId, username: "Eve", message: "" });
  assert.equal((await other.tell("error"))[0].code, "invalid-field");
  client.close();
  other.close();
});

test("a lost connection counts as leaving; a reload does not", async () => {
  const roomId = await newRoom();
  const ann = await joined(roomId, "Ann");
  const way = await Way.to(server.url);
  const bob = await new Client(way.url, { reconnection: false }).connected();
  await bob.ask("join-room", { roomId, username: "Bob" });
  await ann.tell("join-room");
  way.cut();
  assert.deepEqual(await ann.tell("leave-room"), [{ roomId, username: "Bob" }]);

  const carl = await joined(roomId, "Carl");
  await ann.tell("join-room", 2);
  carl.close();
  const again = await joined(roomId, "Carl");
  await again.ask("send-message", { roomId, username: "Carl", message: "back" });
  await ann.tell("send-message");
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.equal(ann.told("leave-room").length, 1, "nobody was told that Carl was gone");
  for (const client of [ann, bob, again]) client.close();
  way.close();
});

test("a second tab under the same name is the same person, who leaves with the last one", async () => {
  const roomId = await newRoom();
  const ann = await joined(roomId, "Ann");
  const first = await joined(roomId, "Bob");
  const second = await joined(roomId, "Bob");
  await second.ask("send-message", { roomId, username: "Bob", message: "from the second" });
  for (const client of [ann, first, second]) assert.equal((await client.tell("send-message")).length, 1);
  assert.equal(ann.told("join-room").length, 1);
  assert.deepEqual((await room(roomId)).users.sort(), ["Ann", "Bob"]);
  assert.equal((await first.ask("leave-room", { roomId, username: "Bob" })).success, true);
  await second.ask("send-message", { roomId, username: "Bob", message: "still here" });
  await ann.tell("send-message", 2);
  assert.deepEqual([ann.told("leave-room"), first.told("send-message").length], [[], 1]);
  second.close();
  assert.deepEqual(await ann.tell("leave-room"), [{ roomId, username: "Bob" }]);
  ann.close();
  first.close();
});

test("odd names are people, too", async () => {
  const roomId = await newRoom();
  const names = ["Ann Marie", "José", "李小龙", "👩‍👩‍👧 mum", "O'Brien <script>", "محمد"];
  const reader = await joined(roomId, "Reader");
  for (const username of names) {
    const client = await joined(roomId, username);
    await client.ask("send-message", { roomId, username, message: username });
    client.close();
  }
  const told = await reader.tell("send-message", names.length);
  assert.deepEqual(told.map(({ username, message }) => [username, message]), names.map((name) => [name, name]));
  reader.close();
});

test("twenty people who come at once are all told of, each once", async () => {
  const roomId = await newRoom();
  const reader = await joined(roomId, "Reader");
  const names = Array.from({ length: 20 }, (_, n) => `guest ${n}`);
  const clients = await Promise.all(names.map((name) => joined(roomId, name)));
  const told = await reader.tell("join-room", 20);
  assert.deepEqual(told.map(({ username }) => username).sort(), names.sort());
  assert.deepEqual(clients.flatMap((client, n) => client.told("join-room").filter((it) => it.username === `guest ${n}`)), []);
  for (const client of [reader, ...clients]) client.close();
});

test("what was said while a connection was lost comes once, also to those who join again", async () => {
  const roomId = await newRoom();
  const ann = await joined(roomId, "Ann");
  const way = await Way.to(server.url);
  const bob = new Client(way.url);
  // As pages do: whenever there is a connection, join.
  bob.socket.on("connect", () => bob.socket.emit("join-room", { roomId, username: "Bob" }, () => bob.note({ event: "in", said: [] })));
  await bob.tell("in");
  const say = (message) => ann.ask("send-message", { roomId, username: "Ann", message });
  await say("before");
  await bob.tell("send-message");
  await new Promise((resolve) => setTimeout(resolve, 600));
  way.cut();
  await bob.tell("disconnect");
  await say("meanwhile");
  await bob.tell("in", 2);
  await say("after");
  await bob.tell("send-message", 3);
  assert.deepEqual(bob.told("send-message").map(({ message }) => message), ["before", "meanwhile", "after"]);
  ann.close();
  bob.close();
  way.close();
});

test("a client that never acknowledges and never listens harms nobody", async () => {
  const roomId = await newRoom();
  const ann = await joined(roomId, "Ann");
  const mute = await server.client().connected();
  mute.socket.emit("join-room", { roomId, username: "Mute" });
  await ann.tell("join-room");
  for (let n = 0; n < 50; n++) mute.socket.emit("send-message", { roomId, username: "Mute", message: `${n}` });
  const told = await ann.tell("send-message", 50);
  assert.deepEqual(told.map(({ message }) => Number(message)), Array.from({ length: 50 }, (_, n) => n));
  mute.close();
  ann.close();
});

test("what was said is there after a restart", async () => {
  const roomId = await newRoom();
  const ann = await joined(roomId, "Ann", { reconnection: false });
  await ann.ask("send-message", { roomId, username: "Ann", message: "for later" });
  await server.restart();
  const { users, messages } = await room(roomId);
  assert.deepEqual(messages.map(({ username, message }) => [username, message]), [["Ann", "for later"]]);
  assert.ok(users.length <= 1);
  const again = await joined(roomId, "Ann");
  await again.ask("send-message", { roomId, username: "Ann", message: "and on" });
  assert.equal((await room(roomId)).messages.length, 2);
  ann.close();
  again.close();
});

test("settings that cannot be used are one sentence, and end with 2", async () => {
  for (const env of [{ PORT: "many" }, { JWT_SECRET: "short" }, { DATABASE_URL: "mysql://x" }]) {
    await assert.rejects(Server.start("invite-rooms", { env }), (error) => {
      const [, said] = /ended with 2: invite-rooms: (.*)\n/.exec(error.message) ?? assert.fail(error.message);
      return said.startsWith(Object.keys(env)[0]);
    });
  }
});
