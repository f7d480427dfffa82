// Checks whether the page has the snippet once, as a script above the chat's script, and loads the chat's script once.
import { type Check, failed, ok, skipped, warning } from '../check.js'
import type { Loader, PageFacts } from './read-page.js'

/** What the checks need besides the page. */
export type Expected = {
  readonly withCookie: boolean
  readonly portalId: string | undefined
  readonly region: string | undefined
}

const HOW_TO_PRINT =
  'Print it unescaped: <%- in EJS, != in Pug, {{{ }}} in Handlebars, | safe in Nunjucks, <%~ in Eta; or set autoInsert.'

/** Checks whether the snippet is on the page, once, as a script. */
export function judgeSnippet(facts: PageFacts, { withCookie }: Expected): Check {
  const id = 'page-snippet'
  const { snippets, own, starters } = facts
  if (facts.hasEscapedSettings) {
    const what = 'A script of the page holds the settings with HTML escapes (&quot;), so that it does not run.'
    return failed(id, what, 'Print hubspot.json unescaped there, or print hubspot.snippet in its place.')
  }
  const [place] = facts.misplaced
  if (place === 'text') {
    return failed(id, 'The snippet is printed escaped: the page shows it as text, and it does not run.', HOW_TO_PRINT)
  }
  if (place !== undefined) {
    return failed(id, `The snippet stands inside ${place}, where no script runs.`, 'Print it in the head, by itself.')
  }
  if (snippets.length > 1) {
    const isSame = new Set(snippets.map(({ settings }) => settings?.key)).size === 1
    const what = `The snippet is on the page ${snippets.length === 2 ? 'twice' : `${snippets.length} times`}`
    const hint = 'Print it in one place, the layout or the page; with two instances, in the view of one.'
    return failed(id, isSame ? `${what}.` : `${what}, and not with the same settings.`, hint)
  }
  if (snippets.length === 1) return ok(id, 'The snippet is on the page, once and unescaped.')
  if (own.length > 0) return ok(id, 'A script of the app sets the identity; the snippet is not needed.')
  if (starters.length > 0) return ok(id, 'The chat is started by a token endpoint; the snippet is not needed.')
  if (!withCookie) {
    return skipped(id, 'There is no snippet on this page; for a guest it can be empty, so look again with --cookie.')
  }
  const forNobody = 'For nobody it can be empty: see the identity below.'
  const hint = `Print hubspot.snippet in the head. ${HOW_TO_PRINT} ${forNobody} A page whose own script calls startChat() needs none.`
  return failed(id, 'There is no snippet on this page.', hint)
}

/** Checks whether the settings are above the chat's script, which reads them. */
export function judgeOrder({ snippets, own, loaders }: PageFacts): Check {
  const id = 'page-order'
  const [settings] = [...snippets, ...own].sort((one, other) => one.index - other.index)
  const [loader] = loaders
  if (!settings || !loader) return skipped(id, "The order was not looked at: it takes a snippet and the chat's script.")
  if (settings.index < loader.index) return ok(id, "The snippet stands above the chat's script.")
  const what = "The snippet stands below the chat's script, which can have started before it reads the identity."
  return failed(id, what, 'Move the snippet above the embed code.')
}

/** Checks whether the chat's script is on the page once, and is that of the expected account. */
export function judgeLoader({ loaders }: PageFacts, expected: Expected): Check {
  const id = 'page-loader'
  const [loader] = loaders
  if (!loader) {
    const hint = "Set portalId, or put the account's embed code on the page; if a tag manager adds it, all is well."
    return warning(id, "The chat's script is not in the HTML of this page.", hint)
  }
  if (loaders.length > 1) {
    const count = loaders.length === 2 ? 'twice' : `${loaders.length} times`
    const accounts = new Set(loaders.map(({ portalId }) => portalId)).size
    const what = `The page loads the chat's script ${count}${accounts > 1 ? ', of more than one portal' : ''}.`
    return failed(
      id,
      what,
      'Remove the embed code, since the snippet loads the script by portalId; or leave portalId out.'
    )
  }
  return judgeAccount(loader, expected) ?? judgeType(loader)
}

function judgeAccount({ portalId, region }: Loader, expected: Expected): Check | undefined {
  const id = 'page-loader'
  // A local simulator is not bound to an account.
  if (region === undefined) return undefined
  if (expected.portalId !== undefined && expected.portalId !== portalId) {
    const hint = 'Use the portal id and the credential of one account: tokens of another are not honoured.'
    return failed(id, `The page loads the chat of portal ${portalId}, not of ${expected.portalId}.`, hint)
  }
  if (expected.region === undefined || expected.region === region) return undefined
  const hint = `Set the option "region" to ${expected.region}, or use the embed code that HubSpot shows for the account.`
  return failed(id, `The page loads the chat of region ${region}, not of ${expected.region}.`, hint)
}

function judgeType({ runs, portalId, region }: Loader): Check {
  const id = 'page-loader'
  const whose = `portal ${portalId}${region === undefined ? ', from the stand-in on this machine' : `, region ${region}`}`
  if (runs) return ok(id, `The page loads the chat's script once (${whose}).`)
  const hint = 'Give your consent on the page and see whether the chat appears.'
  return warning(
    id,
    `The chat's script has a type that browsers do not run, as consent managers use it (${whose}).`,
    hint
  )
}
