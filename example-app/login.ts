// Checks before Passport: the fields of the form, and a limit on wrong passwords.
import type { RequestHandler } from 'express'
import { rateLimit } from 'express-rate-limit'

const REASONS = {
  incomplete: { status: 400, message: 'Please enter both your email address and your password.' },
  wrong: { status: 401, message: 'That email address and password do not belong together. Please try again.' },
  limited: { status: 429, message: 'Too many attempts. Please wait a quarter of an hour and try again.' }
} as const

const WINDOW_MS = 15 * 60 * 1000
const WRONG_PASSWORDS = 10

/** A refused login, with a message for the user. */
export class LoginRefused extends Error {
  override readonly name = 'LoginRefused'
  readonly status: number

  constructor(reason: keyof typeof REASONS) {
    super(REASONS[reason].message)
    this.status = REASONS[reason].status
  }
}

/**
 * Allows ten wrong passwords in a quarter of an hour for each IP address. Each process counts separately: with
 * several processes, give `rateLimit` a shared store.
 */
export function createLoginLimit(): RequestHandler {
  return rateLimit({
    windowMs: WINDOW_MS,
    limit: WRONG_PASSWORDS,
    skipSuccessfulRequests: true,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    handler: (_req, _res, next) => next(new LoginRefused('limited'))
  })
}

/** Refuses a form without both fields. */
export const checkLoginForm: RequestHandler = (req, _res, next) => {
  const { email, password }: Record<string, unknown> = Object(req.body)
  const isComplete = [email, password].every((value) => typeof value === 'string' && value !== '')
  next(isComplete ? undefined : new LoginRefused('incomplete'))
}
