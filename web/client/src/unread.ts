// What one has not read in a room: what the server counted up to an entry of the log, and what came above that entry since.
//
// A list of rooms says how a room was at its head. It may come in late, when the log is here further than that: then what it counted is
// taken for what it covers, and what came above its head still counts. The same goes for how far one has read.

import { UNREAD_KEPT } from './limits.ts';

/** What a list says of one's own room. */
export interface Count {
  head: number;
  read: number;
  unread: number;
  mentions: number;
}

interface Arrival {
  seq: number;
  isMention: boolean;
}

const mentioning = (arrivals: readonly Arrival[]) => arrivals.filter((arrival) => arrival.isMention).length;

export class Unread {
  /** Up to here one has read. */
  read = 0;
  /** Up to here `#base` counts. */
  #head = 0;
  #base = { unread: 0, mentions: 0 };
  /** Messages of others above both. */
  #since: Arrival[] = [];
  #isGuess = false;

  /** A log of which nothing is unread up to here. */
  constructor(head = 0, read = 0) {
    this.#head = head;
    this.read = read;
  }

  /** Some of what was counted has been read, or changed, and only the server knows how much. */
  get isGuess(): boolean {
    return this.#isGuess;
  }

  get figures() {
    const { unread, mentions } = this.#base;
    return { read: this.read, unread: unread + this.#since.length, mentions: mentions + mentioning(this.#since) };
  }

  /** What a list says. An older one than the last says nothing new. */
  listed({ head, read, unread, mentions }: Count): void {
    if (head < this.#head) return;
    const isBehind = read < this.read;
    // What the list has counted, and this client, too. One has read further than the list knows: then this client knows better.
    if (isBehind && !this.#isGuess) this.#fold((arrival) => arrival.seq <= head);
    else {
      this.#base = isBehind && this.read >= head ? { unread: 0, mentions: 0 } : { unread, mentions };
      this.#isGuess = isBehind && this.read < head;
    }
    this.#head = head;
    this.read = Math.max(this.read, read);
    this.#drop();
  }

  /** A message of somebody else's has come in. */
  arrived(seq: number, isMention: boolean): void {
    if (seq <= this.#head || seq <= this.read) return;
    this.#since.push({ seq, isMention });
    if (this.#since.length <= UNREAD_KEPT) return;
    this.#head = (this.#since[0] as Arrival).seq;
    this.#fold((arrival) => arrival.seq <= this.#head);
  }

  /**
   * A message was deleted, or does or does not mention one any more, by an entry of this seq. Returns whether the server has to be asked
   * what is unread now.
   */
  changed(entry: number, target: number, how: 'deleted' | 'mentions' | 'is silent'): boolean {
    if (target <= this.read || entry <= this.#head) return false;
    if (target > this.#head) {
      if (how === 'deleted') this.#since = this.#since.filter((arrival) => arrival.seq !== target);
      for (const arrival of this.#since) if (arrival.seq === target) arrival.isMention = how === 'mentions';
      return false;
    }
    const mayCount = (how === 'is silent' ? this.#base.mentions : this.#base.unread) > 0;
    this.#isGuess ||= mayCount;
    return mayCount;
  }

  /** One has read up to here. `known` says what is unread of what lies between here and a seq, as far as it is known here. */
  readTo(seq: number, known: (upTo: number) => { unread: number; mentions: number; isAll: boolean }): void {
    if (seq <= this.read) return;
    this.read = seq;
    if (seq >= this.#head) {
      this.#base = { unread: 0, mentions: 0 };
      this.#isGuess = false;
    } else if (this.#base.unread > 0) {
      const { unread, mentions, isAll } = known(this.#head);
      this.#base = { unread, mentions };
      this.#isGuess = !isAll;
    }
    this.#drop();
  }

  /** Forgets what has been read or is counted. */
  #drop(): void {
    this.#since = this.#since.filter((arrival) => arrival.seq > this.#head && arrival.seq > this.read);
  }

  /** Counts these with what lies below them. */
  #fold(isOf: (arrival: Arrival) => boolean): void {
    const folded = this.#since.filter((arrival) => isOf(arrival) && arrival.seq > this.read);
    this.#base = { unread: this.#base.unread + folded.length, mentions: this.#base.mentions + mentioning(folded) };
    this.#since = this.#since.filter((arrival) => !isOf(arrival));
  }
}
