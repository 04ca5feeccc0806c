// The client: one user, one connection, and the rooms they are in.

import { Archive } from './archive.ts';
import { Backoff } from './backoff.ts';
import { Connection, type Request } from './connection.ts';
import type { Cursor } from './cursor.ts';
import { ChatError } from './errors.ts';
import { browserHistory, type HistoryStore, noHistory } from './history.ts';
import type { Host } from './host.ts';
import { randomId } from './ids.ts';
import { COMMAND, NOTICES, REFRESH_BEFORE, RESUME, ROOMS_PAGE, ROOMS_PAGES } from './limits.ts';
import { browserMemory, describeRoom, noMemory, type RoomMemory } from './memory.ts';
import { browserOutbox, memoryOutbox, Outbox, type OutboxStore, type WaitingItem } from './outbox.ts';
import { watchPage } from './page.ts';
import { type MyRoom, Rest } from './rest.ts';
import { Room } from './room.ts';
import { browserKeep, type Credentials, type EndReason, type Keep, memoryKeep, Session } from './session.ts';
import { Store } from './store.ts';
import type { Message } from './timeline.ts';
import type * as server from './wire/server.ts';

export interface ClientOptions {
  /** The server's address, such as `https://chat.example.org`; in a page, the page's own. */
  url?: string;
  keep?: Keep;
  outbox?: OutboxStore;
  /** What a page shows of one's rooms before the server has said it. */
  memory?: RoomMemory;
  /** Where the messages are kept that were read last; in a page, in the browser's database. */
  history?: HistoryStore;
  WebSocket?: typeof WebSocket;
  fetch?: typeof globalThis.fetch;
}

/** Who one is, and which rooms one is in. */
export interface ClientState {
  me: Credentials | null;
  admin: boolean;
  /** The rooms one is a member of, the one with the last message first. */
  rooms: readonly Room[];
  /** They have been asked for. */
  listed: boolean;
  /** What one's inbox has told, in its order: the last of earlier times, and what has come since. */
  notices: readonly server.Notice[];
  /** Why one is not logged in any more. */
  ended?: EndReason;
  limits?: server.WireLimits;
}

type Told = (room: Room, message: Message) => void;
type NewMessage = { roomId: string; message: string; replyTo?: number; mentions?: string[]; mentionsRoom?: boolean };

export class ChatClient implements Host {
  readonly state: Store<ClientState>;
  readonly session: Session;
  readonly rest: Rest;
  readonly connection: Connection;
  readonly outbox: Outbox;
  readonly memory: RoomMemory;
  readonly archive: Archive;
  readonly #rooms = new Map<string, Room>();
  readonly #listeners = new Set<Told>();
  #inbox: ({ roomId: string } & Cursor) | undefined;
  #refresh: ReturnType<typeof setTimeout> | undefined;
  #listing: Promise<void> | undefined;
  #listAgain = false;
  #pending: readonly WaitingItem[] = [];
  #unwatch: (() => void) | undefined;

  constructor(options: ClientOptions = {}) {
    const isPage = typeof document !== 'undefined';
    const base = options.url ?? (isPage ? location.origin : '');
    const fetch = options.fetch ?? globalThis.fetch.bind(globalThis);
    this.session = new Session(options.keep ?? (isPage ? browserKeep() : memoryKeep()), base, fetch);
    this.session.onChange = (reason) => this.#identity(reason);
    this.rest = new Rest(this.session);
    this.memory = options.memory ?? (isPage ? browserMemory() : noMemory);
    this.state = new Store<ClientState>({
      me: this.session.current,
      admin: this.session.current?.admin ?? false,
      rooms: [],
      listed: false,
      notices: [],
    });
    const guide = {
      hello: () => this.#hello(),
      welcome: (frame: server.Welcome) => this.#welcome(frame),
      told: (frame: server.Frame) => this.#told(frame),
    };
    this.connection = new Connection(`${base.replace(/^http/, 'ws')}/chat`, this.session, guide, options.WebSocket ?? globalThis.WebSocket);
    const hasDatabase = typeof indexedDB !== 'undefined';
    this.archive = new Archive(options.history ?? (isPage && hasDatabase ? browserHistory() : noHistory), this.me, this.connection);
    this.outbox = new Outbox(options.outbox ?? (hasDatabase ? browserOutbox() : memoryOutbox()), {
      isOnline: () => this.connection.isOnline,
      userId: () => this.session.current?.userId,
      send: ({ clientId, roomId, message, replyTo, mentions, mentionsRoom }) =>
        this.connection.ask({ action: 'send-message', roomId, message, clientId, replyTo, mentions, mentionsRoom }, 'sent'),
      sent: (item, ack) => this.#rooms.get(item.roomId)?.sent(item, ack),
      changed: (items) => this.#waiting(items),
    });
  }

