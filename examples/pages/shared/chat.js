// What the pages of the examples share. They know their contract, and nothing else of the server.

/** An element with these attributes and children. A text is always a text, and never HTML. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (typeof value === 'boolean') made.toggleAttribute(key, value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export const button = (text, onclick, attributes = {}) => element('button', { type: 'button', onclick, ...attributes }, text);

/** A field of a form under its label. */
export function field(label, name, attributes = {}) {
  return element('label', {}, label, element('input', { name, required: true, autocomplete: 'off', ...attributes }));
}

/** A form whose button does `act` with what the fields say. What `act` throws is shown below the fields. */
export function form(fields, submit, act, attributes = {}) {
  const problem = element('p', { class: 'problem', role: 'alert', hidden: true });
  const go = element('button', { class: 'main' }, submit);
  const made = element('form', attributes, ...fields, problem, go);
  made.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.hidden = true;
    go.disabled = true;
    try {
      await act(Object.fromEntries(new FormData(made)), made);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    } finally {
      go.disabled = false;
    }
  });
  return made;
}

/** Asks something over HTTP. A refusal is thrown, with its code and its message. */
export async function ask(method, path, body, token) {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  let response;
  try {
    response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw new Error('The server cannot be reached.');
  }
  const text = await response.text();
  const answer = text === '' ? null : JSON.parse(text);
  if (response.ok) return answer;
  throw Object.assign(new Error(answer.message), { code: answer.code, status: response.status });
}

/** Says something over Socket.IO, and waits until it is acknowledged. A refusal is thrown, as is that no answer comes. */
export async function say(socket, event, payload) {
  if (!socket.connected) throw new Error('There is no connection at the moment.');
  let answer;
  try {
    answer = await socket.timeout(10_000).emitWithAck(event, payload);
  } catch {
    throw new Error('The server has not answered: look whether it was done before you try again.');
  }
  if (!answer?.code) return answer;
  throw Object.assign(new Error(answer.message), { code: answer.code });
}

/** Shows that there is no connection, as long as there is none. */
export function banner(socket) {
  const shown = element('p', { class: 'banner', role: 'status', hidden: true }, 'The connection is lost. Trying to get it back …');
  socket.on('connect', () => (shown.hidden = true));
  socket.on('disconnect', () => (shown.hidden = false));
  socket.on('connect_error', () => (shown.hidden = false));
  return shown;
}

/**
 * The messages of one conversation, each once and in their order. A message is known by its number: what was on its way when a
 * connection was lost may come twice.
 */
export class Messages {
  #items = new Map();
  #list = element('ol', { class: 'log', role: 'log', 'aria-label': 'Messages', tabindex: '0' });
  #line;

  /** `line` says of a message `{ number, at, who, text, note? }`. */
  constructor(line) {
    this.#line = line;
  }

  get list() {
    return this.#list;
  }

  /** All that is known is this. */
  replace(messages) {
    this.#items.clear();
    this.add(...messages);
  }

  add(...messages) {
    for (const message of messages) {
      const line = this.#line(message);
      this.#items.set(line.number, line);
    }
    this.#show();
  }

  #show() {
    const list = this.#list;
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
    const lines = [...this.#items.values()].sort((a, b) => a.number - b.number);
    list.replaceChildren(
      ...lines.map(({ number, at, who, text, note }) => {
        const time = new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
        const about = element('span', { class: 'faint' }, ` ${time}${note ? ` · ${note}` : ''}`);
        const said = [element('span', { class: 'who' }, who), element('span', { class: 'text' }, text), about];
        return element('li', { 'data-number': String(number) }, ...said);
      }),
    );
    if (isAtEnd) list.scrollTop = list.scrollHeight;
  }
}

/** The box below a conversation. What is written stays in it until it was acknowledged. */
export function writer(send) {
  const box = element('input', { name: 'message', 'aria-label': 'Message', autocomplete: 'off', maxlength: '4000', required: true });
  const act = async ({ message }) => {
    await send(message);
    if (box.value === message) box.value = '';
  };
  return form([box], 'Send', act, { class: 'write' });
}

/** Shows these in a place, unless they are there already: what somebody is writing in them stays. */
export function show(place, parts) {
  if (place.firstChild !== parts[0]) place.replaceChildren(...parts);
}
