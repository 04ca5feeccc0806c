import { ask } from '../../shared/ask.ts';
import { Kept } from '../../shared/kept.ts';
import type { Line } from '../../shared/lines.ts';
import type { Login } from '../../shared/login.ts';
import { Refused } from '../../shared/refused.ts';
import { Talks, type TalksState } from '../../shared/talks.ts';
import { notify } from './notify.ts';

/** How many conversations are remembered. */
const MOST_OTHERS = 50;
/** How many names are known at once. */
const MOST_NAMES = 1_000;

/** To whom a broadcast goes. */
export const ALL = 'all';

export interface User {
  _id: string;
  username: string;
  isAdmin?: boolean;
}

/** Somebody one has written with. */
interface Other {
  id: string;
  name: string;
}

interface Message {
  _id: string;
  senderId: string;
  receiverId: string;
  message: string;
  timestamp: string;
  isRead: boolean;
}

interface State extends TalksState {
  others: readonly Other[];
  names: ReadonlyMap<string, string>;
}

/** A conversation's key is where the page has it. */
export const keyOf = (id: string): string => `/with/${encodeURIComponent(id)}`;
const idOf = (key: string): string => decodeURIComponent(key.split('/')[2] ?? '');

/** The end of a message's id is its place in the conversation. */
const line = ({ _id, senderId, receiverId, message, timestamp, isRead }: Message): Line => ({
  id: _id,
  number: Number(_id.split('-').at(-1)),
  at: timestamp,
  from: senderId,
  text: message,
  isRead: isRead && receiverId !== ALL,
});

/** Direct messages and broadcasts, as one user sees them. */
export class Chat extends Talks<State> {
  readonly user: User;
  readonly #token: string;
  readonly #others: Kept<Other[]>;
  /** Up to where the server was told that conversations were read. */
  readonly #read = new Map<string, number>();

  constructor({ token, user }: Login<User>, logOut: (why?: Refused) => void) {
    const kept = new Kept<Other[]>(`direct-and-broadcast of ${user._id}`);
    const others = kept.get() ?? [];
    const names = new Map([[user._id, user.username], ...others.map(({ id, name }): [string, string] => [id, name])]);
    super({ talks: new Map(), others, names }, token, logOut);
    this.user = user;
    this.#token = token;
    this.#others = kept;
    const { socket } = this.connection;
    const hear = (id: string, message: Message) => this.#hear(id, message).catch(this.complain);
    socket.on('receiveMessage', (message) => hear(message.senderId === user._id ? message.receiverId : message.senderId, message));
    socket.on('broadcastMessage', (message) => hear(ALL, message));
  }

  begin(): () => void {
    const close = this.connection.open();
    const look = () => this.#look().catch(this.complain);
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      close();
    };
  }

  nameOf(id: string): string {
    if (id === this.user._id) return this.user.username;
    return id === ALL ? 'Broadcasts' : (this.state.names.get(id) ?? '…');
  }

  /** Users in whose names this is, but for oneself. */
  async search(part: string): Promise<User[]> {
    const users = await this.#ask<User[]>('GET', `/api/users?search=${encodeURIComponent(part)}`);
    return users.filter(({ _id }) => _id !== this.user._id);
  }

  remember({ _id, username }: User): void {
    this.#name(_id, username);
    if (this.state.others.some(({ id }) => id === _id)) return;
    const others = [...this.state.others, { id: _id, name: username }].slice(-MOST_OTHERS);
    this.#others.set(others);
    this.set({ others });
  }

  async send(receiverId: string, message: string): Promise<void> {
    const sent = await this.connection.say<Message>('sendMessage', { receiverId, message });
    this.heard(keyOf(receiverId), line(sent), true);
  }

  protected override async connected(): Promise<void> {
    const { current } = this.state;
    if (current !== undefined) await this.refresh(current);
  }

  protected override async load(key: string): Promise<void> {
    const id = idOf(key);
    if (id !== ALL) this.remember({ _id: id, username: await this.#learnName(id) });
    this.learned(key, await this.#history(id));
    await this.#look();
  }

  protected override page(key: string, { id }: Line): Promise<Line[]> {
    return this.#history(idOf(key), id);
  }

  async #history(id: string, before?: string): Promise<Line[]> {
    const path = `/api/messages/${encodeURIComponent(id)}${before ? `?before=${encodeURIComponent(before)}` : ''}`;
    const messages = await this.#ask<Message[]>('GET', path);
    for (const sender of new Set(messages.map(({ senderId }) => senderId))) await this.#learnName(sender);
    return messages.map(line);
  }

  async #hear(id: string, message: Message): Promise<void> {
    const isOwn = message.senderId === this.user._id;
    const sender = await this.#learnName(message.senderId);
    if (id !== ALL) this.remember({ _id: id, username: await this.#learnName(id) });
    const isSeen = this.state.current === keyOf(id) && !document.hidden;
    this.heard(keyOf(id), line(message), isSeen || isOwn);
    if (isSeen) await this.#look();
    if (!isSeen && !isOwn) notify(sender, message.message, message._id);
  }

  /** What is in view was read. */
  async #look(): Promise<void> {
    const { current } = this.state;
    if (document.hidden || current === undefined) return;
    this.put(current, { isUnread: false });
    const unread = this.talkOf(current).talk.lines.findLast(({ isRead, from }) => !isRead && from !== this.user._id);
    if (!unread?.id || unread.number <= (this.#read.get(current) ?? 0)) return;
    this.#read.set(current, unread.number);
    await this.#markRead(unread.id);
  }

  #markRead(id: string): Promise<unknown> {
    return this.#ask('PATCH', `/api/messages/${encodeURIComponent(id)}`, { isRead: true });
  }

  async #learnName(id: string): Promise<string> {
    const known = this.state.names.get(id);
    if (known !== undefined) return known;
    const name = await this.#ask<User>('GET', `/api/users/${encodeURIComponent(id)}`).then(
      ({ username }) => username,
      (error) => (error instanceof Refused && error.status === 404 ? '(deleted)' : Promise.reject(error)),
    );
    this.#name(id, name);
    return name;
  }

  #name(id: string, name: string): void {
    this.set({ names: new Map([...this.state.names].slice(-MOST_NAMES)).set(id, name) });
  }

  #ask<T>(method: string, path: string, body?: object): Promise<T> {
    return ask<T>(method, path, body, this.#token);
  }
}
