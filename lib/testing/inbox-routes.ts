// The inbox over HTTP: page, script and styles, the form that answers a conversation, and a page for unknown addresses.
import { type Answer, jsonAnswer, textAnswer } from './answer.js'
import { isMintPath } from './api.js'
import type { Chat } from './chat-routes.js'
import { inboxPage, notFoundPage } from './inbox-page.js'
import { INBOX_SCRIPT } from './inbox-script.js'
import { INBOX_STYLE } from './inbox-style.js'
import type { SimulatorRequest } from './requests.js'

const MAX_ANSWER_LENGTH = 5000

/** Answers the inbox's paths. For other paths, `undefined`, or a "Not found" page for a browser instead of the API's 404. */
export function createInboxRoutes({ portalId, inbox }: Chat): (request: SimulatorRequest) => Answer | undefined {
  const page = () => inboxPage({ portalId, conversations: inbox.list(), app: inbox.lastPage() })
  const pages: Record<string, () => Answer> = {
    '/': page,
    '/inbox': page,
    '/simulator/inbox.css': () => textAnswer('text/css', INBOX_STYLE),
    '/simulator/inbox.js': () => textAnswer('text/javascript', INBOX_SCRIPT)
  }

  function answer({ headers, body }: SimulatorRequest): Answer {
    if (!isOwnForm(headers)) return jsonAnswer(403, { message: 'Only the inbox itself may answer a conversation.' })
    const form = new URLSearchParams(typeof body === 'string' ? body : '')
    const id = form.get('conversationId') ?? ''
    const text = (form.get('text') ?? '').trim()
    if (text === '' || text.length > MAX_ANSWER_LENGTH) {
      return jsonAnswer(400, { message: `An answer needs a text of 1 to ${MAX_ANSWER_LENGTH} characters.` })
    }
    if (!inbox.answer(id, text)) return jsonAnswer(404, { message: 'No such conversation.' })
    return { status: 303, headers: { location: `/inbox#conversation-${id}`, 'cache-control': 'no-store' }, body: '' }
  }

  return (request) => {
    const { method, headers } = request
    const path = request.path.split('?', 1)[0] ?? ''
    const isRead = method === 'GET' || method === 'HEAD'
    if (path === '/simulator/answers') return method === 'POST' ? answer(request) : refuseMethod('POST')
    const found = pages[path]
    if (found) return isRead ? found() : refuseMethod('GET, HEAD')
    const isForPeople = isRead && /\btext\/html\b/.test(headers.accept ?? '')
    return isForPeople && !isMintPath(path) && !path.startsWith('/account-info/') ? notFoundPage(portalId) : undefined
  }
}

function refuseMethod(allow: string): Answer {
  return jsonAnswer(405, { message: 'HTTP 405 Method Not Allowed' }, { allow })
}

/**
 * Whether a form was sent by the inbox's own page, or by a client that is not a browser. The host is checked, too: any domain can
 * resolve to this machine (DNS rebinding), and its pages would then have the same origin as the inbox.
 */
function isOwnForm({ host = '', origin, 'sec-fetch-site': site }: SimulatorRequest['headers']): boolean {
  if (!/^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)(?::\d+)?$/.test(host)) return false
  if (site !== undefined) return site === 'same-origin'
  return origin === undefined || origin === `http://${host}`
}
