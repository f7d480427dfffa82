// The conversations of one simulated account: their messages, and which of them a visitor may see. No HTTP, no HTML.
import type { TokenSubject } from './tokens.js'

/** The visitor of a chat window: identified by a token, or known only by the browser's `messagesUtk` cookie. */
export type ChatVisitor = { identified: true; contact: TokenSubject } | { identified: false; messagesUtk: string }

/** One message, from the visitor or from an agent in the inbox; `at` is in milliseconds since the epoch. */
export type SimulatorMessage = { from: 'visitor' | 'agent'; text: string; at: number }

/** One conversation as the inbox shows it. Times are in milliseconds since the epoch. */
export type SimulatorConversation = {
  id: string
  /** Whether the visitor was identified through the API; HubSpot shows this as a badge beside the name. */
  identified: boolean
  /** The contact; `undefined` for HubSpot's "Unknown visitor". */
  contact: { email: string; firstName?: string | undefined; lastName?: string | undefined } | undefined
  /** The page of the visitor's last message; only known for pages on this machine. */
  page: string | undefined
  startedAt: number
  updatedAt: number
  messages: SimulatorMessage[]
}

/** A conversation of a visitor; `unread` if it contains an answer that none of their windows has shown. */
export type Thread = { conversation: SimulatorConversation; unread: boolean }

/** A visitor's message; without an id it starts a conversation. */
export type NewMessage = { text: string; conversationId?: string | undefined; page?: string | undefined }

/** The result of a message. */
export type WrittenMessage = { conversation: SimulatorConversation; started: boolean }

/** The inbox of one account. */
export type Inbox = {
  /** All conversations, the most recently updated first. */
  list(): SimulatorConversation[]
  /** A number that grows with each change, so that a client can ask whether anything is new. */
  version(): number
  /** A visitor's own conversations, oldest first. */
  threadsOf(visitor: ChatVisitor): Thread[]
  /** Adds a visitor's message; `undefined` if the conversation belongs to another visitor. */
  write(visitor: ChatVisitor, message: NewMessage): WrittenMessage | undefined
  /** Adds an answer; `undefined` if there is no such conversation. */
  answer(conversationId: string, text: string): SimulatorConversation | undefined
  /** The page on which a chat was last opened, in the app under development. */
  lastPage(): string | undefined
  /** Records the page on which a chat was opened; `undefined` changes nothing. */
  notePage(page: string | undefined): void
  /** Marks everything in this conversation as seen by the visitor. */
  markSeen(visitor: ChatVisitor, conversationId: string): void
}

type Entry = { owner: string; conversation: SimulatorConversation; seen: number }

/**
 * Creates an empty inbox; `now` gives milliseconds since the epoch.
 *
 * An identified visitor has the same history on all devices; the history of a guest belongs to the browser's cookie. A name is
 * only added to a contact that has none. Source:
 * https://developers.hubspot.com/docs/api-reference/legacy/conversations/visitor-identification/guide
 */
export function createInbox(now: () => number): Inbox {
  const entries: Entry[] = []
  let version = 0
  let lastPage: string | undefined
  const contacts = new Map<string, TokenSubject>()

  function contactOf(visitor: ChatVisitor): TokenSubject | undefined {
    if (!visitor.identified) return undefined
    const { email, firstName, lastName } = visitor.contact
    const contact = contacts.get(ownerOf(visitor)) ?? { email }
    contact.firstName ??= firstName
    contact.lastName ??= lastName
    contacts.set(ownerOf(visitor), contact)
    return contact
  }

  function start(visitor: ChatVisitor): SimulatorConversation {
    const at = now()
    const contact = contactOf(visitor)
    const id = String(1001 + entries.length)
    const { identified } = visitor
    return { id, identified, contact, page: undefined, startedAt: at, updatedAt: at, messages: [] }
  }

  function entriesOf(visitor: ChatVisitor): Entry[] {
    const owner = ownerOf(visitor)
    return entries.filter((entry) => entry.owner === owner)
  }

  function add(conversation: SimulatorConversation, from: SimulatorMessage['from'], text: string): void {
    conversation.updatedAt = now()
    conversation.messages.push({ from, text, at: conversation.updatedAt })
    version += 1
  }

  return {
    list: () => entries.map((entry) => entry.conversation).sort((a, b) => b.updatedAt - a.updatedAt || +b.id - +a.id),
    version: () => version,
    threadsOf: (visitor) =>
      entriesOf(visitor).map(({ conversation, seen }) => ({
        conversation,
        unread: conversation.messages.slice(seen).some(({ from }) => from === 'agent')
      })),
    write(visitor, { text, conversationId, page }) {
      const existing = entriesOf(visitor).find(({ conversation }) => conversation.id === conversationId)
      if (conversationId !== undefined && existing === undefined) return undefined
      const entry = existing ?? { owner: ownerOf(visitor), conversation: start(visitor), seen: 0 }
      if (existing === undefined) entries.push(entry)
      const { conversation } = entry
      conversation.page = page ?? conversation.page
      add(conversation, 'visitor', text)
      return { conversation, started: existing === undefined }
    },
    answer(conversationId, text) {
      const conversation = entries.find((entry) => entry.conversation.id === conversationId)?.conversation
      if (conversation) add(conversation, 'agent', text)
      return conversation
    },
    lastPage: () => lastPage,
    notePage(page) {
      lastPage = page ?? lastPage
    },
    markSeen(visitor, conversationId) {
      const entry = entriesOf(visitor).find(({ conversation }) => conversation.id === conversationId)
      if (!entry || entry.seen === entry.conversation.messages.length) return
      entry.seen = entry.conversation.messages.length
      version += 1
    }
  }
}

/** HubSpot stores contact emails in lower case. With the prefix, the value of a cookie cannot name a contact. */
function ownerOf(visitor: ChatVisitor): string {
  return visitor.identified ? `contact:${visitor.contact.email.toLowerCase()}` : `utk:${visitor.messagesUtk}`
}
