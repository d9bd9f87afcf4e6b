import { Html } from './html.ts';

/** The page's style, for light and dark, paper and narrow screens. */
export const style = new Html(`
:root { color-scheme: light dark; --text: light-dark(#1c2230, #dfe4ee); --quiet: light-dark(#5a6478, #9aa5b8); --ground: light-dark(#fff, #12161e); --raised: light-dark(#f5f7fa, #1a202b); --line: light-dark(#dde2ea, #2d3544); --link: light-dark(#0b5cad, #7db8f5); --get: light-dark(#0b5cad, #7db8f5); --post: light-dark(#1a7340, #6fcf97); --patch: light-dark(#8a5300, #f0b660); --delete: light-dark(#b3261e, #f28b82); }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; display: grid; grid-template-columns: 17rem minmax(0, 1fr); font: 15px/1.55 system-ui, sans-serif; color: var(--text); background: var(--ground); }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
code, pre { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.25rem 1rem 2rem; border-right: 1px solid var(--line); background: var(--raised); font-size: 13px; }
nav .brand { font-size: 1.3rem; font-weight: 700; color: inherit; } nav small { font-weight: 400; color: var(--quiet); }
nav h2 { margin: 1.1rem 0 .2rem; font-size: 11px; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet); }
nav ul { list-style: none; margin: .3rem 0 0; padding: 0; } nav li a { display: block; padding: .12rem .3rem; border-radius: 4px; color: inherit; overflow: hidden; text-overflow: ellipsis; } nav li a:hover { background: var(--line); text-decoration: none; }
nav .method { font-size: 9px; width: 3.2rem; }
main { padding: 2rem clamp(1rem, 3vw, 3rem) 5rem; max-width: 90rem; }
h1 { margin: 0; font-size: 2.1rem; line-height: 1.2; } .lead { font-size: 1.15rem; color: var(--quiet); margin: .3rem 0 1rem; }
section > h2 { margin: 3rem 0 .5rem; padding-bottom: .4rem; font-size: 1.5rem; border-bottom: 2px solid var(--line); }
h3 { margin: 0 0 .4rem; font-size: 1.1rem; } h3 a { color: inherit; } h4 { margin: 1.1rem 0 .35rem; font-size: 11px; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet); }
main > p, section > p { max-width: 48rem; }
article { padding: 1.6rem 0; border-bottom: 1px solid var(--line); } article:target { background: linear-gradient(90deg, var(--raised), transparent); box-shadow: -4px 0 0 var(--link); }
.route { margin: 0 0 .6rem; } .route code { font-size: 14px; overflow-wrap: anywhere; }
.method { display: inline-block; font: 700 11px/1.6 ui-monospace, monospace; letter-spacing: .03em; }
.method.get { color: var(--get); } .method.post { color: var(--post); } .method.patch { color: var(--patch); } .method.delete { color: var(--delete); }
.columns { display: grid; grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); gap: 0 2.5rem; align-items: start; } .columns p { margin: 0; }
pre { margin: 0; padding: .8rem 1rem; overflow: auto; max-height: 32rem; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); }
table { width: 100%; border-collapse: collapse; } th, td { padding: .4rem .6rem .4rem 0; text-align: left; vertical-align: top; border-top: 1px solid var(--line); } tr:first-child > * { border-top: 0; }
th { font-weight: 400; width: 13.5rem; overflow-wrap: anywhere; } th code { font-weight: 600; } th em { font-size: 11px; font-style: normal; color: var(--delete); }
.responses th { width: 8rem; font-weight: 600; } .type { font-size: 13px; } td > div { font-size: 14px; color: var(--quiet); }
td code { padding: .05em .3em; border-radius: 4px; background: var(--raised); }
.limit { display: inline-block; padding: 0 .4em; border: 1px solid var(--line); border-radius: 4px; font-size: 12px; color: var(--quiet); overflow-wrap: anywhere; }
tr:target { background: var(--raised); }
@media (max-width: 75rem) { .columns { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 48rem) { body { display: block; } nav { position: static; height: auto; max-height: 40vh; border-right: 0; border-bottom: 1px solid var(--line); } th { width: 11rem; } }
@media print { body { display: block; } nav { display: none; } pre { max-height: none; } article { break-inside: avoid; } }
`);
