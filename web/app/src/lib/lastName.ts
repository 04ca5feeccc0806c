import { kept } from './kept.ts';

/** The name by which one came in last. */
export const lastName = kept('chat-last-name', '');
