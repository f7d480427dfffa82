// Finds the CSP nonce of a page: from the option `nonce`, else from `res.locals.cspNonce`. A malformed one is left out and reported.
import type { Request, Response } from 'express'
import type { Report } from '../diagnostics.js'
import { summarizeCause } from '../errors.js'
import { ignoreRejection, isThenable } from '../visitor/thenable.js'

/** The settings of the nonce. */
export type NonceSettings = {
  readonly nonce?: ((req: Request, res: Response) => string | undefined) | undefined
}

/** The form that CSP allows: https://www.w3.org/TR/CSP3/#grammardef-nonce-source */
const NONCE_FORM = /^[A-Za-z0-9+/_-]{1,256}={0,2}$/

const HINT = 'Give a nonce of base64 characters, as a string or as the result of the "nonce" function.'

/** Creates the function that gives the nonce of a page; `undefined` if it has none. It never throws. */
export function createReadNonce(
  { nonce: nonceOf }: NonceSettings,
  report: Report
): (req: Request, res: Response) => string | undefined {
  function refuse(req: Request, what: string, thrown?: unknown): undefined {
    const cause = thrown === undefined ? undefined : summarizeCause(thrown)
    const message = `The CSP nonce ${what}; it was left out. ${HINT}`
    report({ code: 'ERR_VISITOR_INVALID', message, hint: HINT, cause }, req)
  }

  return function readNonce(req, res) {
    try {
      const nonce: unknown = nonceOf ? nonceOf(req, res) : res.locals['cspNonce']
      if (nonce === undefined || nonce === null || nonce === '') return undefined
      if (isThenable(nonce)) ignoreRejection(nonce)
      return isNonce(nonce) ? nonce : refuse(req, 'is malformed')
    } catch (thrown) {
      return refuse(req, 'function threw', thrown)
    }
  }
}

/** Whether a nonce is valid in an attribute and in a policy. */
export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && NONCE_FORM.test(value)
}
