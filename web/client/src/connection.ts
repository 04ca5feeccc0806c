// One WebSocket that comes back by itself. It knows requests and answers, and nothing of rooms.

import { Backoff } from './backoff.ts';
import { ChatError, lost } from './errors.ts';
import { ANSWER, OPENING, PAUSE_AFTER_FLOOD, PONG, QUIET } from './limits.ts';
import type { Session } from './session.ts';
import { Store } from './store.ts';
import type * as client from './wire/client.ts';
import type * as server from './wire/server.ts';

/** How the connection is. `waiting` has the time at which it comes back; `ended` needs somebody to act. */
export interface ConnectionState {
  name: 'idle' | 'connecting' | 'online' | 'waiting' | 'offline' | 'ended';
  until?: number;
  /** How often it was tried since it was online last. */
  attempts: number;
}

type Distribute<F> = F extends { action: string } ? Omit<F, 'id'> : never;
/** What a client asks, without the `id` that the connection gives it. */
export type Request = Distribute<client.Frame>;
type WithoutRoom<R> = R extends { roomId?: string } ? Omit<R, 'roomId'> : never;
/** What a client asks of a room, without saying of which. */
export type InRoom = WithoutRoom<Request>;
type AnswerOf<A extends string> = Extract<server.Frame, { action: A }>;

/** What the connection wants to know, and whom it tells. */
export interface Guide {
  hello(): Omit<client.Hello, 'action' | 'id' | 'token'>;
  welcome(frame: server.Welcome): void;
  told(frame: server.Frame): void;
}

interface Waiting {
  answered(frame: server.Frame): void;
  failed(error: ChatError): void;
  timer: ReturnType<typeof setTimeout>;
}

/** Close codes after which coming back the same way does not help. */
const FINAL = new Set([1002, 1003, 1007, 1009]);

export class Connection {
  readonly state = new Store<ConnectionState>({ name: 'idle', attempts: 0 });
  readonly #backoff = new Backoff();
  readonly #waiting = new Map<number, Waiting>();
  #socket: WebSocket | undefined;
  #lastId = 0;
  #pause = 0;
  #timers: { again?: ReturnType<typeof setTimeout>; quiet?: ReturnType<typeof setTimeout>; open?: ReturnType<typeof setTimeout> } = {};
  #wanted = false;

  constructor(
    readonly url: string,
    readonly session: Session,
    readonly guide: Guide,
    readonly Socket: typeof WebSocket,
  ) {}

  get isOnline(): boolean {
    return this.state.get().name === 'online';
  }

