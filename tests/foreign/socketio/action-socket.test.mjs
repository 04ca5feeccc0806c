/* Contract: rooms by HTTP and a plain WebSocket whose frames are actions. Every endpoint and action, by Node's `ws`. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { PATIENCE_MS, Server } from "./harness.mjs";

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{3})?Z$/;
const PASSWORD = "correct horse";
const PROGRAM = "action-socket";

let server;
const open = new Set();
before(async () => {
  server = await Server.start(PROGRAM);
  for (const name of ["ann", "bob"]) await add(server, name);
});
after(async () => {
  for (const client of open) client.socket.terminate();
  assert.equal(await server.stop(), 0);
});

async function add(server, name) {
  assert.deepEqual(await server.command(["user", "add", name, "--password-stdin"]), [0, ""]);
}

const post = (path, body, token) => server.rest("POST", path, body, token);
const get = (path, token) => server.rest("GET", path, undefined, token);

async function logIn(username, password = PASSWORD) {
  const { status, body } = await post("/api/login", { username, password });
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.status, "success");
  return body.token;
}

async function newRoom(token, creator, roomName = "TechTalk") {
  const { status, body } = await post("/api/create-room", { roomName, creator }, token);
  assert.equal(status, 200, JSON.stringify(body));
  assert.equal(body.status, "success");
  assert.match(body.roomId, /^room_\w+$/);
  return body.roomId;
}

/** A client that knows nothing but actions. */
class Client {
  static async open(headers, target = server) {
    const client = new Client(new WebSocket(`${target.url.replace("http", "ws")}/chat`, { headers }));
    await client.until(() => client.socket.readyState === WebSocket.OPEN, "the connection");
    return client;
  }

  constructor(socket) {
    this.socket = socket;
    this.told = [];
    this.wake = () => {};
    socket.on("error", () => {});
    for (const event of ["open", "close"]) socket.on(event, () => this.wake());
    socket.on("message", (data) => {
      this.told.push(JSON.parse(data.toString()));
      this.wake();
    });
    open.add(this);
  }

  async until(look, what) {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = look();
      if (found) return found;
      assert.ok(Date.now() < deadline, `${what} does not come; there is ${JSON.stringify(this.told)}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, deadline - Date.now());
        this.wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  say(action, fields = {}) {
    this.socket.send(JSON.stringify({ action, ...fields }));
  }

  all(action) {
    return this.told.filter((frame) => frame.action === action);
  }

  /** Waits for so many frames of an action, and returns the last of them. */
  async tell(action, fields, count = 1) {
    await this.until(() => this.all(action).length >= count, `${count} × ${action}`);
    const frame = this.all(action)[count - 1];
    for (const [name, value] of Object.entries(fields)) assert.deepEqual(frame[name], value, JSON.stringify(frame));
    return frame;
  }

  close() {
    open.delete(this);
    this.socket.terminate();
  }
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });

test("it says where it is on one line", () => {
  assert.match(server.line, /^action-socket is ready at http:\/\/127\.0\.0\.1:\d+$/);
});

test("login gives a token and a same-site cookie", async () => {
  const response = await fetch(`${server.url}/api/login`, {
    method: "POST",
    body: JSON.stringify({ username: "ann", password: PASSWORD }),
  });
  const { status, token } = await response.json();
  assert.deepEqual([response.status, status], [200, "success"]);
  const cookie = response.headers.get("set-cookie");
  assert.ok(cookie.startsWith(`token=${token}; `), cookie);
  for (const part of ["HttpOnly", "SameSite=Strict", "Path=/"]) assert.ok(cookie.includes(part), cookie);
});

test("the flow is to the letter", async () => {
  const [ann, bob] = [await logIn("ann"), await logIn("bob")];
  const roomId = await newRoom(ann, "ann");
  const { body: rooms } = await get("/api/rooms", bob);
  assert.ok(Array.isArray(rooms));
  assert.deepEqual(rooms.find((room) => room.roomId === roomId), { roomId, roomName: "TechTalk" });
  const joined = await post("/api/join-room", { roomId, username: "bob" }, bob);
  assert.deepEqual(joined, { status: 200, body: { status: "success", message: "Joined room TechTalk" } });

  const hers = await Client.open(bearer(ann));
  hers.say("join", { username: "ann", roomId });
  await hers.tell("joined", { roomId, message: "Welcome to TechTalk!" });
  const his = await Client.open({ cookie: `theme=dark; token=${bob}` });
  his.say("join", { username: "bob", roomId });
  await his.tell("joined", { roomId, message: "Welcome to TechTalk!" });
  his.say("send-message", { roomId, message: "Hello, everyone! 😀" });
  for (const client of [hers, his]) {
    const told = await client.tell("new-message", { roomId, sender: "bob", message: "Hello, everyone! 😀" });
    assert.match(told.timestamp, TIMESTAMP);
  }
  his.say("leave", { username: "bob", roomId });
  await hers.tell("user-left", { username: "bob" });
  // Over the WebSocket alone one becomes a member, too.
  his.say("join", { username: "bob", roomId });
  await hers.tell("user-joined", { username: "bob" });

  const { status, body: history } = await get(`/api/chat-history/${roomId}`, ann);
  assert.deepEqual([status, history.roomId, history.messages.length], [200, roomId, 1]);
  const [{ sender, message, timestamp }] = history.messages;
  assert.deepEqual([sender, message], ["bob", "Hello, everyone! 😀"]);
  assert.match(timestamp, TIMESTAMP);
  hers.close();
  his.close();
});

test("what is wrong is refused with a status and a code", async () => {
  const [ann, bob] = [await logIn("ann"), await logIn("bob")];
  const roomId = await newRoom(ann, "ann");
  const cases = [
    ["POST", "/api/login", undefined, { username: "ann", password: "another password" }, 401, "invalid-credentials"],
    ["POST", "/api/login", undefined, { username: "nobody", password: PASSWORD }, 401, "invalid-credentials"],
    ["POST", "/api/login", undefined, { username: "ann" }, 400, "invalid-field"],
    ["POST", "/api/login", undefined, "{", 400, "bad-json"],
    ["GET", "/api/login", undefined, undefined, 405, "method-not-allowed"],
    ["GET", "/api/nothing", undefined, undefined, 404, "not-found"],
    ["GET", "/api/rooms", undefined, undefined, 401, "unauthorized"],
    ["GET", "/api/rooms", "x.y.z", undefined, 401, "unauthorized"],
    ["POST", "/api/create-room", undefined, {}, 401, "unauthorized"],
    ["POST", "/api/create-room", ann, { roomName: "A", creator: "bob" }, 403, "forbidden"],
    ["POST", "/api/create-room", ann, { roomName: " ", creator: "ann" }, 400, "invalid-field"],
    ["POST", "/api/create-room", ann, { roomName: 7, creator: "ann" }, 400, "invalid-field"],
    ["POST", "/api/create-room", ann, { roomName: "A" }, 400, "invalid-field"],
    ["POST", "/api/join-room", undefined, { roomId, username: "ann" }, 401, "unauthorized"],
    ["POST", "/api/join-room", ann, { roomId, username: "bob" }, 403, "forbidden"],
    ["POST", "/api/join-room", ann, { roomId: "none", username: "ann" }, 404, "room-not-found"],
    ["POST", "/api/join-room", ann, { username: "ann" }, 400, "invalid-field"],
    ["GET", "/api/chat-history/none", ann, undefined, 404, "room-not-found"],
    ["GET", `/api/chat-history/${roomId}`, undefined, undefined, 401, "unauthorized"],
    ["GET", `/api/chat-history/${roomId}`, bob, undefined, 403, "not-a-member"],
  ];
  for (const [method, path, token, body, status, code] of cases) {
    const answer = await server.rest(method, path, body, token);
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${method} ${path} ${JSON.stringify(body)}`);
    assert.equal(typeof answer.body.message, "string");
  }
});

