import { PAUSE } from './limits.ts';

/** Pauses with full jitter: each is a random part of a bound that doubles. */
export class Backoff {
  #attempts = 0;

  constructor(readonly random: () => number = Math.random) {}

  /** The next pause; `least` is what the server asked for. */
  next(least = 0): number {
    const bound = Math.min(PAUSE.last, PAUSE.first * 2 ** this.#attempts);
    this.#attempts += 1;
    return least + Math.round(this.random() * bound);
  }

  reset(): void {
    this.#attempts = 0;
  }
}
