import { kept } from './kept.ts';

/** With what a browser comes back from a provider: what it gets its tokens for, once, or why it does not. */
export type Back = { token: string } | { error: string } | undefined;

/** Reads it from behind the `#`, which no log has. */
export function back(hash: string): Back {
  const said = new URLSearchParams(hash.slice(1));
  const token = said.get('sign-in');
  const error = said.get('sign-in-error');
  if (token) return { token };
  return error ? { error } : undefined;
}

/** How long one may be at the provider, as the server has it. */
const PATIENCE = 10 * 60 * 1000;
const begunAt = kept('chat-sign-in-begun', 0);

/** Remembers that one is on the way to the provider. */
export const begin = (now = Date.now()): void => begunAt.set(now);

/**
 * Whether one was on the way to the provider, which holds once. Somebody else could send a link with what they have brought from there, and
 * have one be here as them.
 */
export function wasBegun(now = Date.now()): boolean {
  const at = begunAt.get();
  begunAt.set(0);
  return at <= now && now < at + PATIENCE;
}

/** Where one wanted to go: a path of this page, or its beginning. */
export function wanted(search: string): string {
  const to = new URLSearchParams(search).get('to') ?? '/';
  // What begins with two slashes, or one and a backslash, is another site to a browser.
  return /^\/(?![/\\])/.test(to) ? to : '/';
}

/** The address to which a browser comes back that wanted to go there. */
export const backTo = (to: string): string => `/signed-in?${new URLSearchParams({ to })}`;
