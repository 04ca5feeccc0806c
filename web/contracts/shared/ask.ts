import { Refused, refusal } from './refused.ts';

/** Asks something over HTTP. A refusal is thrown, with its code and its message. */
export async function ask<T>(method: string, path: string, body?: object, token?: string): Promise<T> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Refused('unreachable', 'the server cannot be reached');
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer as T;
  throw refusal(answer, `the server answered ${response.status}`, response.status);
}
