// One room: its messages, who is there, and what the log says of it.

import type { InRoom, Request } from './connection.ts';
import { type Cursor, judge } from './cursor.ts';
import { ChatError } from './errors.ts';
import type { Host } from './host.ts';
import { HISTORY_MOST, HISTORY_PAGE, MESSAGES_KEPT, OPENING_PAGES, REACH_PAGES, TYPING_EVERY } from './limits.ts';
import type { KnownRoom } from './memory.ts';
import { isMentioned } from './mentions.ts';
import type { OutboxItem } from './outbox.ts';
import { type Back, Pages } from './pages.ts';
import { People } from './people.ts';
import type { MyRoom } from './rest.ts';
import { FRESH, othersTyping, type RoomState, renamed, unknownRoom, unreadIn, withMember } from './state.ts';
import { Store } from './store.ts';
import { apply, find, merge, sentAs, type Timeline } from './timeline.ts';
import { Unread } from './unread.ts';
import type * as server from './wire/server.ts';

export class Room {
  readonly state: Store<RoomState>;
  cursor: Cursor | undefined;
  #unread = new Unread();
  /** Something has said what the room is called. */
  #isDescribed = false;
  /** Up to here a page of history has said what there is. */
  #pageHead = 0;
  #viewers = 0;
  #isFollowed = false;
  #typedAt = 0;
  #readSent = 0;
  readonly #people: People;
  readonly #pages: Pages;
  /** What is on its way of the history. */
  #paging: Promise<void> | undefined;
  /** The seq with which one became a member, as far as this client knows. */
  #joinedAt = 0;
  /** Whether one was made a member again without being asked. */
  #isBack = false;

  constructor(
    readonly roomId: string,
    readonly host: Host,
  ) {
    this.state = new Store<RoomState>(unknownRoom(roomId));
    this.#people = new People(this);
    this.#pages = new Pages(roomId, host.connection);
  }

  get isMember(): boolean {
    return this.state.get().membership === 'member';
  }

  // ---- what is known of the room ----

  /** What an earlier page knew of it. */
  remembered(known: KnownRoom): void {
    if (this.state.get().membership === 'unknown') this.state.set({ ...known, membership: 'member' });
  }

