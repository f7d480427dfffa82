// The inbox as a web page, which works without JavaScript; all text from visitors is escaped here.
import { type Answer, textAnswer } from './answer.js'
import type { SimulatorConversation, SimulatorMessage } from './conversations.js'

/** Only the inbox's own files may load, so that a visitor's script does not run even if some text is not escaped. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'"

/** The data that the page shows. */
export type InboxView = {
  portalId: string
  conversations: readonly SimulatorConversation[]
  /** The page on which a chat was last opened, for the link back to the app. */
  app: string | undefined
}

/**
 * The page at `/` and `/inbox`: conversations, the latest first, each with "Unknown visitor" or the contact and the
 * badge "Identified via API", by which HubSpot's guide says to check an integration:
 * https://developers.hubspot.com/docs/api-reference/legacy/conversations/visitor-identification/guide
 *
 * For tests: `article[data-conversation-id][data-identified]`, in it `[data-contact-name]`, `[data-contact-email]`,
 * `[data-badge="identified"]`, `[data-message][data-from]`, `[data-page]` and a form with `text`; `[data-empty]` if there are
 * no conversations; `[data-app]` is the link back to the app.
 */
export function inboxPage({ portalId, conversations, app }: InboxView): Answer {
  const content = conversations.length === 0 ? EMPTY : conversations.map(renderConversation).join('\n')
  const count = conversations.length === 1 ? '1 conversation' : `${conversations.length} conversations`
  return page({
    portalId,
    app,
    title: `Inbox (${conversations.length})`,
    content: `<div class="heading">
<h1>Inbox</h1>
<p class="count" id="count">${count}</p>
</div>
<noscript><p class="hint"><a href="/inbox">Look for new messages</a>: without JavaScript this page does not do it by itself.</p></noscript>
<p class="hidden" role="status" id="news"></p>
<div id="conversations">
${content}
</div>`
  })
}

/** The page for an unknown address. */
export function notFoundPage(portalId: string): Answer {
  const content = `<h1>Not found</h1>
<p class="hint">The simulator has nothing at this address. <a href="/inbox">Open the inbox</a></p>`
  return { ...page({ portalId, app: undefined, title: 'Not found', content }), status: 404 }
}

function page({
  portalId,
  app,
  title,
  content
}: {
  portalId: string
  app: string | undefined
  title: string
  content: string
}) {
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · HubSpot simulator</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/simulator/inbox.css">
<script src="/simulator/inbox.js" defer></script>
</head>
<body>
<header class="bar">
<div class="bar-inner">
<p class="brand"><span class="brand-mark" aria-hidden="true"></span>HubSpot simulator</p>
<p class="portal" id="portal">${app === undefined ? '' : `${link(app, 'Back to your app', 'data-app')} `}<span>Portal ${escapeHtml(portalId)}</span></p>
</div>
</header>
<main>
${content}
</main>
<footer>A stand-in for local work and tests. Nothing here is sent to HubSpot, and nothing is kept when it stops.</footer>
</body>
</html>
`
  // The inbox's form must send its origin, which `no-referrer` would hide.
  return textAnswer('text/html', html, { 'content-security-policy': POLICY, 'referrer-policy': 'same-origin' })
}

const EMPTY = `<section class="empty" data-empty>
<h2>No conversations yet</h2>
<p>Write something in the chat of your app: it arrives here, with the contact's name when the visitor is identified.</p>
</section>`

function renderConversation({
  id,
  identified,
  contact,
  page,
  startedAt,
  updatedAt,
  messages
}: SimulatorConversation): string {
  const fullName = [contact?.firstName, contact?.lastName].filter(Boolean).join(' ')
  const name = contact ? fullName || contact.email : 'Unknown visitor'
  const email = contact && fullName ? `<p class="email" data-contact-email>${escapeHtml(contact.email)}</p>` : ''
  const badge = identified ? '<span class="badge" data-badge="identified">Identified via API</span>' : ''
  const from = page === undefined ? '' : `<p class="page" data-page>On ${link(page, page)}</p>`
  return `<article class="card" id="conversation-${escapeHtml(id)}" data-conversation-id="${escapeHtml(id)}" data-identified="${identified}" data-started-at="${startedAt}">
<div class="who">
<span class="avatar${identified ? ' known' : ''}" aria-hidden="true">${escapeHtml(contact ? initials(name) : '?')}</span>
<div class="names">
<h2><span data-contact-name>${escapeHtml(name)}</span> ${badge}</h2>
${email}
${from}
</div>
<p class="when">${renderTime(updatedAt)}<span class="number">#${escapeHtml(id)}</span></p>
</div>
<ol class="messages">
${messages.map(renderMessage).join('\n')}
</ol>
<form class="answer" method="post" action="/simulator/answers">
<input type="hidden" name="conversationId" value="${escapeHtml(id)}">
<label for="answer-${escapeHtml(id)}">Answer to ${escapeHtml(name)}, conversation ${escapeHtml(id)}</label>
<textarea id="answer-${escapeHtml(id)}" name="text" rows="2" maxlength="5000" required></textarea>
<button>Send answer</button>
</form>
</article>`
}

function renderMessage({ from, text, at }: SimulatorMessage): string {
  const who = from === 'agent' ? 'You' : 'Visitor'
  return `<li data-from="${from}"><p class="text"><span class="hidden">${who}: </span><span data-message data-from="${from}">${escapeHtml(text)}</span></p>${renderTime(at)}</li>`
}

function link(address: string, text: string, attribute = ''): string {
  return `<a href="${escapeHtml(address)}"${attribute && ` ${attribute}`}>${escapeHtml(text)}</a>`
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean)
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '').join('')
}

function renderTime(at: number): string {
  const iso = new Date(at).toISOString()
  return `<time datetime="${iso}">${iso.slice(0, 16).replace('T', ' ')} UTC</time>`
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