test("the socket answers what is wrong by an action", async () => {
  const ann = await logIn("ann");
  const roomId = await newRoom(ann, "ann");
  const nobody = await Client.open({});
  nobody.say("join", { username: "ann", roomId });
  const { message } = await nobody.tell("error", { code: "unauthorized" });
  assert.equal(typeof message, "string");
  const client = await Client.open(bearer(ann));
  const wrong = [
    ["dance", {}, "unknown-action"],
    ["join", { username: "ann", roomId: "no-such-room" }, "room-not-found"],
    ["send-message", { roomId }, "invalid-field"],
    ["send-message", { roomId, message: "" }, "invalid-field"],
    ["send-message", { roomId: "no-such-room", message: "x" }, "room-not-found"],
  ];
  for (const [number, [action, fields, code]] of wrong.entries()) {
    client.say(action, fields);
    await client.tell("error", { code }, number + 1);
  }
  nobody.close();
  client.close();
});

// With a database that is given, it is the same for both servers.
const skip = process.env.TEST_DATABASE_URL ? "it takes a database of its own" : false;

test("users, tokens and messages are there after a restart, and users are added while nothing runs", { skip }, async () => {
  const [own, shared] = [await Server.start(PROGRAM), server];
  server = own;
  try {
    own.ownFolder = false;
    await add(own, "ann");
    const ann = await logIn("ann");
    const roomId = await newRoom(ann, "ann", "Lasting");
    const client = await Client.open(bearer(ann));
    client.say("join", { username: "ann", roomId });
    await client.tell("joined", {});
    client.say("send-message", { roomId, message: "for later" });
    await client.tell("new-message", {});
    client.close();
    assert.equal(await own.stop(), 0);
    await add(own, "bob");
    own.ownFolder = true;
    await own.begin();
    const { body } = await get(`/api/chat-history/${roomId}`, ann);
    assert.deepEqual(body.messages.map(({ sender, message }) => [sender, message]), [["ann", "for later"]]);
    await logIn("bob");
    const [code, said] = await own.command(["user", "add", "BOB", "--password-stdin"]);
    assert.equal(code, 1);
    assert.match(said, /^action-socket: .*taken/);
  } finally {
    server = shared;
    await own.stop();
  }
});
