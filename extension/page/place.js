/**
 * Where a card may stand: under the video, else above or beside it, else in a corner of the window;
 * never on the player, whose controls are its own. Pure: rectangles in, a rectangle out.
 */
(() => {
  const GAP = 8;
  const NARROWEST = 288;
  const WIDEST = 560;

  /**
   * @param {{left: number, top: number, right: number, bottom: number} | null} video
   * @param {{width: number, height: number}} view
   * @param {number} height of the card at the width that `widthFor` gives
   * @returns {{left: number, top: number, place: "below" | "above" | "after" | "before" | "corner" | "away"}}
   */
  function place(video, view, height) {
    const width = widthFor(video, view);
    const corner = {
      left: view.width - width - 16,
      top: 16,
      place: /** @type {const} */ ("corner"),
    };
    if (!video) return corner;
    const isShown = video.right > video.left && video.bottom > video.top;
    if (
      !isShown ||
      video.bottom < 0 ||
      video.top > view.height ||
      video.right < 0 ||
      video.left > view.width
    ) {
      return { left: 0, top: 0, place: "away" };
    }
    const left = Math.min(Math.max(video.left, GAP), view.width - width - GAP);
    const top = Math.min(Math.max(video.top, GAP), view.height - height - GAP);
    if (video.bottom + GAP + height <= view.height)
      return { left, top: video.bottom + GAP, place: "below" };
    if (video.top - GAP - height >= 0)
      return { left, top: video.top - GAP - height, place: "above" };
    if (video.right + GAP + width <= view.width)
      return { left: video.right + GAP, top, place: "after" };
    if (video.left - GAP - width >= 0)
      return { left: video.left - GAP - width, top, place: "before" };
    return corner;
  }

  /** @param {{left: number, right: number} | null} video @param {{width: number}} view */
  function widthFor(video, view) {
    const wanted = video ? video.right - video.left : 360;
    return Math.min(Math.max(wanted, NARROWEST), WIDEST, view.width - 2 * GAP);
  }

  /** @type {any} */ (globalThis).deepfakeCheckPlace ??= { place, widthFor };
})();
