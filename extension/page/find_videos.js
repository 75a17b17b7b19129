/**
 * Run once in a page when the person asks; its value is a FoundOnPage (types.d.ts). Self-contained,
 * listens to nothing, changes nothing, asks the network for nothing. A page may hold thousands of
 * videos or lie about each: everything is bounded, and every text is cut to a length.
 */
(() => {
  const LOOKED_AT = 400;
  const TOLD = 24;
  const PICTURES = 8;
  const SMALLEST_PX = 80;
  const FRAME_AT_LEAST = { width: 200, height: 110 };
  const PICTURE_WIDTH_PX = 160;
  /** The elements of HTML itself that may have a shadow root; of a page's own making, all may. */
  const HOSTS =
    /^(?:article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span)$/;

  const scope = /** @type {any} */ (globalThis);
  /** Elements that were told of before keep their number. @type {WeakRef<Element>[]} */
  const slots = (scope.deepfakeCheckSlots ??= []);
  /** What each played when it was told of. @type {WeakMap<Element, Played>} */
  const played = (scope.deepfakeCheckPlayed ??= new WeakMap());

  /** @param {unknown} text @param {number} most */
  const cut = (text, most = 200) =>
    String(text ?? "")
      .replace(/\s+/g, " ")
      .trim()
      .slice(0, most);

  /** @param {unknown} value @param {string} [base] */
  const httpOnly = (value, base = document.baseURI) => {
    const url = typeof value === "string" && value ? URL.parse(value, base) : null;
    return url && /^https?:$/.test(url.protocol) && url.href.length <= 2048 ? url.href : "";
  };

  /** @param {Element} element */
  function slotOf(element) {
    const known = slots.findIndex((slot) => slot.deref() === element);
    return known >= 0 ? known : slots.push(new WeakRef(element)) - 1;
  }

  /** @param {Element} element @returns {ShadowRoot | null} closed ones too: only extensions can */
  function shadowOf(element) {
    const dom = /** @type {any} */ (globalThis).chrome?.dom;
    try {
      return (
        dom?.openOrClosedShadowRoot(element) ??
        /** @type {any} */ (element).openOrClosedShadowRoot ??
        element.shadowRoot
      );
    } catch {
      return element.shadowRoot;
    }
  }

  /** Every document and shadow root that this origin may read. */
  function* roots() {
    /** @type {{root: Document | ShadowRoot, left: number, top: number}[]} */
    const open = [{ root: document, left: 0, top: 0 }];
    const budget = { any: 200_000, own: 5000, plain: 5000 };
    for (let place = open.shift(), seen = 0; place && seen < 60; place = open.shift(), seen += 1) {
      yield place;
      const { root, left, top } = place;
      for (const frame of [...root.querySelectorAll("iframe")].slice(0, 40)) {
        const inside = frame.contentDocument;
        const rect = frame.getBoundingClientRect();
        if (inside) open.push({ root: inside, left: left + rect.left, top: top + rect.top });
      }
      for (const element of root.querySelectorAll("*")) {
        if ((budget.any -= 1) < 0) break;
        const isOwn = element.localName.includes("-");
        if (!isOwn && !HOSTS.test(element.localName)) continue;
        if ((budget[isOwn ? "own" : "plain"] -= 1) < 0) continue;
        const shadow = shadowOf(element);
        if (shadow) open.push({ root: shadow, left, top });
      }
    }
  }

  /** @param {Element} element @param {{left: number, top: number}} offset */
  function rectOf(element, offset) {
    const { left, top, width, height } = element.getBoundingClientRect();
    return { left: left + offset.left, top: top + offset.top, width, height };
  }

  /** @param {NonNullable<Found["rect"]>} rect */
  function visibleArea({ left, top, width, height }) {
    const wide = Math.min(left + width, innerWidth) - Math.max(left, 0);
    const high = Math.min(top + height, innerHeight) - Math.max(top, 0);
    return wide > 0 && high > 0 ? wide * high : 0;
  }

  /** @param {Element} element */
  function titleOf(element) {
    const near = element.closest("figure, article, li, section");
    return cut(
      element.getAttribute("aria-label") ||
        element.getAttribute("title") ||
        near?.querySelector("figcaption, h1, h2, h3, h4")?.textContent,
    );
  }

  /** A picture of what is shown right now, unless the video's pixels are kept from the page too. @param {HTMLVideoElement} video */
  function pictureOf(video) {
    if (video.readyState < 2 || !video.videoWidth) return "";
    try {
      const canvas = document.createElement("canvas");
      canvas.width = PICTURE_WIDTH_PX;
      canvas.height = Math.min(
        284,
        Math.round((PICTURE_WIDTH_PX * video.videoHeight) / video.videoWidth),
      );
      canvas.getContext("2d")?.drawImage(video, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/jpeg", 0.7);
    } catch {
      return "";
    }
  }

  /** @param {HTMLVideoElement} video @param {NonNullable<Found["rect"]>} rect @returns {Found} */
  function toldVideo(video, rect) {
    const sources = [
      video.currentSrc,
      video.src,
      ...[...video.querySelectorAll("source")].slice(0, 5).map((source) => source.src),
    ];
    const duration = video.duration;
    const durationS = Number.isFinite(duration) && duration > 0 ? duration : null;
    played.set(video, { src: video.currentSrc, durationS });
    return {
      kind: "video",
      slot: slotOf(video),
      current: cut(video.currentSrc || video.src, 2048),
      src: sources.map((source) => httpOnly(source)).find(Boolean) ?? "",
      title: titleOf(video),
      playing: !video.paused && !video.ended,
      durationS,
      rect,
      picture: "",
    };
  }

  /** @param {HTMLIFrameElement} frame @param {NonNullable<Found["rect"]>} rect @returns {Found | null} */
  function toldFrame(frame, rect) {
    const src = httpOnly(frame.src);
    const isPlayer =
      frame.allowFullscreen ||
      /fullscreen|autoplay/.test(frame.allow) ||
      /embed|player|video/i.test(src);
    if (
      !src ||
      !isPlayer ||
      rect.width < FRAME_AT_LEAST.width ||
      rect.height < FRAME_AT_LEAST.height
    )
      return null;
    return {
      kind: "frame",
      slot: slotOf(frame),
      current: src,
      src,
      title: cut(frame.title),
      playing: false,
      durationS: null,
      rect,
      picture: "",
    };
  }

  function onPage() {
    /** @type {{element: HTMLVideoElement, rect: NonNullable<Found["rect"]>, weight: number}[]} */
    const videos = [];
    /** @type {Found[]} */
    const frames = [];
    let total = 0;
    for (const { root, left, top } of roots()) {
      const here = root.querySelectorAll("video");
      total += here.length;
      for (const element of [...here].slice(0, LOOKED_AT - videos.length)) {
        const rect = rectOf(element, { left, top });
        if (rect.width < SMALLEST_PX || rect.height < SMALLEST_PX / 2) continue;
        const weight =
          visibleArea(rect) * (element.paused ? 1 : 4) + rect.width * rect.height * 1e-3;
        videos.push({ element, rect, weight });
      }
      for (const element of [...root.querySelectorAll("iframe")].slice(0, 40)) {
        const told = element.contentDocument
          ? null
          : toldFrame(element, rectOf(element, { left, top }));
        if (told && frames.length < TOLD) frames.push(told);
      }
    }
    videos.sort((a, b) => b.weight - a.weight);
    const told = videos.slice(0, TOLD).map(({ element, rect }, i) => {
      const found = toldVideo(element, rect);
      return i < PICTURES ? { ...found, picture: pictureOf(element) } : found;
    });
    return { told: [...told, ...frames], total: total + frames.length };
  }

  /** @param {unknown} value @param {number} depth @returns {Generator<Record<string, unknown>>} */
  function* videoObjects(value, depth) {
    if (depth > 6 || typeof value !== "object" || value === null) return;
    const type = Reflect.get(value, "@type");
    if (type === "VideoObject" || (Array.isArray(type) && type.includes("VideoObject"))) {
      yield /** @type {Record<string, unknown>} */ (value);
    }
    for (const inner of Object.values(value).slice(0, 50)) yield* videoObjects(inner, depth + 1);
  }

  /** What the page's head says of itself: og:video, a player for cards, JSON-LD. @returns {Found[]} */
  function namedByPage() {
    const property = (/** @type {string} */ name) =>
      document
        .querySelector(`meta[property="${name}"], meta[name="${name}"]`)
        ?.getAttribute("content");
    const title = cut(property("og:title"));
    const named = [
      "og:video:secure_url",
      "og:video:url",
      "og:video",
      "twitter:player:stream",
      "twitter:player",
    ].map((name) => ({ src: httpOnly(property(name)), title }));
    for (const script of [...document.querySelectorAll('script[type="application/ld+json"]')].slice(
      0,
      10,
    )) {
      const text = script.textContent ?? "";
      if (text.length > 200_000) continue;
      try {
        for (const video of videoObjects(JSON.parse(text), 0)) {
          named.push({
            src: httpOnly(video["contentUrl"]) || httpOnly(video["embedUrl"]),
            title: cut(video["name"]) || title,
          });
        }
      } catch {
        continue; // not JSON after all: the page's mistake, not the person's
      }
    }
    const seen = new Set([""]);
    return named
      .filter(({ src }) => !seen.has(src) && seen.add(src))
      .slice(0, 5)
      .map(({ src, title: name }) => ({
        kind: "named",
        slot: null,
        current: src,
        src,
        title: name,
        playing: false,
        durationS: null,
        rect: null,
        picture: "",
      }));
  }

  const { told, total } = onPage();
  const seen = new Set(told.map((found) => found.src));
  const named = namedByPage().filter((found) => !seen.has(found.src));
  const title = cut(
    document.querySelector('meta[property="og:title"]')?.getAttribute("content") || document.title,
  );
  return {
    title,
    videos: [...told, ...named].slice(0, TOLD),
    total: Math.max(total, told.length) + named.length,
    view: { width: innerWidth, height: innerHeight },
  };
})();
