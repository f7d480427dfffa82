// The conversations of one simulated account: who wrote what, and which threads a visitor may see. No HTTP, no HTML.
import type { TokenSubject } from './tokens.js'

/** Who sits before a chat window: proven by a token, or a browser known by its `messagesUtk` cookie only. */
export type ChatVisitor = { identified: true; contact: TokenSubject } | { identified: false; messagesUtk: string }

/** One message, of the visitor or of whoever answers in the inbox; `at` in milliseconds since the epoch. */
export type SimulatorMessage = { from: 'visitor' | 'agent'; text: string; at: number }

/** One conversation as the inbox shows it. Instants are milliseconds since the epoch. */
export type SimulatorConversation = {
  id: string
  /** Whether the visitor was identified through the API: what HubSpot shows as a badge beside the name. */
  identified: boolean
  /** The contact; `undefined` is HubSpot's "Unknown visitor". */
  contact: { email: string; firstName?: string | undefined; lastName?: string | undefined } | undefined
  /** The page that the visitor wrote from last; known for pages on this machine only. */
  page: string | undefined
  startedAt: number
  updatedAt: number
  messages: SimulatorMessage[]
}

/** A conversation as its visitor finds it: `unread` when it holds an answer that no window of theirs has shown. */
export type Thread = { conversation: SimulatorConversation; unread: boolean }

/** What a visitor writes; without an id it starts a conversation. */
export type NewMessage = { text: string; conversationId?: string | undefined; page?: string | undefined }

/** What came of a message. */
export type WrittenMessage = { conversation: SimulatorConversation; started: boolean }

/** The inbox of one account. */
export type Inbox = {
  /** All conversations, the one written to last first. */
  list(): SimulatorConversation[]
  /** Another number after each change, so that whoever looks again can tell whether there is anything new. */
  version(): number
  /** A visitor's own conversations, oldest first. */
  threadsOf(visitor: ChatVisitor): Thread[]
  /** Writes a visitor's message; `undefined` when the conversation is not theirs. */
  write(visitor: ChatVisitor, message: NewMessage): WrittenMessage | undefined
  /** Writes an answer; `undefined` when there is no such conversation. */
  answer(conversationId: string, text: string): SimulatorConversation | undefined
  /** Where a chat was opened last: the app under development. */
  lastPage(): string | undefined
  /** Notes where a chat was opened; an unknown page changes nothing. */
  notePage(page: string | undefined): void
  /** Notes that the visitor has seen everything in this conversation. */
  markSeen(visitor: ChatVisitor, conversationId: string): void
}

type Entry = { owner: string; conversation: SimulatorConversation; seen: number }

/**
 * Creates an empty inbox; `now` gives milliseconds since the epoch.
 *
 * Identified visitors keep their history across devices, guests keep it with their browser's cookie; names are only
 * written to a contact that has none. Source:
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

/** HubSpot keeps contact emails in lower case; the prefix keeps a cookie from naming a contact. */
function ownerOf(visitor: ChatVisitor): string {
  return visitor.identified ? `contact:${visitor.contact.email.toLowerCase()}` : `utk:${visitor.messagesUtk}`
}
