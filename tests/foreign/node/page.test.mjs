/* The modules of the server's page, by themselves: node --test page.test.mjs */
import assert from "node:assert/strict";
import { afterEach, mock, test } from "node:test";
import { element, socket } from "./browser.mjs";

const { roomOf } = await import("/address.js");
const { Connection } = await import("/connection.js");
const { Log } = await import("/log.js");
const { People } = await import("/people.js");
const { become, known, me, words } = await import("/server.js");

const JOINED = {
  action: "joined", re: "join", roomId: "r", epoch: "e", head: 5, seq: 5, roomName: "R",
  online: [{ userId: "g-1", username: "ann" }], onlineCount: 1, memberCount: 1,
};
const entry = (action, seq, fields = {}) =>
  ({ action, roomId: "r", seq, after: seq - 1, timestamp: "2026-11-20T19:25:00.000Z", ...fields });
const settled = () => new Promise((resolve) => setTimeout(resolve, 10));

/** Has requests answered by this: it returns a status and a body. */
const answering = (answer) => {
  globalThis.fetch = async (path, { method, headers }) => {
    const [status, body] = await answer(`${method} ${path}`, headers.Authorization);
    return { ok: status < 400, json: async () => body };
  };
};

let connection;
afterEach(() => {
  connection?.end();
  mock.timers.reset();
});

/** A connection that has joined, and what it told. */
function connected(unsent = []) {
  const told = [];
  connection = new Connection("r", "token", unsent, (what, data) => told.push({ what, data }));
  socket().onopen();
  socket().hear(JOINED);
  return told;
}

/** Loses the connection and comes back at once. */
function comeBack() {
  socket().onclose({ code: 1006 });
  connection.retry();
  socket().onopen();
}

const asked = () => socket().sent.map(({ action, id }) => `${action} ${id}`);

test("rooms are found in links and ids, and in nothing else", () => {
  for (const [text, id] of [
    ["room_1", "room_1"], ["a:b", "a:b"], ["https://chat.example/room/room_1", "room_1"],
    ["https://chat.example/room/a%3Ab?x=1#y", "a:b"], ["chat.example/room/room_1/", "room_1"],
    ["chat.example:8080/room/room_1", "room_1"], ["/room/room_1", "room_1"], ["http://h/#room=room_1", "room_1"],
    ["http://h/room/%zz", null], ["http://h/room/a%20b", null], ["http://h/", null], ["", null], ["two words", null],
    ["http://[", null], ["http://h/#room=", null],
  ]) assert.equal(roomOf(text), id, text);
});

test("errors are said in words, with the field they are about", () => {
  const said = (message, field) => words({ code: "invalid-field", message, details: { field } });
  assert.equal(said("is empty", "message"), "The message is empty.");
  assert.equal(said("name is longer than 64 bytes", "username"), "Your name is longer than 64 bytes.");
  assert.equal(said("must be from 1 to 200", "limit"), "limit must be from 1 to 200.");
  assert.equal(words({ code: "forbidden", message: "your role does not allow it" }), "your role does not allow it");
  assert.equal(words({ code: "odd" }), "That did not work (odd).");
  assert.notEqual(words({ code: "unauthorized" }), words({ code: "no-guests" }));
});

test("a guest the server does not know any more becomes one again, once", async () => {
  let guests = 0;
  const current = () => `Bearer t-${guests}`;
  answering((asked, token) => {
    if (asked !== "POST /api/auth/guest") return token === current() ? [200, {}] : [401, { code: "unauthorized" }];
    assert.equal(token, undefined);
    guests += 1;
    return [201, { token: `t-${guests}`, userId: `g-${guests}`, username: "ann" }];
  });
  await become("ann");
  await become("ann");
  assert.equal(guests, 1);
  const ask = async () => {
    const answer = await fetch("/api/rooms", { method: "GET", headers: { Authorization: `Bearer ${me().token}` } });
    if (!answer.ok) throw await answer.json();
    return "asked";
  };
  guests = 7; // another secret
  assert.equal(await known(ask), "asked");
  assert.equal(me().userId, "g-8");
  answering(() => [401, { code: "unauthorized" }]);
  await assert.rejects(known(ask), { code: "no-guests" });
});

