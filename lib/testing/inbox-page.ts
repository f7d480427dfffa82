// The inbox as a web page that works without JavaScript; everything a visitor wrote is escaped here.
import { type Answer, textAnswer } from './answer.js'
import type { SimulatorConversation } from './conversations.js'

/** Nothing but the stylesheet may load, so even a hole in the escaping could not run a script. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * The page at `/` and `/inbox`: conversations, the latest first, each with "Unknown visitor" or the contact and the
 * badge "Identified via API": what HubSpot's guide says to look for when checking an integration,
 * https://developers.hubspot.com/docs/api-reference/legacy/conversations/visitor-identification/guide
 *
 * For tests: `article[data-conversation-id][data-identified]`, in it `[data-contact-name]`, `[data-contact-email]`,
 * `[data-badge="identified"]` and `[data-message]`; `[data-empty]` while there is none.
 */
export function inboxPage(portalId: string, conversations: readonly SimulatorConversation[]): Answer {
  const content = conversations.length === 0 ? EMPTY : conversations.map(renderConversation).join('\n')
  const count = conversations.length === 1 ? '1 conversation' : `${conversations.length} conversations`
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>Inbox (${conversations.length}) · HubSpot simulator</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/simulator/inbox.css">
</head>
<body>
<header class="bar">
<div class="bar-inner">
<p class="brand"><span class="brand-mark" aria-hidden="true"></span>HubSpot simulator</p>
<p class="portal">Portal ${escapeHtml(portalId)}</p>
</div>
</header>
<main>
<div class="heading">
<h1>Inbox</h1>
<p class="count">${count}</p>
</div>
${content}
</main>
<footer>A stand-in for local work and tests. Nothing here is sent to HubSpot, and nothing is kept when it stops.</footer>
</body>
</html>
`
  return textAnswer('text/html', html, { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' })
}

const EMPTY = `<section class="empty" data-empty>
<h2>No conversations yet</h2>
<p>Write something in the chat of your app: it arrives here, with the contact's name when the visitor is identified.</p>
</section>`

function renderConversation({ id, identified, contact, updatedAt, messages }: SimulatorConversation): string {
  const fullName = [contact?.firstName, contact?.lastName].filter(Boolean).join(' ')
  const name = contact ? fullName || contact.email : 'Unknown visitor'
  const email = contact && fullName ? `<p class="email" data-contact-email>${escapeHtml(contact.email)}</p>` : ''
  const badge = identified ? '<span class="badge" data-badge="identified">Identified via API</span>' : ''
  return `<article class="card" data-conversation-id="${escapeHtml(id)}" data-identified="${identified}">
<header class="who">
<span class="avatar${identified ? ' known' : ''}" aria-hidden="true">${escapeHtml(contact ? initials(name) : '?')}</span>
<div class="names">
<h2><span data-contact-name>${escapeHtml(name)}</span> ${badge}</h2>
${email}
</div>
<p class="when">${renderTime(updatedAt)}<span class="number">#${escapeHtml(id)}</span></p>
</header>
<ol class="messages">
${messages.map(({ text, at }) => `<li><p data-message>${escapeHtml(text)}</p>${renderTime(at)}</li>`).join('\n')}
</ol>
</article>`
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
