/** Something small that the browser keeps. Without a place for it nothing is remembered, and all else works. */
export class Kept<T> {
  constructor(
    readonly key: string,
    readonly place: 'localStorage' | 'sessionStorage' = 'localStorage',
  ) {}

  get(): T | undefined {
    try {
      const text = window[this.place].getItem(this.key);
      return text === null ? undefined : (JSON.parse(text) as T);
    } catch {
      return undefined;
    }
  }

  set(value: T | undefined): void {
    try {
      if (value === undefined) window[this.place].removeItem(this.key);
      else window[this.place].setItem(this.key, JSON.stringify(value));
    } catch {
      // See above.
    }
  }
}
