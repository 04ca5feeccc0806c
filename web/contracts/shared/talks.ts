import { caughtUp, isFull, type Line, NOTHING, type Talk, withNew, withOlder } from './lines.ts';
import { isOver } from './login.ts';
import { explain, type Refused, refusal } from './refused.ts';
import { Connection } from './socket.ts';
import { Store } from './store.ts';

/** Of how many conversations a page has messages. */
const MOST_TALKS = 50;

/** One of several conversations. */
export interface TalkState {
  talk: Talk;
  /** Whether what was said last is known. */
  isKnown: boolean;
  isUnread: boolean;
  people: readonly string[];
  /** What was known when the connection was lost, until it is known what was said meanwhile. */
  before?: Talk | undefined;
}

export interface TalksState {
  talks: ReadonlyMap<string, TalkState>;
  /** The one that is open. */
  current?: string | undefined;
  problem?: string | undefined;
}

const UNKNOWN: TalkState = { talk: NOTHING, isKnown: false, isUnread: false, people: [] };

/** The conversations of somebody who has logged in, on one connection. */
export abstract class Talks<S extends TalksState> extends Store<S> {
  readonly connection: Connection;
  readonly #logOut: (why?: Refused) => void;

  constructor(state: S, token: string, logOut: (why?: Refused) => void) {
    super(state);
    this.#logOut = logOut;
    this.connection = new Connection({ token });
    const { socket } = this.connection;
    socket.on('error', (data) => this.complain(refusal(data, 'that did not work')));
    socket.on('connect', () => {
      // What a recovered connection had missed comes by itself.
      if (!socket.recovered) this.#forget();
      this.connected().catch(this.complain);
    });
    this.connection.follow(() => isOver(this.connection.state.why) && logOut(this.connection.state.why));
  }

  /** Asks for what has to be known once there is a connection. */
  protected abstract connected(): Promise<void>;

  /** Asks for what was said last. */
  protected abstract load(key: string): Promise<void>;

  /** A page of messages from before the first one that is known. */
  protected abstract page(key: string, first: Line): Promise<Line[]>;

  readonly complain = (error: Error): void => {
    if (isOver(error)) this.#logOut(error);
    else this.change({ problem: explain(error) });
  };

  talkOf(key: string): TalkState {
    return this.state.talks.get(key) ?? UNKNOWN;
  }

  /** Opens a conversation. */
  async open(key: string | undefined): Promise<void> {
    this.change({ current: key, problem: undefined });
    if (key === undefined) return;
    this.put(key, { isUnread: false });
    await this.refresh(key);
  }

  /** Has what was said last in the conversation, if it is not known. */
  async refresh(key: string): Promise<void> {
    if (this.talkOf(key).isKnown || !this.connection.socket.connected) return;
    await this.load(key).catch(this.complain);
  }

  async older(key: string): Promise<void> {
    const [first] = this.talkOf(key).talk.lines;
    if (!first || isFull(this.talkOf(key).talk)) return;
    const page = await this.page(key, first).catch(this.complain);
    if (page) this.put(key, { talk: withOlder(this.talkOf(key).talk, page) });
  }

  /** Somebody has said something. */
  protected heard(key: string, line: Line, isSeen: boolean): void {
    const { talk, isUnread } = this.talkOf(key);
    this.put(key, { talk: withNew(talk, line), isUnread: isUnread || !isSeen });
  }

  /** What was said last. */
  protected learned(key: string, page: readonly Line[]): void {
    // Without a connection that was lost, all that is known came while the page was on its way.
    const { talk, before = NOTHING } = this.talkOf(key);
    this.put(key, { talk: caughtUp(before, page, talk), isKnown: true, before: undefined });
  }

  protected put(key: string, change: Partial<TalkState>): void {
    const talks = new Map(this.state.talks);
    talks.delete(key);
    talks.set(key, { ...this.talkOf(key), ...change });
    const [oldest] = [...talks.keys()].filter((other) => other !== this.state.current);
    if (talks.size > MOST_TALKS && oldest !== undefined) talks.delete(oldest);
    this.change({ talks });
  }

  protected change(change: Partial<TalksState>): void {
    this.set(change as Partial<S>);
  }

  #forget(): void {
    const unknown = ([key, state]: [string, TalkState]): [string, TalkState] => [key, { ...state, isKnown: false, before: state.talk }];
    this.change({ problem: undefined, talks: new Map([...this.state.talks].map(unknown)) });
  }
}