  start(): void {
    this.#wanted = true;
    if (!this.#socket) void this.#open();
  }

  stop(): void {
    this.#wanted = false;
    this.#drop();
    this.state.set({ name: 'idle', attempts: 0, until: undefined });
  }

  /** Comes back now, if it waits to. */
  retry(): void {
    const { name } = this.state.get();
    if (this.#wanted && (name === 'waiting' || name === 'offline')) void this.#open();
  }

  /** The browser says that there is no network: a socket may take minutes to notice. */
  offline(): void {
    if (!this.#wanted || this.state.get().name === 'ended') return;
    this.#drop();
    this.state.set({ name: 'offline', until: undefined });
  }

  /** Sends what needs no answer, if anybody is there. */
  say(request: Request): void {
    if (this.isOnline) this.#write(request);
  }

  /** Asks, and waits for the answer. Fails with `connection-lost` if there is no connection, or it is lost meanwhile. */
  ask<A extends server.Frame['action']>(request: Request, _answer?: A): Promise<AnswerOf<A>> {
    return this.isOnline ? (this.#ask(request) as Promise<AnswerOf<A>>) : Promise.reject(lost());
  }

  #ask(request: Request | client.Hello): Promise<server.Frame> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((answered, failed) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        failed(new ChatError({ code: 'outcome-unknown', message: 'no answer came in time' }));
      }, ANSWER);
      this.#waiting.set(id, { answered, failed, timer });
      this.#write({ ...request, id });
    });
  }

  #write(frame: object): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  async #open(): Promise<void> {
    this.#drop();
    this.state.set({ name: 'connecting', until: undefined });
    const socket = new this.Socket(this.url);
    this.#socket = socket;
    this.#timers.open = setTimeout(() => this.#socket === socket && this.#lost(1006), OPENING);
    socket.onopen = () => this.#socket === socket && void this.#greet(socket);
    socket.onmessage = (event: MessageEvent) => this.#socket === socket && this.#hear(event.data);
    socket.onclose = (event: CloseEvent) => this.#socket === socket && this.#lost(event.code);
    socket.onerror = () => undefined;
  }

  async #greet(socket: WebSocket): Promise<void> {
    let token: string | undefined;
    try {
      token = await this.session.token();
      if (this.#socket !== socket) return;
      const welcome = (await this.#ask({ action: 'hello', token, ...this.guide.hello() })) as server.Welcome;
      if (this.#socket !== socket) return;
      clearTimeout(this.#timers.open);
      this.#backoff.reset();
      this.#pause = 0;
      this.state.set({ name: 'online', attempts: 0 });
      this.guide.welcome(welcome);
    } catch (error) {
      if (this.#socket === socket) await this.#refused(ChatError.from(error), token);
    }
  }

  /** The server does not take our `hello`. */
  async #refused(error: ChatError, token: string | undefined): Promise<void> {
    this.#drop();
    if (error.code === 'username-taken') return this.session.end(error.code);
    const isStale = error.code === 'token-expired' || error.code === 'unauthorized';
    if (isStale && token && this.session.current) {
      const renewed = await this.session.refresh(token).catch(() => undefined);
      if (!this.session.current) return this.#end();
      if (renewed === token && !this.session.current.refreshToken) return this.session.end('unauthorized');
    }
    this.#wait(error.retryAfter ?? 0);
  }

  #hear(data: unknown): void {
    this.#listen();
    let frame: server.Frame;
    try {
      frame = JSON.parse(String(data));
    } catch {
      return;
    }
    if (frame.action === 'goaway') this.#pause = frame.retryAfterMs;
    const re = 're' in frame ? Number(frame.re) : Number.NaN;
    const waiting = this.#waiting.get(re);
    if (waiting) {
      this.#waiting.delete(re);
      clearTimeout(waiting.timer);
      if (frame.action === 'error') return waiting.failed(new ChatError(frame as ChatErrorFrame));
      // What an answer says of the log comes before what follows it.
      this.guide.told(frame);
      return waiting.answered(frame);
    }
    this.guide.told(frame);
  }

  #listen(): void {
    clearTimeout(this.#timers.quiet);
    const socket = this.#socket;
    this.#timers.quiet = setTimeout(() => {
      this.#write({ action: 'ping', id: 0 });
      this.#timers.quiet = setTimeout(() => this.#socket === socket && this.#lost(1006), PONG);
    }, QUIET);
  }

  #lost(code: number): void {
    this.#drop();
    if (!this.#wanted) return;
    if (code === 4003) return this.session.end('revoked');
    if (FINAL.has(code)) return this.#end();
    if (globalThis.navigator?.onLine === false) return this.state.set({ name: 'offline', until: undefined });
    this.#wait(code === 4005 ? PAUSE_AFTER_FLOOD : this.#pause);
  }

  #wait(least: number): void {
    if (!this.#wanted) return;
    const pause = this.#backoff.next(least);
    this.state.set({ name: 'waiting', until: Date.now() + pause, attempts: this.state.get().attempts + 1 });
    this.#timers.again = setTimeout(() => void this.#open(), pause);
  }

  #end(): void {
    this.#drop();
    this.state.set({ name: 'ended', until: undefined });
  }

  #drop(): void {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket && socket.readyState < 2) socket.close();
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.failed(lost());
    }
    this.#waiting.clear();
  }
}

type ChatErrorFrame = ConstructorParameters<typeof ChatError>[0];
