// The inbox's stylesheet.

/** Served as `/simulator/inbox.css`. */
export const INBOX_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f7fa; --card: #ffffff; --line: #dde3ea; --text: #213343; --soft: #5b6b7b;
  --accent: #c8431f; --bubble: #eef2f6; --good: #0b6b53; --good-back: #e2f5ee; --bar: #213343;
  --answer: #0b6b8a; --answer-text: #ffffff; --on-accent: #ffffff; --focus: #1f6feb;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12181f; --card: #1b242d; --line: #303c48; --text: #e8eef4; --soft: #a3b1bf;
    --accent: #ff8f6b; --bubble: #26323e; --good: #7fe0c0; --good-back: #123a30; --bar: #0c1116;
    --answer: #15506b; --answer-text: #ffffff; --on-accent: #2a0e04; --focus: #79b8ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: flex; flex-direction: column;
  background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1, h2, p, ol { margin: 0; padding: 0; }
.bar { background: var(--bar); color: #ffffff; }
.bar-inner, main, footer { width: 100%; max-width: 52rem; margin: 0 auto; padding: 0 1.25rem; }
.bar-inner { display: flex; align-items: center; justify-content: space-between; min-height: 3.5rem; gap: 1rem; padding-block: .5rem; }
.brand { flex: none; display: flex; align-items: center; gap: .6rem; font-weight: 600; }
.brand-mark { flex: none; width: .9rem; height: .9rem; border-radius: 50%; background: #ff7a59; }
.portal { display: flex; flex-wrap: wrap; justify-content: flex-end; gap: .25rem 1.25rem; font-size: .875rem; color: #d5dee7; }
.portal a { color: #ffffff; white-space: nowrap; }
a { color: inherit; text-underline-offset: .18em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 4px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.hint { color: var(--soft); margin-bottom: 1rem; }
main { flex: 1; padding-top: 2rem; padding-bottom: 3rem; }
.heading { display: flex; align-items: baseline; justify-content: space-between; gap: 1rem; margin-bottom: 1.25rem; }
h1 { font-size: 1.75rem; letter-spacing: -.01em; }
.count { color: var(--soft); font-size: .9rem; }
.card, .empty { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.card { margin-bottom: 1rem; overflow: hidden; }
.who { display: flex; align-items: center; gap: .9rem; padding: 1rem 1.25rem; border-bottom: 1px solid var(--line); }
.avatar {
  flex: none; display: grid; place-items: center; width: 2.6rem; height: 2.6rem; border-radius: 50%;
  background: var(--bubble); color: var(--soft); font-weight: 600; text-transform: uppercase;
}
.avatar.known { background: var(--good-back); color: var(--good); }
.names { flex: 1; min-width: 0; }
h2 { font-size: 1.05rem; line-height: 1.4; overflow-wrap: anywhere; }
.names h2 { display: flex; flex-wrap: wrap; align-items: center; gap: .15rem .6rem; }
.email, .page { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.badge {
  padding: .1rem .6rem; border-radius: 1rem; white-space: nowrap;
  background: var(--good-back); color: var(--good); border: 1px solid currentColor;
  font-size: .75rem; font-weight: 600;
}
.badge::before { content: "\\2713\\00a0"; }
.when { flex: none; display: flex; flex-direction: column; align-items: flex-end; font-size: .8rem; color: var(--soft); }
.number { font-variant-numeric: tabular-nums; }
.messages { list-style: none; padding: 1rem 1.25rem; display: grid; gap: .75rem; justify-items: start; }
.messages li { position: relative; max-width: 85%; }
.messages li[data-from="agent"] { justify-self: end; text-align: right; }
.messages li[data-from="agent"] .text { background: var(--answer); color: var(--answer-text); border-radius: 1rem 1rem .25rem 1rem; }
.messages .text {
  display: inline-block; text-align: left; border: 1px solid transparent;
  background: var(--bubble); border-radius: .25rem 1rem 1rem 1rem; padding: .55rem .9rem;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
.messages time { display: block; margin: .2rem .25rem 0; font-size: .75rem; color: var(--soft); }
form.answer {
  display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .4rem .75rem; align-items: end;
  padding: .9rem 1.25rem 1.25rem; border-top: 1px solid var(--line);
}
form.answer label { grid-column: 1 / -1; font-size: .8rem; color: var(--soft); overflow-wrap: anywhere; }
form.answer textarea {
  width: 100%; padding: .55rem .75rem; border: 1px solid var(--soft); border-radius: .5rem; resize: vertical;
  background: var(--card); color: var(--text); font: inherit;
}
form.answer button {
  padding: .6rem 1.1rem; border: 1px solid transparent; border-radius: .5rem; cursor: pointer;
  background: var(--accent); color: var(--on-accent); font: inherit; font-weight: 600;
}
.empty { padding: 3.5rem 1.5rem; text-align: center; color: var(--soft); }
.empty h2 { color: var(--text); margin-bottom: .4rem; }
footer { padding-top: 1rem; padding-bottom: 1.5rem; font-size: .8rem; color: var(--soft); }
@media (max-width: 34rem) {
  .bar-inner { flex-wrap: wrap; gap: 0 .5rem; }
  .brand { gap: .4rem; }
  .who { flex-wrap: wrap; }
  .when { flex-direction: row; gap: .75rem; width: 100%; }
  form.answer { grid-template-columns: minmax(0, 1fr); }
}
`
