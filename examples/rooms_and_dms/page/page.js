// One view: rooms and private conversations at the side, and the one that is open. `#room/ID` and `#with/NAME` say which.

import { button, element, field, form, Messages, say, show, writer } from '/page/chat.js';
import { begin, Kept, Page } from '/page/users.js';

/** How often the list of rooms is asked for anew: nobody tells of rooms that others make. */
const ROOMS_EVERY_MS = 10_000;

/** A room or a private conversation. */
class Talk {
  constructor(hash, title, line) {
    Object.assign(this, { hash, title, isUnread: false, messages: new Messages(line) });
    this.heading = element('h2', {}, title);
    this.activeLine = element('p', { class: 'faint', 'aria-label': 'Active users' });
  }
}

class App extends Page {
  constructor(login, leave) {
    super(login, leave);
    this.name = this.user.username;
    this.others = new Kept(`rooms-and-dms of ${this.name}`);
    this.rooms = element('ul', { 'aria-label': 'Rooms' });
    this.people = element('ul', { 'aria-label': 'Private messages' });
    this.main = this.shown();
    for (const other of this.others.value ?? []) this.privateTalk(other);
    this.listen();
    this.timer = setInterval(() => document.hidden || this.listRooms().catch(() => {}), ROOMS_EVERY_MS);
  }

  shown() {
    const newRoom = form([field('New room', 'name', { maxlength: '64' })], 'Make the room', async ({ name }, made) => {
      const { roomId } = await say(this.socket, 'createRoom', { name });
      made.reset();
      await this.listRooms();
      location.hash = `room/${roomId}`;
    });
    const write = form([field('Write to', 'username')], 'Open', async ({ username }, made) => {
      const answer = await this.ask('GET', `/api/messages/${encodeURIComponent(username)}`);
      made.reset();
      location.hash = `with/${encodeURIComponent(answer.username)}`;
    });
    const side = [element('h3', {}, 'Rooms'), this.rooms, newRoom, element('h3', {}, 'Private messages'), this.people, write];
    return this.frame(side);
  }

  listen() {
    const { socket } = this;
    socket.on('connect', async () => {
      try {
        this.problem.hidden = true;
        await this.listRooms();
        // What a recovered connection had missed comes by itself. A new one enters its rooms again, and reads what was said there.
        if (!socket.recovered) {
          for (const talk of this.talks.values()) {
            talk.hasEntered = false;
            talk.messages.replace([]);
          }
        }
        await this.open();
      } catch (error) {
        this.complain(error);
      }
    });
    socket.on('history', ({ roomId, messages }) => this.room(roomId).messages.add(...messages));
    socket.on('receiveMessage', (message) => this.tell(this.room(message.roomId), message));
    socket.on('privateMessage', (message) => {
      this.tell(this.privateTalk(message.sender === this.name ? message.to : message.sender), message);
    });
    socket.on('activeUsers', ({ roomId, users }) => {
      this.room(roomId).activeLine.textContent = `Here now: ${users.join(', ')}`;
    });
  }

  tell(talk, message) {
    talk.messages.add(message);
    talk.isUnread = talk !== this.current;
    this.list();
  }

  room(roomId, title = roomId) {
    const line = ({ seq, sender, message, timestamp }) => ({ number: seq, at: timestamp, who: sender, text: message });
    return this.talk(`room/${roomId}`, title, line, { roomId });
  }

  privateTalk(other) {
    const line = ({ seq, sender, message, timestamp }) => ({ number: seq, at: timestamp, who: sender, text: message });
    const talk = this.talk(`with/${encodeURIComponent(other)}`, other, line, { other });
    const names = [...this.talks.values()].map(({ other }) => other).filter(Boolean);
    this.others.value = names.slice(-50);
    return talk;
  }

  talk(hash, title, line, more) {
    if (!this.talks.has(hash)) this.talks.set(hash, Object.assign(new Talk(hash, title, line), more));
    const talk = this.talks.get(hash);
    if (title !== talk.roomId) talk.title = title;
    return talk;
  }

  async listRooms() {
    const rooms = await this.ask('GET', '/api/chatrooms');
    for (const { roomId, name } of rooms) this.room(roomId, name);
    this.list();
  }

  list() {
    const talks = [...this.talks.values()];
    const item = (talk) => this.item(talk);
    this.rooms.replaceChildren(...talks.filter(({ roomId }) => roomId).map(item));
    this.people.replaceChildren(...talks.filter(({ other }) => other).map(item));
  }

  /** Opens what the address says. */
  async open() {
    const [kind, name = ''] = location.hash.slice(1).split('/');
    if (kind === 'with') await this.openPrivate(this.privateTalk(decodeURIComponent(name)));
    else if (kind === 'room') await this.openRoom(this.room(name));
    else this.place.replaceChildren(element('header', {}, element('h2', {}, 'Choose a room, or make one.')));
  }

  async openRoom(talk) {
    if (!talk.hasEntered) {
      await say(this.socket, 'joinRoom', { roomId: talk.roomId });
      talk.hasEntered = true;
    }
    talk.parts ??= this.roomParts(talk);
    this.show(talk);
  }

  roomParts(talk) {
    const { roomId, heading, activeLine } = talk;
    const leave = button('Leave the room', async () => {
      await say(this.socket, 'leaveRoom', { roomId }).catch((error) => this.complain(error));
      talk.hasEntered = false;
      location.hash = '';
    });
    const header = element('header', {}, element('div', { class: 'row' }, heading, leave), activeLine);
    return [header, talk.messages.list, writer((message) => say(this.socket, 'sendMessage', { roomId, message }))];
  }

  async openPrivate(talk) {
    const { messages } = await this.ask('GET', `/api/messages/${encodeURIComponent(talk.other)}`);
    talk.messages.add(...messages);
    const send = (message) => say(this.socket, 'privateMessage', { to: talk.other, message });
    talk.parts ??= [element('header', {}, talk.heading), talk.messages.list, writer(send)];
    this.show(talk);
  }

  show(talk) {
    this.current = talk;
    talk.isUnread = false;
    talk.heading.textContent = talk.other ? `Private: ${talk.title}` : talk.title;
    this.problem.hidden = true;
    show(this.place, talk.parts);
    this.list();
  }

  logOut() {
    clearInterval(this.timer);
    super.logOut();
  }
}

begin(App, { key: 'rooms-and-dms', title: 'Rooms and private messages', emailIsRequired: true });
