// The checks of `doctor --page`, in the order of the output: fetches the page, parses it and checks the result.
import { type Check, type CheckId, failed, skipped } from '../check.js'
import { askEndpoint, openPage, type Visit } from './fetch-page.js'
import type { Answer } from './http-get.js'
import { judgeHead, judgeOpening, judgePlace } from './judge-answer.js'
import { judgeCsp, policiesOf } from './judge-csp.js'
import { identityOf, judgeCache, judgeEndpoint, judgeIdentity } from './judge-identity.js'
import { judgeLoader, judgeOrder, judgeSnippet } from './judge-snippet.js'
import { type PageFacts, readPage } from './read-page.js'

/** The page, the cookie to send, and the account that is expected on the page. */
export type PageSettings = Omit<Visit, 'timeoutMs'> & {
  readonly portalId: string | undefined
  readonly region: string | undefined
}

const NOT_LOOKED_AT: Readonly<Partial<Record<CheckId, string>>> = {
  'page-snippet': 'The snippet',
  'page-order': "The order of snippet and chat's script",
  'page-loader': "The chat's script",
  'page-csp-script': 'Whether the policy lets the snippet run',
  'page-csp-hosts': 'Whether the policy lets the hosts of the chat through',
  'page-csp-styles': 'Whether the policy allows inline styles',
  'page-cache': 'The cache headers',
  'page-identity': 'The identity'
}

/** Runs every check of a page. Never throws. */
export async function examinePage(settings: PageSettings, timeoutMs: number): Promise<Check[]> {
  const withCookie = settings.cookie !== undefined
  const opened = await openPage({ ...settings, timeoutMs })
  if (opened.kind !== 'answer') return withoutPage(judgeOpening(opened))
  const { answer, redirects, cookie } = opened
  const noPage = judgeHead(answer)
  if (noPage) return withoutPage(noPage)
  const facts = await readPage(answer.body, answer.url)
  const place = judgePlace(answer, redirects, facts, withCookie)
  if (place.status === 'failed') return withoutPage(place)
  const expected = { ...settings, withCookie }
  return [
    place,
    judgeSnippet(facts, expected),
    judgeOrder(facts),
    judgeLoader(facts, expected),
    ...judgeCsp(policiesOf(answer, facts), { page: answer.url, facts, region: settings.region }),
    judgeCache(answer, facts),
    await findIdentity(answer, facts, { cookie, timeoutMs, withCookie })
  ]
}

function withoutPage(check: Check | undefined): Check[] {
  const others = Object.entries(NOT_LOOKED_AT) as [CheckId, string][]
  return [
    ...(check ? [check] : []),
    ...others.map(([id, what]) => skipped(id, `${what}: not looked at without the page.`))
  ]
}

/** Checks the identity in the page; if there is none, calls the token endpoint that the page's script would call. */
async function findIdentity(
  answer: Answer,
  facts: PageFacts,
  { withCookie, ...visit }: Omit<Visit, 'url'> & { withCookie: boolean }
): Promise<Check> {
  const [starter] = facts.starters
  if (!starter || identityOf(facts) !== 'none') return judgeIdentity(answer, facts, withCookie)
  const { endpoint } = starter
  const id = 'page-identity'
  if (endpoint?.origin !== answer.url.origin) {
    const hint =
      "Give data-endpoint a path of the app; for another origin call startChat({ token }) in the app's own script."
    return failed(id, 'The token endpoint stands on another origin, where the script does not ask.', hint)
  }
  const asked = await askEndpoint({ ...visit, url: endpoint })
  if (asked.kind === 'answer') return judgeEndpoint(asked.answer, withCookie)
  const reason = asked.kind === 'none' ? asked.reason : 'it redirects'
  return failed(id, `The token endpoint could not be read: ${reason}.`, "Look at the app's log.")
}
