// The people of a room: who is a member, who is there or writing, what they are called, and how far they have read.

import { ChatError } from './errors.ts';
import { ANSWER, TYPING_SHOWN } from './limits.ts';
import { answered } from './reads.ts';
import type { Room } from './room.ts';
import { othersTyping, withNames, withPresence } from './state.ts';
import type { Timeline } from './timeline.ts';
import type * as server from './wire/server.ts';

export class People {
  /** What users are called, as far as this client has been told. */
  readonly #names = new Map<string, string>();
  /** When users took another name. */
  readonly #renamedAt = new Map<string, number>();
  readonly #typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  /** How far others have read was asked for since somebody has the room in view. */
  #readsAsked = false;
  /** Nobody had the room in view when the connection came back. */
  #hasMissed = false;

  constructor(readonly room: Room) {}

  /** Somebody is there, or is not. */
  present(frame: Omit<server.Presence, 'action'>): void {
    const { state } = this.room;
    state.set(withPresence(state.get(), frame));
    this.named([frame]);
  }

  /** Users are called so. What says that may have been on its way while they took another name. */
  named(users: readonly server.UserView[]): void {
    const { host } = this.room;
    this.#note(users);
    const own = users.find(({ userId }) => userId === host.me());
    if (own) host.named(this.#names.get(own.userId) ?? own.username);
  }

  /** These messages have come, with what their senders were called when they were encoded. */
  wrote(messages: Timeline): void {
    this.#note(messages.map(({ senderId, sender }) => ({ userId: senderId, username: sender })));
  }

  /** The room shows messages that were kept, with what their senders were called then. */
  recalled(): void {
    const { state } = this.room;
    state.set(withNames(state.get(), this.#names));
  }

  /** Somebody takes another name. */
  renamed(user: server.UserView): void {
    this.#renamedAt.delete(user.userId);
    this.named([user]);
    this.#renamedAt.set(user.userId, Date.now());
  }

  #note(users: readonly server.UserView[]): void {
    const others = users.filter(({ userId, username }) => this.#names.get(userId) !== username);
    if (others.length === 0) return;
    for (const { userId, username } of others) {
      if (Date.now() - (this.#renamedAt.get(userId) ?? 0) >= ANSWER) this.#names.set(userId, username);
    }
    const { state, host } = this.room;
    const before = state.get();
    state.set(withNames(before, this.#names));
    if (before.loaded && before.messages !== state.get().messages) host.archive.keep(this.room);
  }

  typing({ userId, username, guest }: server.Typing): void {
    if (userId === this.room.host.me()) return;
    clearTimeout(this.#typingTimers.get(userId));
    this.#typingTimers.set(
      userId,
      setTimeout(() => {
        this.#typingTimers.delete(userId);
        this.room.state.set({ typing: othersTyping(this.room.state.get(), userId) });
      }, TYPING_SHOWN),
    );
    this.room.state.set({ typing: [...othersTyping(this.room.state.get(), userId), { userId, username, guest }] });
  }

  /** Nobody has had the room in view: how far others have read is asked for anew. */
  forgetReads(): void {
    this.#readsAsked = false;
  }

  /** Somebody has the room in view: what is not known of its people is asked for. */
  viewed(): void {
    const { online, membership } = this.room.state.get();
    if (online.length === 0 || this.#hasMissed) void this.#load();
    if (!this.#readsAsked && membership === 'member') void this.#loadReads();
  }

  /** The connection is back: what is only told as it happens is asked for anew, once somebody has the room in view. */
  async refreshed(isViewed: boolean): Promise<void> {
    this.#hasMissed = !isViewed;
    if (isViewed) await Promise.all([this.#load(), this.#loadReads()]);
  }

  async #load(): Promise<void> {
    this.#hasMissed = false;
    await Promise.all([this.#loadOnline(), this.loadMembers()]);
  }

  /** Who is there now. */
  async #loadOnline(): Promise<void> {
    try {
      const { online, onlineCount } = await this.room.host.connection.ask({ action: 'online', roomId: this.room.roomId }, 'online');
      this.room.state.set({ online: online.map((user) => ({ ...user, state: 'online' as const })), onlineCount });
      this.named(online);
    } catch {
      // They are asked for again when the connection is back.
    }
  }

  /** The first members, and when those were last connected who are not there. */
  async loadMembers(): Promise<void> {
    try {
      const request = { action: 'members', roomId: this.room.roomId, limit: 200 } as const;
      const { members, memberCount } = await this.room.host.connection.ask(request, 'members');
      this.room.state.set({ members, memberCount });
      this.named(members);
    } catch {
      // As above.
    }
  }

  /** How far others have read. Of whom the server says nothing any more, nothing is known. */
  async #loadReads(): Promise<void> {
    this.#readsAsked = true;
    const { reads: before } = this.room.state.get();
    try {
      const { reads } = await this.room.host.connection.ask({ action: 'reads', roomId: this.room.roomId }, 'reads');
      this.room.state.set({ reads: answered(before, this.room.state.get().reads, reads) });
    } catch (problem) {
      // Otherwise they are asked for again when the connection is back.
      if (!ChatError.from(problem).again) this.room.state.set({ reads: {} });
    }
  }
}
