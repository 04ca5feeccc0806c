import { ask } from '../../shared/ask.ts';
import { Kept } from '../../shared/kept.ts';
import type { Line } from '../../shared/lines.ts';
import type { Login } from '../../shared/login.ts';
import type { Refused } from '../../shared/refused.ts';
import { Talks, type TalksState } from '../../shared/talks.ts';

/** How often the list of rooms is asked for anew: nobody tells of rooms that others make. */
const ROOMS_EVERY_MS = 10_000;
/** How many rooms are listed, and how many a page of that list has. */
const MOST_ROOMS = 1_000;
const ROOMS_PAGE = 200;
/** How many private conversations are remembered. */
const MOST_OTHERS = 50;

export interface User {
  id: string;
  username: string;
}

interface Message {
  seq: number;
  sender: string;
  message: string;
  timestamp: string;
}

interface Room {
  roomId: string;
  name: string;
}

interface State extends TalksState {
  /** Not known at first. */
  rooms?: readonly Room[];
  /** With whom one has had private messages. */
  others: readonly string[];
}

export const roomKey = (roomId: string): string => `/room/${encodeURIComponent(roomId)}`;
export const privateKey = (username: string): string => `/with/${encodeURIComponent(username)}`;

const line = ({ seq, sender, message, timestamp }: Message): Line => ({ number: seq, at: timestamp, from: sender, text: message });

/** Rooms and private messages, as one user sees them. A conversation's key is where the page has it. */
export class Chat extends Talks<State> {
  readonly #login: Login<User>;
  readonly #others: Kept<string[]>;
  /** Rooms that the server was told are entered. */
  readonly #entered = new Set<string>();

  constructor(login: Login<User>, logOut: (why?: Refused) => void) {
    const others = new Kept<string[]>(`rooms-and-dms of ${login.user.username}`);
    super({ talks: new Map(), others: others.get() ?? [] }, login.token, logOut);
    this.#login = login;
    this.#others = others;
    const { socket } = this.connection;
    socket.on('history', ({ roomId, messages }) => this.learned(roomKey(roomId), messages.map(line)));
    socket.on('receiveMessage', (message) => this.#hear(roomKey(message.roomId), message));
    socket.on('privateMessage', (message) => {
      const other = message.sender === this.username ? message.to : message.sender;
      this.#remember(other);
      this.#hear(privateKey(other), message);
    });
    socket.on('activeUsers', ({ roomId, users }) => this.put(roomKey(roomId), { people: users }));
  }

  get username(): string {
    return this.#login.user.username;
  }

  /** Connects, and keeps the list of rooms new. */
  begin(): () => void {
    const close = this.connection.open();
    const timer = setInterval(() => document.hidden || this.listRooms().catch(() => undefined), ROOMS_EVERY_MS);
    return () => {
      clearInterval(timer);
      close();
    };
  }

  async listRooms(): Promise<void> {
    const rooms: Room[] = [];
    for (let after = ''; ; ) {
      const page = await this.#ask<Room[]>(`/api/chatrooms${after && `?after=${encodeURIComponent(after)}`}`);
      rooms.push(...page);
      after = page.at(-1)?.roomId ?? '';
      if (page.length < ROOMS_PAGE || rooms.length >= MOST_ROOMS) break;
    }
    this.set({ rooms });
  }

  async createRoom(name: string): Promise<string> {
    const { roomId } = await this.connection.say<Room>('createRoom', { name });
    this.#entered.add(roomId);
    await this.listRooms();
    return roomKey(roomId);
  }

  async leaveRoom(roomId: string): Promise<void> {
    await this.connection.say('leaveRoom', { roomId });
    this.#entered.delete(roomId);
    this.put(roomKey(roomId), { isKnown: false, people: [] });
  }

  /** Where the private conversation with a user is. */
  async writeTo(name: string): Promise<string> {
    const { username } = await this.#ask<{ username: string }>(`/api/messages/${encodeURIComponent(name)}`);
    this.#remember(username);
    return privateKey(username);
  }

  sendToRoom(roomId: string, message: string): Promise<unknown> {
    return this.connection.say('sendMessage', { roomId, message });
  }

  sendTo(to: string, message: string): Promise<unknown> {
    return this.connection.say('privateMessage', { to, message });
  }

  protected override async connected(): Promise<void> {
    const { socket } = this.connection;
    const entered = [...this.#entered];
    if (!socket.recovered) this.#entered.clear();
    const { current } = this.state;
    if (current !== undefined) await this.refresh(current);
    await this.listRooms();
    // Of the other rooms that were entered one wants to know when something is said there.
    for (const roomId of entered.filter((id) => !this.#entered.has(id))) await this.#enter(roomId).catch(this.complain);
  }

  protected override async load(key: string): Promise<void> {
    const [kind, name] = parts(key);
    if (kind === 'room') return this.#enter(name);
    this.learned(key, await this.#privateMessages(name));
    this.#remember(name);
  }

  protected override async page(key: string, { number }: Line): Promise<Line[]> {
    const [kind, name] = parts(key);
    if (kind === 'with') return this.#privateMessages(name, number);
    const path = `/api/chatrooms/${encodeURIComponent(name)}/messages?before=${number}`;
    return (await this.#ask<{ messages: Message[] }>(path)).messages.map(line);
  }

  async #enter(roomId: string): Promise<void> {
    await this.connection.say('joinRoom', { roomId });
    this.#entered.add(roomId);
  }

  async #privateMessages(other: string, before?: number): Promise<Line[]> {
    const path = `/api/messages/${encodeURIComponent(other)}${before === undefined ? '' : `?before=${before}`}`;
    return (await this.#ask<{ messages: Message[] }>(path)).messages.map(line);
  }

  #hear(key: string, message: Message): void {
    this.heard(key, line(message), key === this.state.current || message.sender === this.username);
  }

  #remember(other: string): void {
    if (this.state.others.includes(other)) return;
    const others = [...this.state.others, other].slice(-MOST_OTHERS);
    this.#others.set(others);
    this.set({ others });
  }

  #ask<T>(path: string): Promise<T> {
    return ask<T>('GET', path, undefined, this.#login.token);
  }
}

function parts(key: string): [string, string] {
  const [, kind = '', name = ''] = key.split('/');
  return [kind, decodeURIComponent(name)];
}
