// Everything that the simulator serves besides HubSpot's API: the inbox, and the chat's script, styles and requests.
import { type Answer, jsonAnswer, textAnswer } from './answer.js'
import type { Chat } from './chat-routes.js'
import { createChatRoutes } from './chat-routes.js'
import { createInboxRoutes } from './inbox-routes.js'
import type { SimulatorRequest } from './requests.js'
import { widgetScript } from './widget/script.js'
import { WIDGET_STYLE } from './widget/style.js'

/** Answers the simulator's own paths; `undefined` for the paths of HubSpot's API. */
export function createOwnRoutes(chat: Chat): (request: SimulatorRequest) => Answer | undefined {
  const answerChat = createChatRoutes(chat)
  const answerInbox = createInboxRoutes(chat)
  const { portalId, inbox } = chat
  const embeddable = { 'cross-origin-resource-policy': 'cross-origin' }
  const pages: Record<string, () => Answer> = {
    '/favicon.ico': () => ({ status: 204, headers: {}, body: '' }),
    '/simulator/widget.css': () => textAnswer('text/css', WIDGET_STYLE, embeddable),
    '/simulator/conversations': () => jsonAnswer(200, { conversations: inbox.list() }, { 'cache-control': 'no-store' }),
    [`/${portalId}.js`]: () => textAnswer('text/javascript', widgetScript(portalId, WIDGET_STYLE), embeddable)
  }

  return (request) => {
    const path = request.path.split('?', 1)[0] ?? ''
    const page = pages[path]
    if (page === undefined) return answerChat(request) ?? answerInbox(request) ?? unknownScript(path)
    if (request.method === 'GET' || request.method === 'HEAD') return page()
    return jsonAnswer(405, { message: 'HTTP 405 Method Not Allowed' }, { allow: 'GET, HEAD' })
  }
}

/** A 404 for another portal's script, so that the request is not recorded as an API call. */
function unknownScript(path: string): Answer | undefined {
  if (!/^\/\d+\.js$/.test(path)) return undefined
  return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'No such portal.' }
}
