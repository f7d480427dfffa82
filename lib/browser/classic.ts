// The browser functions for pages without a bundler, as `window.hubspotIdentification`. `data-endpoint` on the tag starts the chat.
import { forgetVisitor } from './forget-visitor.js'
import { readDocument, readGlobal } from './settings.js'
import { type ChatHandle, startChat } from './start-chat.js'

/** What `browserScript()` puts on `window.hubspotIdentification`; `chat` is the chat that the script tag started. */
export type HubspotIdentificationGlobal = {
  startChat: typeof startChat
  forgetVisitor: typeof forgetVisitor
  chat?: ChatHandle | undefined
}

const script = readDocument('currentScript') as HTMLScriptElement | null
const endpoint = script?.getAttribute('data-endpoint')

// A page that is swapped in without a full load runs the tag again: the new chat replaces the old one.
const before: Partial<HubspotIdentificationGlobal> = Object(readGlobal('hubspotIdentification'))
before.chat?.stop()

const chat = endpoint ? startChat({ endpoint }) : undefined
Reflect.set(window, 'hubspotIdentification', { startChat, forgetVisitor, chat } satisfies HubspotIdentificationGlobal)
