// Messages that have no ack yet. They outlive a reload, and each is sent under a client id of its own until it has one.
//
// A message belongs to the tab in which it was written, which alone sends it. What a tab has left behind that is gone is
// taken over by another one. Should two of them send it after all, the server takes it once, by its client id.

import { Backoff } from './backoff.ts';
import { ChatError } from './errors.ts';
import { randomId } from './ids.ts';
import { ADOPT_EVERY, OUTBOX } from './limits.ts';
import { heldLocks, holdForLife, withLock } from './locks.ts';
import type * as server from './wire/server.ts';

export interface OutboxItem {
  clientId: string;
  roomId: string;
  userId: string;
  username: string;
  message: string;
  replyTo?: number;
  mentions?: string[];
  /** Messages of a room are sent by it, one after another. */
  order: number;
  /** When it was written. */
  at: string;
  tab: string;
  /** Why it was refused: it waits for the user to try again or throw it away. */
  failed?: { code: string; message: string };
}

/** Where messages are kept meanwhile. */
export interface OutboxStore {
  all(userId: string): Promise<OutboxItem[]>;
  put(item: OutboxItem): Promise<void>;
  delete(clientId: string): Promise<void>;
}

export function memoryOutbox(): OutboxStore {
  const items = new Map<string, OutboxItem>();
  return {
    all: async (userId) => [...items.values()].filter((item) => item.userId === userId),
    put: async (item) => void items.set(item.clientId, item),
    delete: async (clientId) => void items.delete(clientId),
  };
}

/** Messages in the browser's database; in memory where there is none. */
export function browserOutbox(name = 'chat-outbox'): OutboxStore {
  const fallback = memoryOutbox();
  const database = new Promise<IDBDatabase>((opened, failed) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore('items', { keyPath: 'clientId' });
    request.onsuccess = () => opened(request.result);
    request.onerror = () => failed(request.error);
  });
  database.catch(() => undefined);
  const run = async <T>(mode: IDBTransactionMode, ask: (items: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = (await database).transaction('items', mode);
    const request = ask(transaction.objectStore('items'));
    return new Promise((done, failed) => {
      transaction.oncomplete = () => done(request.result);
      transaction.onabort = () => failed(transaction.error);
    });
  };
  return {
    async all(userId) {
      const kept = await run<OutboxItem[]>('readonly', (items) => items.getAll()).catch(() => []);
      return [...kept.filter((item) => item.userId === userId), ...(await fallback.all(userId))];
    },
    put: (item) =>
      run('readwrite', (items) => items.put(item)).then(
        () => undefined,
        () => fallback.put(item),
      ),
    delete: (clientId) =>
      run('readwrite', (items) => items.delete(clientId))
        .then(
          () => undefined,
          () => undefined,
        )
        .then(() => fallback.delete(clientId)),
  };
}

/** What the outbox needs of its client. */
export interface Sender {
  isOnline(): boolean;
  userId(): string | undefined;
  send(item: OutboxItem): Promise<server.Sent>;
  sent(item: OutboxItem, ack: server.Sent): void;
  /** The messages that wait have changed. */
  changed(items: readonly OutboxItem[]): void;
}

export class Outbox {
  #items: OutboxItem[] = [];
  readonly #tab = randomId();
  readonly #draining = new Set<string>();
  readonly #backoff = new Backoff();
  #release: () => void = () => undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #last = 0;

  constructor(
    readonly store: OutboxStore,
    readonly sender: Sender,
  ) {}

  start(): void {
    this.#release = holdForLife(`chat-tab:${this.#tab}`);
    this.#timer = setInterval(() => void this.adopt(), ADOPT_EVERY);
    void this.adopt();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#release();
    this.#items = [];
    this.sender.changed(this.#items);
  }

  async add(item: Omit<OutboxItem, 'order' | 'at' | 'tab'>): Promise<void> {
    if (this.#items.length >= OUTBOX) throw new ChatError({ code: 'busy', message: 'too many messages wait to be sent' });
    // Clocks stand still or go back; the order in which one wrote does not.
    this.#last = Math.max(this.#last + 1, Date.now());
    const whole = { ...item, order: this.#last, at: new Date().toISOString(), tab: this.#tab };
    this.#change([...this.#items, whole]);
    await this.store.put(whole);
    void this.#drain(whole.roomId);
  }

  /** Tries one again that was refused. */
  async retry(clientId: string): Promise<void> {
    const item = this.#items.find((other) => other.clientId === clientId);
    if (!item) return;
    const { failed: _failed, ...again } = item;
    this.#change(this.#items.map((other) => (other === item ? again : other)));
    await this.store.put(again);
    void this.#drain(item.roomId);
  }

  discard(clientId: string): void {
    this.#change(this.#items.filter((item) => item.clientId !== clientId));
    void this.store.delete(clientId);
  }

  /** Its entry has been seen in the log. */
  settled(clientId: string): void {
    if (this.#items.some((item) => item.clientId === clientId)) this.discard(clientId);
  }

  /** The connection is there. */
  flush(): void {
    for (const roomId of new Set(this.#items.map((item) => item.roomId))) void this.#drain(roomId);
  }

  /** Takes over what tabs have left that are gone. */
  async adopt(): Promise<void> {
    const userId = this.sender.userId();
    if (!userId) return;
    await withLock('chat-adopt', async () => {
      const alive = await heldLocks();
      const known = new Set(this.#items.map((item) => item.clientId));
      const isElsewhere = (tab: string) => tab !== this.#tab && alive?.has(`chat-tab:${tab}`);
      const isLeft = (item: OutboxItem) => !known.has(item.clientId) && !isElsewhere(item.tab);
      const left = (await this.store.all(userId)).filter(isLeft).map((item) => ({ ...item, tab: this.#tab }));
      if (left.length === 0 || userId !== this.sender.userId()) return;
      for (const item of left) await this.store.put(item);
      this.#change([...this.#items, ...left].sort((a, b) => a.order - b.order));
    });
    this.flush();
  }

  async #drain(roomId: string): Promise<void> {
    if (this.#draining.has(roomId)) return;
    this.#draining.add(roomId);
    try {
      for (;;) {
        const item = this.#items.find((other) => other.roomId === roomId && !other.failed);
        if (!item || !this.sender.isOnline() || !(await this.#send(item))) return;
      }
    } finally {
      this.#draining.delete(roomId);
    }
  }

  /** Whether to go on with the next one. */
  async #send(item: OutboxItem): Promise<boolean> {
    try {
      const ack = await this.sender.send(item);
      this.#backoff.reset();
      this.sender.sent(item, ack);
      this.settled(item.clientId);
      return true;
    } catch (problem) {
      const error = ChatError.from(problem);
      if (error.code === 'connection-lost') return false;
      if (error.again) {
        await new Promise((done) => setTimeout(done, error.retryAfter ?? this.#backoff.next()));
        return true;
      }
      const failed = { ...item, failed: { code: error.code, message: error.message } };
      this.#change(this.#items.map((other) => (other.clientId === item.clientId ? failed : other)));
      await this.store.put(failed);
      return true;
    }
  }

  #change(items: OutboxItem[]): void {
    this.#items = items;
    this.sender.changed(items);
  }
}