test("whoever comes back is not joined before the server says that they are no member", () => {
  mock.timers.enable({ apis: ["Date"] });
  const told = connected();
  assert.deepEqual(asked(), ["hello hello", "join join"]);
  comeBack();
  assert.deepEqual(asked(), ["hello hello", "subscribe member"]);
  socket().hear({ action: "subscribed", re: "member", roomId: "r", status: "recovered", epoch: "e", head: 6 });
  assert.deepEqual(asked().slice(2), ["join join", "subscribe resume"]);
  socket().hear({ ...JOINED, head: 6 });
  assert.equal(told.at(-1).data.again, false);
  const notAMember = { action: "error", re: "member", code: "not-a-member", message: "you are not a member of this room" };
  comeBack();
  mock.timers.tick(60_000); // long enough to be gone
  socket().hear(notAMember);
  assert.deepEqual(asked().slice(2), ["join join", "subscribe resume"]);
  socket().hear({ ...JOINED, head: 9 });
  assert.equal(told.at(-1).data.again, true);
  comeBack();
  mock.timers.tick(1_000); // too short: removed
  socket().hear({ action: "welcome", re: "hello", protocol: 1 });
  socket().hear(notAMember);
  assert.deepEqual(asked(), ["hello hello", "subscribe member"]);
  assert.deepEqual([told.at(-1).what, told.at(-1).data.code], ["refused", "not-a-member"]);
});

test("an ack says whether its entry has passed", () => {
  const told = connected([["c-1", "hello"]]);
  connection.send("c-2", "again");
  socket().hear({ action: "sent", re: "c-1", clientId: "c-1", seq: 4 });
  socket().hear({ action: "sent", re: "c-2", clientId: "c-2", seq: 6 });
  const acks = told.filter(({ what }) => what === "sent").map(({ data }) => data);
  assert.deepEqual(acks, [{ clientId: "c-1", passed: true }, { clientId: "c-2", passed: false }]);
});

test("what joined counted is not counted again", () => {
  const people = new People();
  people.joined(JOINED);
  const counts = () => [element("count").textContent, element("more").textContent].join(", ");
  people.entry(entry("user-joined", 5, { userId: "g-1", username: "ann" }));
  people.entry(entry("user-kicked", 4, { userId: "g-0", username: "eve" }));
  assert.equal(counts(), "1, 1 in the room");
  people.entry(entry("user-joined", 6, { userId: "g-2", username: "bob" }));
  assert.equal(counts(), "2, 2 in the room");
  people.entry(entry("user-left", 7, { userId: "g-2", username: "bob", reason: "left" }));
  assert.equal(counts(), "1, 1 in the room");
});

test("a message on its way is shown once, whether the ack or the page comes first", async () => {
  answering(() => [201, { token: "t", userId: "g-1", username: "zoe" }]);
  await become("zoe");
  const message = { seq: 3, clientId: "c-1", sender: "zoe", senderId: "g-1", message: "hello", timestamp: entry("", 1).timestamp };
  for (const order of [["ack", "page"], ["page", "ack"]]) {
    let page;
    answering(() => new Promise((resolve) => (page = resolve)));
    const log = new Log("r");
    log.sending("c-1", "hello");
    log.begin({ head: 5 });
    const steps = { ack: () => log.sent({ clientId: "c-1", passed: true }), page: () => page([200, { messages: [message] }]) };
    for (const step of order) {
      steps[step]();
      await settled();
    }
    assert.equal(element("pending").childElementCount, 0, order.join());
    assert.equal(element("messages").childElementCount, 1, order.join());
    log.failed("c-1", { code: "muted" }, () => {});
  }
});
