// The people of a room: who is a member, who is there or writing, what they are called, and how far they have read.

import { ChatError } from './errors.ts';
import type { Host } from './host.ts';
import { TYPING_SHOWN } from './limits.ts';
import { answered } from './reads.ts';
import { othersTyping, type RoomState, withNames, withPresence } from './state.ts';
import type { Store } from './store.ts';
import type * as server from './wire/server.ts';

export class People {
  readonly #typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  /** How far others have read was asked for since somebody has the room in view. */
  #readsAsked = false;

  constructor(
    readonly roomId: string,
    readonly state: Store<RoomState>,
    readonly host: Host,
  ) {}

  /** Somebody is there, or is not, and goes by this name. */
  present(frame: Omit<server.Presence, 'action'>): void {
    this.state.set(withPresence(this.state.get(), frame));
    this.named([frame]);
  }

  /** These users go by these names now, as the server says. */
  named(users: readonly server.UserView[]): void {
    this.state.set(withNames(this.state.get(), users));
  }

  typing({ userId, username, guest }: server.Typing): void {
    if (userId === this.host.me()) return;
    clearTimeout(this.#typingTimers.get(userId));
    this.#typingTimers.set(
      userId,
      setTimeout(() => {
        this.#typingTimers.delete(userId);
        this.state.set({ typing: othersTyping(this.state.get(), userId) });
      }, TYPING_SHOWN),
    );
    this.state.set({ typing: [...othersTyping(this.state.get(), userId), { userId, username, guest }] });
  }

  /** Nobody has had the room in view: how far others have read is asked for anew. */
  forgetReads(): void {
    this.#readsAsked = false;
  }

  /** Somebody has the room in view: what is not known of its people is asked for. */
  viewed(): void {
    const { online, membership } = this.state.get();
    if (online.length === 0) void this.#load();
    if (!this.#readsAsked && membership === 'member') void this.#loadReads();
  }

  /** The connection is back: what is only told as it happens is asked for anew. */
  async refreshed(): Promise<void> {
    await Promise.all([this.#load(), this.#loadReads()]);
  }

  /** The first members, and who is there now. */
  async #load(): Promise<void> {
    const asked = this.host.connection.ask({ action: 'online', roomId: this.roomId }, 'online');
    try {
      const [there] = await Promise.all([asked, this.loadMembers()]);
      const online = there.online.map((user) => ({ ...user, state: 'online' as const }));
      this.state.set({ online, onlineCount: there.onlineCount });
    } catch {
      // They are asked for again when the connection is back.
    }
  }

  /** The first members, and when those were last connected who are not there. */
  async loadMembers(): Promise<void> {
    try {
      const request = { action: 'members', roomId: this.roomId, limit: 200 } as const;
      const { members, memberCount } = await this.host.connection.ask(request, 'members');
      this.state.set({ members, memberCount });
      // They may have been renamed while there was no connection.
      this.named(members);
    } catch {
      // As above.
    }
  }

  /** How far others have read. Of whom the server says nothing any more, nothing is known. */
  async #loadReads(): Promise<void> {
    this.#readsAsked = true;
    const { reads: before } = this.state.get();
    try {
      const { reads } = await this.host.connection.ask({ action: 'reads', roomId: this.roomId }, 'reads');
      this.state.set({ reads: answered(before, this.state.get().reads, reads) });
    } catch (problem) {
      // Otherwise they are asked for again when the connection is back.
      if (!ChatError.from(problem).again) this.state.set({ reads: {} });
    }
  }
}
