/* Contract: direct messages and broadcasts, on two servers that share a database and a bus. `cargo xtask test contracts` starts both and
says where they are. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { after, before, test } from "node:test";
import { Server } from "./harness.mjs";

const PROGRAM = "direct-and-broadcast";
const PASSWORD = "correct horse";
const BUS = process.env.TEST_BUS_URL;
assert.ok(BUS && process.env.TEST_DATABASE_URL, "a bus and a database are needed");

/** What is told on the bus, as one more who listens there hears it. */
class Listener {
  static async on(url) {
    const listener = new Listener();
    const { hostname, port } = new URL(url);
    listener.said = "";
    listener.socket = net.connect(Number(port), hostname);
    listener.socket.setEncoding("utf8");
    listener.socket.on("data", (data) => listener.hear(data));
    await once(listener.socket, "connect");
    listener.socket.write("CONNECT {\"verbose\":false}\r\nSUB > 1\r\nPING\r\n");
    while (!listener.said.includes("PONG")) await once(listener.socket, "data");
    return listener;
  }

  hear(data) {
    this.said += data;
    if (data.includes("PING\r\n")) this.socket.write("PONG\r\n");
  }

  heard(text) {
    return this.said.includes(text);
  }
}

let servers, bus;
before(async () => {
  bus = await Listener.on(BUS);
  const start = (node) =>
    Server.start(PROGRAM, { env: { BUS_URL: BUS, NODE: String(node), JWT_SECRET: "one secret for both" } });
  servers = [await start(1), await start(2)];
});
after(async () => {
  bus.socket.destroy();
  for (const server of servers) assert.equal(await server.stop(), 0);
});

async function register(server, username) {
  const { status, body } = await server.rest("POST", "/api/auth/register", { username, password: PASSWORD });
  assert.equal(status, 201, JSON.stringify(body));
  return { ...body.user, token: body.token };
}

const connected = (server, user) => server.client({ auth: { token: user.token } }).connected();

test("users on two servers write to each other, and each message comes once and in order", async () => {
  const [here, there] = servers;
  const [ann, bob] = [await register(here, "ann"), await register(there, "bob")];
  const [anns, bobs] = [await connected(here, ann), await connected(there, bob)];
  const texts = Array.from({ length: 20 }, (_, n) => `message ${n}`);
  for (const message of texts) assert.equal((await anns.ask("sendMessage", { receiverId: bob._id, message })).success, true);
  const told = await bobs.tell("privateMessage", texts.length);
  assert.deepEqual(told.map(({ message }) => message), texts);
  assert.equal((await bobs.ask("sendMessage", { receiverId: ann._id, message: "back" })).success, true);
  assert.equal((await anns.tell("privateMessage"))[0].message, "back");
  // A token of one server is good on the other, and so is the history.
  const { body } = await there.rest("GET", `/api/messages/${bob._id}`, undefined, ann.token);
  assert.deepEqual(body.map(({ message }) => message), [...texts, "back"]);
  assert.equal(bobs.told("privateMessage").length, texts.length);
  assert.ok(bus.heard("MSG "), "servers tell each other by the bus");
  assert.ok(!bus.heard("message 7"), "and nothing of what is written");
  for (const client of [anns, bobs]) client.close();
});

test("a broadcast reaches everybody, and whoever is deleted is cut off everywhere", async () => {
  const [here, there] = servers;
  assert.deepEqual(await here.command(["user", "add", "chief", "--password-stdin", "--admin"]), [0, ""]);
  const { body } = await there.rest("POST", "/api/auth/login", { username: "chief", password: PASSWORD });
  const chiefs = await connected(there, { token: body.token });
  const dora = await register(here, "dora");
  const doras = await connected(here, dora);
  assert.equal((await chiefs.ask("sendMessage", { receiverId: "all", message: "to all" })).success, true);
  assert.equal((await doras.tell("broadcastMessage"))[0].message, "to all");
  assert.equal((await there.rest("DELETE", `/api/users/${dora._id}`, undefined, dora.token)).status, 204);
  await doras.until(() => doras.told("disconnect").length > 0, "the end of the connection");
  for (const client of [chiefs, doras]) client.close();
});