  /** What a list of one's own rooms says. It may have been on its way for a while. */
  listed(room: MyRoom): void {
    const { roomName, topic, archived, slowModeMs, kind, creatorId, createdAt } = room;
    const { head, epoch, memberCount, role, peer, lastMessage, activeAt } = room;
    this.cursor ??= { epoch, seq: head };
    const before = this.state.get();
    // What the log has said since goes before what the list says.
    const isOlder = this.#isBeyond(epoch, head);
    const isNew = !this.#isDescribed;
    if (isOlder && before.membership === 'none') return;
    if (epoch === this.cursor.epoch) {
      this.#unread.listed(room);
      this.#readSent = Math.max(this.#readSent, room.read);
    }
    this.#isDescribed = true;
    this.state.set({
      ...{ membership: 'member', ended: undefined, kind, creatorId, createdAt, peer: peer ?? before.peer },
      ...(isOlder && !isNew ? {} : { roomName, topic, archived: archived ?? false, slowModeMs, memberCount, role }),
      lastMessage: (isOlder && before.lastMessage) || lastMessage,
      activeAt: (isOlder && before.activeAt) || activeAt,
      ...this.#unread.figures,
    });
    if (peer) this.#people.named([peer]);
    if (lastMessage) this.#people.wrote([lastMessage]);
    // It may have been changed since, or deleted.
    if (isOlder && lastMessage && !before.lastMessage) this.host.refreshRooms();
    if (room.read < this.#unread.read) this.#sayRead();
    if (this.#viewers > 0) void this.load();
  }

  /** Whether more of the log is known here than up to this entry. */
  #isBeyond(epoch: string, head: number): boolean {
    return this.cursor !== undefined && (this.cursor.epoch !== epoch || Math.max(this.cursor.seq, this.#pageHead) > head);
  }

  joined(frame: server.Joined): void {
    const isOther = this.cursor?.epoch !== frame.epoch;
    // Who was a member all the time has read no more by that.
    if (isOther || frame.seq > (this.cursor?.seq ?? 0)) this.#unread = new Unread(frame.head, isOther ? 0 : this.#unread.read);
    if (!this.cursor || isOther) {
      this.cursor = { epoch: frame.epoch, seq: frame.head };
      this.#pageHead = 0;
      this.state.set(FRESH);
    } else if (frame.head > this.cursor.seq) {
      this.subscribe();
    }
    this.#isDescribed = true;
    this.#joinedAt = frame.seq;
    this.state.set({
      ...{ membership: 'member', ended: undefined, error: undefined, role: frame.role },
      ...{ roomName: frame.roomName, topic: frame.topic, archived: frame.archived ?? false },
      ...{ memberCount: frame.memberCount, members: frame.members, onlineCount: frame.onlineCount },
      online: frame.online.map((user) => ({ ...user, state: 'online' as const })),
      ...this.#unread.figures,
    });
    this.#people.setOnlineKnown(true);
    this.#people.named([...frame.members, ...frame.online]);
    if (this.#viewers > 0) void this.load();
  }

  /** Becomes a member again after having been away for too long. */
  rejoin(): Promise<server.Frame> {
    this.#isBack = true;
    return this.#command({ action: 'join' });
  }

  /** Asks for nothing by itself. */
  stop(): void {
    this.#people.stop();
  }

  ended(ended: RoomState['ended']): void {
    this.#isBack = false;
    this.#unread = new Unread(this.cursor?.seq, this.#unread.read);
    this.state.set({ membership: 'none', ended, mutedUntil: undefined, typing: [], online: [], ...this.#unread.figures });
    this.#people.setOnlineKnown(false);
    this.host.archive.drop(this.roomId);
  }

  // ---- the log ----

  /** Has the log go on from the cursor. */
  subscribe(): void {
    const { cursor, roomId } = this;
    const from = cursor && { epoch: cursor.epoch, after: cursor.seq };
    this.host.connection.ask({ action: 'subscribe', roomId, ...from }).catch((problem) => {
      const error = ChatError.from(problem);
      if (error.code === 'too-many-subscriptions') this.state.set({ error });
      else if (!error.again) this.host.refused(this, error.code);
    });
  }

  /** What became of the cursor. */
  resumed({ status, epoch, head, oldest }: server.ResumedRoom): void {
    if (status === 'gap' && this.cursor && oldest !== undefined) return this.gap(oldest);
    const isOther = this.cursor && epoch !== undefined && this.cursor.epoch !== epoch;
    if ((status !== 'reset' && !isOther) || epoch === undefined || head === undefined) return;
    this.cursor = { epoch, seq: head };
    this.#unread = new Unread(head);
    this.#pageHead = 0;
    this.#readSent = 0;
    this.state.set({ ...FRESH, ...this.#unread.figures });
    this.host.refreshRooms();
    if (this.#viewers > 0) void this.load();
  }

  gap(oldest: number): void {
    if (this.cursor && oldest > this.cursor.seq) this.cursor.seq = oldest - 1;
    this.state.set({ mutedUntil: undefined });
  }

  entry(frame: server.Frame & { seq: number; after: number }): void {
    if (!this.cursor) return;
    const verdict = judge(this.cursor, frame);
    if (verdict === 'old') return;
    if (verdict === 'hole') return this.subscribe();
    this.cursor.seq = frame.seq;
    this.#pages.entry(frame);
    const { messages, kept, loaded } = this.state.get();
    // After what was kept comes what the server says, and not what is new alone.
    const next = loaded || (kept && frame.action !== 'new-message') ? apply(messages, frame) : messages;
    if (next !== messages) this.state.set(this.#trimmed(next));
    if (loaded && this.#viewers > 0) this.host.archive.keep(this);
    this.#told(frame);
  }

  #told(frame: server.Frame): void {
    const me = this.host.me();
    switch (frame.action) {
      case 'new-message':
        return this.#arrived(frame);
      case 'message-edited':
      case 'message-deleted':
        return this.#changed(frame);
      case 'room-changed':
        return this.state.set(renamed(this.state.get(), frame));
      case 'user-joined':
        if (frame.userId === me) this.state.set({ membership: 'member', ended: undefined, role: frame.role });
        this.#people.present({ ...frame, state: 'online' });
        return this.state.set(withMember(this.state.get(), frame));
      case 'role-changed':
        if (frame.userId === me) this.state.set({ role: frame.role, mutedUntil: undefined });
        // Of a large room only some members are known here.
        if (!this.state.get().members.some((member) => member.userId === frame.userId)) return;
        return this.state.set(withMember(this.state.get(), frame));
      case 'user-muted':
        return void (frame.userId === me && this.state.set({ mutedUntil: frame.until }));
      case 'user-left':
      case 'user-kicked':
      case 'user-banned':
        return this.#left(frame);
    }
  }

  #arrived(frame: server.NewMessage): void {
    const { action: _action, after: _after, roomId: _roomId, ...message } = frame;
    const isMine = frame.senderId === this.host.me();
    if (isMine && frame.clientId) this.host.settled(frame.clientId);
    if (this.#isFollowed) this.#ownRead(frame.seq);
    else if (!isMine) this.#unread.arrived(frame.seq, isMentioned(frame, this.host.me()));
    this.#people.wrote([message]);
    const { lastMessage: last } = this.state.get();
    // A page of history may have brought newer ones.
    const isLast = frame.seq >= (last?.seq ?? 0);
    this.state.set({
      ...(isLast ? { lastMessage: message, activeAt: frame.timestamp } : {}),
      ...this.#unread.figures,
      typing: othersTyping(this.state.get(), frame.senderId),
    });
    this.host.arrived(this, message);
  }

  #changed(frame: server.MessageEdited | server.MessageDeleted): void {
    this.host.archive.changed(this.roomId, frame);
    const { lastMessage: last } = this.state.get();
    const isMention = frame.action === 'message-edited' && isMentioned(frame, this.host.me());
    const how = frame.action === 'message-deleted' ? 'deleted' : isMention ? 'mentions' : 'is silent';
    const lastMessage = last?.seq === frame.target ? apply([last], frame)[0] : last;
    // Whether a message counted that is not known here is the server's to say, and which one is the last where it left nothing.
    if (this.#unread.changed(frame.seq, frame.target, how) || (last && !lastMessage)) this.host.refreshRooms();
    this.state.set({ lastMessage, ...this.#unread.figures, typing: othersTyping(this.state.get(), frame.senderId) });
  }

  #left(frame: server.UserLeft | server.UserKicked | server.UserBanned): void {
    const wasMember = frame.action !== 'user-banned' || frame.wasMember;
    this.#people.left(frame.userId, wasMember);
    if (frame.userId !== this.host.me()) return;
    // What ended an earlier membership is over, unless one only came back because one did not know of it.
    if (frame.seq < this.#joinedAt && (frame.action === 'user-left' || !this.#isBack)) return;
    if (frame.seq < this.#joinedAt) this.leave().catch(() => undefined);
    if (frame.action === 'user-left') return this.ended({ how: frame.reason });
    const how = frame.action === 'user-kicked' ? 'kicked' : 'banned';
    this.ended({ how, by: frame.sender, reason: frame.reason });
  }

  // ---- signals ----

  signal(frame: server.Frame): void {
    switch (frame.action) {
      case 'typing':
        return this.#people.typing(frame);
      case 'presence':
        return this.#people.present(frame);
      case 'user-renamed':
        return this.#people.renamed(frame);
      case 'read':
        return this.#hasRead(frame.userId, frame.seq);
      case 'members-changed':
        return this.#people.changed(frame, this.#viewers > 0);
    }
  }

  #hasRead(userId: string, seq: number): void {
    const { reads } = this.state.get();
    if (seq <= (reads[userId] ?? 0)) return;
    this.state.set({ reads: { ...reads, [userId]: seq } });
    if (userId !== this.host.me()) return;
    this.#readSent = Math.max(this.#readSent, seq);
    this.#ownRead(seq);
    if (this.#unread.isGuess) this.host.refreshRooms();
  }

  #ownRead(seq: number): void {
    if (seq <= this.#unread.read) return;
    const [state, head] = [this.state.get(), this.cursor?.seq ?? 0];
    this.#unread.readTo(seq, (upTo) => {
      const { isAll, ...known } = unreadIn(state, seq, upTo, this.host.me() ?? '');
      return { ...known, isAll: isAll && upTo <= head };
    });
    this.state.set(this.#unread.figures);
  }

  // ---- history ----

  /** Keeps the room's messages at hand until the function returned is called. */
  view(): () => void {
    if (this.#viewers === 0) this.#people.forgetReads();
    this.#viewers += 1;
    void this.#recall();
    if (this.isMember) void this.load();
    return () => {
      this.#viewers -= 1;
      if (this.#viewers === 0) this.#isFollowed = false;
      const { messages } = this.state.get();
      if (this.#viewers === 0 && messages.length > MESSAGES_KEPT) this.state.set(this.#newest(messages));
    };
  }

  /** Shows what was kept of the room, until the server has said what is there. */
  async #recall(): Promise<void> {
    const isShown = () => this.state.get().loaded || this.state.get().kept;
    if (isShown()) return;
    const kept = await this.host.archive.get(this.roomId);
    if (!kept || isShown() || !this.isMember) return;
    this.#people.recalled(kept.messages);
  }

  /** The newest page, and who is there. */
  async load(): Promise<void> {
    this.#people.viewed();
    if (!this.state.get().loaded) await this.#open();
  }

  /** Asks for so much of the newest that where the unread messages begin is among them, up to a limit. */
  #open(): Promise<void> {
    const { read, unread } = this.#unread.figures;
    const limit = Math.min(unread + HISTORY_PAGE, HISTORY_MOST);
    return this.#page({ limit, most: unread > 0 ? OPENING_PAGES : 1, to: read + 1 });
  }

  async older(): Promise<void> {
    const { messages, complete, loaded } = this.state.get();
    if (loaded && !complete) await this.#page({ before: messages[0]?.seq, limit: HISTORY_PAGE, most: 1, to: 0 });
  }

  /**
   * Gets older messages up to one of them, `REACH_PAGES` pages at most. It may be `gone`, or lie `beyond` these.
   * @throws what a page failed with that it would have been in.
   */
  async reach(seq: number): Promise<'here' | 'gone' | 'beyond'> {
    await this.#paging;
    const { messages, complete, loaded } = this.state.get();
    const before = messages[0]?.seq;
    if (loaded && !complete && before !== undefined && before > seq) {
      await this.#page({ before, limit: HISTORY_MOST, most: REACH_PAGES, to: seq });
    }
    const now = this.state.get();
    if (find(now.messages, seq)) return 'here';
    if (now.error) throw now.error;
    return now.complete || (now.messages[0]?.seq ?? seq + 1) <= seq ? 'gone' : 'beyond';
  }

  async #page(back: Back): Promise<void> {
    if (this.state.get().loading) return this.#paging;
    // A page from before the cursor would leave out what lies between them. Once it is known, `listed` or `joined` asks.
    if (!this.cursor) return;
    const paging = this.#read(back).finally(() => {
      if (this.#paging === paging) this.state.set({ loading: false });
    });
    this.#paging = paging;
    await paging;
  }

  async #read(back: Back): Promise<void> {
    this.state.set({ loading: true, error: undefined });
    try {
      const page = await this.#pages.read(back);
      const { messages: before, kept, lastMessage } = this.state.get();
      // A page of what the room was before. What the room is now is asked for when it is known.
      if (this.cursor && page.epoch !== this.cursor.epoch) return;
      // What it would have come before has been given up meanwhile.
      if (back.before !== undefined && (before[0]?.seq ?? Number.POSITIVE_INFINITY) > back.before) return;
      this.#pageHead = Math.max(this.#pageHead, page.head);
      // Between what was kept and the newest page there may be messages that neither has.
      const messages = merge(kept ? [] : before, page.messages);
      const complete = page.isFirst || (messages[0]?.seq ?? 1) <= 1;
      this.state.set({ messages, kept: false, loaded: true, complete, lastMessage: messages.at(-1) ?? lastMessage, error: page.error });
      this.#people.wrote(page.messages);
      if (back.before === undefined) this.host.archive.keep(this);
    } catch (error) {
      this.state.set({ error: ChatError.from(error) });
    }
  }

  /** The first members, and when those were last connected who are not there. */
  loadMembers = (): Promise<void> => this.#people.loadMembers();

  /** The connection is back: what is only told as it happens is asked for anew. */
  async refreshed(): Promise<void> {
    const isViewed = this.#viewers > 0;
    await Promise.all([this.#people.refreshed(isViewed), isViewed && !this.state.get().loaded && this.#open()]);
  }

  #trimmed(messages: Timeline): Partial<RoomState> {
    // Whoever looks further up has all of it at hand.
    const isLookedAt = this.#viewers > 0 && !this.#isFollowed;
    if (isLookedAt || messages.length <= 2 * MESSAGES_KEPT) return { messages };
    return this.#newest(messages);
  }

  /** What stays of many messages. Of a room that nobody looks at, that is nothing if the unread ones begin above it: it is opened anew. */
  #newest(messages: Timeline): Partial<RoomState> {
    const newest = messages.slice(-MESSAGES_KEPT);
    const isEnough = this.#viewers > 0 || (newest[0]?.seq ?? 0) <= this.#unread.read + 1;
    return isEnough ? { messages: newest, complete: false } : { messages: [], loaded: false, complete: false };
  }

  // ---- what one does ----

  /** Tells the room that one is writing, at most so often. */
  typing(): void {
    if (Date.now() - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = Date.now();
    this.host.connection.say({ action: 'typing', roomId: this.roomId });
  }

  /** One's own message has gone out, or is thrown away. */
  stoppedTyping(): void {
    this.#typedAt = 0;
  }

  /** All up to here has been read. */
  markRead(seq = this.cursor?.seq ?? 0): void {
    this.#ownRead(seq);
    this.#sayRead();
  }

  /** Whether what comes in is seen as it comes, so that it is not unread for a moment. The server is told by `markRead`. */
  follow(isFollowed: boolean): void {
    this.#isFollowed = isFollowed;
  }

  /** Tells the server how far one has read, unless it has been told. What it did not hear is said again with the next list of rooms. */
  #sayRead(): void {
    const { read } = this.#unread;
    if (read <= this.#readSent || !this.host.connection.isOnline) return;
    this.#readSent = read;
    this.host.connection.ask({ action: 'read', roomId: this.roomId, seq: read }).then(
      // Now the server counts from there.
      () => this.#unread.isGuess && this.host.refreshRooms(),
      () => (this.#readSent = 0),
    );
  }

  edit = (seq: number, message: string, mentions?: string[], mentionsRoom?: boolean) =>
    this.#command({ action: 'edit-message', seq, message, mentions, mentionsRoom });
  /** After `signal` is aborted it is not tried again; it may have been done. */
  delete = (seq: number, signal?: AbortSignal) => this.#command({ action: 'delete-message', seq }, signal);
  react = (seq: number, emoji: string) => this.#command({ action: 'react', seq, emoji });
  unreact = (seq: number, emoji: string) => this.#command({ action: 'unreact', seq, emoji });
  pin = (seq: number) => this.#command({ action: 'pin', seq });
  unpin = (seq: number) => this.#command({ action: 'unpin', seq });
  mute = (userId: string, until?: string) => this.#command({ action: 'mute', userId, until });
  /** After `signal` is aborted it is not tried again; it may have been done. */
  leave = (signal?: AbortSignal) => this.#command({ action: 'leave' }, signal);

  #command(request: InRoom, signal?: AbortSignal) {
    return this.host.command({ ...request, roomId: this.roomId } as Request, signal);
  }

  /** The server has taken a message of one's own; its frame may come before or after. */
  sent(item: OutboxItem, ack: server.Sent): void {
    // What was taken before the cursor, by an earlier try, is in the history.
    if (!this.state.get().loaded || ack.epoch !== this.cursor?.epoch || ack.seq <= this.cursor.seq) return;
    this.state.set({ messages: merge([sentAs(item, ack)], this.state.get().messages) });
  }
}
