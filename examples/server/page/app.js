// The page: a start view, and a room.

import { roomOf } from '/address.js';
import { Connection } from '/connection.js';
import { $, el } from '/dom.js';
import { Log, isAtEnd, toEnd } from '/log.js';
import { People } from '/people.js';
import { api, become, becomeAgain, known, me, stored, words } from '/server.js';

const TYPING_MS = 2_500;
const MAX_BYTES = 16 * 1024;

const unsent = stored('unsent');
let room = null;

// ---- where we are -----------------------------------------------------------------------------------------------

/** The room of this address. */
const addressed = () => roomOf(location.href);

function go() {
  const id = addressed();
  if (room && room.id === id) return;
  const meant = /^\/(room\/|#room=)/.test(location.pathname + location.hash);
  if (id && me()) enter(id);
  else start(meant && !id ? { code: 'no-link' } : undefined);
}

function start(error) {
  room?.connection.end();
  room = null;
  const id = addressed();
  $('room').hidden = true;
  $('start').hidden = false;
  document.title = 'Chat';
  $('start-title').textContent = id ? 'Join a room' : 'Chat';
  $('start-error').textContent = error ? words(error) : '';
  $('enter').hidden = !id;
  $('choices').hidden = Boolean(id);
  $('username').value ||= me()?.username ?? '';
  $(id || !$('username').value ? 'username' : 'room-name').focus();
  if (!id && me()) listRooms();
}

async function listRooms() {
  const { rooms } = await known(() => api('GET', '/api/rooms?limit=20')).catch(() => ({ rooms: [] }));
  const line = ({ roomId, roomName, memberCount }) =>
    el('li', {}, el('a', { href: `/room/${encodeURIComponent(roomId)}` }, roomName), ` ${memberCount} in it`);
  $('rooms').replaceChildren(...rooms.map(line));
  $('public').hidden = rooms.length === 0;
}

/** Has a form make us a guest and find a room; what goes wrong is said above it. */
function form(name, find) {
  $(name).addEventListener('submit', async (event) => {
    event.preventDefault();
    if (!$('username').reportValidity()) return;
    try {
      await become($('username').value.trim());
      const id = await known(find);
      if (id) enter(id);
      else $('room-name').focus();
    } catch (error) {
      start(error);
    }
  });
}

form('enter', addressed);
form('create', async () => (await api('POST', '/api/rooms', { roomName: $('room-name').value.trim() })).roomId);
form('join', () => {
  const id = roomOf($('room-link').value.trim());
  if (!id) throw { code: 'no-link' };
  return id;
});
addEventListener('popstate', go);
addEventListener('hashchange', go);

// ---- in a room --------------------------------------------------------------------------------------------------

function enter(id) {
  room?.connection.end();
  if (addressed() !== id || location.hash) history.pushState(null, '', `/room/${encodeURIComponent(id)}`);
  $('start').hidden = true;
  $('room').hidden = false;
  $('room-title').textContent = $('error').textContent = '';
  const waiting = (unsent.get() ?? []).filter((message) => message.room === id).map(({ clientId, text }) => [clientId, text]);
  room = { id, name: '', unseen: 0, log: new Log(id), people: new People() };
  for (const [clientId, text] of waiting) room.log.sending(clientId, text);
  room.connection = new Connection(id, me().token, waiting, (what, data) => TOLD[what](data));
  $('text').focus();
}

const NOTES = {
  'user-joined': ({ username }) => `${username} joined`,
  'user-left': ({ username }) => `${username} left`,
  'user-kicked': ({ sender, username }) => `${sender} removed ${username}`,
  'user-banned': ({ sender, username }) => `${sender} banned ${username}`,
  'room-changed'({ sender, roomName, topic, archived }) {
    const done = [];
    if (roomName !== undefined) done.push(`renamed the room to ${roomName}`);
    if (topic !== undefined) done.push(topic ? `set the topic to “${topic}”` : 'took the topic away');
    if (archived !== undefined) done.push(archived ? 'archived the room' : 'took the room out of the archive');
    return `${sender} ${done.join(' and ')}`;
  },
};

/** What a connection tells. */
const TOLD = {
  state({ name, wait }) {
    const seconds = Math.max(1, Math.round(wait / 1000));
    const texts = { connecting: 'Connecting…', online: '', waiting: `Not connected. Trying again in ${seconds} s.` };
    $('status').textContent = texts[name];
    $('retry').hidden = name !== 'waiting';
  },
  joined(frame) {
    room.joined = frame;
    rename(frame.roomName);
    room.people.joined(frame);
    if (frame.fresh) room.log.begin(frame);
  },
  reset: (frame) => room.log.begin(frame),
  gap: () => room.log.note('Some messages of this time are no longer kept.'),
  signal: (frame) => room.people.signal(frame),
  entry(frame) {
    const { action } = frame;
    room.people.entry(frame);
    if (action === 'new-message') arrived(frame);
    if (action === 'message-edited' || action === 'message-deleted') room.log.change(frame);
    if (action === 'room-changed' && frame.roomName !== undefined) rename(frame.roomName);
    if (action in NOTES) room.log.note(NOTES[action](frame));
    if (action in ENDS && frame.userId === me().userId) ended(frame);
  },
  sent(ack) {
    room.log.sent(ack);
    keepUnsent();
  },
  failed({ clientId, error }) {
    room.log.failed(clientId, error, send);
    keepUnsent();
    $('error').textContent = `Not sent. ${words(error)}`;
  },
  refused(error) {
    // A server that was started anew with another secret does not know us.
    if (error.code === 'unauthorized' && !room.renewed) {
      const { id } = room;
      becomeAgain().then(() => enter(id)).then(() => (room.renewed = true)).catch(start);
    } else {
      start(error);
    }
  },
};

const ENDS = {
  'user-left': () => 'You left the room elsewhere.',
  'user-kicked': ({ sender }) => `${sender} removed you from the room.`,
  'user-banned': ({ sender }) => `${sender} banned you from the room.`,
};

/** Our membership has ended; or did while we were away, which is read after we have come back. */
function ended(frame) {
  const { head, again } = room.joined;
  const before = frame.seq <= head;
  if (before && !again) return; // We were a member when we came back: there is a later join of ours.
  if (frame.action === 'user-left' && frame.reason === 'gone') return before || room.connection.rejoin();
  if (before) room.connection.say('leave', { roomId: room.id });
  start({ code: 'removed', message: ENDS[frame.action](frame) });
}

function arrived(frame) {
  const unseen = frame.senderId !== me().userId && (document.hidden || !isAtEnd());
  room.log.add(frame);
  if (unseen) showUnseen(room.unseen + 1);
}

function rename(name) {
  $('room-title').textContent = room.name = name;
  showUnseen(room.unseen);
}

function showUnseen(count) {
  room.unseen = count;
  document.title = count ? `(${count}) ${room.name}` : room.name;
  $('newer').hidden = !count || isAtEnd();
  $('newer').textContent = count === 1 ? '1 new message below' : `${count} new messages below`;
}

function seen() {
  if (room?.unseen && !document.hidden && isAtEnd()) showUnseen(0);
}

// ---- sending ----------------------------------------------------------------------------------------------------

function submit() {
  const text = $('text').value.trim();
  const tooLong = new TextEncoder().encode(text).length > MAX_BYTES;
  $('error').textContent = tooLong ? 'That is too long: 16 KiB at most.' : '';
  if (!text || tooLong) return;
  $('text').value = '';
  fit();
  send(text);
}

function send(text) {
  const clientId = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  room.log.sending(clientId, text);
  room.connection.send(clientId, text);
  keepUnsent();
}

/** Messages without an ack survive a reload. */
function keepUnsent() {
  const others = (unsent.get() ?? []).filter((message) => message.room !== room.id);
  unsent.set([...others, ...room.connection.unsent.map(([clientId, text]) => ({ room: room.id, clientId, text }))]);
}

/** The input is as high as its text, up to a limit the style sets. */
function fit() {
  $('text').style.height = 'auto';
  $('text').style.height = `${$('text').scrollHeight + 2}px`;
}

let typed = 0;
$('composer').addEventListener('submit', (event) => (event.preventDefault(), submit()));
$('text').addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
$('text').addEventListener('input', () => {
  fit();
  if (!$('text').value || Date.now() - typed < TYPING_MS) return;
  typed = Date.now();
  room.connection.say('typing', { roomId: room.id });
});

// ---- the other controls -----------------------------------------------------------------------------------------

$('log').addEventListener('scroll', () => {
  if ($('log').scrollTop < 200) room?.log.older();
  seen();
});
document.addEventListener('visibilitychange', seen);
$('newer').addEventListener('click', () => (toEnd(), $('text').focus()));
$('retry').addEventListener('click', () => room.connection.retry());
$('people-toggle').addEventListener('click', ({ currentTarget }) => {
  currentTarget.ariaExpanded = String($('room').classList.toggle('with-people'));
});
$('copy').addEventListener('click', async ({ currentTarget }) => {
  const copied = await navigator.clipboard?.writeText(location.href).then(() => true, () => false);
  currentTarget.textContent = copied ? 'Copied' : 'Copy the address above';
  setTimeout(() => (currentTarget.textContent = 'Copy link'), 2_000);
});
$('leave').addEventListener('click', () => {
  room.connection.say('leave', { roomId: room.id });
  history.pushState(null, '', '/');
  start();
});

go();
