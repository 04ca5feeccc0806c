/* Contract: direct messages and an administrator's broadcasts, REST and Socket.IO, JWT. Every endpoint and event, and what people
do. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Client, Server, Way } from "./harness.mjs";

const TIMESTAMP = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const PASSWORD = "correct horse";
const PROGRAM = "direct-and-broadcast";

let server, chief;
before(async () => {
  server = await Server.start(PROGRAM);
  assert.deepEqual(await server.command(["user", "add", "chief", "--password-stdin", "--admin"]), [0, ""]);
  chief = await logIn("chief");
});
after(async () => assert.equal(await server.stop(), 0));

async function register(username, more = {}) {
  const { status, body } = await server.rest("POST", "/api/auth/register", { username, password: PASSWORD, ...more });
  assert.equal(status, 201, JSON.stringify(body));
  return { ...body.user, token: body.token };
}

async function logIn(username, password = PASSWORD) {
  const { status, body } = await server.rest("POST", "/api/auth/login", { username, password });
  assert.equal(status, 200, JSON.stringify(body));
  return { ...body.user, token: body.token };
}

const connected = (user) => server.client({ auth: { token: user.token } }).connected();
const texts = (messages) => messages.map(({ message }) => message);
const by = (user) => (method, path, body) => server.rest(method, path, body, user.token);

async function refused(status, code, answer) {
  const { status: was, body } = await answer;
  assert.deepEqual([was, body.code], [status, code], JSON.stringify(body));
  assert.equal(typeof body.message, "string");
}

test("users register and log in, and are refused by a status and a code", async () => {
  const account = { username: "taken", email: "taken@example.org", password: PASSWORD };
  const made = await server.rest("POST", "/api/auth/register", account);
  assert.equal(made.status, 201);
  const { status, body } = await server.rest("POST", "/api/auth/login", { username: "taken", password: PASSWORD });
  assert.equal(status, 200);
  assert.equal(typeof body.token, "string");
  const { _id, username, email, createdAt } = body.user;
  assert.deepEqual([typeof _id, username, email], ["string", "taken", "taken@example.org"]);
  assert.match(createdAt, TIMESTAMP);
  assert.deepEqual(made.body.user, body.user);
  assert.doesNotMatch(JSON.stringify([made.body, body]), /argon2|password|hash/i);
  const ask = (path, body) => server.rest("POST", `/api/auth/${path}`, body);
  await refused(409, "username-taken", ask("register", { ...account, email: "other@example.org" }));
  await refused(409, "email-taken", ask("register", { ...account, username: "x" }));
  await refused(400, "invalid-field", ask("register", { ...account, username: "x", email: "none" }));
  await refused(400, "invalid-field", ask("register", { username: "x y", password: PASSWORD }));
  await refused(400, "invalid-field", ask("register", { username: "x" }));
  await refused(400, "bad-json", ask("register", "{"));
  await refused(401, "invalid-credentials", ask("login", { username: "taken", password: "wrong horse" }));
  await refused(401, "invalid-credentials", ask("login", { username: "nobody", password: PASSWORD }));
  await refused(400, "invalid-field", ask("login", { username: "taken" }));
  await refused(405, "method-not-allowed", server.rest("GET", "/api/auth/login"));
  await refused(404, "not-found", server.rest("GET", "/api/nothing"));
});

test("without a token nothing is told, and nobody connects", async () => {
  for (const [method, path] of [
    ["GET", "/api/users?search=a"],
    ["GET", "/api/users/x"],
    ["PATCH", "/api/users/x"],
    ["DELETE", "/api/users/x"],
    ["GET", "/api/messages/all"],
    ["PATCH", "/api/messages/announcements-1"],
  ]) {
    await refused(401, "unauthorized", server.rest(method, path, method === "PATCH" ? {} : undefined));
    await refused(401, "unauthorized", server.rest(method, path, method === "PATCH" ? {} : undefined, "not a token"));
  }
  for (const auth of [undefined, { token: "not a token" }]) {
    const client = server.client({ auth, reconnection: false });
    const [error] = await client.tell("connect_error");
    assert.equal(error.data.code, "unauthorized");
    assert.equal(typeof error.data.message, "string");
    client.close();
  }
});

test("users read and change themselves", async () => {
  const [ann, bob] = [await register("anna", { email: "anna@example.org" }), await register("bobby")];
  const own = await by(ann)("GET", `/api/users/${ann._id}`);
  assert.deepEqual([own.status, own.body.email], [200, "anna@example.org"]);
  const others = await by(bob)("GET", `/api/users/${ann._id}`);
  assert.deepEqual(others.body, { _id: ann._id, username: "anna", createdAt: ann.createdAt }, "an address is one's own");
  assert.equal((await by(chief)("GET", `/api/users/${ann._id}`)).body.email, "anna@example.org");
  await refused(404, "user-not-found", by(ann)("GET", "/api/users/nobody"));

  const path = `/api/users/${ann._id}`;
  const changed = await by(ann)("PATCH", path, { username: "annika", email: "annika@example.org" });
  assert.deepEqual([changed.status, changed.body.username, changed.body.email], [200, "annika", "annika@example.org"]);
  assert.equal((await logIn("annika"))._id, ann._id);
  assert.equal((await by(ann)("PATCH", path, { email: "" })).body.email, null);
  await refused(409, "username-taken", by(ann)("PATCH", path, { username: "bobby" }));
  await refused(400, "invalid-field", by(ann)("PATCH", path, { username: "a b" }));
  await refused(400, "invalid-field", by(ann)("PATCH", path, {}));
  await refused(403, "forbidden", by(bob)("PATCH", path, { username: "mine" }));
  await refused(403, "forbidden", by(chief)("PATCH", path, { username: "mine" }));

  await refused(400, "invalid-field", by(ann)("PATCH", path, { password: "another horse" }));
  const wrong = { password: "another horse", currentPassword: "wrong horse" };
  await refused(401, "invalid-credentials", by(ann)("PATCH", path, wrong));
  const right = { password: "another horse", currentPassword: PASSWORD };
  await refused(400, "invalid-field", by(ann)("PATCH", path, { ...right, username: "both" }));
  assert.equal((await by(ann)("PATCH", path, right)).status, 200);
  await refused(401, "invalid-credentials", server.rest("POST", "/api/auth/login", { username: "annika", password: PASSWORD }));
  assert.equal((await logIn("annika", "another horse"))._id, ann._id);
});

test("users delete themselves, and nobody else", async () => {
  const [gone, left] = [await register("gone"), await register("left")];
  const client = await connected(gone);
  await client.ask("sendMessage", { receiverId: left._id, message: "bye" });
  await refused(403, "forbidden", by(left)("DELETE", `/api/users/${gone._id}`));
  const { status, body } = await by(gone)("DELETE", `/api/users/${gone._id}`);
  assert.deepEqual([status, body], [204, null]);
  await client.tell("disconnect");
  await refused(401, "unauthorized", by(gone)("GET", `/api/users/${gone._id}`));
  await refused(404, "user-not-found", by(left)("GET", `/api/users/${gone._id}`));
  await refused(401, "invalid-credentials", server.rest("POST", "/api/auth/login", { username: "gone", password: PASSWORD }));
  assert.deepEqual((await by(left)("GET", "/api/users?search=gone")).body, []);
  assert.deepEqual(texts((await by(left)("GET", `/api/messages/${gone._id}`)).body), ["bye"]);
  const other = await connected(left);
  await other.refused("user-not-found", "sendMessage", { receiverId: gone._id, message: "still there?" });
  client.close();
  other.close();
});

test("users are found by a part of their name", async () => {
  const [ann] = [await register("searcher"), await register("Findling"), await register("unfindable"), await register("other")];
  const search = async (query) => (await by(ann)("GET", `/api/users?${query}`)).body;
  const names = (users) => users.map(({ username }) => username).sort();
  const found = await search("search=FIND");
  assert.deepEqual(names(found), ["Findling", "unfindable"]);
  assert.deepEqual(Object.keys(found[0]).sort(), ["_id", "createdAt", "username"]);
  assert.match(found[0].createdAt, TIMESTAMP);
  assert.deepEqual(names(await search(`search=find&after=${found[0]._id}`)), [found[1].username]);
  assert.deepEqual(await search("search=no-such-name"), []);
  assert.ok((await search("")).length >= 4, "without a part of a name all are found");
});

test("a search that has found many says where it goes on", async () => {
  const ann = await register("lists");
  // Made by the command line: one address may not register so many.
  for (let n = 1; n <= 51; n += 1) {
    assert.deepEqual(await server.command(["user", "add", `m${n}-many`, "--password-stdin"]), [0, ""]);
  }
  const ask = (more) => fetch(`${server.url}/api/users?search=-many${more}`, { headers: { authorization: `Bearer ${ann.token}` } });
  const first = await ask("");
  assert.equal((await first.json()).length, 50);
  const next = first.headers.get("x-next-after");
  const rest = await ask(`&after=${next}`);
  assert.deepEqual([(await rest.json()).length, rest.headers.get("x-next-after")], [1, null]);
});

test("a direct message reaches its receiver to the letter, and is read by them alone", async () => {
  const [a, b, c] = [await register("ann"), await register("bob"), await register("cleo")];
  const [ann, ann2, bob, bob2, cleo] = await Promise.all([a, a, b, b, c].map(connected));
  const { success, ...sent } = await ann.ask("sendMessage", { receiverId: b._id, message: "psst" });
  assert.equal(success, true);
  assert.match(sent.timestamp, TIMESTAMP);
  const { _id, timestamp } = sent;
  const message = { _id, senderId: a._id, receiverId: b._id, message: "psst", timestamp, isRead: false };
  assert.deepEqual(sent, message);
  for (const client of [bob, bob2]) {
    assert.deepEqual(await client.tell("privateMessage"), [message]);
    assert.deepEqual(await client.tell("receiveMessage"), [message]);
  }
  assert.deepEqual(await ann2.tell("receiveMessage"), [message], "what else its sender has connected knows of it");
  await bob.ask("sendMessage", { receiverId: a._id, message: "what?" });
  assert.deepEqual(texts(await ann.tell("privateMessage")), ["what?"]);
  assert.deepEqual(texts(await ann2.tell("privateMessage")), ["what?"], "one's own is no private message to oneself");

  const history = async (of, other) => (await by(of)("GET", `/api/messages/${other._id}`)).body;
  assert.deepEqual((await history(a, b))[0], message);
  assert.deepEqual(texts(await history(b, a)), ["psst", "what?"]);
  assert.deepEqual(await history(c, a), []);
  const before = await by(a)("GET", `/api/messages/${b._id}?before=${(await history(a, b))[1]._id}`);
  assert.deepEqual(texts(before.body), ["psst"]);
  await refused(400, "invalid-field", by(a)("GET", `/api/messages/${b._id}?before=announcements-1`));
  await refused(404, "message-not-found", by(a)("GET", `/api/messages/${b._id}?before=x`));

  const mark = (user, id, isRead = true) => by(user)("PATCH", `/api/messages/${id}`, { isRead });
  await refused(403, "forbidden", mark(a, _id));
  await refused(404, "message-not-found", mark(c, _id));
  await refused(404, "message-not-found", mark(chief, _id));
  await refused(404, "message-not-found", mark(b, "nothing"));
  await refused(404, "message-not-found", mark(b, _id.replace(/-\d+$/, "-1")));
  await refused(404, "message-not-found", mark(b, _id.replace(/-\d+$/, "-18446744073709551615")));
  await refused(400, "invalid-field", mark(b, _id, false));
  await refused(400, "invalid-field", by(b)("PATCH", `/api/messages/${_id}`, {}));
  assert.equal((await history(a, b))[0].isRead, false, "what is refused marks nothing");
  const marked = await mark(b, _id);
  assert.deepEqual([marked.status, marked.body], [200, { ...message, isRead: true }]);
  for (const view of [await history(a, b), await history(b, a)]) {
    assert.deepEqual(view.map(({ isRead }) => isRead), [true, false]);
  }
  assert.deepEqual(cleo.told("receiveMessage"), []);
  assert.deepEqual(cleo.told("privateMessage"), []);
  for (const client of [ann, ann2, bob, bob2, cleo]) client.close();
});

test("a broadcast reaches all who are connected, and is kept for all others", async () => {
  const [a, b] = [await register("dora"), await register("emil")];
  const [admin, dora] = [await connected(chief), await connected(a)];
  await dora.refused("forbidden", "sendMessage", { receiverId: "all", message: "I am nobody" });
  const { success, ...sent } = await admin.ask("sendMessage", { receiverId: "all", message: "We close at six" });
  assert.equal(success, true);
  const { _id, timestamp } = sent;
  const message = { _id, senderId: chief._id, receiverId: "all", message: "We close at six", timestamp, isRead: false };
  assert.deepEqual(sent, message);
  for (const client of [admin, dora]) assert.deepEqual(await client.tell("broadcastMessage"), [message]);
  assert.deepEqual(dora.told("privateMessage"), []);
  const last = async (user) => (await by(user)("GET", "/api/messages/all")).body.at(-1);
  assert.deepEqual(await last(b), message);
  await refused(401, "unauthorized", server.rest("GET", "/api/messages/all"));
  const marked = await by(a)("PATCH", `/api/messages/${_id}`, { isRead: true });
  assert.deepEqual([marked.status, marked.body], [200, { ...message, isRead: true }]);
  assert.deepEqual([(await last(a)).isRead, (await last(b)).isRead], [true, false], "each user reads for themselves");
  admin.close();
  dora.close();
});

test("what was said while a connection was lost comes once", async () => {
  const [a, b] = [await register("jane"), await register("kurt")];
  const way = await Way.to(server.url);
  const [kurt, admin] = [await connected(b), await connected(chief)];
  const jane = await new Client(way.url, { auth: { token: a.token } }).connected();
  const say = async (message) => {
    await kurt.ask("sendMessage", { receiverId: a._id, message });
    await admin.ask("sendMessage", { receiverId: "all", message });
  };
  await say("before");
  await jane.tell("privateMessage");
  await jane.tell("broadcastMessage");
  // What is told is known to have arrived within this.
  await new Promise((resolve) => setTimeout(resolve, 600));
  way.cut();
  await jane.tell("disconnect");
  await say("meanwhile");
  await jane.tell("connect", 2);
  await say("after");
  for (const event of ["privateMessage", "receiveMessage", "broadcastMessage"]) {
    assert.deepEqual(texts(await jane.tell(event, 3)), ["before", "meanwhile", "after"], event);
  }
  for (const client of [jane, kurt, admin]) client.close();
  way.close();
});

test("every refused event has a code", async () => {
  const user = await register("lena");
  const client = await connected(user);
  await client.refused("user-not-found", "sendMessage", { receiverId: "nobody", message: "x" });
  await client.refused("user-not-found", "sendMessage", { receiverId: "no body", message: "x" });
  await client.refused("invalid-field", "sendMessage", { receiverId: "", message: "x" });
  await client.refused("invalid-field", "sendMessage", { receiverId: user._id, message: "to myself" });
  await client.refused("invalid-field", "sendMessage", { receiverId: chief._id, message: "" });
  await client.refused("invalid-field", "sendMessage", { receiverId: chief._id });
  await client.refused("invalid-field", "sendMessage", { message: "x" });
  await client.refused("invalid-field", "sendMessage", "x");
  await client.refused("unknown-action", "shout", {});
  client.socket.emit("sendMessage", { receiverId: "nobody", message: "no acknowledgement is wanted" });
  assert.equal((await client.tell("error"))[0].code, "user-not-found");
  client.close();
});

// With a database that is given, it is the same for both servers.
const skip = process.env.TEST_DATABASE_URL ? "it takes a database of its own" : false;

test("messages, read marks and broadcasts are there after a restart", { skip }, async () => {
  const own = await Server.start(PROGRAM);
  assert.deepEqual(await own.command(["user", "add", "chief", "--password-stdin", "--admin"]), [0, ""]);
  const login = async (path, username) => (await own.rest("POST", `/api/auth/${path}`, { username, password: PASSWORD })).body;
  const [chief, ann] = [await login("login", "chief"), await login("register", "ann")];
  const client = await own.client({ auth: { token: chief.token } }).connected();
  const { _id } = await client.ask("sendMessage", { receiverId: ann.user._id, message: "kept" });
  await client.ask("sendMessage", { receiverId: "all", message: "kept for all" });
  await own.rest("PATCH", `/api/messages/${_id}`, { isRead: true }, ann.token);
  client.close();
  await own.restart();
  const read = async (id) => (await own.rest("GET", `/api/messages/${id}`, undefined, ann.token)).body;
  assert.deepEqual((await read(chief.user._id)).map(({ message, isRead }) => [message, isRead]), [["kept", true]]);
  assert.deepEqual((await read("all")).map(({ message, isRead }) => [message, isRead]), [["kept for all", false]]);
  assert.equal(await own.stop(), 0);
});

test("users are added while the server runs and while it does not", { skip }, async () => {
  const own = await Server.start(PROGRAM);
  const { folder } = own;
  own.ownFolder = false;
  const add = (name, ...flags) => own.command(["user", "add", name, "--password-stdin", ...flags]);
  assert.deepEqual(await add("running"), [0, ""]);
  assert.equal(statSync(join(folder, "data", PROGRAM, "control")).mode & 0o777, 0o600);
  const [taken, why] = await add("running");
  assert.equal(taken, 1);
  assert.match(why, /^direct-and-broadcast: .*taken/);
  assert.equal((await add("a b"))[0], 1);
  assert.equal((await own.command(["user", "add", "x", "--password-stdin"], ""))[0], 1);
  assert.equal((await own.command(["user", "add", "x", "--password-stdin"], "short\n"))[0], 1);
  for (const args of [["user"], ["user", "add"], ["user", "add", "x"], ["serve"], ["user", "add", "x", "--password-stdin", "--root"]]) {
    const [code, said] = await own.command(args);
    assert.equal(code, 2, said);
    assert.match(said, /^direct-and-broadcast: usage: .*\n$/);
  }
  assert.equal(await own.stop("SIGTERM"), 0);
  assert.deepEqual(await add("stopped", "--admin"), [0, ""]);
  own.ownFolder = true;
  await own.begin();
  const login = async (username) => (await own.rest("POST", "/api/auth/login", { username, password: PASSWORD })).body.user;
  assert.equal((await login("running")).isAdmin, false);
  assert.equal((await login("stopped")).isAdmin, true);
  assert.equal(await own.stop("SIGKILL"), null);
});
