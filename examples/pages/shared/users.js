// What the pages share whose users log in: who one is, the connection, and the address that says what is open.

import { ask, banner, button, element, field, form } from '/page/chat.js';
import { io } from '/page/socket.io.js';

const PATHS = { login: '/api/auth/login', register: '/api/auth/register' };

/** What a page keeps of this browser's user. */
export class Kept {
  #key;

  constructor(key) {
    this.#key = key;
  }

  get value() {
    return JSON.parse(localStorage.getItem(this.#key) ?? 'null');
  }

  set value(value) {
    if (value === null) localStorage.removeItem(this.#key);
    else localStorage.setItem(this.#key, JSON.stringify(value));
  }
}

/** The forms to log in and to register, one at a time. `then` is given what the server answers. */
export function entrance(title, paths, emailIsRequired, then) {
  const credentials = () => [
    field('Username', 'username', { autocomplete: 'username' }),
    field('Password', 'password', { type: 'password', autocomplete: 'current-password' }),
  ];
  const enter =
    (path) =>
    async ({ username, password, email }) =>
      then(await ask('POST', path, { username, password, ...(email ? { email } : {}) }));
  const mail = field(emailIsRequired ? 'Email' : 'Email (may be left out)', 'email', { type: 'email', required: emailIsRequired });
  const logIn = form(credentials(), 'Log in', enter(paths.login));
  const register = form([...credentials(), mail], 'Register', enter(paths.register), { hidden: true });
  const change = button('I have no account yet', () => {
    logIn.hidden = !logIn.hidden;
    register.hidden = !register.hidden;
    change.textContent = register.hidden ? 'I have no account yet' : 'I have an account';
  });
  return element('main', { class: 'card' }, element('h1', {}, title), logIn, register, change);
}

/**
 * Shows the page of whoever has logged in, and the entrance to others. `key` is under what the browser keeps who that is, and `App` a
 * class that extends `Page`.
 */
export function begin(App, { key, title, emailIsRequired }) {
  const login = new Kept(key);
  const start = () => {
    const enter = (answer) => {
      login.value = answer;
      start();
    };
    const leave = () => {
      login.value = null;
      start();
    };
    const { value } = login;
    document.body.replaceChildren(value ? new App(value, leave).main : entrance(title, PATHS, emailIsRequired, enter));
  };
  start();
}

/** The page of a user. Its class says in `open` what is shown for the address, and makes `main` of the `frame`. */
export class Page {
  constructor({ token, user }, leave) {
    Object.assign(this, { token, user, leave });
    this.talks = new Map();
    this.place = element('section', { class: 'talk' });
    this.problem = element('p', { class: 'problem', role: 'alert', hidden: true });
    this.socket = io({ auth: { token } });
    this.socket.on('connect_error', (error) => {
      if (['unauthorized', 'token-expired'].includes(error.data?.code)) this.logOut();
    });
    this.socket.on('disconnect', (reason) => {
      if (reason === 'io server disconnect') this.logOut();
    });
    this.socket.on('error', (error) => this.complain(error));
    this.onHash = () => this.open().catch((error) => this.complain(error));
    addEventListener('hashchange', this.onHash);
  }

  /** What is at the side, what one can do at the top, and the conversation that is open. */
  frame(side, ...actions) {
    const leave = button('Log out', () => this.logOut());
    const header = element('header', {}, element('h2', {}, this.user.username), banner(this.socket), this.problem, ...actions, leave);
    const columns = element('div', { class: 'columns' }, element('nav', { class: 'side' }, ...side), this.place);
    return element('main', { class: 'app' }, header, columns);
  }

  /** The item of a list that leads to a conversation. */
  item(talk) {
    const go = () => (location.hash = talk.hash);
    const attributes = { 'aria-current': String(talk === this.current) };
    return element('li', {}, button(talk.isUnread ? `${talk.title} •` : talk.title, go, attributes));
  }

  ask(method, path, body) {
    return ask(method, path, body, this.token);
  }

  complain(error) {
    this.problem.textContent = error.message;
    this.problem.hidden = false;
  }

  logOut() {
    removeEventListener('hashchange', this.onHash);
    this.socket.close();
    this.leave();
  }
}
