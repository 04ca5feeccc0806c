// A bad line between a client and the server: it cuts connections, and delays, doubles and drops what is said on them.

import { createServer, request, type Server } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

export interface Faults {
  /** A connection is cut after so many messages of the client. */
  cutAfter?: number;
  /** Each message is sent on so much later, in milliseconds; in order. */
  delay?: number;
  /** Each message is sent on twice, in both directions. */
  double?: boolean;
  /** Of the server's messages, those are dropped of which this is true. */
  drop?: (message: string) => boolean;
  /** Of the server's messages, those wait until they are released of which this is true. */
  hold?: (message: string) => boolean;
}

export class Line {
  faults: Faults = {};
  cuts = 0;
  readonly #server: Server;
  #held: (() => void)[] = [];
  readonly #open = new Set<WebSocket>();

  private constructor(readonly target: string) {
    this.#server = createServer((asked, answer) => {
      const forward = request(`${target}${asked.url}`, { method: asked.method, headers: asked.headers }, (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      });
      forward.on('error', () => answer.destroy());
      asked.pipe(forward);
    });
    new WebSocketServer({ server: this.#server }).on('connection', (near) => this.#connect(near));
  }

  static async to(target: string): Promise<Line> {
    const line = new Line(target);
    await new Promise<void>((done) => line.#server.listen(0, '127.0.0.1', done));
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** How many messages are held. */
  get held(): number {
    return this.#held.length;
  }

  /** Cuts all connections at once, without a word. */
  cut(): void {
    this.cuts += 1;
    for (const socket of this.#open) socket.terminate();
  }

  /** Sends on what was held, and holds nothing more. */
  release(): void {
    this.faults.hold = undefined;
    for (const send of this.#held.splice(0)) send();
  }

  close(): void {
    this.cut();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #connect(near: WebSocket): void {
    const far = new WebSocket(`${this.target.replace('http', 'ws')}/chat`);
    const waiting: string[] = [];
    let said = 0;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', (code) => {
        this.#open.delete(socket);
        // What the server says at the end is told to the client.
        if (socket === far && code >= 1000 && code !== 1005 && code !== 1006) near.close(code);
        else other.terminate();
      });
    }
    const pass = (to: WebSocket, message: string) => {
      const send = () => to.readyState === WebSocket.OPEN && to.send(message);
      for (let copy = 0; copy < (this.faults.double ? 2 : 1); copy += 1) {
        if (this.faults.delay) setTimeout(send, this.faults.delay);
        else send();
      }
    };
    far.on('open', () => waiting.splice(0).forEach((message) => pass(far, message)));
    far.on('message', (data) => {
      const message = String(data);
      if (this.faults.hold?.(message)) this.#held.push(() => pass(near, message));
      else if (!this.faults.drop?.(message)) pass(near, message);
    });
    near.on('message', (data) => {
      said += 1;
      if (this.faults.cutAfter && said > this.faults.cutAfter) {
        this.cuts += 1;
        near.terminate();
        return;
      }
      if (far.readyState === WebSocket.OPEN) pass(far, String(data));
      else waiting.push(String(data));
    });
  }
}
