// The public names of `express-hubspot-identification/browser`.

export type { TokenAnswer } from './ask.js'
export { forgetVisitor } from './forget-visitor.js'
export type { ChatHandle, ChatSettings, IdentityState, StartChatOptions } from './start-chat.js'
export { startChat } from './start-chat.js'
