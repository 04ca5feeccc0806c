// Messages that have no ack yet. They outlive a reload, and each is sent under a client id of its own until it has one.
//
// The store has what waits, and all tabs of a browser show the same. There is no lock: the tab in which a message was written sends
// it at once, and another tab does so if the message still waits after a while, as the first one may be gone. Should both send it,
// the server takes it once, by its client id. What a tab changes in the store takes effect only while the message is still there,
// so nothing comes back that another tab has sent or thrown away.
//
// A message is shown at once, marked until the browser has kept it. Where the browser cannot keep it, the message is sent all the same.

import { Backoff } from './backoff.ts';
import { openDatabase } from './database.ts';
import { ChatError } from './errors.ts';
import { randomId } from './ids.ts';
import { KEEP_WITHIN, LOOK_EVERY, OUTBOX } from './limits.ts';
import type * as server from './wire/server.ts';

export interface OutboxItem {
  clientId: string;
  roomId: string;
  userId: string;
  username: string;
  message: string;
  replyTo?: number;
  mentions?: string[];
  mentionsRoom?: boolean;
  /** Messages of a room are sent by it, one after another. */
  order: number;
  /** When it was written. */
  at: string;
  tab: string;
  /** Why it was refused: it waits for the user to try again or throw it away. */
  failed?: { code: string; message: string };
}

/** A message that waits, and whether a reload would lose it. */
export interface WaitingItem extends OutboxItem {
  /** `soon`: the browser is keeping it. `no`: the browser cannot, so the message lasts as long as the page. */
  kept: 'yes' | 'soon' | 'no';
}

/** Where messages are kept meanwhile. What is asked of it is done in the order in which it was asked. */
export interface OutboxStore {
  all(userId: string): Promise<OutboxItem[]>;
  put(item: OutboxItem): Promise<void>;
  /** Replaces an item, unless it is gone. */
  replace(item: OutboxItem): Promise<void>;
  delete(clientId: string): Promise<void>;
  /** Calls `told` when an outbox has changed what is kept, until the function returned is called. */
  watch(told: () => void): () => void;
}

export function memoryOutbox(): OutboxStore {
  const items = new Map<string, OutboxItem>();
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const told of watchers) told();
  };
  const put = async (item: OutboxItem) => {
    items.set(item.clientId, item);
    changed();
  };
  return {
    all: async (userId) => [...items.values()].filter((item) => item.userId === userId),
    put,
    replace: async (item) => (items.has(item.clientId) ? put(item) : undefined),
    delete: async (clientId) => {
      if (items.delete(clientId)) changed();
    },
    watch: (told) => {
      watchers.add(told);
      return () => watchers.delete(told);
    },
  };
}

/** Messages in the browser's database. Its tabs tell each other of changes. */
export function browserOutbox(name = 'chat-outbox'): OutboxStore {
  const channels = new Set<BroadcastChannel>();
  const run = openDatabase(name, 'clientId');
  const change = async (ask: (items: IDBObjectStore) => IDBRequest): Promise<void> => {
    await run('readwrite', ask);
    for (const channel of channels) channel.postMessage('changed');
  };
  return {
    all: async (userId) => (await run<OutboxItem[]>('readonly', (items) => items.getAll())).filter((item) => item.userId === userId),
    put: (item) => change((items) => items.put(item)),
    replace: (item) =>
      change((items) => {
        const request = items.getKey(item.clientId);
        // Whether it is there and its replacement are one transaction.
        request.onsuccess = () => request.result !== undefined && items.put(item);
        return request;
      }),
    delete: (clientId) => change((items) => items.delete(clientId)),
    watch(told) {
      const channel = new BroadcastChannel(name);
      channels.add(channel);
      channel.onmessage = told;
      return () => {
        channels.delete(channel);
        channel.close();
      };
    },
  };
}

/** What the outbox needs of its client. */
export interface Sender {
  isOnline(): boolean;
  userId(): string | undefined;
  send(item: OutboxItem): Promise<server.Sent>;
  sent(item: OutboxItem, ack: server.Sent): void;
  /** The messages that wait have changed. */
  changed(items: readonly WaitingItem[]): void;
}

/** What a store says, if it does so in time: a browser may never answer. */
function inTime<T>(said: Promise<T>): Promise<T> {
  return new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error('the store does not answer')), KEEP_WITHIN);
    said.then(done, failed).finally(() => clearTimeout(timer));
  });
}

export class Outbox {
  #items: readonly OutboxItem[] = [];
  /** What was changed here, and is on its way to the store: an item, or nothing for one that is gone. */
  readonly #changed = new Map<string, OutboxItem | undefined>();
  /** What was written here and never was in the store. */
  readonly #unkept = new Map<string, 'soon' | 'no'>();
  /** What other tabs wrote and this one has seen wait, with the number of the look at which it did so first. */
  #others = new Map<string, number>();
  #looks = 0;
  readonly #tab = randomId();
  readonly #draining = new Set<string>();
  readonly #backoff = new Backoff();
  /** What is asked of the store is asked one after another, so that an old answer never follows a new one. */
  #turn: Promise<void> = Promise.resolve();
  /** What waited when the outbox was started is known. */
  #isRead = false;
  #stop: (() => void) | undefined;
  #last = 0;

  constructor(
    readonly store: OutboxStore,
    readonly sender: Sender,
  ) {}

  start(): void {
    this.#stop?.();
    const unwatch = this.store.watch(() => void this.#read());
    const timer = setInterval(() => void this.look(), LOOK_EVERY);
    this.#stop = () => {
      clearInterval(timer);
      unwatch();
    };
    this.#isRead = false;
    void this.flush();
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#others = new Map();
    this.#show([]);
  }

