/** The look of the reference page: light or dark, from 320 pixels up. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff;
  --side: #f7f8fa;
  --ink: #15181e;
  --soft: #5a6372;
  --rule: #e3e6eb;
  --accent: #3a49c7;
  --code: #f3f5f8;
  --get: #17693b;
  --post: #3a49c7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131519;
    --side: #181b20;
    --ink: #e9ecf1;
    --soft: #a2abb9;
    --rule: #2b3038;
    --accent: #a3aeff;
    --code: #1c2026;
    --get: #6fcf97;
    --post: #a3aeff;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
h1, h2, h3, h4, p, ul, dl, dd, figure, pre { margin: 0; padding: 0; }
a { color: var(--accent); text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); text-underline-offset: 2px; }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: 0.875em; }
.skip { position: absolute; left: -999px; }
.skip:focus { left: 1rem; top: 1rem; background: var(--paper); padding: 0.5rem 1rem; z-index: 1; }
header { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; justify-content: space-between; padding: 0.875rem clamp(1rem, 3vw, 2.5rem); border-bottom: 1px solid var(--rule); }
.version { color: var(--soft); margin-left: 0.5rem; font-variant-numeric: tabular-nums; }
nav { background: var(--side); border-bottom: 1px solid var(--rule); padding: 0.75rem clamp(1rem, 3vw, 2.5rem); font-size: 14px; }
nav h2 { font-size: 12px; font-weight: 600; color: var(--soft); margin-top: 1.125rem; }
nav h2 a { color: inherit; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0 1.25rem; }
nav .names { display: none; }
nav a { display: block; padding: 0.1875rem 0; color: var(--ink); text-decoration: none; }
nav a:hover { color: var(--accent); }
main { padding: 2rem clamp(1rem, 3vw, 2.5rem) 5rem; min-width: 0; }
main p + p, main p + ul, main ul + p { margin-top: 0.75rem; }
#introduction > ul { padding-left: 1.125rem; display: grid; gap: 0.375rem; }
#introduction, #security, .operation .said, .schema, section > p { max-width: 46rem; }
h1 { font-size: 2rem; line-height: 1.15; font-weight: 660; letter-spacing: -0.02em; }
.summary { font-size: 1.125rem; color: var(--soft); margin: 0.375rem 0 1.25rem; }
h2 { font-size: 1.375rem; line-height: 1.25; font-weight: 650; letter-spacing: -0.01em; }
main > section + section { margin-top: 3.5rem; }
main > section > h2 + p { color: var(--soft); margin-top: 0.25rem; }
h3 { font-size: 1.0625rem; line-height: 1.3; font-weight: 640; }
h4 { font-size: 0.875rem; font-weight: 640; margin-top: 1.5rem; }
.anchor { color: inherit; text-decoration: none; }
.anchor:hover { text-decoration: underline; }
.operation { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.25rem 2.5rem; padding: 2rem 0; border-bottom: 1px solid var(--rule); }
.route { margin: 0.5rem 0 0.875rem; }
.method { display: inline-block; font-size: 0.75rem; font-weight: 680; color: var(--get); border: 1px solid currentColor; border-radius: 4px; padding: 0 0.4375rem; margin-right: 0.25rem; }
.method.post { color: var(--post); }
.needs { color: var(--soft); }
.members { margin-top: 0.5rem; }
.member { padding: 0.625rem 0; border-top: 1px solid var(--rule); }
.member:target, .schema:target > h3, .operation:target h3 { color: var(--accent); }
dt .name { font-weight: 640; font-size: 0.9375em; }
.type { color: var(--soft); margin-left: 0.25rem; }
.optional { color: var(--soft); font-size: 0.8125rem; margin-left: 0.25rem; }
.pattern { color: var(--soft); font-size: 0.8125rem; }
.members .members { margin: 0.5rem 0 0; padding-left: 0.875rem; border-left: 2px solid var(--rule); }
.members .members .member:first-child { border-top: 0; padding-top: 0; }
.media { list-style: none; margin-top: 0.25rem; font-size: 0.9375rem; }
.header { margin-top: 0.25rem; }
.schema { padding: 1.5rem 0 0.5rem; }
figure { margin-bottom: 0.875rem; }
figcaption { font-size: 0.8125rem; color: var(--soft); margin-bottom: 0.25rem; }
pre { background: var(--code); border-radius: 8px; padding: 0.75rem 0.875rem; overflow: auto; max-height: 26rem; line-height: 1.5; overflow-wrap: normal; tab-size: 2; }
pre code { font-size: 0.8125rem; }
.call pre { white-space: pre-wrap; }
p code, li code, dd code { background: var(--code); border-radius: 4px; padding: 0.0625rem 0.25rem; }
.route code { background: none; padding: 0; font-size: 0.9375rem; }
@media (min-width: 60rem) {
  .columns { display: grid; grid-template-columns: 15.5rem minmax(0, 1fr); }
  nav { position: sticky; top: 0; align-self: start; height: 100vh; overflow-y: auto; border-bottom: 0; border-right: 1px solid var(--rule); padding-top: 1.5rem; }
  nav ul, nav .names { display: block; }
  main { padding-top: 2.5rem; }
}
@media (min-width: 80rem) {
  .operation { grid-template-columns: minmax(0, 1fr) minmax(0, 30rem); }
  .shown { position: sticky; top: 1.5rem; align-self: start; max-height: calc(100vh - 3rem); overflow-y: auto; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print { nav, .skip { display: none; } pre { max-height: none; white-space: pre-wrap; } }
`;
