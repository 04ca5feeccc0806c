// Links to rooms, as people paste them.

const ID = /^[\w.:-]{1,64}$/;

/** The room a link (`…/room/ID` or `…#room=ID`) or an id names; null if it names none. */
export function roomOf(text) {
  if (ID.test(text)) return text;
  try {
    // What is no URL by itself is one without its scheme, or a path.
    const { pathname, hash } = new URL(text, 'http://any.invalid/');
    const path = /(?:^|\/)room\/([^/]+)\/?$/.exec(pathname);
    const id = path ? decodeURIComponent(path[1]) : new URLSearchParams(hash.slice(1)).get('room');
    return ID.test(id ?? '') ? id : null;
  } catch {
    return null;
  }
}
