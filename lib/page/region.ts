// Where a HubSpot account's data is hosted; it decides the hosts of the chat, and cannot be told from the portal id.
import * as z from 'zod/mini'

/** The default of the option `region`. */
export const DEFAULT_REGION = 'na1'

/** For messages: what the option takes. */
export const EXPECTED_REGION = "a region in lower case such as 'na1' or 'eu1'"

/** `na1`, `eu1`, `ap1` or another of that form: it becomes part of a host name. */
export const regionSchema = z.string().check(z.regex(/^[a-z]{2,4}\d{1,2}$/))
