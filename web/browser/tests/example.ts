// An example's server, and a way to it that can be lost.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../client/tests/server.ts';
import { folder } from './browser.ts';

const TARGET = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL('../../../target', import.meta.url));
const PATIENCE = 30_000;
/** Where a server keeps everything, if not in its own folder: one test is run then, for which it is empty. */
const DATABASE = process.env.TEST_DATABASE_URL ? { DATABASE_URL: process.env.TEST_DATABASE_URL } : {};

export class Example {
  #process: ChildProcess | undefined;
  readonly #folder = folder();
  /** What it has said on standard error. */
  log = '';

  private constructor(
    readonly name: string,
    readonly port: number,
  ) {}

  static async start(name: string): Promise<Example> {
    const example = new Example(name, await freePort());
    await example.start();
    return example;
  }

  async start(): Promise<void> {
    const child = this.#spawn([]);
    this.#process = child;
    await new Promise<void>((ready, failed) => {
      const timer = setTimeout(() => failed(new Error(`${this.name} did not start:\n${this.log}`)), PATIENCE);
      child.on('error', failed);
      child.on('exit', () => failed(new Error(`${this.name} ended:\n${this.log}`)));
      child.stdout?.on('data', (text) => {
        if (!String(text).includes('is ready at')) return;
        clearTimeout(timer);
        ready();
      });
    });
  }

  /** Adds a user from the command line, while the server runs. */
  async add(username: string, password: string, ...flags: string[]): Promise<void> {
    const child = this.#spawn(['user', 'add', username, '--password-stdin', ...flags]);
    child.stdin?.end(`${password}\n`);
    const [code] = await once(child, 'exit');
    if (code !== 0) throw new Error(this.log);
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    this.#folder.remove();
  }

  #spawn(words: string[]): ChildProcess {
    const env = { PATH: process.env.PATH, PORT: String(this.port), ...DATABASE };
    const child = spawn(join(TARGET, 'debug', this.name), words, { cwd: this.#folder.path, env });
    child.stderr.on('data', (text) => (this.log += text));
    return child;
  }
}

/** One person's way to a server. */
export class Way {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  #isLost = false;

  private constructor(port: number) {
    this.#server = createServer((near) => this.#join(near, port));
  }

  static async to({ port }: Example): Promise<Way> {
    const way = new Way(port);
    await new Promise<void>((done) => way.#server.listen(0, '127.0.0.1', done));
    return way;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Cuts all connections, and lets nobody through until it is found again. */
  lose(): void {
    this.#isLost = true;
    for (const socket of this.#open) socket.resetAndDestroy();
  }

  find(): void {
    this.#isLost = false;
  }

  close(): void {
    this.lose();
    this.#server.close();
  }

  #join(near: Socket, port: number): void {
    if (this.#isLost) return void near.resetAndDestroy();
    const far = dial(port, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(from);
      from.on('error', () => undefined);
      from.on('data', (data) => to.write(data));
      from.on('close', () => {
        this.#open.delete(from);
        to.destroy();
      });
    }
  }
}
