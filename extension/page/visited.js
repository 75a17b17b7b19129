/**
 * Runs only on sites that the person has switched on. Tells the worker that this page was opened,
 * and again when it becomes another one without a load. Reads nothing and sends no address: the
 * worker asks the browser for that.
 */
(() => {
  const { runtime } = globalThis.chrome;
  let last = "";
  const tell = () => {
    if (location.href === last || document.visibilityState === "hidden") return;
    last = location.href;
    runtime.sendMessage({ type: "visited" }).catch(() => undefined);
  };
  tell();
  document.addEventListener("visibilitychange", tell);
  const navigation = Reflect.get(globalThis, "navigation");
  if (navigation) navigation.addEventListener("navigatesuccess", tell);
  else document.addEventListener("yt-navigate-finish", tell);
  addEventListener("popstate", tell);
})();
