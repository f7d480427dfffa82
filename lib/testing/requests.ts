// The simulator's record of a call to HubSpot's API.
import type { IncomingHttpHeaders } from 'node:http'

/** One call to HubSpot's API. The requests of the chat window and the inbox are not recorded. */
export type SimulatorRequest = {
  method: string
  /** Path and query. */
  path: string
  headers: IncomingHttpHeaders
  /** The parsed JSON, or the raw text when it is not JSON; `undefined` for an empty body. */
  body: unknown
  /** When it arrived, in milliseconds since the epoch. */
  at: number
}
