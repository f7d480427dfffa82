// The option `region`: where HubSpot hosts an account's data. It determines the chat's hosts; the portal id does not tell it.
import * as z from 'zod/mini'

/** The default of the option `region`. */
export const DEFAULT_REGION = 'na1'

/** For error messages: what the option takes. */
export const EXPECTED_REGION = "a region in lower case such as 'na1' or 'eu1'"

/** `na1`, `eu1`, `ap1` or another of this form, because it becomes part of a host name. */
export const regionSchema = z.string().check(z.regex(/^[a-z]{2,4}\d{1,2}$/))
