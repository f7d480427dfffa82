// Asks who the request's user is: the app's own `visitor`, or the default, which reads `req.user`.
import type { Request } from 'express'
import { isSameVisitor, isVisitor, type NoVisitor, readVisitor, type Visitor } from '../visitor/visitor.js'
import { readUser } from '../visitor/visitor-from.js'

/** The part of the settings that says who a user is. */
export type VisitorSettings = {
  readonly visitor?: ((req: Request) => unknown) | undefined
  readonly requireVerified: boolean
}

/** The answer as it came, perhaps a promise; of the default it is read already. Throws whatever the app throws. */
export function askVisitor(req: Request, settings: VisitorSettings): unknown {
  return settings.visitor ? settings.visitor(req) : readUser((req as { user?: unknown }).user, settings)
}

/** What an answer of `askVisitor` says. */
export function readAnswer(answer: unknown, settings: VisitorSettings): Visitor | NoVisitor {
  return settings.visitor ? readVisitor(answer, settings) : (answer as Visitor | NoVisitor)
}

/** Whether an answer of `askVisitor` still names this visitor. */
export function isSameAnswer(answer: unknown, visitor: Visitor, settings: VisitorSettings): boolean {
  if (settings.visitor) return isSameVisitor(answer, visitor, settings)
  const found = readAnswer(answer, settings)
  return isVisitor(found) && found.email === visitor.email
}
