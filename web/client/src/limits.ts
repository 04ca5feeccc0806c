// Every pause and bound of the client, in one place. Times are in milliseconds.

/** The pause before coming back grows from the first to the last of these, and a random part of it is taken. */
export const PAUSE = { first: 400, last: 20_000 };
/** After the server closed because of too many requests, the pause is this long at least. */
export const PAUSE_AFTER_FLOOD = 10_000;
/** After so long without a frame the server is asked whether it is there, and given up after `PONG` more. */
export const QUIET = 25_000;
export const PONG = 8_000;
/** How long an answer may take. The server answers commands within 15 s. */
export const ANSWER = 20_000;
/** How long a connection may take to open and be welcomed. */
export const OPENING = 15_000;
/** How long a command is tried again before the caller is told that it failed. */
export const COMMAND = 60_000;
/** A token is refreshed so long before it expires. */
export const REFRESH_BEFORE = 60_000;
/** One `typing` is sent in so long; what others are typing is shown a little longer. */
export const TYPING_EVERY = 2_500;
export const TYPING_SHOWN = 5_000;
/** So many of a room's members, and of those present, are known by name at most. */
export const PEOPLE_KEPT = 200;
/** Who is there is asked for again at a random time within so much for each user present: all of them ask about fifty times a second. */
export const ASK_AGAIN = 20;
/** Who looks at another page for so long is away. */
export const AWAY_AFTER = 10_000;
/** How many messages a page of history has, how many the server gives at most, and how many a room keeps that nobody looks at. */
export const HISTORY_PAGE = 50;
export const HISTORY_MOST = 200;
export const MESSAGES_KEPT = 200;
/** A message that one goes to is looked for on so many of the largest pages: 2,000 messages. */
export const REACH_PAGES = 10;
/** Where the unread messages of a room begin is looked for on so many pages when it is opened: 600 messages. */
export const OPENING_PAGES = 3;
/** So many unread messages of a room are known one by one; what lies below them is a number. */
export const UNREAD_KEPT = 1_000;
/** What comes in by itself is drawn once in so long. */
export const DRAW_EVERY = 100;
/** Of so many rooms that were looked at last the newest messages are kept for when there is no server: so many, and so many bytes of JSON. */
export const KEPT_ROOMS = 20;
export const KEPT_MESSAGES = 50;
export const KEPT_BYTES = 128 * 1024;
/** What is shown of a room is kept so much later. */
export const KEEP_AFTER = 1_000;
/** Rooms in one `hello`, and in one page of rooms. */
export const RESUME = 200;
export const ROOMS_PAGE = 200;
/** Pages of one's own rooms that are read at most. */
export const ROOMS_PAGES = 10;
/** What one's inbox has told is gone back so far, and kept. */
export const NOTICES = 100;
/** Bytes of a message, unless the server says otherwise. */
export const MESSAGE_BYTES = 16 * 1024;
/** Messages that wait for a connection, at most. */
export const OUTBOX = 1_000;
/** A store that has not answered in so long keeps nothing, and messages are sent without it. */
export const KEEP_WITHIN = 3_000;
/** A tab sends what another one wrote and has not sent in so long. */
export const LOOK_EVERY = 15_000;
/** How long a lock by way of stored values is held, where the browser has no locks. */
export const LEASE = 10_000;
