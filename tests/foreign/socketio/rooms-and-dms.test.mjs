/* Contract: rooms and private messages, JWT. Every endpoint and event, and what people do. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Client, Server, Way } from "./harness.mjs";

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const PASSWORD = "correct horse";

let server;
before(async () => (server = await Server.start("rooms-and-dms")));
after(async () => assert.equal(await server.stop(), 0));

async function user(username) {
  const account = { username, email: `${username}@example.org`, password: PASSWORD };
  const { status, body } = await server.rest("POST", "/api/auth/register", account);
  assert.equal(status, 201, JSON.stringify(body));
  return body.token;
}

const connected = (token) => server.client({ auth: { token } }).connected();
const texts = (messages) => messages.map(({ message }) => message);

test("users register and log in, and are refused by a status and a code", async () => {
  const ask = async (path, body) => {
    const answer = await server.rest("POST", `/api/auth/${path}`, body);
    assert.equal(typeof answer.body.message, "string");
    return [answer.status, answer.body.code];
  };
  await user("taken");
  const account = { username: "taken", email: "other@example.org", password: PASSWORD };
  assert.deepEqual(await ask("register", account), [409, "username-taken"]);
  assert.deepEqual(await ask("register", { ...account, username: "x", email: "taken@example.org" }), [409, "email-taken"]);
  assert.deepEqual(await ask("register", { username: "x", password: PASSWORD }), [400, "invalid-field"]);
  assert.deepEqual(await ask("register", { ...account, username: "x", email: "none" }), [400, "invalid-field"]);
  assert.deepEqual(await ask("login", { username: "taken", password: "wrong horse" }), [401, "invalid-credentials"]);
  const { status, body } = await server.rest("POST", "/api/auth/login", { username: "taken", password: PASSWORD });
  assert.equal(status, 200);
  assert.equal(typeof body.token, "string");
  assert.equal((await server.rest("GET", "/api/chatrooms")).status, 401);
  assert.equal((await server.rest("GET", "/api/messages/taken")).status, 401);
});

test("the exchange in a room is to the letter", async () => {
  const [a, b] = [await user("ann"), await user("bob")];
  const made = await server.rest("POST", "/api/chatrooms", { name: "TechTalk" }, a);
  assert.equal(made.status, 201);
  const { roomId } = made.body;
  const [ann, bob] = [await connected(a), await connected(b)];
  await ann.ask("joinRoom", { roomId });
  assert.deepEqual(await ann.tell("history"), [{ roomId, messages: [] }]);
  await ann.ask("sendMessage", { roomId, message: "first" });
  await bob.ask("joinRoom", { roomId });
  const [history] = await bob.tell("history");
  assert.deepEqual([history.roomId, texts(history.messages), history.messages[0].sender], [roomId, ["first"], "ann"]);
  assert.deepEqual(await ann.tell("userJoined"), [{ roomId, username: "bob" }]);
  await ann.until(() => ann.told("activeUsers").some(({ users }) => users.length === 2), "both");
  bob.socket.emit("sendMessage", { roomId, message: "Hello" });
  const message = (await ann.tell("receiveMessage", 2))[1];
  assert.match(message.timestamp, TIMESTAMP);
  const { seq, timestamp } = message;
  assert.deepEqual(message, { roomId, seq, sender: "bob", message: "Hello", timestamp });
  assert.deepEqual(await bob.tell("receiveMessage"), [message], "what history told does not come again");
  const { body: list } = await server.rest("GET", "/api/chatrooms", undefined, a);
  const room = list.find((room) => room.roomId === roomId);
  assert.deepEqual([room.name, room.participants.sort()], ["TechTalk", ["ann", "bob"]]);
  assert.match(room.createdAt, TIMESTAMP);
  await bob.ask("leaveRoom", { roomId });
  assert.deepEqual(await ann.tell("userLeft"), [{ roomId, username: "bob" }]);
  await bob.refused("not-a-member", "sendMessage", { roomId, message: "too late" });
  await bob.ask("joinRoom", { roomId });
  assert.equal((await ann.tell("userJoined", 2))[1].username, "bob");
  bob.close();
  assert.equal((await ann.tell("userLeft", 2))[1].username, "bob");
  ann.close();
});

test("a room that is made over the socket is entered", async () => {
  const [a, b] = [await user("cleo"), await user("dan")];
  const [cleo, dan] = [await connected(a), await connected(b)];
  const { roomId, name } = await cleo.ask("createRoom", { name: "Made here" });
  assert.equal(name, "Made here");
  await dan.ask("joinRoom", { roomId });
  await dan.ask("sendMessage", { roomId, message: "hi" });
  assert.equal((await cleo.tell("receiveMessage"))[0].message, "hi");
  cleo.close();
  dan.close();
});

test("private messages reach both, on all their connections, and nobody else", async () => {
  const [a, b, c] = [await user("gina"), await user("hans"), await user("ivan")];
  const [gina, hans, hans2, ivan] = [await connected(a), await connected(b), await connected(b), await connected(c)];
  assert.equal((await gina.ask("privateMessage", { to: "hans", message: "psst" })).success, true);
  for (const client of [gina, hans, hans2]) {
    const [message] = await client.tell("privateMessage");
    assert.match(message.timestamp, TIMESTAMP);
    const { seq, timestamp } = message;
    assert.deepEqual(message, { seq, sender: "gina", to: "hans", message: "psst", timestamp });
  }
  hans2.close();
  await hans.ask("privateMessage", { to: "gina", message: "what?" });
  assert.deepEqual(texts(await gina.tell("privateMessage", 2)), ["psst", "what?"]);
  assert.deepEqual(ivan.told("privateMessage"), []);

  gina.close();
  await hans.ask("privateMessage", { to: "gina", message: "are you there?" });
  const again = await connected(a);
  const { body } = await server.rest("GET", "/api/messages/hans", undefined, a);
  assert.deepEqual(texts(body.messages), ["psst", "what?", "are you there?"]);
  await hans.ask("privateMessage", { to: "gina", message: "welcome back" });
  assert.deepEqual(texts(await again.tell("privateMessage")), ["welcome back"]);
  const others = await server.rest("GET", "/api/messages/hans", undefined, c);
  assert.deepEqual(others.body.messages, []);

  await again.refused("user-not-found", "privateMessage", { to: "nobody", message: "x" });
  await again.refused("user-not-found", "privateMessage", { to: "no body", message: "x" });
  await again.refused("invalid-field", "privateMessage", { to: "gina", message: "to myself" });
  await again.refused("invalid-field", "privateMessage", { to: "hans", message: "" });
  await again.refused("invalid-field", "privateMessage", { to: "hans" });
  assert.equal((await server.rest("GET", "/api/messages/nobody", undefined, a)).status, 404);
  for (const client of [hans, ivan, again]) client.close();
});

test("what was said while a connection was lost comes once, private messages, too", async () => {
  const [a, b] = [await user("jane"), await user("kurt")];
  const way = await Way.to(server.url);
  const kurt = await connected(b);
  const jane = await new Client(way.url, { auth: { token: a } }).connected();
  const { roomId } = await kurt.ask("createRoom", { name: "Lost" });
  await jane.ask("joinRoom", { roomId });
  await kurt.ask("privateMessage", { to: "jane", message: "before" });
  await kurt.ask("sendMessage", { roomId, message: "before" });
  await jane.tell("privateMessage");
  await jane.tell("receiveMessage");
  await new Promise((resolve) => setTimeout(resolve, 600));
  way.cut();
  await jane.tell("disconnect");
  await kurt.ask("privateMessage", { to: "jane", message: "meanwhile" });
  await kurt.ask("sendMessage", { roomId, message: "meanwhile" });
  await jane.tell("connect", 2);
  await kurt.ask("privateMessage", { to: "jane", message: "after" });
  await kurt.ask("sendMessage", { roomId, message: "after" });
  await jane.tell("privateMessage", 3);
  await jane.tell("receiveMessage", 3);
  assert.deepEqual(texts(jane.told("privateMessage")), ["before", "meanwhile", "after"]);
  assert.deepEqual(texts(jane.told("receiveMessage")), ["before", "meanwhile", "after"]);
  jane.close();
  kurt.close();
  way.close();
});

test("every refused event has a code", async () => {
  const client = await connected(await user("lena"));
  await client.refused("room-not-found", "joinRoom", { roomId: "none" });
  await client.refused("room-not-found", "joinRoom", { roomId: "dm-00000000000000000000000000000000" });
  await client.refused("invalid-field", "joinRoom", { roomId: "" });
  await client.refused("invalid-field", "createRoom", { name: "" });
  await client.refused("invalid-field", "createRoom", {});
  await client.refused("not-a-member", "leaveRoom", { roomId: "none" });
  await client.refused("not-a-member", "sendMessage", { roomId: "none", message: "x" });
  await client.refused("unknown-action", "shout", {});
  client.close();
});
