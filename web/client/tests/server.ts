// A server of the workspace, started for a test.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROGRAM = process.env.CHAT_SERVER ?? fileURLToPath(new URL('../../../target/debug/chat-server', import.meta.url));
const PATIENCE = 30_000;

/** A port that is free now, so that a server can be started on it again. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const { port } = listener.address() as { port: number };
  await new Promise((done) => listener.close(done));
  return port;
}

export class TestServer {
  #process: ChildProcess | undefined;
  readonly #folder = mkdtempSync(join(tmpdir(), 'chat-'));
  /** What it has said on standard error. */
  log = '';

  private constructor(
    readonly port: number,
    readonly options: string[],
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  static async start(...options: string[]): Promise<TestServer> {
    const port = await freePort();
    // An option may name the server's own port.
    const server = new TestServer(
      port,
      options.map((option) => option.replace('PORT', String(port))),
    );
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const words = ['--listen', `127.0.0.1:${this.port}`, '--data', join(this.#folder, 'data'), ...this.options];
    const child = spawn(PROGRAM, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process = child;
    child.stderr.on('data', (text) => (this.log += text));
    await new Promise<void>((ready, failed) => {
      const timer = setTimeout(() => failed(new Error(`the server did not start:\n${this.log}`)), PATIENCE);
      child.on('error', failed);
      child.on('exit', () => failed(new Error(`the server ended:\n${this.log}`)));
      child.stdout.on('data', (text) => {
        if (!String(text).includes('chat is ready at')) return;
        clearTimeout(timer);
        ready();
      });
    });
  }

  /** Ends it at once, as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
