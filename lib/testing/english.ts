// The English error messages of zod, which `zod/mini` omits. The simulator shows them to its users.
import english from 'zod/v4/locales/en.js'

/** Options for `safeParse`, used where the message of an issue is shown. */
export const ENGLISH = { error: english().localeError }
