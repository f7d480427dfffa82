// Logout without a reload: nothing of the visitor stays in the page, its cookies or the widget.
import { tell } from './apply-identity.js'
import { VISITOR } from './settings.js'
import { resetWidget } from './widget.js'

const CHAT_COOKIES = ['messagesUtk', 'hs-messages-is-open', 'hs-messages-hide-welcome-message']

/**
 * Forgets the visitor, for a logout without a reload: removes the identity from `window.hsConversationsSettings`,
 * deletes HubSpot's chat cookies and resets the widget, whatever state it is in. The chat goes on for an anonymous
 * visitor. A running `startChat` drops the answer it waits for and asks no more until its `refresh()` is called.
 */
export const forgetVisitor = (): void => {
  tell({})
  // By hand: before its first load the widget's own methods only warn, and a blocked script has none.
  const labels = location.hostname.split('.')
  try {
    // An empty domain, which comes last, is none: https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html
    do {
      for (const name of CHAT_COOKIES) {
        // Past the document's own properties, because an `<img name=cookie>` would be one.
        Reflect.set(Document.prototype, 'cookie', `${name}=; path=/; max-age=0; domain=${labels.join('.')}`, document)
      }
    } while (labels.shift())
  } catch {
    // A sandboxed page has no cookies.
  }
  resetWidget()
  dispatchEvent(new Event(VISITOR))
}
