// One view: conversations and a search for users at the side, and the conversation that is open: `#ID` of a user, or `#all`.

import { button, element, field, form, Messages, say, show, writer } from '/page/chat.js';
import { begin, Kept, Page } from '/page/users.js';

const ALL = 'all';

class App extends Page {
  constructor(login, leave) {
    super(login, leave);
    const { _id, username } = this.user;
    this.others = new Kept(`direct-and-broadcast of ${_id}`);
    this.names = new Map([[_id, username]]);
    this.people = element('ul', { 'aria-label': 'Conversations' });
    this.found = element('ul', { 'aria-label': 'Found' });
    this.main = this.shown();
    this.talk(ALL, 'Broadcasts');
    for (const { id, name } of this.others.value ?? []) this.talk(id, name);
    this.listen();
  }

  shown() {
    const search = form([field('Find users', 'search', { required: false })], 'Search', async ({ search }) => {
      const users = await this.ask('GET', `/api/users?search=${encodeURIComponent(search)}`);
      const others = users.filter(({ _id }) => _id !== this.user._id);
      const item = ({ _id, username }) =>
        element(
          'li',
          {},
          button(username, () => this.choose(_id, username)),
        );
      this.found.replaceChildren(...others.map(item));
      if (others.length === 0) this.found.append(element('li', { class: 'faint' }, 'Nobody of this name'));
    });
    const side = [element('h3', {}, 'Conversations'), this.people, search, this.found];
    if (this.user.isAdmin) side.push(this.adminPanel());
    return this.frame(side, this.notifications());
  }

  adminPanel() {
    const broadcast = form([field('Message to everybody', 'message')], 'Broadcast', async ({ message }, made) => {
      await say(this.socket, 'sendMessage', { receiverId: ALL, message });
      made.reset();
    });
    return element('section', { 'aria-label': 'Administration' }, element('h3', {}, 'Administration'), broadcast);
  }

  /** The browser asks whether it may notify only when somebody has clicked. */
  notifications() {
    const isOffered = 'Notification' in window && Notification.permission === 'default';
    const offer = button(
      'Notify me of new messages',
      async () => {
        await Notification.requestPermission();
        offer.hidden = true;
      },
      { hidden: !isOffered },
    );
    return offer;
  }

  listen() {
    const { socket } = this;
    socket.on('connect', async () => {
      this.problem.hidden = true;
      // What a recovered connection had missed comes by itself. A new one reads what was said.
      if (!socket.recovered) for (const talk of this.talks.values()) talk.messages.replace([]);
      await this.onHash();
    });
    const hear = (of) => (message) => this.hear(of(message), message).catch((error) => this.complain(error));
    socket.on(
      'receiveMessage',
      hear(({ senderId, receiverId }) => (senderId === this.user._id ? receiverId : senderId)),
    );
    socket.on(
      'broadcastMessage',
      hear(() => ALL),
    );
  }

  async hear(id, message) {
    const sender = await this.nameOf(message.senderId);
    const talk = id === ALL ? this.talk(ALL) : this.talk(id, await this.nameOf(id));
    talk.messages.add(message);
    const isOwn = message.senderId === this.user._id;
    const isSeen = talk === this.current && !document.hidden;
    if (isSeen && !isOwn) await this.markRead(message);
    talk.isUnread = !isSeen && !isOwn;
    this.list();
    const mayNotify = 'Notification' in window && Notification.permission === 'granted';
    if (talk.isUnread && mayNotify) new Notification(sender, { body: message.message, tag: message._id });
  }

  async nameOf(id) {
    if (!this.names.has(id)) {
      const found = this.ask('GET', `/api/users/${encodeURIComponent(id)}`);
      const name = await found.then(
        ({ username }) => username,
        (error) => (error.status === 404 ? '(deleted)' : Promise.reject(error)),
      );
      this.names.set(id, name);
    }
    return this.names.get(id);
  }

  talk(id, title) {
    if (!this.talks.has(id)) {
      const line = ({ _id, senderId, message, timestamp, isRead }) => {
        const note = isRead && senderId === this.user._id && id !== ALL ? 'read' : '';
        return { number: Number(_id.split('-').at(-1)), at: timestamp, who: this.names.get(senderId) ?? '…', text: message, note };
      };
      this.talks.set(id, { id, hash: id, title, isUnread: false, messages: new Messages(line) });
      const others = [...this.talks.values()].filter((talk) => talk.id !== ALL);
      this.others.value = others.slice(-50).map((talk) => ({ id: talk.id, name: talk.title }));
    }
    if (title) this.names.set(id, title);
    return this.talks.get(id);
  }

  choose(id, name) {
    this.talk(id, name);
    this.found.replaceChildren();
    location.hash = id;
  }

  list() {
    this.people.replaceChildren(...[...this.talks.values()].map((talk) => this.item(talk)));
  }

  /** Opens what the address says. */
  async open() {
    const id = decodeURIComponent(location.hash.slice(1)) || ALL;
    const talk = id === ALL ? this.talk(ALL) : this.talk(id, await this.nameOf(id));
    const messages = await this.ask('GET', `/api/messages/${encodeURIComponent(id)}`);
    for (const senderId of new Set(messages.map(({ senderId }) => senderId))) await this.nameOf(senderId);
    this.current = talk;
    talk.messages.add(...messages);
    talk.isUnread = false;
    const unread = messages.filter(({ isRead, senderId }) => !isRead && senderId !== this.user._id).at(-1);
    if (unread) await this.markRead(unread);
    talk.parts ??= this.parts(talk);
    show(this.place, talk.parts);
    this.list();
  }

  parts({ id, title, messages }) {
    const parts = [element('header', {}, element('h2', {}, title)), messages.list];
    const send = (message) => say(this.socket, 'sendMessage', { receiverId: id, message }).then((sent) => messages.add(sent));
    return id === ALL ? parts : [...parts, writer(send)];
  }

  markRead({ _id }) {
    return this.ask('PATCH', `/api/messages/${encodeURIComponent(_id)}`, { isRead: true });
  }
}

begin(App, { key: 'direct-and-broadcast', title: 'Direct messages and broadcasts', emailIsRequired: false });
