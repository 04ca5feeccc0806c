// One connection to one room. It comes back by itself, resumes from its cursor, and sends again what has no ack:
// nothing is lost and nothing is doubled, whatever happens to the network or the server.

const PROTOCOL = 1;
/** The pause before coming back grows from the first to the last of these, and a random part of it is taken. */
const PAUSE = { first: 500, last: 20_000 };
/** After so long without a frame the server is asked whether it is there, and given up after as long again. */
const QUIET = 25_000;
/** A guest who was heard of so lately is not gone, but was removed or has left. */
const GRACE = 10_000;
/** Whoever looks at another page for so long is away. A reload takes less. */
const AWAY = 10_000;
/** Close codes after which coming back the same way does not help. */
const FINAL_CLOSE = new Set([1002, 1003, 1007, 1009, 4003]);
/** Error codes after which the same request may well succeed later. */
const TRY_AGAIN = new Set(['rate-limited', 'busy', 'store-unavailable', 'outcome-unknown', 'shutting-down']);

export class Connection {
  #socket = null;
  #cursor = null;
  #live = false;
  #again = false;
  #heard = 0;
  #attempts = 0;
  #pause = 0;
  #timers = {};
  #unsent;
  #ended = false;

  /**
   * `tell(what, data)` is told: state, joined, entry, signal, reset, gap, sent, failed, refused.
   * `unsent` are messages of before a reload, by their client ids.
   */
  constructor(room, token, unsent, tell) {
    Object.assign(this, { room, token, tell });
    this.#unsent = new Map(unsent);
    addEventListener('online', this.#wake);
    document.addEventListener('visibilitychange', this.#visible);
    this.#open();
  }

  get unsent() {
    return [...this.#unsent];
  }

  send(clientId, message) {
    this.#unsent.set(clientId, message);
    if (this.#live) this.#sendMessage(clientId, message);
  }

  say(action, fields = {}) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ action, ...fields }));
  }

