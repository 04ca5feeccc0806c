// The people of a room: who is a member, who is there or writing, what they are called, and how far they have read.

import { ChatError } from './errors.ts';
import { ANSWER, ASK_AGAIN, TYPING_SHOWN } from './limits.ts';
import { answered } from './reads.ts';
import type { Room } from './room.ts';
import { othersTyping, withMembersChanged, withNames, withOnline, withoutMember, withPresence } from './state.ts';
import type { Timeline } from './timeline.ts';
import type * as server from './wire/server.ts';

export class People {
  /** What users are called, as far as this client has been told. */
  readonly #names = new Map<string, string>();
  /** When users took another name. */
  readonly #renamedAt = new Map<string, number>();
  /** Until those present are asked for, some of whom came or went without being named. */
  #askAgain: ReturnType<typeof setTimeout> | undefined;
  readonly #typingTimers = new Map<string, ReturnType<typeof setTimeout>>();
  /** How far others have read was asked for since somebody has the room in view. */
  #readsAsked = false;
  /** Who is there has to be asked for once somebody has the room in view. */
  #isOnlineUnknown = true;
  /** How many have left who are not on the list of those present, since it was last told how many are there. */
  #unlisted = 0;

  constructor(readonly room: Room) {}

  /** Users became members, or are no members any more. Whoever only came or went is counted here, and not named. */
  changed(frame: server.MembersChanged, isViewed: boolean): void {
    const { state } = this.room;
    for (const { userId } of frame.left) this.#seesOff(userId);
    const { members, online, onlineCount } = withMembersChanged(state.get(), frame);
    const missed = onlineCount - frame.onlineCount;
    const isExplained = missed >= 0 && missed <= this.#unlisted;
    this.#unlisted = 0;
    state.set({ members, online, memberCount: frame.memberCount, onlineCount: frame.onlineCount });
    this.named(frame.joined);
    if (isExplained) return;
    if (!isViewed) this.#isOnlineUnknown = true;
    else this.#askAgain ??= setTimeout(() => void this.#loadOnline(), Math.random() * ASK_AGAIN * frame.onlineCount);
  }

  /** Somebody is no member any more. */
  left(userId: string, wasMember: boolean): void {
    this.#seesOff(userId);
    const { state } = this.room;
    state.set(withoutMember(state.get(), userId, wasMember));
  }

  /** Whether somebody who is not on the list was there is not known. */
  #seesOff(userId: string): void {
    if (!this.room.state.get().online.some((user) => user.userId === userId)) this.#unlisted += 1;
  }

  /** Asks for nothing by itself. */
  stop(): void {
    clearTimeout(this.#askAgain);
    this.#askAgain = undefined;
  }

  /** Somebody is there, or is not. */
  present(frame: Omit<server.Presence, 'action'>): void {
    const { state } = this.room;
    state.set(withPresence(state.get(), frame));
    if (frame.onlineCount !== undefined) this.#unlisted = 0;
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

  /** Shows messages that were kept, with the names that are known by now. */
  recalled(messages: Timeline): void {
    const { state } = this.room;
    state.set({ ...withNames({ ...state.get(), messages }, this.#names), kept: true });
  }

  /** `joined` says who is there; whoever is no member any more is not told. */
  setOnlineKnown(isKnown: boolean): void {
    this.stop();
    this.#unlisted = 0;
    this.#isOnlineUnknown = !isKnown;
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
    if (this.#isOnlineUnknown) void this.#load();
    if (!this.#readsAsked && this.room.isMember) void this.#loadReads();
  }

  /** The connection is back: what is only told as it happens is asked for anew, once somebody has the room in view. */
  async refreshed(isViewed: boolean): Promise<void> {
    this.#isOnlineUnknown = !isViewed;
    if (isViewed) await Promise.all([this.#load(), this.#loadReads()]);
  }

  async #load(): Promise<void> {
    this.#isOnlineUnknown = false;
    await Promise.all([this.#loadOnline(), this.loadMembers()]);
  }

  /** Who is there now. */
  async #loadOnline(): Promise<void> {
    this.stop();
    try {
      const { online, onlineCount } = await this.room.host.connection.ask({ action: 'online', roomId: this.room.roomId }, 'online');
      this.room.state.set(withOnline(this.room.state.get(), online, onlineCount));
      this.#unlisted = 0;
      this.named(online);
    } catch {
      this.#isOnlineUnknown = true;
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
      // They are asked for again when the connection is back.
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
