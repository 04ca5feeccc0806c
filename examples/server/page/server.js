// What is asked of the server over REST, as whom, and its errors in words.

const WORDS = {
  'username-taken': 'Somebody in this room has that name already. Please choose another.',
  'room-not-found': 'There is no such room (any more).',
  'not-a-member': 'You are not in this room any more: somebody removed you, or you left it elsewhere.',
  'banned': 'You are banned from this room.',
  'muted': 'You are muted in this room.',
  'unauthorized': 'The server does not know you any more. Please join again.',
  'no-guests': 'Guests are not allowed on this server.',
  'no-link': 'That is no link to a room.',
  'rate-limited': 'That was too much at once. Please wait a moment.',
  'too-large': 'That is too long.',
  'network': 'The server cannot be reached.',
};

const FIELDS = {
  'username': 'Your name',
  'roomName': 'The room\'s name',
  'roomId': 'The room\'s id',
  'message': 'The message',
};

/** An error for people. Of a field the server tells what it is, holds or lacks, without a name people know it by. */
export function words({ code, message, details }) {
  if (WORDS[code]) return WORDS[code];
  if (!message) return `That did not work (${code}).`;
  const field = details?.field;
  return field ? `${FIELDS[field] ?? field} ${message.replace(/^(name|(room|user|client) id) /, '')}.` : message;
}

/** A value that lives as long as this tab, or as this page where storage is forbidden. */
export function stored(name) {
  let value = null;
  try {
    value = JSON.parse(sessionStorage.getItem(name));
  } catch {}
  return {
    get: () => value,
    set(to) {
      value = to;
      try {
        sessionStorage.setItem(name, JSON.stringify(to));
      } catch {}
    },
  };
}

const guest = stored('guest');

/** Who we are: `{ token, userId, username }`, or null. */
export const me = guest.get;

/** Becomes a guest of this name, unless we are that already. */
export async function become(username) {
  if (me()?.username !== username) await becomeGuest(username);
}

/** Becomes a guest of the same name anew. */
export const becomeAgain = () => becomeGuest(me().username);

async function becomeGuest(username) {
  try {
    guest.set(await api('POST', '/api/auth/guest', { username }, null));
  } catch (error) {
    throw error.code === 'unauthorized' ? { code: 'no-guests' } : error;
  }
}

/** Asks something as the guest we are. A server that does not know us (its secret is another one) is told anew, once. */
export async function known(ask) {
  try {
    return await ask();
  } catch (error) {
    if (error.code !== 'unauthorized' || !me()) throw error;
    await becomeAgain();
    return ask();
  }
}

/** Asks the server. Throws `{ code, message, details }`. */
export async function api(method, path, body, token = me()?.token) {
  const headers = {};
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers['Content-Type'] = 'application/json';
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) }).catch(() => {
    throw { code: 'network' };
  });
  const answer = await response.json().catch(() => ({ code: 'internal' }));
  if (!response.ok) throw answer;
  return answer;
}
