// The server side of the chat window: the visitor's identity, their threads, and new messages. The window itself is in widget/.
import { randomBytes, randomUUID } from 'node:crypto'
import * as z from 'zod/mini'
import { type Answer, jsonAnswer } from './answer.js'
import type { ChatVisitor, Inbox, Thread } from './conversations.js'
import type { SimulatorRequest } from './requests.js'
import type { TokenSigner } from './tokens.js'

/** The parts of the account that the chat needs. */
export type Chat = { portalId: string; signer: TokenSigner; inbox: Inbox }

/** Answers the chat window's requests; `undefined` for any other path. */
export type ChatRoutes = (request: SimulatorRequest) => Answer | undefined

/** The largest number of chat windows that are kept; the oldest are dropped first. */
const MAX_SESSIONS = 10_000

const CHAT_PATHS = ['/livechat-public/v1/message/public', '/simulator/messages', '/simulator/seen']

/** Names of this machine: loopback, and `.test` and `.localhost`, which RFC 2606 reserves. */
const LOCAL_HOST = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)*(?:localhost|test))$/

/** Hosts of an app under development, which the inbox links to. */
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)*localhost)$/

const seenSchema = z.object({ conversationId: z.string() })

const messageSchema = z.object({
  text: z.string().check(z.trim(), z.minLength(1), z.maxLength(5000)),
  conversationId: z.nullish(z.string())
})

/** Creates the chat's routes. */
export function createChatRoutes({ portalId, signer, inbox }: Chat): ChatRoutes {
  const sessions = new Map<string, ChatVisitor>()

  /** The visitor is identified only by a valid token for this email. */
  function visitorFrom(query: URLSearchParams): ChatVisitor {
    const token = signer.verify(query.get('identificationToken'))
    if (token && token.email === query.get('email')) return { identified: true, contact: token }
    return { identified: false, messagesUtk: query.get('messagesUtk') || randomBytes(16).toString('hex') }
  }

  function begin(query: URLSearchParams, headers: SimulatorRequest['headers']): Answer {
    inbox.notePage(pageOf(headers))
    if (query.get('portalId') !== portalId) return jsonAnswer(404, { message: 'No such portal.' })
    const visitor = visitorFrom(query)
    const sessionId = randomUUID()
    sessions.set(sessionId, visitor)
    for (const oldest of sessions.keys()) {
      if (sessions.size <= MAX_SESSIONS) break
      sessions.delete(oldest)
    }
    const who = visitor.identified ? { email: visitor.contact.email } : { messagesUtk: visitor.messagesUtk }
    return jsonAnswer(200, { sessionId, identified: visitor.identified, ...who, ...threadsOf(visitor) })
  }

  const threadsOf = (visitor: ChatVisitor) => ({
    version: inbox.version(),
    threads: inbox.threadsOf(visitor).map(threadForWindow)
  })

  function write(visitor: ChatVisitor, { body, headers }: SimulatorRequest): Answer {
    const parsed = messageSchema.safeParse(body)
    if (!parsed.success) return jsonAnswer(400, { message: 'A message needs a text of 1 to 5000 characters.' })
    const { text, conversationId } = parsed.data
    const written = inbox.write(visitor, { text, conversationId: conversationId ?? undefined, page: pageOf(headers) })
    if (!written) return jsonAnswer(404, { message: 'No such conversation.' })
    const { conversation, started } = written
    const contactAssociated = started && visitor.identified
    return jsonAnswer(200, { conversationId: conversation.id, started, contactAssociated, ...threadsOf(visitor) })
  }

  function see(visitor: ChatVisitor, { body }: SimulatorRequest): Answer {
    const parsed = seenSchema.safeParse(body)
    if (parsed.success) inbox.markSeen(visitor, parsed.data.conversationId)
    return jsonAnswer(200, threadsOf(visitor))
  }

  function answerLocal(request: SimulatorRequest, url: URL): Answer {
    if (request.method === 'OPTIONS') return { status: 204, headers: {}, body: '' }
    if (url.pathname === CHAT_PATHS[0]) {
      return request.method === 'GET' ? begin(url.searchParams, request.headers) : refuseMethod()
    }
    const visitor = sessions.get(url.searchParams.get('session') ?? '')
    if (!visitor) return jsonAnswer(410, { message: 'This chat window is not known any more; load the widget again.' })
    if (url.pathname === '/simulator/seen') return request.method === 'POST' ? see(visitor, request) : refuseMethod()
    if (request.method === 'POST') return write(visitor, request)
    if (request.method !== 'GET') return refuseMethod()
    const isKnown = url.searchParams.get('known') === String(inbox.version())
    return isKnown ? { status: 204, headers: {}, body: '' } : jsonAnswer(200, threadsOf(visitor))
  }

  return (request) => {
    const url = new URL(`http://simulator${request.path}`)
    if (!CHAT_PATHS.includes(url.pathname)) return undefined
    const { origin } = request.headers
    if (origin !== undefined && !isLocalOrigin(origin)) {
      return jsonAnswer(403, { message: 'The simulator talks to pages of this machine only.' }, { vary: 'Origin' })
    }
    const answer = answerLocal(request, url)
    return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-store', ...corsHeaders(origin) } }
  }
}

function refuseMethod(): Answer {
  return jsonAnswer(405, { message: 'HTTP 405 Method Not Allowed' })
}

/** The window gets no names: a visitor sees only their own email address and the messages. */
function threadForWindow({ conversation: { id, startedAt, messages }, unread }: Thread) {
  return { id, startedAt, messages, unread }
}

/** The address of the visitor's page, without the query. If the page's Referrer-Policy hides the path: its origin. */
function pageOf({ origin, referer }: SimulatorRequest['headers']): string | undefined {
  if (origin === undefined) return undefined
  const app = new URL(origin)
  if (!/^https?:$/.test(app.protocol) || !LOOPBACK.test(app.hostname)) return undefined
  const page = referer !== undefined && URL.canParse(referer) ? new URL(referer) : undefined
  return page?.origin === app.origin ? page.origin + page.pathname : `${app.origin}/`
}

function isLocalOrigin(origin: string): boolean {
  return URL.canParse(origin) && LOCAL_HOST.test(new URL(origin).hostname)
}

function corsHeaders(origin: string | undefined): Record<string, string> {
  if (origin === undefined) return { vary: 'Origin' }
  return {
    vary: 'Origin',
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '600'
  }
}
