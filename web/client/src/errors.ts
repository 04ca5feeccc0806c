/** Codes with which the same request may well succeed later. */
const AGAIN = new Set([
  'rate-limited',
  'busy',
  'store-unavailable',
  'outcome-unknown',
  'shutting-down',
  'request-timeout',
  'connection-lost',
  'unreachable',
]);

/** What a refusal looks like, on the wire and over REST. */
export interface Refusal {
  code: string;
  message: string;
  details?: { field?: string; retryAfterSeconds?: number; [more: string]: unknown };
}

/** A request that was refused, or of which it is not known what became of it. */
export class ChatError extends Error {
  readonly code: string;
  readonly details: NonNullable<Refusal['details']>;
  /** The HTTP status, over REST. */
  readonly status: number | undefined;

  constructor(refusal: Refusal, status?: number) {
    super(refusal.message);
    this.name = 'ChatError';
    this.code = refusal.code;
    this.details = refusal.details ?? {};
    this.status = status;
  }

  /** Whether the same request may succeed later. */
  get again(): boolean {
    return AGAIN.has(this.code);
  }

  /** How long to wait before that, if the server said so, in milliseconds. */
  get retryAfter(): number | undefined {
    const seconds = this.details.retryAfterSeconds;
    return seconds === undefined ? undefined : seconds * 1000;
  }

  static from(error: unknown): ChatError {
    if (error instanceof ChatError) return error;
    return new ChatError({ code: 'internal', message: error instanceof Error ? error.message : String(error) });
  }
}

export const lost = () => new ChatError({ code: 'connection-lost', message: 'the connection was lost' });
