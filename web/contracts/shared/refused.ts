/** What the server has against something, or the way to it. */
export class Refused extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status?: number,
    /** What of the request is wrong. */
    readonly field?: string,
  ) {
    super(message);
  }
}

const WORDS: Record<string, string> = {
  unreachable: 'The server cannot be reached. Look whether you are online, and try again.',
  'no-connection': 'There is no connection at the moment. What you wrote stays here: send it when the connection is back.',
  unanswered: 'The server has not answered. Look whether it was done before you try again.',
  unauthorized: 'Your login is not valid any more. Please log in again.',
  'token-expired': 'Your login has ended. Please log in again.',
  'invalid-credentials': 'The username or the password is not right.',
  suspended: 'This account is suspended.',
  'username-taken': 'This username is taken. Choose another one.',
  'email-taken': 'This email address belongs to another account.',
  'rate-limited': 'That was too much at once. Wait a moment, and try again.',
  'room-not-found': 'There is no such room. Look whether the room ID is complete.',
  'not-a-member': 'You are not in this room any more.',
  'user-not-found': 'There is nobody of this name.',
  banned: 'You are banned from this room.',
  blocked: 'That is not possible: one of you has blocked the other.',
  forbidden: 'You may not do that.',
  'too-large': 'That is too long.',
  'store-unavailable': 'The server cannot save anything right now. Try again in a moment.',
  busy: 'There is too much going on. Try again in a moment.',
};

/** What a person is told of an error. */
export function explain(error: Error): string {
  const known = error instanceof Refused ? WORDS[error.code] : undefined;
  if (known) return known;
  const field = error instanceof Refused && error.field?.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (field) return `The ${field} ${error.message}.`;
  const said = error.message.trim() || 'that did not work';
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}${/[.!?]$/.test(said) ? '' : '.'}`;
}

/** The refusal in an answer. */
export function refusal(answer: unknown, otherwise: string, status?: number): Refused {
  const { code, message, details } = (answer ?? {}) as { code?: string; message?: string; details?: { field?: string } };
  return new Refused(code ?? 'other', message ?? otherwise, status, details?.field);
}