  /** Comes back now, if it is waiting to. */
  retry() {
    if (!this.#socket && !this.#ended) this.#open();
  }

  end() {
    this.#ended = true;
    removeEventListener('online', this.#wake);
    document.removeEventListener('visibilitychange', this.#visible);
    this.#drop();
  }

  #wake = () => this.retry();
  #visible = () => {
    clearTimeout(this.#timers.away);
    if (document.hidden) this.#timers.away = setTimeout(() => this.say('presence', { state: 'away' }), AWAY);
    else this.say('presence', { state: 'online' });
    if (!document.hidden) this.retry();
  };

  #open() {
    this.#clear();
    this.#live = false;
    this.tell('state', { name: 'connecting' });
    const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/chat`);
    this.#socket = socket;
    socket.onopen = () => this.#greet();
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(code);
    this.#listen();
  }

  #greet() {
    this.say('hello', { id: 'hello', protocol: PROTOCOL, token: this.token });
    this.#again = false;
    // Whoever comes back may have been removed, which a join would undo unseen: are we still a member?
    if (this.#cursor) this.say('subscribe', { id: 'member', roomId: this.room });
    else this.#join();
  }

  /** Joining is idempotent for a member, and tells who is there now; then the log goes on from the cursor. */
  #join() {
    this.say('join', { id: 'join', roomId: this.room });
    if (this.#cursor) this.#resume();
  }

  /** Joins whose membership has ended; how it did is read when the log goes on. */
  rejoin() {
    this.#again = true;
    this.#join();
  }

  #resume() {
    this.#live = false;
    this.say('subscribe', { id: 'resume', roomId: this.room, epoch: this.#cursor.epoch, after: this.#cursor.seq });
  }

  #hear(frame) {
    this.#listen();
    if (frame.re !== 'hello' && frame.re !== 'member') this.#heard = Date.now();
    switch (frame.action) {
      case 'joined': return this.#joined(frame);
      case 'subscribed': return this.#subscribed(frame);
      case 'sent': return this.#sent(frame);
      case 'error': return this.#refused(frame);
      case 'goaway': this.#pause = frame.retryAfterMs; return;
      case 'gap':
        if (this.#live && frame.epoch === this.#cursor.epoch && frame.oldest > this.#cursor.seq) {
          this.#cursor.seq = frame.oldest - 1;
          this.tell('gap');
        }
        return;
      case 'reset': return this.#giveUp({ code: 'room-not-found' });
    }
    if (frame.roomId !== this.room) return;
    if ('seq' in frame && 'after' in frame) this.#entry(frame);
    else this.tell('signal', frame);
  }

  #joined(frame) {
    const fresh = !this.#cursor;
    if (fresh) {
      this.#cursor = { epoch: frame.epoch, seq: frame.head };
      this.#begin();
    }
    this.tell('joined', { ...frame, fresh, again: this.#again });
  }

  #subscribed({ re, status, epoch, head, oldest }) {
    if (re === 'member') return this.#join();
    if (status === 'refused') return;
    if (status === 'gap') {
      this.#cursor.seq = Math.max(this.#cursor.seq, oldest - 1);
      this.tell('gap');
    }
    if (status === 'reset') {
      this.#cursor = { epoch, seq: head };
      this.tell('reset', { head });
    }
    this.#begin();
  }

  /** From now on entries are taken, and what was not acked is sent (again). */
  #begin() {
    this.#live = true;
    this.#attempts = 0;
    this.tell('state', { name: 'online' });
    if (document.hidden) this.say('presence', { state: 'away' });
    for (const [clientId, message] of this.#unsent) this.#sendMessage(clientId, message);
  }

  #entry(frame) {
    if (!this.#live || frame.seq <= this.#cursor.seq) return;
    if (frame.after > this.#cursor.seq) return this.#resume(); // something is missing before it
    this.#cursor.seq = frame.seq;
    this.tell('entry', frame);
  }

  #sendMessage(clientId, message) {
    this.say('send-message', { id: clientId, clientId, roomId: this.room, message });
  }

  /** An entry that the cursor has passed does not come any more: it did, or it is in a page of history. */
  #sent({ clientId, seq }) {
    if (this.#unsent.delete(clientId)) this.tell('sent', { clientId, passed: seq <= this.#cursor.seq });
  }

  #refused({ re, code, message, details }) {
    const error = { code, message, details };
    const again = TRY_AGAIN.has(code);
    if (re === 'member' && code === 'not-a-member' && Date.now() - this.#heard > GRACE) return this.rejoin();
    if (['hello', 'member', 'join', 'resume'].includes(re)) return again ? this.#drop(this.#closed) : this.#giveUp(error);
    if (!this.#unsent.has(re)) return;
    if (again) {
      setTimeout(() => this.#live && this.#unsent.has(re) && this.#sendMessage(re, this.#unsent.get(re)),
        1_000 + 2_000 * Math.random());
    } else {
      this.#unsent.delete(re);
      this.tell('failed', { clientId: re, error });
    }
  }

  #giveUp(error) {
    this.end();
    this.tell('refused', error);
  }

  #closed = (code) => {
    this.#clear();
    this.#socket = null;
    this.#live = false;
    if (this.#ended) return;
    if (FINAL_CLOSE.has(code)) return this.#giveUp({ code: 'closed', message: `The server closed the connection (${code}).` });
    const longest = Math.min(PAUSE.last, PAUSE.first * 2 ** this.#attempts++);
    const wait = this.#pause || 200 + longest * Math.random();
    this.#pause = 0;
    this.#timers.open = setTimeout(() => this.#open(), wait);
    this.tell('state', { name: 'waiting', wait });
  };

  /** Lets the socket go without waiting for its end, which a dead network may keep back for minutes. */
  #drop(then) {
    this.#clear();
    const socket = this.#socket;
    this.#socket = null;
    this.#live = false;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    then?.();
  }

  #listen() {
    clearTimeout(this.#timers.quiet);
    clearTimeout(this.#timers.answer);
    this.#timers.quiet = setTimeout(() => {
      this.say('ping');
      this.#timers.answer = setTimeout(() => this.#drop(this.#closed), QUIET);
    }, QUIET);
  }

  #clear() {
    for (const timer of Object.values(this.#timers)) clearTimeout(timer);
  }
}
