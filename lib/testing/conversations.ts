// The conversations of one simulated account: who wrote what, and which threads a visitor may see. No HTTP, no HTML.
import type { TokenSubject } from './tokens.js'

/** Who sits before a chat window: proven by a token, or a browser known by its `messagesUtk` cookie only. */
export type ChatVisitor = { identified: true; contact: TokenSubject } | { identified: false; messagesUtk: string }

/** One message of a visitor; `at` in milliseconds since the epoch. */
export type SimulatorMessage = { text: string; at: number }

/** One conversation as the inbox shows it. Instants are milliseconds since the epoch. */
export type SimulatorConversation = {
  id: string
  /** Whether the visitor was identified through the API: what HubSpot shows as a badge beside the name. */
  identified: boolean
  /** The contact; `undefined` is HubSpot's "Unknown visitor". */
  contact: { email: string; firstName?: string | undefined; lastName?: string | undefined } | undefined
  startedAt: number
  updatedAt: number
  messages: SimulatorMessage[]
}

/** What came of a message. */
export type WrittenMessage = { conversation: SimulatorConversation; started: boolean }

/** The inbox of one account. */
export type Inbox = {
  /** All conversations, the one written to last first. */
  list(): SimulatorConversation[]
  /** A visitor's own conversations, oldest first. */
  threadsOf(visitor: ChatVisitor): SimulatorConversation[]
  /** Writes a message, into a new conversation when no id is given; `undefined` when the id is not the visitor's. */
  write(visitor: ChatVisitor, text: string, conversationId?: string): WrittenMessage | undefined
}

/**
 * Creates an empty inbox; `now` gives milliseconds since the epoch.
 *
 * Identified visitors keep their history across devices, guests keep it with their browser's cookie; names are only
 * written to a contact that has none. Source:
 * https://developers.hubspot.com/docs/api-reference/legacy/conversations/visitor-identification/guide
 */
export function createInbox(now: () => number): Inbox {
  const owned: { owner: string; conversation: SimulatorConversation }[] = []
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
    const id = String(1001 + owned.length)
    return { id, identified: visitor.identified, contact, startedAt: at, updatedAt: at, messages: [] }
  }

  function threadsOf(visitor: ChatVisitor): SimulatorConversation[] {
    const owner = ownerOf(visitor)
    return owned.filter((entry) => entry.owner === owner).map((entry) => entry.conversation)
  }

  return {
    list: () => owned.map((entry) => entry.conversation).sort((a, b) => b.updatedAt - a.updatedAt || +b.id - +a.id),
    threadsOf,
    write(visitor, text, conversationId) {
      const existing = threadsOf(visitor).find(({ id }) => id === conversationId)
      if (conversationId !== undefined && existing === undefined) return undefined
      const conversation = existing ?? start(visitor)
      if (existing === undefined) owned.push({ owner: ownerOf(visitor), conversation })
      conversation.updatedAt = now()
      conversation.messages.push({ text, at: conversation.updatedAt })
      return { conversation, started: existing === undefined }
    }
  }
}

/** HubSpot keeps contact emails in lower case; the prefix keeps a cookie from naming a contact. */
function ownerOf(visitor: ChatVisitor): string {
  return visitor.identified ? `contact:${visitor.contact.email.toLowerCase()}` : `utk:${visitor.messagesUtk}`
}
