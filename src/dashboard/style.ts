/** The one style sheet: light and dark, no web font, readable on a phone. */
export const styleSheet = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6472; --line: #d9dee6; --card: #fff; --back: #f4f6f9;
  --good: #14713d; --good-back: #dff5e7; --bad: #a3231f; --bad-back: #fde5e3; --wait: #84590a; --wait-back: #fdf1d3; --busy: #1f5aa8; --busy-back: #e2eefd; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #98a2b3; --line: #2e3642; --card: #181d25; --back: #10141a;
  --good: #6fd69a; --good-back: #12351f; --bad: #ff9f98; --bad-back: #441a18; --wait: #f2cf7c; --wait-back: #3d2f0c; --busy: #94c2ff; --busy-back: #14294a; } }
* { box-sizing: border-box }
body { margin: 0; font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back) }
header { display: flex; gap: 2rem; align-items: center; padding: .7rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line) }
.brand { font-weight: 700; letter-spacing: .02em }
nav { display: flex; gap: 1rem }
a { color: inherit; text-underline-offset: .2em }
header a { text-decoration: none }
main { max-width: 70rem; margin: 0 auto; padding: 1.5rem }
h1 { font-size: 1.45rem; margin: 0 0 .3rem; overflow-wrap: anywhere }
h2 { font-size: 1.05rem; margin: 0 0 .7rem }
.soft { color: var(--soft) }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1.1rem 1.3rem; margin: 1rem 0; overflow-x: auto }
.badge { display: inline-block; padding: .05rem .6rem; border-radius: 1rem; font-size: .82rem; font-weight: 600; white-space: nowrap }
.good { color: var(--good); background: var(--good-back) } .bad { color: var(--bad); background: var(--bad-back) }
.wait { color: var(--wait); background: var(--wait-back) } .busy { color: var(--busy); background: var(--busy-back) } .past { color: var(--soft); background: var(--back) }
table { border-collapse: collapse; width: 100% } th, td { text-align: left; padding: .35rem .8rem .35rem 0; vertical-align: top; border-bottom: 1px solid var(--line) }
tr:last-child td { border-bottom: 0 } th { font-size: .82rem; color: var(--soft); font-weight: 600 }
td { overflow-wrap: anywhere } td.short { overflow-wrap: normal; white-space: nowrap } code { font: .88em ui-monospace, monospace; overflow-wrap: anywhere }
table.wide { table-layout: fixed; min-width: 64rem } .wide td.short { white-space: normal }
.wide th:nth-child(1) { width: 8.5% } .wide th:nth-child(2) { width: 19% } .wide th:nth-child(3) { width: 25.5% } .wide th:nth-child(4) { width: 13% }
.wide th:nth-child(5) { width: 6% } .wide th:nth-child(6), .wide th:nth-child(7) { width: 7% }
.stages { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.4rem, 1fr)); gap: .4rem; padding: 0; margin: 1rem 0; list-style: none }
.stages li { border: 1px solid var(--line); border-top: .3rem solid var(--line); border-radius: .4rem; padding: .4rem .6rem; background: var(--card); font-size: .87rem }
.stages li.done { border-top-color: var(--good) } .stages li.now { border-top-color: var(--busy) } .stages li.broken { border-top-color: var(--bad) }
.stages b { display: block } .shots { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem } .shots img { width: 100%; border: 1px solid var(--line); border-radius: .4rem }
.button, button { display: inline-block; margin-top: .3rem; padding: .2rem .7rem; border: 1px solid var(--line); border-radius: .4rem; background: var(--back); color: inherit; font: inherit; font-size: .87rem; text-decoration: none; cursor: pointer }
.danger { color: var(--bad); border-color: var(--bad) } input:not([type=hidden]) { display: block; width: 100%; max-width: 30rem; padding: .3rem; font: inherit; border: 1px solid var(--line); border-radius: .4rem; background: var(--card); color: inherit }
.reasons { list-style: none; padding: 0; margin: 0 } .reasons li { margin: .3rem 0 }
.reasons .level-1 { padding-left: 1.5rem } .reasons .level-2 { padding-left: 3rem } .reasons .level-3 { padding-left: 4.5rem }
`;
