// A bundled page.
import { type ChatHandle, forgetVisitor, startChat } from 'express-hubspot-identification/browser'

export const chat: ChatHandle = startChat({ endpoint: '/hubspot/token', settings: { avoidInlineStyles: true } })
document.querySelector('form')?.addEventListener('submit', () => forgetVisitor())
