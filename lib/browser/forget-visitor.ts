// Logout without a reload: removes the visitor from the page's settings, cookies and widget.
import { tell } from './apply-identity.js'
import { VISITOR } from './settings.js'
import { resetWidget } from './widget.js'

const CHAT_COOKIES = ['messagesUtk', 'hs-messages-is-open', 'hs-messages-hide-welcome-message']

/**
 * Forgets the visitor, for a logout without a reload: removes the identity from `window.hsConversationsSettings`, deletes HubSpot's
 * chat cookies and resets the widget, in whatever state it is. The chat goes on for an anonymous visitor. A running `startChat`
 * ignores the answer of a pending request, and sends no more requests until its `refresh()` is called.
 */
export const forgetVisitor = (): void => {
  tell({})
  // Not by the widget's `clear`: before the first load it only warns, and it is missing when HubSpot's script is blocked.
  const labels = location.hostname.split('.')
  try {
    // The last domain is empty, which means a cookie without a domain:
    // https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html
    do {
      for (const name of CHAT_COOKIES) {
        // By the prototype, because an `<img name=cookie>` in the page would replace `document.cookie`.
        Reflect.set(Document.prototype, 'cookie', `${name}=; path=/; max-age=0; domain=${labels.join('.')}`, document)
      }
    } while (labels.shift())
  } catch {
    // A sandboxed page has no cookies.
  }
  resetWidget()
  dispatchEvent(new Event(VISITOR))
}
