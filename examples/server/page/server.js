// What is asked of the server over REST, as whom, and its errors in words.

const WORDS = {
  'username-taken': 'Somebody in this room has that name already. Please choose another.',
  'room-not-found': 'There is no such room (any more).',
  'banned': 'You are banned from this room.',
  'muted': 'You are muted in this room.',
  'unauthorized': 'Guests are not allowed here, or the server does not know you any more.',
  'rate-limited': 'That was too much at once. Please wait a moment.',
  'too-large': 'That is too long.',
  'network': 'The server cannot be reached.',
};

export const words = ({ code, message }) => WORDS[code] ?? message ?? `That did not work (${code}).`;

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
  if (me()?.username === username) return;
  guest.set(null);
  guest.set(await api('POST', '/api/auth/guest', { username }));
}

/** Becomes a guest of the same name anew. */
export function becomeAgain() {
  const { username } = me();
  guest.set(null);
  return become(username);
}

/** Asks the server. Throws `{ code, message }`. */
export async function api(method, path, body) {
  const headers = {};
  if (me()) headers.Authorization = `Bearer ${me().token}`;
  if (body) headers['Content-Type'] = 'application/json';
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) }).catch(() => {
    throw { code: 'network' };
  });
  const answer = await response.json().catch(() => ({ code: 'internal' }));
  if (!response.ok) throw answer;
  return answer;
}
