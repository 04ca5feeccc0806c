// One view: conversations and a search for users at the side, and the conversation that is open: `#ID` of a user, or `#all`.

import { ask, banner, button, element, entrance, field, form, Kept, Messages, say, show, writer } from '/page/chat.js';
import { io } from '/page/socket.io.js';

const PATHS = { login: '/api/auth/login', register: '/api/auth/register' };
const login = new Kept('direct-and-broadcast');
const ALL = 'all';

function start() {
  const { value } = login;
  const enter = (answer) => {
    login.value = answer;
    start();
  };
  document.body.replaceChildren(value ? new App(value).main : entrance('Direct messages and broadcasts', PATHS, false, enter));
}

class App {
  constructor({ token, user }) {
    this.token = token;
    this.user = user;
    this.others = new Kept(`direct-and-broadcast of ${user._id}`);
    this.names = new Map([[user._id, user.username]]);
    this.talks = new Map();
    this.socket = io({ auth: { token } });
    this.people = element('ul', { 'aria-label': 'Conversations' });
    this.found = element('ul', { 'aria-label': 'Found' });
    this.place = element('section', { class: 'talk' });
    this.problem = element('p', { class: 'problem', role: 'alert', hidden: true });
    this.main = this.shown();
    this.talk(ALL, 'Broadcasts');
    for (const { id, name } of this.others.value ?? []) this.talk(id, name);
    this.listen();
    this.onHash = () => this.open().catch((error) => this.complain(error));
    addEventListener('hashchange', this.onHash);
  }

  shown() {
    const search = form([field('Find users', 'search', { required: false })], 'Search', async ({ search }) => {
      const users = await ask('GET', `/api/users?search=${encodeURIComponent(search)}`, undefined, this.token);
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
    const about = [element('h2', {}, this.user.username), banner(this.socket), this.problem];
    const header = element(
      'header',
      {},
      ...about,
      this.notifications(),
      button('Log out', () => this.logOut()),
    );
    const columns = element('div', { class: 'columns' }, element('nav', { class: 'side' }, ...side), this.place);
    return element('main', { class: 'app' }, header, columns);
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
    socket.on('connect_error', (error) => {
      if (['unauthorized', 'token-expired'].includes(error.data?.code)) this.logOut();
    });
    socket.on('disconnect', (reason) => {
      if (reason === 'io server disconnect') this.logOut();
    });
    socket.on('error', (error) => this.complain(error));
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
      const found = ask('GET', `/api/users/${encodeURIComponent(id)}`, undefined, this.token);
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
      this.talks.set(id, { id, title, isUnread: false, messages: new Messages(line) });
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
    const item = (talk) => {
      const attributes = { 'aria-current': String(talk === this.current) };
      const go = () => (location.hash = talk.id);
      return element('li', {}, button(talk.isUnread ? `${talk.title} •` : talk.title, go, attributes));
    };
    this.people.replaceChildren(...[...this.talks.values()].map(item));
  }

  /** Opens what the address says. */
  async open() {
    const id = decodeURIComponent(location.hash.slice(1)) || ALL;
    const talk = id === ALL ? this.talk(ALL) : this.talk(id, await this.nameOf(id));
    const messages = await ask('GET', `/api/messages/${encodeURIComponent(id)}`, undefined, this.token);
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
    return ask('PATCH', `/api/messages/${encodeURIComponent(_id)}`, { isRead: true }, this.token);
  }

  complain(error) {
    this.problem.textContent = error.message;
    this.problem.hidden = false;
  }

  logOut() {
    login.value = null;
    removeEventListener('hashchange', this.onHash);
    this.socket.close();
    start();
  }
}

start();
