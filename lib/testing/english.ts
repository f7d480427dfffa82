// The sentences of zod about wrong values: `zod/mini` leaves them out, and the simulator's users read them.
import english from 'zod/v4/locales/en.js'

/** For `safeParse`, wherever the message of an issue is shown. */
export const ENGLISH = { error: english().localeError }
