// For a member that was mounted without being called (`identification.tokenEndpoint`): Express calls it with a request, which would
// otherwise never be answered.
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Hints } from '../diagnostics.js'
import { makeUnstorable } from '../page/cache-control.js'

/** If a member was called with a request, answers 500 with what to write; `false` if it was called correctly. */
export function answerUncalled(
  member: 'tokenEndpoint' | 'browserScript',
  given: readonly unknown[],
  hints: Hints
): boolean {
  const [req, res] = given
  if (!(req instanceof IncomingMessage) || !(res instanceof ServerResponse)) return false
  const sentence = `identification.${member} was mounted without being called: write identification.${member}().`
  hints.say(`uncalled-${member}`, sentence)
  if (res.headersSent) return true
  makeUnstorable(res)
  res.statusCode = 500
  res.setHeader('Content-Type', 'text/plain; charset=utf-8')
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.end(`${sentence}\n`)
  return true
}
