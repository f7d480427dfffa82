// The inbox's stylesheet.

/** Served as `/simulator/inbox.css`. */
export const INBOX_STYLE = `
:root {
  color-scheme: light dark;
  --page: #f5f7fa; --card: #ffffff; --line: #dde3ea; --text: #213343; --soft: #5b6b7b;
  --accent: #c8431f; --bubble: #eef2f6; --good: #0b6b53; --good-back: #e2f5ee; --bar: #213343;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12181f; --card: #1b242d; --line: #303c48; --text: #e8eef4; --soft: #a3b1bf;
    --accent: #ff8f6b; --bubble: #26323e; --good: #7fe0c0; --good-back: #123a30; --bar: #0c1116;
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
.bar-inner { display: flex; align-items: center; justify-content: space-between; min-height: 3.5rem; gap: 1rem; }
.brand { display: flex; align-items: center; gap: .6rem; font-weight: 600; }
.brand-mark { width: .9rem; height: .9rem; border-radius: 50%; background: #ff7a59; }
.portal { font-size: .875rem; opacity: .8; }
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
.email { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.badge {
  padding: .1rem .6rem; border-radius: 1rem; white-space: nowrap;
  background: var(--good-back); color: var(--good); border: 1px solid currentColor;
  font-size: .75rem; font-weight: 600;
}
.badge::before { content: "\\2713\\00a0"; }
.when { flex: none; display: flex; flex-direction: column; align-items: flex-end; font-size: .8rem; color: var(--soft); }
.number { font-variant-numeric: tabular-nums; }
.messages { list-style: none; padding: 1rem 1.25rem; display: grid; gap: .75rem; justify-items: start; }
.messages li { max-width: 100%; }
.messages p {
  background: var(--bubble); border-radius: .25rem 1rem 1rem 1rem; padding: .55rem .9rem;
  white-space: pre-wrap; overflow-wrap: anywhere;
}
.messages time { display: block; margin: .2rem .25rem 0; font-size: .75rem; color: var(--soft); }
.empty { padding: 3.5rem 1.5rem; text-align: center; color: var(--soft); }
.empty h2 { color: var(--text); margin-bottom: .4rem; }
footer { padding-top: 1rem; padding-bottom: 1.5rem; font-size: .8rem; color: var(--soft); }
@media (max-width: 34rem) {
  .who { flex-wrap: wrap; }
  .when { flex-direction: row; gap: .75rem; width: 100%; }
}
`
