/* Contract: public and private rooms, JWT. Every endpoint and event, and what people do. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "./harness.mjs";

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const PASSWORD = "correct horse";

let server;
before(async () => (server = await Server.start("socketio-jwt", { env: { JWT_SECRET: "sixteen bytes..." } })));
after(async () => assert.equal(await server.stop(), 0));

async function user(username) {
  const { status, body } = await server.rest("POST", "/api/users/register", { username, password: PASSWORD });
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(body.token.split(".").length, 3);
  return body.token;
}

const connected = (token) => server.client({ auth: { token } }).connected();

async function newRoom(token, body) {
  const { status, body: room } = await server.rest("POST", "/api/rooms", body, token);
  assert.equal(status, 201, JSON.stringify(room));
  assert.equal(room.name, body.name);
  return room.roomId;
}

const rooms = async (token) => (await server.rest("GET", "/api/rooms", undefined, token)).body;

test("users register and log in, and are refused by a status and a code", async () => {
  const ask = async (path, body) => {
    const answer = await server.rest("POST", `/api/users/${path}`, body);
    return [answer.status, answer.body.code];
  };
  const mail = { username: "mail", password: PASSWORD, email: "mail@example.org" };
  assert.equal((await server.rest("POST", "/api/users/register", mail)).status, 201);
  const login = await server.rest("POST", "/api/users/login", { username: "mail", password: PASSWORD });
  assert.equal(login.status, 200);
  assert.equal(login.body.user.username, "mail");
  assert.ok(!JSON.stringify(login.body).includes("argon2"));
  assert.deepEqual(await ask("register", mail), [409, "username-taken"]);
  assert.deepEqual(await ask("register", { username: "a b", password: PASSWORD }), [400, "invalid-field"]);
  assert.deepEqual(await ask("register", { username: "short", password: "x" }), [400, "invalid-field"]);
  assert.deepEqual(await ask("register", { username: "none" }), [400, "invalid-field"]);
  assert.deepEqual(await ask("register", "{"), [400, "bad-json"]);
  assert.deepEqual(await ask("login", { username: "mail", password: "wrong horse" }), [401, "invalid-credentials"]);
  assert.deepEqual(await ask("login", { username: "nobody", password: PASSWORD }), [401, "invalid-credentials"]);
});

test("sixty people register from one address within a minute", async () => {
  const names = Array.from({ length: 40 }, (_, n) => `many${n}`);
  for (const name of names) await user(name);
});

test("nobody comes in without a valid token", async () => {
  for (const auth of [undefined, {}, { token: "x.y.z" }, { token: 7 }]) {
    const client = server.client({ auth, reconnection: false });
    assert.equal((await client.tell("connect_error"))[0].data.code, "unauthorized");
    client.close();
  }
  assert.equal((await server.rest("GET", "/api/rooms")).status, 401);
  assert.equal((await server.rest("POST", "/api/rooms", { name: "x" })).status, 401);
});

test("the exchange is to the letter", async () => {
  const [a, b] = [await user("ann"), await user("bob")];
  const roomId = await newRoom(a, { name: "TechTalk" });
  const [ann, bob] = [await connected(a), await connected(b)];
  await ann.refused("not-a-member", "sendMessage", { message: "nowhere" });
  assert.equal((await ann.ask("joinRoom", { roomId })).success, true);
  assert.equal((await bob.ask("joinRoom", { roomId })).success, true);
  bob.socket.emit("sendMessage", { message: "Hello" });
  for (const client of [ann, bob]) {
    const [message] = await client.tell("receiveMessage");
    assert.match(message.timestamp, TIMESTAMP);
    assert.deepEqual(message, { user: "bob", message: "Hello", timestamp: message.timestamp });
  }
  const listed = (await rooms(a)).find((room) => room.roomId === roomId);
  assert.deepEqual([listed.name, listed.activeUsers.sort()], ["TechTalk", ["ann", "bob"]]);
  const { body } = await server.rest("GET", `/api/rooms/${roomId}/messages`, undefined, a);
  assert.deepEqual(body.messages.map(({ user: name, message }) => [name, message]), [["bob", "Hello"]]);

  const other = await newRoom(b, { name: "Elsewhere" });
  assert.equal((await bob.ask("joinRoom", { roomId: other })).success, true);
  await bob.ask("sendMessage", { message: "over here" });
  await bob.tell("receiveMessage", 2);
  await ann.ask("sendMessage", { message: "where are you?" });
  await ann.tell("receiveMessage", 2);
  assert.deepEqual([ann.told("receiveMessage").length, bob.told("receiveMessage").length], [2, 2]);

  await ann.until(() => ann.told("activeUsers").some(({ users }) => users.join() === "ann"), "that bob has left");
  ann.close();
  for (;;) {
    const listed = (await rooms(b)).find((room) => room.roomId === roomId);
    if (listed.activeUsers.length === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  bob.close();
});

test("a private room is its members' alone", async () => {
  const [a, b] = [await user("carla"), await user("dave")];
  const roomId = await newRoom(a, { name: "Secret", isPrivate: true });
  assert.ok((await rooms(a)).some((room) => room.roomId === roomId && room.isPrivate));
  assert.ok(!(await rooms(b)).some((room) => room.roomId === roomId));
  const dave = await connected(b);
  await dave.refused("room-not-found", "joinRoom", { roomId });
  assert.equal((await server.rest("GET", `/api/rooms/${roomId}/messages`, undefined, b)).status, 404);
  const invite = (body, token) => server.rest("POST", `/api/rooms/${roomId}/members`, body, token);
  assert.equal((await invite({ username: "dave" }, b)).status, 404);
  assert.equal((await invite({ username: "nobody" }, a)).status, 404);
  assert.equal((await invite({ username: "dave" }, a)).status, 200);
  assert.equal((await dave.ask("joinRoom", { roomId })).success, true);
  dave.close();
});

test("every refused event has a code", async () => {
  const token = await user("eve");
  const client = await connected(token);
  await client.refused("room-not-found", "joinRoom", { roomId: "no-such-room" });
  await client.refused("invalid-field", "joinRoom", {});
  await client.refused("invalid-field", "sendMessage", {});
  await client.refused("unknown-action", "shout", {});
  const roomId = await newRoom(token, { name: "Eve's" });
  await client.ask("joinRoom", { roomId });
  await client.refused("invalid-field", "sendMessage", { message: "" });
  client.socket.emit("sendMessage", { message: "" });
  assert.equal((await client.tell("error"))[0].code, "invalid-field");
  for (const body of [{}, { name: "" }, { name: 7 }, { name: "x", isPrivate: "yes" }]) {
    assert.equal((await server.rest("POST", "/api/rooms", body, token)).status, 400, JSON.stringify(body));
  }
  client.close();
});

test("users, tokens and messages are there after a restart", async () => {
  const token = await user("fred");
  const roomId = await newRoom(token, { name: "Lasting" });
  const fred = await connected(token);
  await fred.ask("joinRoom", { roomId });
  await fred.ask("sendMessage", { message: "for later" });
  fred.close();
  await server.restart();
  const { body } = await server.rest("GET", `/api/rooms/${roomId}/messages`, undefined, token);
  assert.deepEqual(body.messages.map(({ message }) => message), ["for later"]);
  const login = await server.rest("POST", "/api/users/login", { username: "fred", password: PASSWORD });
  assert.equal(login.status, 200);
});
