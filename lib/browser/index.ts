// The public names of `express-hubspot-identification/browser`.

export { forgetVisitor } from './forget-visitor.js'
export type { ChatHandle, ChatSettings, StartChatOptions } from './start-chat.js'
export { startChat } from './start-chat.js'
