// The same functions for a page without a bundler: `window.hubspotIdentification`, started by `data-endpoint`.
import { forgetVisitor } from './forget-visitor.js'
import { readDocument, readGlobal } from './settings.js'
import { type ChatHandle, startChat } from './start-chat.js'

/** What `browserScript()` puts on `window.hubspotIdentification`; `chat` is the one that the script tag started. */
export type HubspotIdentificationGlobal = {
  startChat: typeof startChat
  forgetVisitor: typeof forgetVisitor
  chat?: ChatHandle | undefined
}

const script = readDocument('currentScript') as HTMLScriptElement | null
const endpoint = script?.getAttribute('data-endpoint')

// A page swapped without a full load runs the tag again; its chat takes over.
const before: Partial<HubspotIdentificationGlobal> = Object(readGlobal('hubspotIdentification'))
before.chat?.stop()

const chat = endpoint ? startChat({ endpoint }) : undefined
Reflect.set(window, 'hubspotIdentification', { startChat, forgetVisitor, chat } satisfies HubspotIdentificationGlobal)
