// temporary
import { parseVisitor, type Visitor, visitorFromUser } from './visitor.js'
export type NoVisitor = {
  readonly reason: 'no-user' | 'no-email' | 'unverified' | 'invalid-visitor'
  readonly detail?: string | undefined
}
export function isVisitor(found: Visitor | NoVisitor): found is Visitor {
  return 'email' in found
}
export function readVisitor(value: unknown, _rules: { requireVerified: boolean }): Visitor | NoVisitor {
  const v = parseVisitor(value)
  if (v === null) return { reason: value == null ? 'no-user' : 'unverified' }
  return 'invalid' in v ? { reason: 'invalid-visitor', detail: v.invalid } : v
}
export function readUser(user: unknown, rules: { requireVerified: boolean }): Visitor | NoVisitor {
  if (typeof user !== 'object' || user === null) return { reason: 'no-user' }
  const f = visitorFromUser({ user })
  if (f === null) return { reason: (user as { email?: unknown }).email ? 'unverified' : 'no-email' }
  return readVisitor(f, rules)
}
export function takeRefusal(): NoVisitor | undefined {
  return undefined
}
export function createRememberedVisitors(ask: (req: never) => unknown) {
  const known = new Map<string, unknown>()
  return {
    peek: (key: string) => (known.has(key) ? { answer: known.get(key) } : undefined),
    async get(key: string, req: unknown): Promise<unknown> {
      const a = await ask(req as never)
      known.set(key, a)
      return a
    },
    forget(_email: string) {}
  }
}
