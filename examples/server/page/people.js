// Who is in the room, who is there, and who is typing.

import { $, colour, el } from '/dom.js';
import { me } from '/server.js';

const SHOWN = 50;
const TYPING_MS = 5_000;

export class People {
  #online = new Map(); // user id -> user
  #typing = new Map(); // user id -> { username, timer }
  #members = 0;
  #head = 0; // entries up to here are in the counts
  #count = 0;

  constructor() {
    this.#show();
    this.#showTyping();
  }

  joined({ head, online, onlineCount, memberCount }) {
    this.#online = new Map(online.map((user) => [user.userId, user]));
    [this.#head, this.#count, this.#members] = [head, onlineCount, memberCount];
    this.#show();
  }

  entry({ action, seq, wasMember, ...user }) {
    if (action === 'new-message') this.#quiet(user.senderId);
    if (seq <= this.#head) return;
    if (action === 'user-joined') this.#arrive(user, 1);
    if (['user-left', 'user-kicked', 'user-banned'].includes(action)) this.#depart(user, wasMember === false ? 0 : -1);
  }

  signal(frame) {
    if (frame.action === 'typing' && frame.userId !== me().userId) {
      this.#quiet(frame.userId);
      const timer = setTimeout(() => this.#quiet(frame.userId), TYPING_MS);
      this.#typing.set(frame.userId, { username: frame.username, timer });
      this.#showTyping();
    } else if (frame.action === 'presence') {
      frame.state === 'offline' ? this.#depart(frame, 0) : this.#arrive(frame, 0);
    } else if (frame.action === 'members-changed') {
      for (const user of frame.joined) this.#online.set(user.userId, user);
      for (const { userId } of frame.left) this.#online.delete(userId);
      [this.#count, this.#members] = [frame.onlineCount, frame.memberCount];
      this.#show();
    }
  }

  #arrive({ userId, username, state }, members) {
    if (!this.#online.has(userId)) this.#count += 1;
    this.#online.set(userId, { userId, username, state });
    this.#members += members;
    this.#show();
  }

  #depart({ userId }, members) {
    if (this.#online.delete(userId)) this.#count -= 1;
    this.#members += members;
    this.#quiet(userId);
    this.#show();
  }

  #quiet(userId) {
    clearTimeout(this.#typing.get(userId)?.timer);
    if (this.#typing.delete(userId)) this.#showTyping();
  }

  #show() {
    const people = [...this.#online.values()].sort((a, b) => a.username.localeCompare(b.username)).slice(0, SHOWN);
    const person = ({ userId, username, state }) => {
      const notes = [userId === me()?.userId && 'you', state === 'away' && 'away'].filter(Boolean);
      const text = notes.length ? `${username} (${notes.join(', ')})` : username;
      return colour(el('li', { className: state === 'away' ? 'away' : '' }, text), userId);
    };
    $('online').replaceChildren(...people.map(person));
    const count = Math.max(this.#count, this.#online.size);
    $('count').textContent = count;
    const more = count > people.length ? `and ${count - people.length} more; ` : '';
    $('more').textContent = `${more}${this.#members} in the room`;
  }

  #showTyping() {
    const names = [...this.#typing.values()].map(({ username }) => username);
    const who = names.length > 2 ? 'Several people are' : `${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'}`;
    $('typing').textContent = names.length ? `${who} typing…` : '';
  }
}
