// The messages of a room: the newest ones, older ones when scrolled to, and those that are being sent.

import { $, clock, colour, el } from '/dom.js';
import { api, me, words } from '/server.js';

const PAGE = 50;
/** Messages kept in the page; older ones are read again when scrolled to. */
const KEPT = 600;

const log = $('log');
const list = $('messages');

export const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;
export const toEnd = () => (log.scrollTop = log.scrollHeight);

export class Log {
  #room;
  #messages = new Map(); // seq -> element
  #sending = new Map(); // client id -> element
  #oldest = null; // the seq below which nothing is shown
  #atStart = false;
  #reading = null;
  #late = []; // changes that came while a page was read, which may not have them

  constructor(room) {
    this.#room = room;
    list.replaceChildren();
    $('pending').replaceChildren();
    $('older').textContent = '';
  }

  /** Forgets what is shown, and shows the newest page up to `head`. */
  begin({ head }) {
    list.replaceChildren();
    this.#messages.clear();
    [this.#oldest, this.#atStart, this.#reading, this.#late] = [head + 1, false, null, []];
    this.older();
  }

  /** Shows the page above what is shown, and keeps in place what is on the screen. */
  older = async () => {
    if (this.#reading || this.#atStart || this.#oldest === null) return;
    const reading = (this.#reading = {});
    $('older').textContent = 'Loading…';
    try {
      const room = encodeURIComponent(this.#room);
      const page = await api('GET', `/api/rooms/${room}/messages?limit=${PAGE}&before=${this.#oldest}`);
      if (this.#reading !== reading) return;
      this.#prepend(page.messages);
      $('older').textContent = this.#atStart ? 'This is where the room begins.' : '';
    } catch (error) {
      if (this.#reading !== reading) return;
      $('older').replaceChildren(`${words(error)} `, el('button', { onclick: this.older }, 'Try again'));
    }
    [this.#reading, this.#late] = [null, []];
    if (!this.#atStart && log.scrollHeight <= log.clientHeight && $('older').textContent === '') this.older();
  };

  #prepend(messages) {
    const [below, atEnd] = [log.scrollHeight - log.scrollTop, isAtEnd()];
    log.ariaBusy = 'true';
    list.prepend(...messages.filter(({ seq }) => !this.#messages.has(seq)).map((message) => this.#element(message)));
    for (const element of list.children) group(element);
    for (const frame of this.#late) this.change(frame);
    log.scrollTop = log.scrollHeight - (atEnd ? 0 : below);
    log.ariaBusy = 'false';
    this.#oldest = messages[0]?.seq ?? this.#oldest;
    this.#atStart = messages.length === 0;
  }

  #element({ seq, clientId, sender, senderId, message, timestamp, editedAt, deletedAt }) {
    const own = senderId === me().userId;
    if (own) this.#settle(clientId);
    const time = new Date(timestamp);
    const byline = el('p', { className: 'byline' }, el('span', { className: 'sender' }, sender), ' ',
      el('time', { dateTime: timestamp, title: time.toLocaleString() }, clock(time)));
    const element = el('li', { className: 'message' }, byline, el('p', { className: 'text' }, message));
    element.classList.toggle('own', own);
    element.classList.toggle('edited', Boolean(editedAt));
    Object.assign(element.dataset, { sender: senderId, day: time.toDateString() });
    if (deletedAt) tombstone(element);
    this.#messages.set(seq, element);
    return colour(element, senderId);
  }

  /** A new message. */
  add(message) {
    this.#append(this.#element(message), message.senderId === me().userId);
  }

  /** An edit or a deletion. */
  change(frame) {
    if (this.#reading && !this.#late.includes(frame)) this.#late.push(frame);
    const element = this.#messages.get(frame.target);
    if (!element) return;
    if (frame.action === 'message-deleted') return tombstone(element);
    element.classList.add('edited');
    if (frame.message !== undefined) element.querySelector('.text').textContent = frame.message;
  }

  /** Something else that happened. */
  note(text) {
    this.#append(el('li', { className: 'notice' }, text), false);
  }

  #append(element, always) {
    const follow = always || isAtEnd();
    list.append(element);
    group(element);
    if (!follow) return;
    const extra = list.childElementCount - KEPT;
    if (extra > PAGE && !this.#reading) this.#forget(extra);
    toEnd();
  }

  /** Takes the oldest elements out of the page. */
  #forget(count) {
    const gone = new Set([...list.children].slice(0, count));
    for (const [seq, element] of this.#messages) if (gone.has(element)) this.#messages.delete(seq);
    for (const element of gone) element.remove();
    this.#oldest = Math.min(...this.#messages.keys());
    this.#atStart = false;
  }

  /** A message on its way. */
  sending(clientId, text) {
    const element = el('li', { className: 'message own' }, el('p', { className: 'text' }, text), el('p', { className: 'fate' }));
    this.#sending.set(clientId, element);
    $('pending').append(element);
    toEnd();
  }

  /** It has an ack: where it has passed, it is shown or comes with a page; otherwise it comes with the log. */
  sent({ clientId, passed }) {
    if (passed) this.#settle(clientId);
  }

  #settle(clientId) {
    this.#sending.get(clientId)?.remove();
    this.#sending.delete(clientId);
  }

  /** It was refused; it can be sent again, as another one. */
  failed(clientId, error, again) {
    const element = this.#sending.get(clientId);
    if (!element) return;
    const text = element.querySelector('.text').textContent;
    element.classList.add('failed');
    element.querySelector('.fate').replaceChildren(`${words(error)} `,
      el('button', { onclick: () => (this.#settle(clientId), again(text)) }, 'Send again'), ' ',
      el('button', { onclick: () => this.#settle(clientId) }, 'Discard'));
  }
}

function tombstone(element) {
  element.classList.add('deleted');
  element.querySelector('.text').textContent = 'This message was deleted.';
}

/** Leaves out the name where the one before is of the same sender and day. */
function group(element) {
  const before = element.previousElementSibling?.dataset;
  const { sender, day } = element.dataset;
  element.classList.toggle('follows', Boolean(sender) && before?.sender === sender && before.day === day);
}
