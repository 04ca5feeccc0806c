import { Kept } from '../../shared/kept.ts';

/** Under which name one is here. It is a tab's own: in another tab one may be somebody else. */
export const username = new Kept<string>('username', 'sessionStorage');

/** Letters of a name. */
export const MOST_LETTERS = 64;
