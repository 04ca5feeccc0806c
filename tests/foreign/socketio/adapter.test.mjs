/* The adapter's promises, to stock clients of the example `talk`: by WebSocket, by polling, and from the one to the other. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import WebSocket from "ws";
import { Client, Server, Way } from "./harness.mjs";

let server;
before(async () => (server = await Server.start("examples/talk")));
after(() => server.stop());

let rooms = 0;
const newRoom = () => `room-${++rooms}`;
const named = (name, options = {}) => server.client({ auth: { name }, ...options });
const TRANSPORTS = { websocket: ["websocket"], polling: ["polling"], upgrade: ["polling", "websocket"] };

for (const [how, transports] of Object.entries(TRANSPORTS)) {
  test(`${how}: joining, talking, leaving`, async () => {
    const room = newRoom();
    const ann = await named("Ann", { transports }).connected();
    const bob = await named("Bob", { transports }).connected();
    assert.equal((await ann.ask("join", { room })).seq, 1);
    assert.equal((await bob.ask("join", { room })).seq, 2);
    assert.deepEqual(await ann.tell("joined"), [{ room, name: "Bob" }]);
    assert.equal((await bob.ask("send", { room, text: "Hello 😀 \u2028" })).seq, 3);
    const message = { room, from: "Bob", text: "Hello 😀 \u2028", seq: 3 };
    assert.deepEqual(await ann.tell("message"), [message]);
    assert.deepEqual(await bob.tell("message"), [message], "the sender, too, once");
    if (how === "upgrade") await ann.until(() => ann.socket.io.engine.transport.name === "websocket", "the upgrade");
    assert.equal(ann.socket.io.engine.transport.name, how === "polling" ? "polling" : "websocket");
    await bob.ask("leave", { room });
    assert.deepEqual(await ann.tell("left"), [{ room, name: "Bob" }]);
    assert.deepEqual(bob.told("joined"), [], "nobody is told of themselves");
    await bob.refused("not-a-member", "send", { room, text: "too late" });
    ann.close();
    bob.close();
  });

  test(`${how}: a hundred messages arrive once and in order while the client changes its transport`, async () => {
    const room = newRoom();
    const reader = await named("Reader", { transports }).connected();
    await reader.ask("join", { room });
    // A user of its own each time, as each may send two hundred at once.
    const writer = await named(`Writer-${how}`).connected();
    await writer.ask("join", { room });
    const sent = Array.from({ length: 100 }, (_, n) => `message ${n}`);
    const acks = await Promise.all(sent.map((text) => writer.ask("send", { room, text })));
    assert.deepEqual(acks.filter(({ code }) => code), []);
    const told = await reader.tell("message", 100);
    assert.deepEqual(told.map(({ text }) => text), sent);
    reader.close();
    writer.close();
  });

  test(`${how}: who is not let in is told why`, async () => {
    const nobody = server.client({ transports, reconnection: false });
    const [error] = await nobody.tell("connect_error");
    assert.deepEqual([error.data.code, error.message], ["unauthorized", error.data.message]);
    const odd = named("a b", { transports });
    assert.equal((await odd.tell("connect_error"))[0].data.code, "invalid-field");
    const lost = server.client({ transports, namespace: "/nowhere" });
    assert.equal((await lost.tell("connect_error"))[0].data.code, "not-found");
    for (const client of [nobody, odd, lost]) client.close();
  });

  test(`${how}: what was said while a client was away comes once, and nothing twice`, async () => {
    const room = newRoom();
    const way = await Way.to(server.url);
    const reader = await new Client(way.url, { auth: { name: "Away" }, transports }).connected();
    await reader.ask("join", { room });
    const writer = await named("Teller").connected();
    await writer.ask("join", { room });
    const say = (text) => writer.ask("send", { room, text });
    await say("before");
    await reader.tell("message");
    // Until the server knows that it has arrived.
    await new Promise((resolve) => setTimeout(resolve, 600));
    way.cut();
    await reader.tell("disconnect");
    await say("meanwhile");
    await reader.tell("connect", 2);
    assert.ok(reader.socket.recovered, "the client knows that it has missed nothing");
    await say("after");
    await reader.tell("message", 3);
    assert.deepEqual(reader.told("message").map(({ text }) => text), ["before", "meanwhile", "after"]);
    // As most applications do, it joins again: nothing comes twice for that.
    await reader.ask("join", { room });
    await say("the end");
    await reader.tell("message", 4);
    assert.deepEqual(reader.told("message").map(({ text }) => text), ["before", "meanwhile", "after", "the end"]);
    reader.close();
    writer.close();
    way.close();
  });
}

test("what was swallowed by a way that is dead comes again", async () => {
  const room = newRoom();
  const way = await Way.to(server.url);
  const reader = await new Client(way.url, { auth: { name: "Swallowed" }, transports: ["websocket"] }).connected();
  await reader.ask("join", { room });
  const writer = await named("Writer").connected();
  await writer.ask("join", { room });
  await new Promise((resolve) => setTimeout(resolve, 600));
  way.swallows = true;
  const begun = Date.now();
  for (const text of ["one", "two", "three"]) await writer.ask("send", { room, text });
  // Its user is there for the others until the server knows better.
  await writer.until(() => writer.told("presence").some(({ name }) => name === "Swallowed"), "that it is gone", 20_000);
  assert.ok(Date.now() - begun < 15_000, "a silent client is dropped");
  way.swallows = false;
  way.cut();
  await reader.tell("message", 3);
  assert.deepEqual(reader.told("message").map(({ text }) => text), ["one", "two", "three"]);
  reader.close();
  writer.close();
  way.close();
});

test("a page that is loaded anew is told nothing twice", async () => {
  const room = newRoom();
  const page = { auth: { name: "Page" }, extraHeaders: { "user-agent": "Mozilla/5.0 (X11; Linux x86_64)" } };
  const first = await server.client(page).connected();
  await first.ask("join", { room });
  await first.ask("send", { room, text: "before" });
  first.close();
  const second = await server.client(page).connected();
  await second.ask("join", { room });
  assert.deepEqual((await second.tell("history"))[0].texts, ["before"]);
  await second.ask("send", { room, text: "after" });
  assert.deepEqual((await second.tell("message")).map(({ text }) => text), ["after"]);
  second.close();
});

test("every refused event has a coded answer, with and without an acknowledgement", async () => {
  const client = await named("Wrong").connected();
  const room = newRoom();
  await client.ask("join", { room });
  await client.refused("unknown-action", "dance", {});
  await client.refused("invalid-field", "join");
  await client.refused("invalid-field", "join", null);
  await client.refused("invalid-field", "join", "room");
  await client.refused("invalid-field", "join", { room: 7 });
  await client.refused("invalid-field", "join", { room: "a b" });
  await client.refused("invalid-field", "send", { room, text: "" });
  await client.refused("invalid-field", "send", { room, text: "a" }, "b");
  await client.refused("invalid-field", "send", { room, text: Buffer.from("binary") });
  await client.refused("outcome-unknown", "fail");
  await client.refused("not-a-member", "send", { room: newRoom(), text: "x" }).catch(() =>
    client.refused("room-not-found", "send", { room: newRoom(), text: "x" }),
  );
  client.socket.emit("dance");
  client.socket.emit("send", { room, text: Buffer.from("binary") });
  const errors = await client.tell("error", 2);
  assert.deepEqual(errors.map(({ code }) => code), ["unknown-action", "invalid-field"]);
  assert.equal((await client.ask("send", { room, text: "all is well" })).code, undefined);
  client.close();
});

test("namespaces of one connection do not hear each other", async () => {
  const room = newRoom();
  const here = await named("Ann").connected();
  const there = new Client(server.url, { namespace: "/other", auth: { name: "Ann" }, forceNew: false });
  await there.connected();
  await here.ask("join", { room });
  await there.ask("join", { room: `${room}-other` });
  await there.ask("send", { room: `${room}-other`, text: "there" });
  await there.tell("message");
  assert.deepEqual(here.told("message"), []);
  there.close();
  await here.ask("send", { room, text: "here" });
  await here.tell("message");
  here.close();
});

test("a user whose sessions are ended is put out and stays out; one who may come back does", async () => {
  const out = await named("Mallory").connected();
  const back = await named("Ann2").connected();
  await fetch(`${server.url}/end/mallory/revoked`, { method: "POST" });
  assert.equal((await out.tell("error"))[0].code, "revoked");
  assert.deepEqual(await out.tell("disconnect"), ["io server disconnect"]);
  await fetch(`${server.url}/end/ann2/going-away`, { method: "POST" });
  assert.deepEqual(await back.tell("disconnect"), ["transport close"]);
  await back.tell("connect", 2);
  assert.equal(out.told("connect").length, 1);
  out.close();
  back.close();
});

test("two hundred messages at once are taken, and a flood is refused, then ended", async () => {
  const room = newRoom();
  const client = await named("Flood", { reconnection: false }).connected();
  await client.ask("join", { room });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const acks = await Promise.all(Array.from({ length: 200 }, (_, n) => client.ask("send", { room, text: `${n}` })));
  assert.deepEqual(acks.filter(({ code }) => code), []);
  for (let n = 0; n < 5_000; n++) client.socket.emit("dance");
  await client.until(() => client.told("error").some(({ code }) => code === "rate-limited"), "a refusal");
  await client.tell("disconnect");
  client.close();
});

test("the list of those who are there follows those who come and go", async () => {
  const room = newRoom();
  const ann = await named("Ann3").connected();
  await ann.ask("join", { room });
  const bob = await named("Bob3").connected();
  await bob.ask("join", { room });
  await ann.until(() => ann.told("online").at(-1)?.count === 2, "two");
  bob.close();
  await ann.until(() => ann.told("online").at(-1)?.count === 1, "one");
  ann.close();
});

test("requests that are none of the protocol's are refused by a status and a code", async () => {
  const ask = async (path, options) => {
    const response = await fetch(`${server.url}/socket.io/${path}`, options);
    const body = await response.json();
    assert.equal(typeof body.message, "string");
    return [response.status, body.code];
  };
  assert.deepEqual(await ask(""), [400, "invalid-field"]);
  assert.deepEqual(await ask("?EIO=3&transport=polling"), [400, "invalid-field"]);
  assert.deepEqual(await ask("?EIO=4&transport=pigeon"), [400, "invalid-field"]);
  assert.deepEqual(await ask("?EIO=4&transport=polling&sid=none"), [400, "invalid-field"]);
  assert.deepEqual(await ask("?EIO=4&transport=polling", { method: "PUT" }), [405, "method-not-allowed"]);
  assert.deepEqual(await ask("?EIO=4&transport=polling", { method: "POST" }), [405, "method-not-allowed"]);
  const open = JSON.parse((await (await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`)).text()).slice(1));
  assert.deepEqual([open.pingInterval, open.pingTimeout, open.upgrades], [8_000, 4_000, ["websocket"]]);
  const session = `?EIO=4&transport=polling&sid=${open.sid}`;
  const foreign = { method: "POST", body: "40", headers: { origin: "https://evil.example" } };
  assert.deepEqual(await ask(session, foreign), [403, "forbidden"]);
  assert.deepEqual(await ask(session, { method: "POST", body: "x".repeat(70_000) }), [413, "too-large"]);
});

test("a client that says nothing after it has connected is let go", async () => {
  const begun = Date.now();
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  await once(socket, "close");
  assert.ok(Date.now() - begun < 8_000);
});

test("a server that ends tells its clients to come back, and ends in order", async () => {
  const other = await Server.start("examples/talk");
  const clients = ["websocket", "polling"].map((transport) =>
    new Client(other.url, { auth: { name: transport }, transports: [transport], reconnection: false }),
  );
  for (const client of clients) await client.connected();
  // Whoever polls hears it only while a request of theirs waits, and no client says when one has arrived there.
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const begun = Date.now();
  assert.equal(await other.stop(), 0);
  assert.ok(Date.now() - begun < 5_000, `it took ${Date.now() - begun} ms`);
  for (const client of clients) {
    assert.equal((await client.tell("error"))[0].code, "going-away");
    await client.tell("disconnect");
    client.close();
  }
});