  async add(item: Omit<OutboxItem, 'order' | 'at' | 'tab'>): Promise<void> {
    if (this.#items.length >= OUTBOX) throw new ChatError({ code: 'busy', message: 'too many messages wait' });
    // What waited before was written before.
    if (!this.#isRead) await this.#turn;
    const whole = { ...item, order: this.#next(), at: new Date().toISOString(), tab: this.#tab };
    this.#unkept.set(whole.clientId, 'soon');
    this.#show([...this.#items, whole]);
    // It is kept once what was written before is known, and so is sent after that.
    await this.#keep(whole, () => this.store.put(whole));
    void this.#drain(whole.roomId);
  }

  /** Tries one again that was refused. */
  async retry(clientId: string): Promise<void> {
    const item = this.#items.find((other) => other.clientId === clientId);
    if (!item) return;
    const { failed: _failed, ...again } = { ...item, tab: this.#tab };
    await this.#replace(again);
    void this.#drain(item.roomId);
  }

  discard(clientId: string): void {
    this.#show(this.#items.filter((item) => item.clientId !== clientId));
    void this.#keep({ clientId }, () => this.store.delete(clientId));
  }

  /** Its entry has been seen in the log. */
  settled(clientId: string): void {
    if (this.#items.some((item) => item.clientId === clientId)) this.discard(clientId);
  }

  /** Sends what is due. */
  async flush(): Promise<void> {
    await this.#read();
    for (const roomId of new Set(this.#items.map((item) => item.roomId))) void this.#drain(roomId);
  }

  /** The connection is back after a while: other tabs have as long again to send what is theirs. */
  async online(): Promise<void> {
    for (const [clientId, since] of this.#others) if (since > 0) this.#others.set(clientId, this.#looks + 1);
    await this.flush();
  }

  /** Looks whether what other tabs wrote still waits. Their time does not run while there is no connection. */
  async look(): Promise<void> {
    if (!this.sender.isOnline()) return;
    this.#looks += 1;
    await this.flush();
  }

  /** Shows what the store has, and what is on its way there. */
  #read(): Promise<void> {
    return this.#inTurn(async () => {
      const userId = this.sender.userId();
      if (!userId) return;
      // Where the browser keeps nothing, what was changed here is all there is.
      const all = await inTime(this.store.all(userId)).catch(() => []);
      if (!this.#stop || userId !== this.sender.userId()) return;
      const kept = all.filter((item) => !this.#changed.has(item.clientId));
      const ours = [...this.#changed.values()].filter((item) => item?.userId === userId) as OutboxItem[];
      const items = [...kept, ...ours].sort((a, b) => a.order - b.order);
      this.#last = Math.max(this.#last, ...items.map((item) => item.order));
      const others = items.filter((item) => item.tab !== this.#tab);
      // A page that comes sends all that waits at once: most often what was there before is the same page.
      const since = this.#isRead ? this.#looks + 1 : Number.NEGATIVE_INFINITY;
      this.#others = new Map(others.map(({ clientId }) => [clientId, this.#others.get(clientId) ?? since]));
      this.#isRead = true;
      this.#show(items);
    });
  }

  /** Clocks stand still or go back; the order in which one wrote does not. */
  #next(): number {
    this.#last = Math.max(this.#last + 1, Date.now());
    return this.#last;
  }

  /** One's own, and what has waited through a whole time between two looks. */
  #isDue({ clientId, tab, failed }: OutboxItem): boolean {
    return !failed && (tab === this.#tab || (this.#others.get(clientId) ?? this.#looks) < this.#looks);
  }

  async #drain(roomId: string): Promise<void> {
    if (this.#draining.has(roomId)) return;
    this.#draining.add(roomId);
    try {
      for (;;) {
        const item = this.#items.find((other) => other.roomId === roomId && this.#isDue(other));
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
      await this.#replace({ ...item, failed: { code: error.code, message: error.message } });
      return true;
    }
  }

  /** Changes an item that may be gone: then it stays so. */
  async #replace(item: OutboxItem): Promise<void> {
    if (!this.#items.some((other) => other.clientId === item.clientId)) return;
    // What never was in the store is not gone from it.
    const isUnkept = this.#unkept.has(item.clientId);
    await this.#keep(item, () => (isUnkept ? this.store.put(item) : this.store.replace(item)));
    await this.#read();
  }

  /** Tells the store what has been changed here. Until the store has it, or if it cannot take it, what was changed here holds. */
  async #keep(changed: OutboxItem | Pick<OutboxItem, 'clientId'>, tell: () => Promise<void>): Promise<void> {
    const { clientId } = changed;
    const item = 'roomId' in changed ? changed : undefined;
    this.#changed.set(clientId, item);
    if (!item) this.#unkept.delete(clientId);
    const settled = () => this.#changed.get(clientId) === item && this.#changed.delete(clientId);
    await this.#inTurn(async () => {
      // A store that answers late has taken it all the same.
      const told = tell().then(
        () => {
          settled();
          this.#mark(clientId);
        },
        (problem) => {
          if (!item) settled();
          throw problem;
        },
      );
      await inTime(told).catch(() => item && this.#mark(clientId, 'no'));
    });
  }

  /** Shows whether a message that was written here is kept by now. */
  #mark(clientId: string, kept?: 'no'): void {
    if (!this.#unkept.has(clientId)) return;
    if (kept) this.#unkept.set(clientId, kept);
    else this.#unkept.delete(clientId);
    this.#show(this.#items);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(work);
    this.#turn = mine;
    return mine;
  }

  #show(items: readonly OutboxItem[]): void {
    this.#items = items;
    this.sender.changed(items.map((item) => ({ ...item, kept: this.#unkept.get(item.clientId) ?? 'yes' })));
  }
}
