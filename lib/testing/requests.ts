// What the simulator notes down of a call to HubSpot's API.
import type { IncomingHttpHeaders } from 'node:http'

/** One call to HubSpot's API as it arrived. The chat window's and the inbox's own traffic is not recorded. */
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
