// The server side of the chat window: who the visitor is, their threads, and new messages. The window is widget-*.ts.
import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Answer, jsonAnswer } from './answer.js'
import type { ChatVisitor, Inbox, SimulatorConversation } from './conversations.js'
import type { SimulatorRequest } from './requests.js'
import type { TokenSigner } from './tokens.js'

/** What the chat needs of the account. */
export type Chat = { portalId: string; signer: TokenSigner; inbox: Inbox }

/** Answers the chat window's requests; `undefined` for a path that is not the chat's. */
export type ChatRoutes = (request: SimulatorRequest) => Answer | undefined

/** More chat windows than this at once are forgotten, the oldest first. */
const MAX_SESSIONS = 10_000

/** Names that only ever mean this machine: loopback, and `.test` and `.localhost` of RFC 2606. */
const LOCAL_HOST = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|(?:[a-z0-9-]+\.)*(?:localhost|test))$/

const messageSchema = z.object({ text: z.string().trim().min(1).max(5000), conversationId: z.string().nullish() })

/** Creates the chat's routes. */
export function createChatRoutes({ portalId, signer, inbox }: Chat): ChatRoutes {
  const sessions = new Map<string, ChatVisitor>()

  /** Any doubt about email or token makes an unknown visitor: the address alone proves nothing. */
  function visitorFrom(query: URLSearchParams): ChatVisitor {
    const token = signer.verify(query.get('identificationToken'))
    if (token && token.email === query.get('email')) return { identified: true, contact: token }
    return { identified: false, messagesUtk: query.get('messagesUtk') || randomBytes(16).toString('hex') }
  }

  function begin(query: URLSearchParams): Answer {
    if (query.get('portalId') !== portalId) return jsonAnswer(404, { message: 'No such portal.' })
    const visitor = visitorFrom(query)
    const sessionId = randomUUID()
    sessions.set(sessionId, visitor)
    for (const oldest of sessions.keys()) {
      if (sessions.size <= MAX_SESSIONS) break
      sessions.delete(oldest)
    }
    const who = visitor.identified ? { email: visitor.contact.email } : { messagesUtk: visitor.messagesUtk }
    return jsonAnswer(200, { sessionId, identified: visitor.identified, ...who, threads: threadsOf(visitor) })
  }

  const threadsOf = (visitor: ChatVisitor) => inbox.threadsOf(visitor).map(threadForWindow)

  function write(visitor: ChatVisitor, body: unknown): Answer {
    const parsed = messageSchema.safeParse(body)
    if (!parsed.success) return jsonAnswer(400, { message: 'A message needs a text of 1 to 5000 characters.' })
    const written = inbox.write(visitor, parsed.data.text, parsed.data.conversationId ?? undefined)
    if (!written) return jsonAnswer(404, { message: 'No such conversation.' })
    const { conversation, started } = written
    const contactAssociated = started && visitor.identified
    return jsonAnswer(200, { conversationId: conversation.id, started, contactAssociated, threads: threadsOf(visitor) })
  }

  function answerLocal(request: SimulatorRequest, url: URL): Answer {
    if (request.method === 'OPTIONS') return { status: 204, headers: {}, body: '' }
    if (url.pathname !== '/simulator/messages') {
      return request.method === 'GET' ? begin(url.searchParams) : refuseMethod()
    }
    const visitor = sessions.get(url.searchParams.get('session') ?? '')
    if (!visitor) return jsonAnswer(410, { message: 'This chat window is not known any more; load the widget again.' })
    if (request.method === 'GET') return jsonAnswer(200, { threads: threadsOf(visitor) })
    return request.method === 'POST' ? write(visitor, request.body) : refuseMethod()
  }

  return (request) => {
    const url = new URL(`http://simulator${request.path}`)
    if (!['/livechat-public/v1/message/public', '/simulator/messages'].includes(url.pathname)) return undefined
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

/** The window is told no names: a visitor sees the address they came with and their own words. */
function threadForWindow({ id, startedAt, messages }: SimulatorConversation) {
  return { id, startedAt, messages }
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
