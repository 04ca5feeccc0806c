// Who is writing, as others tell it.

import { TYPING_LATE, TYPING_SHOWN } from './limits.ts';
import type { UserView } from './wire/server.ts';

export type Writers = readonly UserView[];

export class Typing {
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  /** Who wrote last, and until when they are not shown again. */
  #spoke?: { userId: string; until: number };

  /** `change` is given what becomes of those who are shown. */
  constructor(readonly change: (next: (shown: Writers) => Writers) => void) {}

  told({ userId, username, guest }: UserView): void {
    if (userId === this.#spoke?.userId && Date.now() < this.#spoke.until) return;
    clearTimeout(this.#timers.get(userId));
    this.#timers.set(
      userId,
      setTimeout(() => this.#hide(userId), TYPING_SHOWN),
    );
    this.change((shown) => [...shown.filter((user) => user.userId !== userId), { userId, username, guest }]);
  }

  /** What somebody was writing has come. That they were writing it may be told just after it. */
  spoke(userId: string): void {
    this.#spoke = { userId, until: Date.now() + TYPING_LATE };
    clearTimeout(this.#timers.get(userId));
    this.#hide(userId);
  }

  #hide(userId: string): void {
    this.#timers.delete(userId);
    this.change((shown) => (shown.some((user) => user.userId === userId) ? shown.filter((user) => user.userId !== userId) : shown));
  }
}
