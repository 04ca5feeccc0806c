// Pages of a room's history, as they stand when the last of them is there.

import type { Connection } from './connection.ts';
import { ChatError } from './errors.ts';
import { apply, merge, type Timeline } from './timeline.ts';
import type { Frame, History } from './wire/server.ts';

/** How far back the history is read. */
export interface Back {
  /** From below this message, or from the newest on. */
  before?: number;
  /** So many messages in a page, and so many pages at most. */
  limit: number;
  most: number;
  /** When a message of this seq or below is there, that is enough. */
  to: number;
}

export interface Read {
  epoch: string;
  head: number;
  messages: Timeline;
  /** There is nothing above. */
  isFirst: boolean;
  /** Why there is no more of it, after the first page. */
  error?: ChatError;
}

export class Pages {
  /** Entries that came while pages are on their way: what they change may be newer than a page. */
  readonly #changes = new Set<Frame[]>();

  constructor(
    readonly roomId: string,
    readonly connection: Connection,
  ) {}

  entry(frame: Frame): void {
    for (const changes of this.#changes) changes.push(frame);
  }

  /**
   * Reads one page after another, and says what is there then.
   * @throws what the first page failed with.
   */
  async read({ before, limit, most, to }: Back): Promise<Read> {
    const changes: Frame[] = [];
    this.#changes.add(changes);
    try {
      const newest = await this.#page(before, limit);
      const pages = [newest];
      let error: ChatError | undefined;
      for (let last = newest; pages.length < most && last.messages.length > 0 && (last.messages[0]?.seq ?? 0) > to; ) {
        try {
          last = await this.#page(last.messages[0]?.seq, limit);
        } catch (problem) {
          error = ChatError.from(problem);
          break;
        }
        // The room has begun anew meanwhile: what was read is of no use then, and the caller sees that.
        if (last.epoch !== newest.epoch) break;
        pages.push(last);
      }
      const messages = pages.reduce((all: Timeline, page) => merge(all, changed(page, changes)), []);
      // A page may be short and not be the last one: an empty one is.
      return { epoch: newest.epoch, head: newest.head, messages, isFirst: pages.at(-1)?.messages.length === 0, error };
    } finally {
      this.#changes.delete(changes);
    }
  }

  #page(before: number | undefined, limit: number): Promise<History> {
    return this.connection.ask({ action: 'history', roomId: this.roomId, before, limit }, 'history');
  }
}

/** What entries above its head have made of a page. */
const changed = ({ head, messages }: History, entries: readonly Frame[]): Timeline =>
  entries.reduce((all, entry) => ('seq' in entry && entry.seq > head ? apply(all, entry) : all), messages as Timeline);
