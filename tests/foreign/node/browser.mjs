/*
As much of a browser as the server's page needs to run in Node: modules by their address, elements, and sockets whose
other end is the test.
*/
import { register } from "node:module";

const PAGE = new URL("../../../examples/server/page", import.meta.url).href;
register(
  `data:text/javascript,${encodeURIComponent(`
    export const resolve = (name, context, next) => /^[/]\\w+[.]js$/.test(name)
      ? { url: ${JSON.stringify(PAGE)} + name, format: "module", shortCircuit: true }
      : next(name, context);
  `)}`,
);

class Element extends EventTarget {
  children = [];
  dataset = {};
  own = "";
  classes = new Set();
  style = { setProperty() {} };
  classList = {
    add: (name) => this.classes.add(name),
    toggle: (name, on) => (on ? this.classes.add(name) : this.classes.delete(name)),
  };
  get childElementCount() {
    return this.children.length;
  }
  get previousElementSibling() {
    return this.parent?.children[this.parent.children.indexOf(this) - 1] ?? null;
  }
  get textContent() {
    return this.own + this.children.map((child) => child.textContent ?? child).join("");
  }
  set textContent(text) {
    [this.own, this.children] = [String(text), []];
  }
  adopt(children) {
    for (const child of children) if (child instanceof Element) child.parent = this;
    return children;
  }
  append(...children) {
    this.children.push(...this.adopt(children));
  }
  prepend(...children) {
    this.children.unshift(...this.adopt(children));
  }
  replaceChildren(...children) {
    this.own = "";
    this.children = this.adopt(children);
  }
  remove() {
    this.parent.children = this.parent.children.filter((child) => child !== this);
  }
  querySelector(selector) {
    return this.children.find((child) => `.${child.className}` === selector);
  }
}

const elements = new Map();

/** The page's element of this id. */
export function element(id) {
  if (!elements.has(id)) elements.set(id, new Element());
  return elements.get(id);
}

/** A socket; `sent` is what the page has said, and `hear` says something to it. */
class Socket {
  static OPEN = 1;
  static last = null;
  readyState = 1;
  sent = [];
  constructor() {
    Socket.last = this;
  }
  send(text) {
    this.sent.push(JSON.parse(text));
  }
  hear(frame) {
    this.onmessage({ data: JSON.stringify(frame) });
  }
  close() {
    this.readyState = 3;
  }
}

/** The socket that was opened last. */
export const socket = () => Socket.last;

const global = new EventTarget();
Object.assign(globalThis, {
  document: Object.assign(new EventTarget(), { getElementById: element, createElement: () => new Element(), hidden: false }),
  location: { protocol: "http:", host: "chat.example" },
  WebSocket: Socket,
  addEventListener: global.addEventListener.bind(global),
  removeEventListener: global.removeEventListener.bind(global),
});
