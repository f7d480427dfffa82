// The form of an access token, checked at start for one given as text and at each mint for one that a function gives.
import * as z from 'zod/mini'

/** Visible ASCII only: anything else cannot travel in a header. No quotes: an env file's that were kept belong to no credential. */
export const accessTokenSchema = z.string().check(z.trim(), z.regex(/^[!#-&(-~]+$/))
