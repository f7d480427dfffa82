// Reads the account credential from the environment and checks whether a header can carry it. It is never printed, in whole or in part.
import { type Check, failed, ok } from './check.js'

/** Where the credential is read from; never from the command line, which other users of the machine can see. */
export const CREDENTIAL_VARIABLE = 'HUBSPOT_ACCESS_TOKEN'

const HOW_TO_GET_ONE =
  'Set it to a service key or app access token of the HubSpot account, with the scope conversations.visitor_identification.tokens.create.'

/** The check, and the credential if it can be used. */
export function readCredential(env: NodeJS.ProcessEnv): { check: Check; accessToken?: string } {
  const id = 'credential'
  const given = env[CREDENTIAL_VARIABLE]
  if (given === undefined) return { check: failed(id, `${CREDENTIAL_VARIABLE} is not set.`, HOW_TO_GET_ONE) }
  const accessToken = given.trim()
  if (accessToken === '') return { check: failed(id, `${CREDENTIAL_VARIABLE} is blank.`, HOW_TO_GET_ONE) }
  if (/^(["'`]).*\1$/s.test(accessToken)) {
    const hint = 'Write it without them where the variable is set; docker --env-file keeps quotes.'
    return { check: failed(id, `${CREDENTIAL_VARIABLE} is wrapped in quotes.`, hint) }
  }
  if (!/^[\x21-\x7e]+$/.test(accessToken)) {
    const what = `${CREDENTIAL_VARIABLE} holds a space, a line break or another character that cannot travel in a header.`
    return { check: failed(id, what, 'Copy the credential again, alone and without the word "Bearer".') }
  }
  return { check: ok(id, `${CREDENTIAL_VARIABLE} is set.`), accessToken }
}
