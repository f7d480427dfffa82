// The inbox as data: which visitor sees which threads.
import { describe, expect, test } from '@jest/globals'
import { type ChatVisitor, createInbox } from '../../lib/testing/conversations.js'

const jane: ChatVisitor = { identified: true, contact: { email: 'jane@example.com' } }
const guest: ChatVisitor = { identified: false, messagesUtk: 'abc' }

describe('the inbox', () => {
  test('lists the most recently updated conversation first', () => {
    let now = 0
    const inbox = createInbox(() => ++now)
    const first = inbox.write(jane, { text: 'one' })
    inbox.write(guest, { text: 'two' })
    expect(inbox.list().map(({ messages }) => messages[0]?.text)).toEqual(['two', 'one'])
    inbox.write(jane, { text: 'three', conversationId: first?.conversation.id })
    expect(inbox.list().map(({ messages }) => messages.length)).toEqual([2, 1])
  })

  test("finds threads by the contact's address in any case, and by the cookie of a guest", () => {
    const inbox = createInbox(() => 1)
    inbox.write(jane, { text: 'one' })
    inbox.write(guest, { text: 'two' })
    const upper: ChatVisitor = { identified: true, contact: { email: 'Jane@Example.com' } }
    expect(inbox.threadsOf(upper)).toHaveLength(1)
    expect(inbox.threadsOf({ identified: false, messagesUtk: 'other' })).toEqual([])
    expect(inbox.threadsOf({ identified: false, messagesUtk: 'jane@example.com' })).toEqual([])
    expect(inbox.threadsOf(guest)[0]?.conversation).toMatchObject({ identified: false, contact: undefined })
  })

  test("does not add a message to another visitor's conversation", () => {
    const inbox = createInbox(() => 1)
    const written = inbox.write(jane, { text: 'mine' })
    expect(inbox.write(guest, { text: 'hello', conversationId: written?.conversation.id })).toBeUndefined()
    expect(inbox.list()).toHaveLength(1)
  })

  test('adds a name only to a contact that has none', () => {
    const inbox = createInbox(() => 1)
    const as = (firstName?: string) =>
      inbox.write({ identified: true, contact: { email: 'j@e.co', firstName } }, { text: 'x' })
    as()
    as('Jane')
    as('Mallory')
    expect(inbox.list()[0]?.contact).toMatchObject({ email: 'j@e.co', firstName: 'Jane' })
  })
})
