// Two views: `/` with its two buttons, and `/room/ID`.

import { ask, banner, button, element, field, form, Messages, say, writer } from '/page/chat.js';
import { io } from '/page/socket.io.js';

const room = /^\/room\/([^/]+)$/.exec(location.pathname)?.[1];
// A tab's own: another tab may be somebody else.
const kept = (name) => (name === undefined ? sessionStorage.getItem('username') : sessionStorage.setItem('username', name));
const username = field('Username', 'username', { maxlength: '64' });

function go(roomId, name) {
  kept(name);
  location.assign(`/room/${encodeURIComponent(roomId)}`);
}

function start() {
  const create = form([field('Username', 'username')], 'Create Room', async ({ username }) => {
    const { roomId } = await ask('POST', '/api/rooms/create', { username });
    go(roomId, username);
  });
  const join = form([field('Username', 'username'), field('Room ID', 'roomId')], 'Join Room', async ({ username, roomId }) => {
    const answer = await ask('POST', '/api/rooms/join', { username, roomId: roomId.trim() });
    go(answer.room.roomId, username);
  });
  const choices = element('div', { class: 'row' });
  const main = element('main', { class: 'card' }, element('h1', {}, 'Rooms by invitation'), choices);
  for (const [text, chosen] of [
    ['Create Room', create],
    ['Join Room', join],
  ]) {
    choices.append(
      button(
        text,
        () => {
          choices.hidden = true;
          main.append(
            chosen,
            button('Back', () => location.reload()),
          );
          chosen.querySelector('input').focus();
        },
        { class: 'main' },
      ),
    );
  }
  return main;
}

/** Whoever comes by a link says first under which name. */
function askName() {
  const join = form([username], 'Join Room', async ({ username }) => {
    await ask('POST', '/api/rooms/join', { username, roomId: room });
    kept(username);
    document.body.replaceChildren(inRoom(username));
  });
  return element('main', { class: 'card' }, element('h1', {}, 'Join Room'), element('p', { class: 'faint' }, room), join);
}

function inRoom(username) {
  const socket = io();
  const line = ({ seq, username, message, timestamp }) => ({ number: seq, at: timestamp, who: username, text: message });
  const messages = new Messages(line);
  const users = new Set();
  const people = element('ul', { 'aria-label': 'People' });
  const showPeople = () => people.replaceChildren(...[...users].sort().map((name) => element('li', {}, name)));
  const problem = element('p', { class: 'problem', role: 'alert', hidden: true });

  socket.on('connect', async () => {
    try {
      const { room: told } = await say(socket, 'join-room', { roomId: room, username });
      // What a recovered connection had missed comes by itself.
      if (socket.recovered) messages.add(...told.messages);
      else messages.replace(told.messages);
      users.clear();
      for (const name of told.users) users.add(name);
      showPeople();
      problem.hidden = true;
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
  socket.on('send-message', (message) => messages.add(message));
  socket.on('join-room', ({ username }) => users.add(username) && showPeople());
  socket.on('leave-room', ({ username }) => users.delete(username) && showPeople());
  socket.on('error', ({ message }) => {
    problem.textContent = message;
    problem.hidden = false;
  });

  const leave = button('Leave', async () => {
    await say(socket, 'leave-room', { roomId: room, username }).catch(() => {});
    socket.close();
    location.assign('/');
  });
  const copy = button('Copy the link', async () => {
    await navigator.clipboard.writeText(location.href);
    copy.textContent = 'Copied';
  });
  const send = (message) => say(socket, 'send-message', { roomId: room, username, message });
  const about = element(
    'div',
    {},
    element('h2', {}, 'Room ', element('code', {}, room)),
    element('span', { class: 'faint' }, `You are ${username}`),
  );
  const talk = element('section', { class: 'talk' }, element('header', {}, banner(socket), problem), messages.list, writer(send));
  const side = element('nav', { class: 'side' }, element('h3', {}, 'People'), people);
  const columns = element('div', { class: 'columns' }, side, talk);
  return element('main', { class: 'app' }, element('header', {}, about, copy, leave), columns);
}

if (room === undefined) document.body.append(start());
else document.body.append(kept() ? inRoom(kept()) : askName());
