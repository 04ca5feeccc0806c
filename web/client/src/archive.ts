// Has the store of what was read last follow the rooms of a client.

import type { Connection } from './connection.ts';
import type { HistoryStore, KeptRoom } from './history.ts';
import { HISTORY_PAGE, KEEP_AFTER } from './limits.ts';
import type { Room } from './room.ts';
import type { Frame } from './wire/server.ts';

export class Archive {
  readonly #waiting = new Map<string, ReturnType<typeof setTimeout>>();
  #refreshing = false;

  constructor(
    readonly store: HistoryStore,
    readonly userId: () => string | undefined,
    readonly connection: Connection,
  ) {}

  /** What was kept of a room when it was looked at last. */
  async get(roomId: string): Promise<KeptRoom | undefined> {
    const userId = this.userId();
    const kept = userId ? await this.store.get(userId, roomId).catch(() => undefined) : undefined;
    return userId === this.userId() ? kept : undefined;
  }

  /** Keeps what is shown of a room, a moment later, so that a busy room is not written for each of its messages. */
  keep(room: Room): void {
    const { roomId } = room;
    if (this.#waiting.has(roomId)) return;
    const timer = setTimeout(() => {
      this.#waiting.delete(roomId);
      const [userId, { loaded, messages }] = [this.userId(), room.state.get()];
      if (!userId || !room.cursor || !room.isMember || !loaded) return;
      this.#do(this.store.put({ userId, roomId, ...room.cursor, messages, at: Date.now() }));
    }, KEEP_AFTER);
    this.#waiting.set(roomId, timer);
  }

  /** An entry has changed a message, which may be kept. */
  changed(roomId: string, entry: Frame): void {
    const userId = this.userId();
    if (userId) this.#do(this.store.change(userId, roomId, entry));
  }

  /** One is no member of the room any more. */
  drop(roomId: string): void {
    this.#stop(roomId);
    const userId = this.userId();
    if (userId) this.#do(this.store.delete(userId, roomId));
  }

  /** Erases what is kept of all users but the one who is here now. */
  forget(): void {
    for (const roomId of [...this.#waiting.keys()]) this.#stop(roomId);
    this.#do(this.store.forget(this.userId()));
  }

  /** Asks anew for what is kept of rooms whose log went on without this client, as something may have been deleted there. */
  async refresh(rooms: ReadonlyMap<string, Room>): Promise<void> {
    const userId = this.userId();
    if (this.#refreshing || !userId) return;
    this.#refreshing = true;
    try {
      for (const kept of await this.store.all(userId)) {
        const room = rooms.get(kept.roomId);
        if (!room?.isMember) {
          if (room?.state.get().membership === 'none') this.drop(kept.roomId);
          continue;
        }
        const isSame = room.cursor?.epoch === kept.epoch && room.cursor.seq <= kept.seq;
        if (isSame || room.state.get().loaded) continue;
        const page = await this.connection.ask({ action: 'history', roomId: kept.roomId, limit: HISTORY_PAGE }, 'history');
        if (userId !== this.userId()) return;
        await this.store.put({ ...kept, epoch: page.epoch, seq: page.head, messages: page.messages });
      }
    } catch {
      // It is done with the next list of rooms.
    } finally {
      this.#refreshing = false;
    }
  }

  #stop(roomId: string): void {
    clearTimeout(this.#waiting.get(roomId));
    this.#waiting.delete(roomId);
  }

  /** Where the browser keeps nothing, all else works. */
  #do(work: Promise<unknown>): void {
    work.catch(() => undefined);
  }
}
