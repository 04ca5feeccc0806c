import { ChatError } from 'chat-client';
import { explain, type Texts } from '../text/index.ts';

/** If it is a username that was refused: that, and what a username may be. */
export const refusedName = (texts: Texts, error: Error | null | undefined): string | undefined =>
  error instanceof ChatError && error.code === 'invalid-field' && error.details.field === 'username'
    ? `${explain(texts, error)} ${texts.entry.usernameHint}`
    : undefined;
