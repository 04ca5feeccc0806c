/* A server of its own for each file of tests, clients that remember what they were told, and a way that can be cut. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { io } from "socket.io-client";

export const PATIENCE_MS = 20_000;
const TARGET = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../../target", import.meta.url));

/** All that a file of tests has open. A test that fails does not close its own, and the process would never end. */
const open = new Set();
after(() => {
  for (const one of open) one.close();
});

/** A server in a folder of its own, which is thrown away with it. */
export class Server {
  static async start(program, { env = {}, folder } = {}) {
    const server = new Server();
    server.ownFolder = folder === undefined;
    server.folder = folder ?? mkdtempSync(join(tmpdir(), "socketio-"));
    server.program = program;
    server.env = env;
    await server.begin();
    return server;
  }

  spawn(args, stdin) {
    const clean = Object.fromEntries(["PATH", "HOME"].map((name) => [name, process.env[name]]));
    // Another database than the server's own, for whoever sets one.
    const database = process.env.TEST_DATABASE_URL ? { DATABASE_URL: process.env.TEST_DATABASE_URL } : {};
    const env = { ...clean, ...database, PORT: "0", ...this.env };
    return spawn(join(TARGET, "debug", this.program), args, { cwd: this.folder, env, stdio: [stdin, "pipe", "pipe"] });
  }

  /** Runs the program in the server's folder with these arguments: its exit code, and what it says on standard error. */
  async command(args, input = "correct horse\n") {
    const child = this.spawn(args, "pipe");
    let said = "";
    child.stderr.on("data", (data) => (said += data));
    // It may have ended before it has read anything.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
    const [code] = await once(child, "close");
    return [code, said];
  }

  async begin() {
    this.child = this.spawn([], "ignore");
    this.said = "";
    this.child.stderr.on("data", (data) => (this.said += data));
    this.ended = once(this.child, "exit");
    const [line] = await Promise.race([
      once(createInterface(this.child.stdout), "line"),
      this.ended.then(([code]) => assert.fail(`${this.program} ended with ${code}: ${this.said}`)),
    ]);
    this.line = line;
    this.url = line.split(" ").at(-1);
  }

  async stop(signal = "SIGTERM") {
    this.child.kill(signal);
    const [code] = await this.ended;
    if (this.ownFolder) rmSync(this.folder, { recursive: true, force: true });
    return code;
  }

  /** Ends it, and starts it again on the same data. */
  async restart() {
    this.child.kill("SIGTERM");
    const [code] = await this.ended;
    assert.equal(code, 0, this.said);
    await this.begin();
  }

  async rest(method, path, body, token) {
    const headers = { "content-type": "application/json" };
    if (token) headers.authorization = `Bearer ${token}`;
    const response = await fetch(this.url + path, {
      method,
      headers,
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  }

  client(options = {}) {
    return new Client(this.url, options);
  }
}

/** A stock client that remembers each event it was told. */
export class Client {
  constructor(url, { namespace = "", ...options } = {}) {
    this.events = [];
    this.wake = new Set();
    this.socket = io(url + namespace, { forceNew: true, reconnectionDelay: 20, reconnectionDelayMax: 100, ...options });
    this.socket.onAny((event, ...said) => this.note({ event, said }));
    this.socket.on("connect_error", (error) => this.note({ event: "connect_error", said: [error] }));
    this.socket.on("connect", () => this.note({ event: "connect", said: [] }));
    this.socket.on("disconnect", (reason) => this.note({ event: "disconnect", said: [reason] }));
    open.add(this);
  }

  note(event) {
    this.events.push(event);
    for (const wake of this.wake) wake();
  }

  /** Waits for what `look` finds; any truthy value will do. */
  async until(look, what = "what is waited for", patience = PATIENCE_MS) {
    const deadline = Date.now() + patience;
    for (;;) {
      const found = look();
      if (found) return found;
      const left = deadline - Date.now();
      assert.ok(left > 0, `${what} does not come; there is ${JSON.stringify(this.events)}`);
      await new Promise((resolve) => {
        const timer = setTimeout(done, left);
        const wake = this.wake;
        function done() {
          clearTimeout(timer);
          wake.delete(done);
          resolve();
        }
        wake.add(done);
      });
    }
  }

  /** All that was said by one event. */
  told(event) {
    return this.events.filter((one) => one.event === event).map((one) => one.said[0]);
  }

  /** Waits for so many events of a name, and returns them. */
  async tell(event, count = 1, patience = PATIENCE_MS) {
    await this.until(() => this.told(event).length >= count, `${count} × ${event}`, patience);
    return this.told(event);
  }

  async connected() {
    await this.until(() => this.socket.connected, "the connection");
    return this;
  }

  ask(event, ...said) {
    return this.socket.timeout(PATIENCE_MS).emitWithAck(event, ...said);
  }

  async refused(code, event, ...said) {
    const answer = await this.ask(event, ...said);
    assert.equal(answer?.code, code, JSON.stringify(answer));
    assert.equal(typeof answer.message, "string");
    return answer;
  }

  close() {
    open.delete(this);
    this.socket.close();
  }
}

/** A way to a server that can be cut, or swallow all that is said. */
export class Way {
  static async to(url) {
    const way = new Way();
    way.target = Number(new URL(url).port);
    way.pairs = new Set();
    way.server = net.createServer((near) => way.join(near));
    way.server.listen(0, "127.0.0.1");
    await once(way.server, "listening");
    way.url = `http://127.0.0.1:${way.server.address().port}`;
    open.add(way);
    return way;
  }

  join(near) {
    const far = net.connect(this.target, "127.0.0.1");
    const pair = [near, far];
    this.pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.on("data", (data) => {
        if (!this.swallows) to.write(data);
      });
      from.on("error", () => {});
      from.on("close", () => {
        if (!this.swallows) to.destroy();
        this.pairs.delete(pair);
      });
    }
  }

  /** Ends every connection without a word. */
  cut() {
    for (const [near, far] of this.pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
    this.pairs.clear();
  }

  close() {
    open.delete(this);
    this.cut();
    this.server.close();
  }
}