  readonly me = (): string | undefined => this.session.current?.userId;

  /** Connects, if one is somebody. */
  start(): void {
    this.archive.forget();
    if (!this.session.current) return;
    this.#unwatch ??= watchPage(this.connection);
    if (!this.state.get().listed)
      for (const known of this.memory.get(this.session.current.userId)) this.room(known.roomId).remembered(known);
    this.outbox.start();
    this.connection.start();
    this.#scheduleRefresh();
  }

  stop(): void {
    clearTimeout(this.#refresh);
    this.connection.stop();
    this.outbox.stop();
    for (const room of this.#rooms.values()) room.stop();
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  // ---- who one is ----

  /** Goes on as whom the server has just made or let in. */
  enter(credentials: Credentials): void {
    if (this.session.current) this.#forget();
    this.session.begin(credentials);
  }

  guest = async (username: string) => this.enter(await this.rest.guest(username));
  login = async (username: string, password: string) => this.enter(await this.rest.login(username, password));
  register = async (username: string, password: string, email?: string, code?: string) =>
    this.enter(await this.rest.register(username, password, email, code));

  /** One is called so. */
  named(username: string): void {
    if (this.state.get().me?.username === username) return;
    this.session.update({ username });
    this.state.set({ me: this.session.current });
  }

  async logout(): Promise<void> {
    if (this.session.current?.refreshToken) await this.rest.logout().catch(() => undefined);
    this.session.end('logged-out');
  }

  #identity(reason: EndReason | undefined): void {
    this.#forget();
    const me = this.session.current;
    if (!me) this.memory.forget();
    this.state.set({ me, admin: me?.admin ?? false, ended: me ? undefined : reason });
    this.start();
  }

  #forget(): void {
    this.stop();
    this.#rooms.clear();
    this.#inbox = undefined;
    this.#listing = undefined;
    this.state.set({ rooms: [], listed: false, notices: [] });
  }

  /** Brings the connection a new token before the old one expires. */
  #scheduleRefresh(): void {
    clearTimeout(this.#refresh);
    const { expiresAt } = this.session.current ?? {};
    if (!expiresAt) return;
    const pause = Math.max(1_000, Date.parse(expiresAt) - Date.now() - REFRESH_BEFORE);
    this.#refresh = setTimeout(async () => {
      const stale = this.session.current?.token;
      try {
        const token = stale && (await this.session.refresh(stale));
        if (token) await this.connection.ask({ action: 'token', token });
      } catch {
        // The connection is closed with 4004 then, and comes back with a token of its own.
      }
      if (this.session.current) this.#scheduleRefresh();
    }, pause);
  }

  // ---- rooms ----

  /** A room, whether one is a member or not. */
  room(roomId: string): Room {
    const known = this.#rooms.get(roomId);
    if (known) return known;
    const room = new Room(roomId, this);
    this.#rooms.set(roomId, room);
    let seen = '';
    room.state.watch(() => {
      const { membership, activeAt } = room.state.get();
      if (seen !== (seen = membership + activeAt)) this.#order();
    });
    this.#waiting(this.#pending);
    return room;
  }

  /** Becomes a member. Doing so again changes nothing. */
  async join(roomId: string): Promise<Room> {
    const room = this.room(roomId);
    await this.command({ action: 'join', roomId });
    this.refreshRooms();
    return room;
  }

  /**
   * Writes a message. It is sent once, whatever happens to the connection, the page or the server. It is shown at once; what is returned
   * comes once the outbox has kept it, so that a reload does not lose it any more.
   */
  async send(message: NewMessage): Promise<string> {
    const me = this.session.current;
    if (!me) throw new ChatError({ code: 'unauthorized', message: 'nobody is logged in' });
    const clientId = randomId();
    this.room(message.roomId).stoppedTyping();
    await this.outbox.add({ ...message, clientId, userId: me.userId, username: me.username });
    return clientId;
  }

  /** A command under a client id, tried again until its outcome is known, for a minute at most, or until `signal` is aborted. */
  async command(request: Request, signal?: AbortSignal): Promise<server.Frame> {
    const whole = { ...request, clientId: randomId() } as Request;
    const backoff = new Backoff();
    for (const deadline = Date.now() + COMMAND; ; ) {
      try {
        return await this.connection.ask(whole);
      } catch (problem) {
        const error = ChatError.from(problem);
        if (!error.again || Date.now() > deadline || !this.session.current) throw error;
        await this.#online(error.retryAfter ?? backoff.next());
        signal?.throwIfAborted();
      }
    }
  }

  /** Waits until the connection is there, or for so long if it is. */
  #online(pause: number): Promise<void> {
    return new Promise((done) => {
      const timer = setTimeout(finish, Math.max(pause, 250));
      const unwatch = this.connection.state.watch(() => this.connection.isOnline && finish());
      function finish() {
        clearTimeout(timer);
        unwatch();
        done();
      }
    });
  }

  /** Calls `told` for each message that comes in. */
  onMessage(told: Told): () => void {
    this.#listeners.add(told);
    return () => this.#listeners.delete(told);
  }

  arrived(room: Room, message: Message): void {
    for (const told of this.#listeners) told(room, message);
  }

  settled(clientId: string): void {
    this.outbox.settled(clientId);
  }

  /** Asks for one's own rooms; once more if it is asked meanwhile. */
  refreshRooms(): void {
    if (this.#listing) {
      this.#listAgain = true;
      return;
    }
    const listing = this.#list()
      .catch(() => undefined)
      .then(() => {
        if (this.#listing !== listing) return;
        this.#listing = undefined;
        if (this.#listAgain) this.refreshRooms();
      });
    this.#listing = listing;
  }

  async #list(): Promise<void> {
    this.#listAgain = false;
    // A room that one joins meanwhile may not be in the answer yet.
    const before = [...this.#rooms.values()].filter((room) => room.isMember);
    const found = new Set<string>();
    const limit = ROOMS_PAGE;
    const latest = await this.connection.ask({ action: 'my-rooms', limit }, 'my-rooms');
    this.#listed(latest.rooms, found);
    // A room that moves forwards between two pages would be missed: the others are gone through by id.
    let isAll = !latest.next;
    let after: string | undefined;
    for (let page = 0; !isAll && page < ROOMS_PAGES; page += 1) {
      const { rooms, next } = await this.connection.ask({ action: 'my-rooms', order: 'id', after, limit }, 'my-rooms');
      this.#listed(rooms, found);
      after = next;
      isAll = !next;
    }
    for (const room of before) {
      if (isAll && room.isMember && !found.has(room.roomId)) room.ended({ how: 'gone' });
    }
    this.#order();
    void this.archive.refresh(this.#rooms);
    const me = this.me();
    if (me) this.memory.set(me, this.state.get().rooms.map(describeRoom));
  }

  #listed(rooms: readonly MyRoom[], found: Set<string>): void {
    for (const listed of rooms) {
      found.add(listed.roomId);
      const room = this.room(listed.roomId);
      const isNew = !room.cursor;
      room.listed(listed);
      if (isNew) room.subscribe();
    }
    this.state.set({ listed: true });
  }

  #order(): void {
    const activity = (room: Room) => room.state.get().activeAt;
    const mine = [...this.#rooms.values()].filter((room) => room.isMember).sort((a, b) => (activity(a) < activity(b) ? 1 : -1));
    // What shows the list is not drawn anew for a message in the first of them.
    const before = this.state.get().rooms;
    if (mine.length !== before.length || mine.some((room, at) => room !== before[at])) this.state.set({ rooms: mine });
  }

  #waiting(items: readonly WaitingItem[]): void {
    this.#pending = items;
    for (const room of this.#rooms.values()) {
      const pending = items.filter((item) => item.roomId === room.roomId);
      const before = room.state.get().pending;
      if (pending.length || before.length) room.state.set({ pending });
    }
  }

  // ---- the wire ----

  #hello() {
    const rooms = [...this.#rooms.values()].filter((room) => room.cursor && room.isMember).slice(0, RESUME - 1);
    const resume = rooms.map((room) => ({ roomId: room.roomId, ...(room.cursor as Cursor) }));
    return { protocol: 1, resume: this.#inbox ? [this.#inbox, ...resume] : resume };
  }

  #welcome(frame: server.Welcome): void {
    this.state.set({ limits: frame.limits, admin: frame.admin ?? false });
    const resumed = new Set(frame.resumed.map((room) => room.roomId));
    for (const outcome of frame.resumed) this.#resumed(outcome);
    for (const room of this.#rooms.values()) {
      if (room.isMember && room.cursor && !resumed.has(room.roomId)) room.subscribe();
      void room.refreshed();
    }
    this.refreshRooms();
    void this.outbox.online();
  }

  #resumed(outcome: server.ResumedRoom): void {
    const { roomId, status, epoch, head } = outcome;
    const room = this.#rooms.get(roomId);
    if (room) return status === 'refused' ? this.refused(room, outcome.code) : room.resumed(outcome);
    if (epoch === undefined || head === undefined) return;
    if (!this.#inbox || this.#inbox.roomId !== roomId || status === 'reset') {
      this.#inbox = { roomId, epoch, seq: head };
      // What an earlier page was told may still hold, such as an invitation.
      if (head) this.connection.say({ action: 'subscribe', roomId, epoch, after: Math.max(0, head - NOTICES) });
    } else if (outcome.oldest !== undefined) this.#inbox.seq = Math.max(this.#inbox.seq, outcome.oldest - 1);
  }

  /** We are no member any more. A guest who was gone for longer than the grace period comes back. */
  refused(room: Room, code: string | undefined): void {
    if (!room.isMember) return;
    const isGuest = !this.session.current?.refreshToken;
    if (isGuest && code === 'not-a-member' && room.state.get().kind === 'public') {
      room.rejoin().catch(() => room.ended({ how: 'gone' }));
      return;
    }
    room.ended({ how: code === 'banned' ? 'banned' : 'gone' });
  }

  #told(frame: server.Frame): void {
    if (!('roomId' in frame)) return;
    if (this.#inbox?.roomId === frame.roomId) return this.#notice(frame);
    const isEntry = 'seq' in frame && 'after' in frame;
    if (frame.action === 'joined') return this.room(frame.roomId).joined(frame);
    if (frame.action === 'subscribed') return this.#subscribed(frame);
    const room = this.#rooms.get(frame.roomId);
    if (!room) return;
    if (isEntry) return room.entry(frame);
    if (frame.action === 'reset') return this.#reset(room);
    if (frame.action === 'interrupted') return void setTimeout(() => room.subscribe(), 500 + Math.random() * 1_000);
    if (frame.action === 'gap') return room.gap(frame.oldest);
    if (!('re' in frame)) room.signal(frame);
  }

  #subscribed(frame: server.Subscribed): void {
    const room = this.room(frame.roomId);
    if (frame.status === 'refused') return this.refused(room, frame.code);
    const isNews = frame.re === undefined;
    if (!room.cursor && frame.epoch !== undefined && frame.head !== undefined) room.cursor = { epoch: frame.epoch, seq: frame.head };
    else if (isNews && (frame.head ?? 0) > (room.cursor?.seq ?? 0)) room.subscribe();
    else room.resumed(frame);
    if (isNews) this.refreshRooms();
  }

  /** The room is gone or another one: a subscription without a cursor tells which. */
  #reset(room: Room): void {
    this.connection.ask({ action: 'subscribe', roomId: room.roomId }).catch(() => room.ended({ how: 'gone' }));
  }

  #notice(frame: server.Frame): void {
    if (!this.#inbox || !('seq' in frame) || !('after' in frame)) return;
    const { roomId, epoch, seq } = this.#inbox;
    if (frame.after > seq) return this.connection.say({ action: 'subscribe', roomId, epoch, after: seq });
    if (frame.action === 'notice') this.state.set({ notices: [...this.state.get().notices, frame].slice(-NOTICES) });
    if (frame.seq <= seq) return;
    this.#inbox.seq = frame.seq;
    this.refreshRooms();
  }
}
