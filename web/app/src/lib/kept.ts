// Small values that the browser keeps.

export function kept<T>(key: string, fallback: T) {
  return {
    get(): T {
      try {
        const text = localStorage.getItem(key);
        return text === null ? fallback : (JSON.parse(text) as T);
      } catch {
        return fallback;
      }
    },
    set(value: T | null): void {
      try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, JSON.stringify(value));
      } catch {
        // Without storage nothing is remembered, and all else works.
      }
    },
  };
}
