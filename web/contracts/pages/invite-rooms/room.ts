import { caughtUp, type Line, NOTHING, type Talk, withNew } from '../../shared/lines.ts';
import { explain, Refused, refusal } from '../../shared/refused.ts';
import { Connection } from '../../shared/socket.ts';
import { Store } from '../../shared/store.ts';

/** A message as the contract has it. */
interface Message {
  seq: number;
  username: string;
  message: string;
  timestamp: string;
}

interface RoomState {
  /** Whether it is known what was said. */
  isKnown: boolean;
  isMissing: boolean;
  talk: Talk;
  people: readonly string[];
  problem?: string | undefined;
}

const line = ({ seq, username, message, timestamp }: Message): Line => ({ number: seq, at: timestamp, from: username, text: message });

/** A room, as one user sees it. */
export class Room extends Store<RoomState> {
  readonly connection = new Connection();

  constructor(
    readonly roomId: string,
    readonly username: string,
  ) {
    super({ isKnown: false, isMissing: false, talk: NOTHING, people: [] });
    const { socket } = this.connection;
    socket.on('connect', () => this.join());
    socket.on('send-message', (message: Message) => this.set({ talk: withNew(this.state.talk, line(message)) }));
    socket.on('join-room', ({ username }) => this.#setPeople([...this.state.people, username]));
    socket.on('leave-room', ({ username }) => this.#setPeople(this.state.people.filter((name) => name !== username)));
    socket.on('error', (error) => this.set({ problem: explain(refusal(error, 'that did not work')) }));
  }

  /** Enters the room, also after the connection was lost. */
  async join(): Promise<void> {
    const before = this.state.talk;
    try {
      const { room } = await this.#say<{ room: { users: string[]; messages: Message[] } }>('join-room');
      this.set({ isKnown: true, problem: undefined, talk: caughtUp(before, room.messages.map(line), this.state.talk) });
      this.#setPeople(room.users);
    } catch (error) {
      const isMissing = error instanceof Refused && error.code === 'room-not-found';
      this.set({ isMissing, problem: explain(error as Error) });
    }
  }

  send(message: string): Promise<unknown> {
    return this.#say('send-message', { message });
  }

  /** Leaves the room for good. Without a connection, the server finds out by itself. */
  async leave(): Promise<void> {
    await this.#say('leave-room').catch(() => undefined);
  }

  #say<T>(event: string, more: object = {}): Promise<T> {
    return this.connection.say<T>(event, { roomId: this.roomId, username: this.username, ...more });
  }

  #setPeople(names: readonly string[]): void {
    this.set({ people: [...new Set(names)].sort((a, b) => a.localeCompare(b)) });
  }
}
