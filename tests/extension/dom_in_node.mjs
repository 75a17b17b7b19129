/** As much of a document as our scripts touch: a tree, its events, and what a browser refuses. */

class Target {
  listeners = [];

  addEventListener(type, act, { signal, capture = false } = {}) {
    const listener = { type, act, capture };
    this.listeners.push(listener);
    signal?.addEventListener("abort", () => this.#forget(listener));
  }

  removeEventListener(type, act) {
    this.listeners.filter((one) => one.type === type && one.act === act).forEach(this.#forget, this);
  }

  #forget(listener) {
    this.listeners = this.listeners.filter((one) => one !== listener);
  }

  dispatchEvent(event) {
    let isStopped = false;
    const value = () => (isStopped = true);
    Object.defineProperties(event, { target: { value: this }, stopImmediatePropagation: { value } });
    const path = [];
    for (let at = this; at; at = at.parentNode ?? (event.composed ? at.host : null)) path.push(at);
    const tell = (at, wanted) => {
      for (const { type, act, capture } of at.listeners) {
        if (!isStopped && type === event.type && capture === wanted) act(event);
      }
    };
    path.toReversed().forEach((at) => tell(at, true));
    (event.bubbles ? path : [this]).forEach((at) => tell(at, false));
    return !event.defaultPrevented;
  }
}

class Node extends Target {
  childNodes = [];
  parentNode = null;

  getRootNode() {
    return this.parentNode?.getRootNode() ?? this;
  }

  get isConnected() {
    const root = this.getRootNode();
    return root === document || (root.host?.isConnected ?? false);
  }

  *all() {
    yield this;
    for (const child of this.childNodes) yield* child.all();
  }

  append(...nodes) {
    for (const node of nodes) {
      if (typeof node === "string") {
        this.textContent += node;
        continue;
      }
      node.remove();
      node.parentNode = this;
      this.childNodes.push(node);
      if (this.isConnected) for (const one of [...node.all()]) one.connectedCallback?.();
    }
  }

  remove() {
    if (!this.parentNode) return;
    const wasConnected = this.isConnected;
    const siblings = this.parentNode.childNodes;
    siblings.splice(siblings.indexOf(this), 1);
    this.parentNode = null;
    if (wasConnected) for (const one of [...this.all()]) one.disconnectedCallback?.();
  }

  replaceChildren(...nodes) {
    for (const child of [...this.childNodes]) child.remove();
    this.append(...nodes);
  }

  contains(node) {
    return [...this.all()].includes(node);
  }

  querySelectorAll(selectors) {
    return [...this.all()].filter((one) => one !== this && one.matches(selectors));
  }

  querySelector(selectors) {
    return this.querySelectorAll(selectors)[0] ?? null;
  }

  get childElementCount() {
    return this.childNodes.length;
  }
}

class ShadowRoot extends Node {
  activeElement = null;
}

class HTMLElement extends Node {
  localName = "";
  ownerDocument = globalThis.document;
  attributes = {};
  dataset = {};
  part = {};
  style = {};
  shadowRoot = null;
  #text = "";

  get textContent() {
    return this.#text + this.childNodes.map((child) => child.textContent).join(" ");
  }

  set textContent(text) {
    this.#text = text;
  }

  getAttribute(name) {
    return this.attributes[name] ?? this[name] ?? null;
  }

  hasAttribute(name) {
    return name in this.attributes;
  }

  setAttribute(name, value) {
    this.attributes[name] = value;
  }

  removeAttribute(name) {
    delete this.attributes[name];
  }

  matches(selectors) {
    return selectors.split(",").some((selector) => {
      const parts = selector.trim().match(/^([\w*-]*)(?:\[(.+?)(?:="?(.+?)"?)?\])?$/);
      if (!parts) return false;
      const [, name, attribute, value] = parts;
      if (name && name !== "*" && name !== this.localName) return false;
      if (!attribute) return true;
      if (attribute.startsWith("data-")) return attribute.slice(5) in this.dataset;
      return value ? this.getAttribute(attribute) === value : this.hasAttribute(attribute);
    });
  }

  closest(selectors) {
    return this.matches(selectors) ? this : (this.parentNode?.closest?.(selectors) ?? null);
  }

  attachShadow({ mode }) {
    const root = new ShadowRoot();
    root.host = this;
    if (mode === "open") this.shadowRoot = root;
    return root;
  }

  getBoundingClientRect() {
    return { left: 0, top: 0, width: 640, height: 360 };
  }

  focus() {}
  scrollIntoView() {}
}

class HTMLProgressElement extends HTMLElement {
  set value(share) {
    if (!Number.isFinite(share)) throw new TypeError("The provided double value is non-finite.");
  }
}

class HTMLInputElement extends HTMLElement {
  disabled = false;
  value = "";

  get form() {
    return this.closest("form");
  }
}

class HTMLFormElement extends HTMLElement {
  elements = { namedItem: () => null };
  /** What the page's own server was sent. */
  sent = [];

  requestSubmit(submitter = null) {
    const event = new Event("submit", { bubbles: true, cancelable: true });
    event.submitter = submitter;
    if (!this.dispatchEvent(event)) return;
    this.sent.push(this.querySelectorAll("input[data-check]").map(({ value }) => JSON.parse(value)));
  }
}

class Document extends Node {
  documentElement = null;
  baseURI = "https://site.example/post";
  visibilityState = "visible";

  createElement(name) {
    const kinds = {
      form: HTMLFormElement,
      input: HTMLInputElement,
      progress: HTMLProgressElement,
    };
    const made = new (customElements.get(name) ?? kinds[name] ?? HTMLElement)();
    made.localName = name;
    return made;
  }

  createElementNS(_, name) {
    return this.createElement(name);
  }

  getElementById(id) {
    return this.querySelector(`*[id=${id}]`);
  }
}

const defined = new Map();
globalThis.customElements = {
  get: (name) => defined.get(name),
  define: (name, made) => void defined.set(name, made),
};
class CSSStyleSheet {
  text = "";

  replaceSync(text) {
    this.text = text;
  }
}
Object.assign(globalThis, { HTMLElement, HTMLInputElement, ShadowRoot, CSSStyleSheet });
globalThis.document = new Document();
document.documentElement = document.createElement("html");
document.append(document.documentElement);
globalThis.location = new URL(document.baseURI);
URL.parse ??= (text, base) => (URL.canParse(text, base) ? new URL(text, base) : null);

/** Makes each of these elements of a page's own markup. */
export function markup(...ids) {
  for (const id of ids) {
    const made = document.createElement("div");
    made.setAttribute("id", id);
    document.documentElement.append(made);
  }
}

/** What `look` sees as soon as it is something; the last thing seen when that takes too long. */
export async function soon(look) {
  const until = performance.now() + 10_000;
  for (;;) {
    const seen = await look();
    if (seen || performance.now() > until) return seen;
    await new Promise((go) => setTimeout(go, 10));
  }
}
