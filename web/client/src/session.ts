// Who one is: the tokens, kept where all tabs find them, and refreshed by one tab at a time.

import { ChatError, type Refusal } from './errors.ts';
import { REFRESH_BEFORE } from './limits.ts';
import { withLock } from './locks.ts';

/** What the server gives whoever registers, logs in or comes as a guest. */
export interface Credentials {
  token: string;
  userId: string;
  username: string;
  /** Users have one; guests do not. */
  refreshToken?: string;
  expiresAt?: string;
  admin?: boolean;
}

/** Where credentials are kept. */
export interface Keep {
  get(): Credentials | null;
  set(credentials: Credentials | null): void;
  /** Calls `told` when another tab has changed them. */
  watch(told: () => void): void;
}

/** Credentials of this process alone. */
export function memoryKeep(first: Credentials | null = null): Keep {
  let kept = first;
  return { get: () => kept, set: (credentials) => void (kept = credentials), watch: () => undefined };
}

/** Credentials of all tabs of a browser. Where the browser keeps nothing, they are those of this page alone. */
export function browserKeep(key = 'chat-credentials'): Keep {
  /** What could not be kept. */
  let own: Credentials | null | undefined;
  return {
    get() {
      if (own !== undefined) return own;
      try {
        return JSON.parse(localStorage.getItem(key) ?? 'null');
      } catch {
        return null;
      }
    },
    set(credentials) {
      own = undefined;
      try {
        if (credentials) localStorage.setItem(key, JSON.stringify(credentials));
        else localStorage.removeItem(key);
      } catch {
        own = credentials;
      }
    },
    watch(told) {
      addEventListener('storage', (event) => (event.key === key || event.key === null) && told());
    },
  };
}

/** Why a session is over: with `username-taken`, a user has the name of this guest now; with `deleted`, there is no such account any more. */
export type EndReason = 'logged-out' | 'deleted' | 'revoked' | 'unauthorized' | 'username-taken';

const REASONS: Record<string, EndReason> = { suspended: 'revoked', 'username-taken': 'username-taken' };

export class Session {
  /** Is told when credentials have come, have changed, or are gone. */
  onChange: (reason?: EndReason) => void = () => undefined;
  #userId: string | undefined;

  constructor(
    readonly keep: Keep,
    readonly base: string,
    readonly fetch: typeof globalThis.fetch,
  ) {
    this.#userId = keep.get()?.userId;
    keep.watch(() => this.#changed());
  }

  get current(): Credentials | null {
    return this.keep.get();
  }

  begin(credentials: Credentials): void {
    this.keep.set(credentials);
    this.#userId = credentials.userId;
    this.onChange();
  }

  end(reason: EndReason): void {
    this.keep.set(null);
    this.#userId = undefined;
    this.onChange(reason);
  }

  /** Changes what is kept of the user, such as another name. */
  update(changes: Partial<Credentials>): void {
    const current = this.current;
    if (current) this.keep.set({ ...current, ...changes });
  }

  /** A token that is good for a while yet; none without credentials. */
  async token(): Promise<string | undefined> {
    const current = this.current;
    if (!current?.expiresAt || Date.parse(current.expiresAt) - Date.now() > REFRESH_BEFORE / 2) return current?.token;
    // While the token is good, not being able to refresh it is no reason to fail.
    return this.refresh(current.token).catch((error) => {
      if (Date.parse(current.expiresAt as string) > Date.now()) return current.token;
      throw error;
    });
  }

  /** The token after this one. The refresh token is good once, so only one tab uses it, and the others take what it got. */
  refresh(stale: string): Promise<string | undefined> {
    const before = this.current;
    return withLock('chat-refresh', async () => {
      const current = this.current;
      // Two access tokens of one second are the same, so it is the refresh token that tells whether another tab was here.
      const isRenewed = current?.token !== stale || current.refreshToken !== before?.refreshToken;
      if (!current || isRenewed) return current?.token;
      const renewed = current.refreshToken
        ? await this.#ask('/auth/refresh', { refreshToken: current.refreshToken })
        : await this.#ask('/auth/guest', { token: current.token });
      this.keep.set({ ...current, ...renewed });
      return renewed.token;
    });
  }

  async #ask(path: string, body: object): Promise<Credentials> {
    try {
      return await this.request('POST', path, body);
    } catch (problem) {
      const error = ChatError.from(problem);
      if (!error.again && (error.status ?? 500) < 500) this.end(REASONS[error.code] ?? 'unauthorized');
      throw error;
    }
  }

  /** One request over REST, as whoever the token says. */
  async request<T>(method: string, to: string, body?: object, token?: string): Promise<T> {
    const headers: Record<string, string> = {};
    if (token) headers.authorization = `Bearer ${token}`;
    if (body) headers['content-type'] = 'application/json';
    const answer = await this.fetch(`${this.base}/api${to}`, { method, headers, body: body && JSON.stringify(body) }).catch(() => {
      throw new ChatError({ code: 'unreachable', message: 'the server cannot be reached' });
    });
    if (answer.status === 202 || answer.status === 204) return undefined as T;
    const said = await answer.json().catch(() => ({ code: 'internal', message: answer.statusText }));
    if (!answer.ok) throw new ChatError(said as Refusal, answer.status);
    return said;
  }

  #changed(): void {
    const userId = this.current?.userId;
    const isOther = userId !== this.#userId;
    this.#userId = userId;
    if (isOther) this.onChange(userId ? undefined : 'logged-out');
  }
}
