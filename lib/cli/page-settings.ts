// Reads the flags of `doctor --page`: the page's address, and the cookie of a logged-in session.
import type { FlagName } from './flags.js'
import type { PageSettings } from './page/examine-page.js'
import { WrongUsage } from './wrong-usage.js'

/** Cookie names and values in the characters that RFC 6265 allows. */
const COOKIE = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+=[\x20-\x7e]*$/

/** Reads `--page` and `--cookie`; `undefined` without them. Throws a `WrongUsage`, which repeats no value. */
export function readPageSettings(
  flagValue: (flag: FlagName) => unknown
): Pick<PageSettings, 'url' | 'cookie'> | undefined {
  const page = flagValue('page')
  const cookie = flagValue('cookie')
  if (page === undefined) {
    if (cookie !== undefined)
      throw new WrongUsage('--cookie goes with --page: it is sent to the page, and to nothing else.')
    return undefined
  }
  const url = URL.canParse(String(page)) ? new URL(String(page)) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw new WrongUsage(
      '--page takes a whole http or https URL without user name and password, such as http://localhost:3000/.'
    )
  }
  url.hash = ''
  return { url, cookie: cookie === undefined ? undefined : readCookie(String(cookie)) }
}

function readCookie(given: string): string {
  // A line copied from a browser's developer tools often begins with the header's name.
  const cookie = given.trim().replace(/^cookie:\s*/i, '')
  if (COOKIE.test(cookie)) return cookie
  throw new WrongUsage("--cookie takes what a browser sends in its Cookie header: 'name=value; name=value'.")
}
