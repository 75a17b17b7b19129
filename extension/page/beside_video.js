/**
 * The card beside the video. Put into a page only when the person has asked there. It stands in a
 * closed shadow root in the top layer, follows its video, and goes when the page becomes another.
 * What it shows is told in the popup and the badge too: a page can hide or imitate a card, and has
 * only its own bounded number of tries to make us put it back.
 */
(() => {
  const scope = /** @type {any} */ (globalThis);
  if (scope.deepfakeCheckCard) return;
  scope.deepfakeCheckCard = true;
  const { runtime } = scope.browser ?? scope.chrome;
  const PUT_BACK_AT_MOST = 5;
  const TICK_MS = 2000;
  const NOTHING_PLAYED = { src: "", durationS: null };
  const LOOK_MS = 500;

  /** @type {{card: Card, slot: number | null} | null} */
  let shown = null;
  /** @type {HTMLElement | null} */
  let host = null;
  /** @type {ShadowRoot | null} */
  let root = null;
  let placed = new CSSStyleSheet();
  let css = "";
  let putBack = 0;
  /** Whose card the person has closed: news does not bring it back. */
  let closed = "";
  /**
   * Of each card: which files are the video that was judged, and how far that had been played.
   * @type {Map<string, {files: Set<string>, stream: Played | null, atS: number}>}
   */
  const judged = new Map();
  /** What stands around its video lets too little of it be seen. */
  let isCutOff = false;
  let wasCovered = false;
  let looking = 0;
  let ticking = 0;
  let placing = 0;
  let address = location.href;

  /** @param {number | null} slot @returns {Element | null} */
  const elementOf = (slot) => {
    const element = slot === null ? null : scope.deepfakeCheckSlots?.[slot]?.deref();
    return element?.isConnected ? element : null;
  };

  /** @param {Element | null} element in the coordinates of this window */
  function rectOf(element) {
    if (!element) return null;
    let { left, top, width, height } = element.getBoundingClientRect();
    for (
      let view = /** @type {Window | null} */ (element.ownerDocument.defaultView);
      view && view !== window;
      view = view.parent
    ) {
      const frame = view.frameElement?.getBoundingClientRect();
      left += frame?.left ?? 0;
      top += frame?.top ?? 0;
      if (!view.frameElement) break;
    }
    return { left, top, right: left + width, bottom: top + height };
  }

  function makeHost() {
    // Not a name of our own: a page could define that element first, and so be let into its root.
    host = document.createElement("div");
    host.setAttribute("data-deepfake-check-card", "");
    host.popover = "manual";
    root = host.attachShadow({ mode: "closed" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    placed = new CSSStyleSheet();
    root.adoptedStyleSheets = [sheet, placed];
    host.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !event.isTrusted) return;
      event.stopPropagation();
      event.preventDefault(); // else a dialog around the card would close with it
      close();
    });
    attach();
  }

  /** The modal dialog that the video is in, through shadow roots and frames: all outside it is inert. */
  function dialogAround() {
    let at = /** @type {any} */ (elementOf(shown?.slot ?? null));
    while (at && !(at.ownerDocument === document && at.matches?.("dialog:modal"))) {
      at = at.assignedSlot ?? at.parentNode ?? at.host ?? at.defaultView?.frameElement;
    }
    return /** @type {Element | null} */ (at ?? null);
  }

  const home = () => dialogAround() ?? document.documentElement;

  function attach() {
    if (!host) return;
    home().append(host);
    host.showPopover();
  }

  /** @param {{card: Card, slot: number | null, css: string, wanted: boolean}} message */
  function show(message) {
    if (message.wanted) closed = "";
    if (message.card.id === closed || putBack > PUT_BACK_AT_MOST) return;
    css = message.css;
    const focused = root?.activeElement?.className ?? "";
    const isAgain = host !== null && shown?.card.id === message.card.id;
    shown = { card: message.card, slot: message.slot };
    address = location.href;
    remember(shown);
    if (!host) makeHost();
    const about = shown.slot === null ? shown.card.about : ""; // what it stands beside, needs no name
    const box = scope.deepfakeCheckDraw.draw({ ...shown.card, about }, { seek, details, close });
    if (isAgain) box.style.animation = "none"; // news, not an arrival
    root?.replaceChildren(box);
    if (focused) /** @type {HTMLElement | null} */ (root?.querySelector(`.${focused}`))?.focus();
    watch();
    place();
    tick();
  }

  function remove() {
    shown = null;
    clearTimeout(ticking);
    unwatch();
    host?.remove();
    host = root = null;
  }

  function close() {
    const video = /** @type {HTMLElement | null} */ (elementOf(shown?.slot ?? null));
    closed = shown?.card.id ?? "";
    remove();
    video?.focus({ preventScroll: true });
  }

  const details = () => void tell({ type: "details", id: shown?.card.id ?? "" });

  /** @param {number} atS */
  function seek(atS, slot = shown?.slot ?? null) {
    const element = elementOf(slot);
    if (element?.localName === "video") /** @type {HTMLVideoElement} */ (element).currentTime = atS;
  }

  /** Asks whether there is news, for as long as somebody can see the card. */
  function tick() {
    clearTimeout(ticking);
    if (!shown || shown.card.final) return;
    ticking = setTimeout(() => {
      if (document.visibilityState === "visible") void askForNews();
      tick();
    }, TICK_MS);
  }

  async function askForNews() {
    if (!shown) return;
    const { card, slot } = shown;
    const told = await tell({ type: "tick", id: card.id });
    if (!told || shown?.card.id !== card.id || shown.card.final) return;
    if (told.card) show({ card: told.card, slot, css, wanted: false });
    else remove();
  }

  /** @param {Record<string, unknown>} message */
  async function tell(message) {
    try {
      return await runtime.sendMessage(message);
    } catch {
      remove(); // the extension was updated or switched off: its card must not outlive it
      return null;
    }
  }

  function place() {
    cancelAnimationFrame(placing);
    placing = requestAnimationFrame(() => {
      if (!host || !shown) return;
      const view = { width: document.documentElement.clientWidth, height: innerHeight };
      const element = elementOf(shown.slot);
      const rect = rectOf(element);
      const { place: where, widthFor } = scope.deepfakeCheckPlace;
      const width = widthFor(rect, view);
      setPlace({ width, left: 0, top: 0, visible: false });
      const at = where(rect, view, host.offsetHeight);
      const isGone = shown.slot !== null && !element && shown.card.about !== "";
      wasCovered = isCovered(element);
      const isHidden = isGone || isCutOff || wasCovered || document.fullscreenElement;
      const isSeen = at.place !== "away" && !isHidden;
      setPlace({ width, ...at, visible: isSeen && mayBeJudged(element, shown.card) });
    });
  }

  /** Another video is seen where this one stands: laid over it, or this one is made invisible. @param {Element | null} element */
  function isCovered(element) {
    if (!element || getComputedStyle(element).pointerEvents === "none") return false; // not told
    const { left, top, width, height } = element.getBoundingClientRect();
    const around = /** @type {Document | ShadowRoot} */ (element.getRootNode());
    const seen = around
      .elementsFromPoint(left + width / 2, top + height / 2)
      .find((at) => (at === element || at.localName === "video") && isOpaque(at));
    return seen !== undefined && seen !== element;
  }

  /** @param {Element} element */
  const isOpaque = (element) => element.checkVisibility({ opacityProperty: true });

  /** No event tells that a style has changed what can be seen. */
  function look() {
    if (isCovered(elementOf(shown?.slot ?? null)) !== wasCovered) place();
  }

  /** Which part of an element the window could show. @param {Element} target */
  function shareInWindow(target) {
    const { left, top, right, bottom } = rectOf(target) ?? { left: 0, top: 0, right: 0, bottom: 0 };
    const wide = Math.min(right, innerWidth) - Math.max(left, 0);
    const high = Math.min(bottom, innerHeight) - Math.max(top, 0);
    return (Math.max(0, wide) * Math.max(0, high)) / ((right - left) * (bottom - top) || 1);
  }

  /** A carousel or a list that has moved on leaves its video in the window, and shows another. */
  const cuts = new IntersectionObserver(
    (entries) => {
      const entry = entries.at(-1);
      if (!entry) return;
      isCutOff = entry.intersectionRatio < shareInWindow(entry.target) / 2;
      place();
    },
    { threshold: Array.from({ length: 21 }, (_, i) => i / 20) },
  );

  /** Less its query, which changes where addresses are signed; "" of a stream, which has none that lasts. @param {string} src */
  function fileAt(src) {
    const url = URL.parse(src);
    return url && /^https?:$/.test(url.protocol) ? url.origin + url.pathname : "";
  }

  /** The player's file is known to be the judged one where its very address was sent. @param {{card: Card, slot: number | null}} shown */
  function remember({ card, slot }) {
    if (judged.has(card.id)) return;
    /** @type {Played} */
    const { src, durationS } = scope.deepfakeCheckPlayed?.get(elementOf(slot)) ?? NOTHING_PLAYED;
    const file = fileAt(src);
    const files = new Set(file === fileAt(card.address) ? [file] : [""]);
    judged.set(card.id, { files, stream: isStream(src) ? { src, durationS } : null, atS: 0 });
  }

  /** @param {string} src */
  const isStream = (src) => src.startsWith("blob:");

  /** At the same address a player takes up an advertisement, or the next of a list. @param {Element | null} element @param {Card} card */
  const mayBeJudged = (element, card) => isJudgedFile(element, card) && isAsLong(element, card);

  /**
   * A stream is known to be the judged one where it was as long when it was asked about: then it was
   * not what plays before a page's own video.
   * @param {Element | null} element @param {Card} card
   */
  function isJudgedFile(element, { id, durationS }) {
    const src = /** @type {HTMLVideoElement | null} */ (element)?.currentSrc ?? "";
    const { files, stream } = judged.get(id) ?? {};
    if (stream && isStream(src) && isLength(stream.durationS, durationS)) return stream.src === src;
    const file = fileAt(src);
    return !file || !files || files.has("") || files.has(file);
  }

  /**
   * Another file is the same video in another quality where the player goes on at the moment that it
   * had come to; the next of a list, even one as long, begins where it begins.
   * @param {Event} event
   */
  function played({ type, target }) {
    const element = /** @type {HTMLVideoElement} */ (target);
    const known = shown && judged.get(shown.card.id);
    if (!shown || !known || element !== elementOf(shown.slot) || element.readyState === 0) return;
    const atS = element.currentTime;
    if (isJudgedFile(element, shown.card)) known.atS = atS;
    else if (type === "seeking" && known.atS > 1 && Math.abs(atS - known.atS) < 1) {
      if (isStream(element.currentSrc) && known.stream) known.stream.src = element.currentSrc;
      else known.files.add(fileAt(element.currentSrc));
      place();
    }
  }

  /**
   * What is as long as the video that was judged may be it, as may what does not say how long it is.
   * @param {Element | null} element @param {Card} card
   */
  function isAsLong(element, { durationS }) {
    const playedS = /** @type {HTMLVideoElement | null} */ (element)?.duration ?? NaN;
    return durationS === null || !Number.isFinite(playedS) || isLength(playedS, durationS);
  }

  /** @param {number | null} playedS @param {number | null} durationS */
  const isLength = (playedS, durationS) =>
    playedS !== null &&
    durationS !== null &&
    Math.abs(playedS - durationS) <= Math.max(2, 0.02 * durationS);

  /** In a style sheet of ours: no rule of the page is stronger. A page's zoom is undone. @param {{width: number, left: number, top: number, visible: boolean}} at */
  function setPlace({ width, left, top, visible }) {
    const zoom = /** @type {any} */ (host?.parentNode)?.currentCSSZoom ?? 1;
    placed.replaceSync(`:host { zoom: ${1 / zoom} !important;
      inline-size: ${width}px !important; left: ${left}px !important; top: ${top}px !important;
      visibility: ${visible ? "visible" : "hidden"} !important;
    }`);
  }

  /** Of card and video. A video also gets another size, or none, when its dialog opens or closes. */
  const sizes = new ResizeObserver(() => {
    place();
    settleSoon();
  });
  /** One observer for all that a page may do to us: take the card away, or become another page. */
  const changes = new MutationObserver(settleSoon);
  let settling = 0;

  function settleSoon() {
    settling ||= setTimeout(settle, 250); // not put off: in some pages something always changes
  }

  function settle() {
    clearTimeout(settling);
    settling = 0;
    if (location.href !== address) return void moved();
    if (host && (!host.isConnected || !host.matches(":popover-open"))) {
      putBack += 1;
      if (putBack > PUT_BACK_AT_MOST) return remove();
      attach();
    } else if (host && host.parentNode !== home()) attach();
    place();
  }

  async function moved() {
    address = location.href;
    remove();
    const told = await tell({ type: "moved" });
    if (told?.card && location.href === address) {
      show({ card: told.card, slot: told.slot, css, wanted: false });
    } else watch();
  }

  function watch() {
    unwatch();
    changes.observe(document, { childList: true, subtree: true });
    if (host) sizes.observe(host);
    const element = elementOf(shown?.slot ?? null);
    if (element) {
      sizes.observe(element);
      cuts.observe(element);
      looking = setInterval(look, LOOK_MS);
    }
    for (const type of ["loadstart", "durationchange"]) element?.addEventListener(type, place);
    for (const type of ["timeupdate", "seeking"]) element?.addEventListener(type, played);
    addEventListener("scroll", place, { capture: true, passive: true });
    addEventListener("resize", place, { passive: true });
    document.addEventListener("fullscreenchange", place);
    host?.addEventListener("toggle", settle);
  }

  function unwatch() {
    changes.disconnect();
    sizes.disconnect();
    cuts.disconnect();
    clearInterval(looking);
    isCutOff = false;
    removeEventListener("scroll", place, { capture: true });
    removeEventListener("resize", place);
    document.removeEventListener("fullscreenchange", place);
  }

  const soon = () => location.href !== address && changes.takeRecords() && settle();
  scope.navigation?.addEventListener("navigatesuccess", soon);
  addEventListener("popstate", soon);
  addEventListener("pageshow", ({ persisted }) => void (persisted && askForNews()));

  runtime.onMessage.addListener(
    (/** @type {any} */ message, /** @type {any} */ sender, /** @type {any} */ reply) => {
      if (sender.id !== runtime.id) return;
      if (message.type === "show") show(message);
      if (message.type === "seek") seek(message.atS, message.slot);
      if (message.type === "remove" && [undefined, shown?.card.id].includes(message.id)) remove();
      reply(message.type !== "is_there" || elementOf(message.slot) !== null);
    },
  );
})();
