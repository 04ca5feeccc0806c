// Somebody who writes much, over a WebSocket of their own.

import { on } from 'node:events';
import { WebSocket } from 'ws';

/** So many messages are on their way at once while a room is filled. */
const ON_THE_WAY = 512;

export class Sender {
  #acks = 0;
  #told: () => void = () => undefined;

  private constructor(
    readonly socket: WebSocket,
    readonly roomId: string,
  ) {
    socket.on('message', (data) => {
      if (!String(data).includes('"action":"sent"')) return;
      this.#acks += 1;
      this.#told();
    });
  }

  /** Connects as whose token it is, and becomes a member. */
  static async to(url: string, roomId: string, token: string): Promise<Sender> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/chat`);
    // Two may come at one time: none is to be missed.
    const answers = on(socket, 'message');
    const answer = async () => String((await answers.next()).value[0]);
    await new Promise((opened, failed) => socket.once('open', opened).once('error', failed));
    socket.send(JSON.stringify({ action: 'hello', protocol: 1, token }));
    await answer();
    socket.send(JSON.stringify({ action: 'join', roomId, id: 1 }));
    while (!(await answer()).includes('"re":1')) {
      // What else is told on the way is of no interest here.
    }
    await answers.return?.();
    return new Sender(socket, roomId);
  }

  say(message: string): void {
    this.socket.send(JSON.stringify({ action: 'send-message', roomId: this.roomId, message, id: 2 }));
  }

  /** Writes so many messages as fast as they are taken. */
  async fill(count: number, text: (number: number) => string): Promise<void> {
    for (let sent = 0; sent < count; sent += 1) {
      while (sent - this.#acks >= ON_THE_WAY) await this.#more();
      this.say(text(sent));
    }
    while (this.#acks < count) await this.#more();
  }

  /** Writes so many messages a second until the function returned is called. */
  keepOn(perSecond: number, text: (number: number) => string): () => void {
    let number = 0;
    const began = performance.now();
    const timer = setInterval(() => {
      for (const due = ((performance.now() - began) / 1000) * perSecond; number < due; number += 1) this.say(text(number));
    }, 5);
    return () => clearInterval(timer);
  }

  close(): void {
    this.socket.terminate();
  }

  #more = () => new Promise<void>((told) => (this.#told = told));
}
