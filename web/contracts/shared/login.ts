import { Refused } from './refused.ts';

/** Who has logged in, as a contract's server says it. */
export interface Login<U> {
  token: string;
  user: U;
}

/** Whether there is no login any more, so that one has to log in again. */
export const isOver = (error: unknown): error is Refused =>
  error instanceof Refused && ['unauthorized', 'token-expired', 'suspended'].includes(error.code);
