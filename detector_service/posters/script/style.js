/** As the project's pages look, until a page sets the properties that begin with --check-. */

export const STYLE = `
:host { display: block; font: var(--check-font, inherit); }
:host([hidden]), [hidden] { display: none; }
* { box-sizing: border-box; }
.hint { margin: 0.4em 0 0; color: var(--check-ink-soft, light-dark(#515870, #aab1c6)); font-size: 0.875em; }
.panel {
  --ink: var(--check-ink, light-dark(#171a26, #eef0f7));
  --accent: var(--check-accent, light-dark(#3d4fd7, #9aa8ff));
  --tone: var(--check-ink-soft, light-dark(#515870, #aab1c6));
  --tint: var(--check-surface, light-dark(#f5f6f9, #1d202c));
  margin-block-start: 0.75em;
  padding: 0.9em 1em 1em;
  color: var(--ink);
  background: var(--tint);
  border: 1px solid color-mix(in srgb, var(--tone) 35%, transparent);
  border-radius: var(--check-radius, 10px);
  line-height: 1.45;
}
.panel.manipulated, li.manipulated {
  --tone: var(--check-manipulated, light-dark(#b3261e, #ff9d94));
  --tint: var(--check-manipulated-tint, light-dark(#fdecea, #3a1d1c));
}
.panel.clear, li.clear {
  --tone: var(--check-clear, light-dark(#0b6a66, #6fd3cc));
  --tint: var(--check-clear-tint, light-dark(#e3f4f2, #12302f));
}
.panel.unsure, li.unsure {
  --tone: var(--check-unsure, light-dark(#7a5200, #f3c567));
  --tint: var(--check-unsure-tint, light-dark(#fdf3dc, #33290f));
}
.heading { display: flex; flex-wrap: wrap; gap: 0 0.5em; align-items: flex-start; margin: 0; color: var(--tone); font-weight: 650; }
.working .heading { color: var(--ink); }
.heading > :nth-child(2) { flex: 1; }
.heading .name { flex: 1 0 100%; }
.heading:focus-visible, button:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.name { font-weight: 400; overflow-wrap: anywhere; }
svg { flex: none; inline-size: 1.1em; block-size: 1.1em; margin-block-start: 0.18em; fill: currentcolor; }
.working svg { fill: var(--accent); animation: turn 1.4s linear infinite; }
@keyframes turn { to { rotate: 360deg; } }
.text { margin: 0.35em 0 0; max-inline-size: 68ch; }
.text.soft { font-size: 0.9em; }
.results { display: grid; gap: 0.4em; margin: 0.5em 0 0; padding: 0; list-style: none; }
.results li { display: flex; flex-wrap: wrap; gap: 0 0.5em; align-items: flex-start; }
li.problem, li.working { --tone: var(--check-ink-soft, light-dark(#515870, #aab1c6)); }
.results svg, .results strong { color: var(--tone); }
progress {
  display: block; inline-size: 100%; block-size: 6px; margin-block-start: 0.8em; appearance: none;
  overflow: hidden; border: 0; border-radius: 3px; background: var(--check-line, light-dark(#d9dce5, #333849));
}
progress::-webkit-progress-bar { background: transparent; }
progress::-webkit-progress-value { background: var(--accent); border-radius: 3px; }
progress::-moz-progress-bar { background: var(--accent); border-radius: 3px; }
progress:indeterminate::-moz-progress-bar { background: transparent; }
.actions { display: flex; flex-wrap: wrap; gap: 0.5em 0.6em; align-items: center; margin-block-start: 0.9em; }
button, a { min-block-size: 2.5em; padding: 0.4em 0.9em; font: inherit; color: var(--ink); cursor: pointer; }
button { background: var(--check-button, light-dark(#fff, #14161f)); border: 1px solid var(--check-line-strong, light-dark(#868da1, #7d849b)); border-radius: var(--check-button-radius, 8px); }
button:hover { border-color: var(--ink); }
button.first { color: var(--check-on-accent, light-dark(#fff, #10132b)); background: var(--accent); border-color: transparent; }
button.first:hover { filter: brightness(1.08); }
a { display: inline-flex; align-items: center; padding-inline: 0.4em; text-underline-offset: 0.2em; }
.live { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { .working svg { animation: none; } }
@media (forced-colors: active) { .panel { border: 1px solid; } }
`;
