// The valid form of an access token. Strings are checked at start, the results of a function at each mint.
import * as z from 'zod/mini'

/** Visible ASCII, because it is sent in a header. No quotes: they come from an env file and are not part of the token. */
export const accessTokenSchema = z.string().check(z.trim(), z.regex(/^[!#-&(-~]+$/))
