// Secrets and personal data that contain a mark, and the search for that mark in everything this library reports.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import createDebug from 'debug'

/** Every planted value contains this. */
export const MARK = 'zqxmark'
export const ACCESS_TOKEN = `pat-na1-${MARK}-key`
export const EMAIL = `jane.${MARK}@example.com`
export const NAMES = { firstName: `Jane${MARK}`, lastName: `Doe${MARK}` }

/** A body with secrets, as HubSpot or a proxy may send it. */
export const UPSTREAM_BODY = {
  status: `error ${MARK}`,
  message: `${MARK}: ${EMAIL} is not welcome`,
  category: `${MARK}_CATEGORY`,
  policyName: `${MARK}_POLICY`,
  correlationId: `${MARK}-id`,
  errors: [{ message: `${EMAIL} ${MARK}`, in: 'email', context: { [MARK]: [MARK] } }]
}
export const UPSTREAM_HEADERS = {
  'x-hubspot-correlation-id': `${MARK}-id`,
  'retry-after': `${MARK}`,
  'x-leak': MARK,
  'set-cookie': `leak=${MARK}`
}

/** An error with secrets in all its properties. */
export function tellingError(): Error {
  const cause = Object.assign(new Error(`${MARK} cause`), { config: { headers: { authorization: ACCESS_TOKEN } } })
  const error = new RangeError(`could not reach https://${MARK}:${ACCESS_TOKEN}@host for ${EMAIL}`, { cause })
  error.stack = `${MARK}\n${error.stack}`
  return Object.assign(error, { code: `${MARK}`, syscall: MARK, request: { body: EMAIL }, status: 401, [MARK]: MARK })
}

/** Subscribes to the debug log and both channels, until stopped. */
export function listenIn() {
  const said: unknown[] = []
  const hear = (event: unknown) => void said.push(event)
  const channels = ['hubspot-identification:mint', 'hubspot-identification:request']
  const { log } = createDebug
  createDebug.log = (...line: unknown[]) => void said.push(line)
  createDebug.enable('hubspot-identification')
  for (const name of channels) subscribe(name, hear)
  return {
    said,
    stop() {
      createDebug.log = log
      createDebug.disable()
      for (const name of channels) unsubscribe(name, hear)
    }
  }
}

/** All forms in which an object may be logged, as one string. */
export function spellOut(value: unknown): string {
  const own = (error: unknown): unknown[] =>
    error instanceof Error ? [error.stack, error.message, error.name, String(error), own(error.cause)] : [error]
  return [
    inspect(value, { depth: 10, showHidden: true, getters: true }),
    JSON.stringify(value),
    String(value),
    inspect(own(value), { depth: 10 })
  ].join('\n')
}
