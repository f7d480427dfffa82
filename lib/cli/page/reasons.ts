// The values of `hubspot.reason`, which a page can print as `data-hubspot-reason`, and what to do for each.
import type { NotIdentifiedReason } from '../../diagnostics.js'

const HINTS: Readonly<Record<NotIdentifiedReason, string>> = {
  'no-user': 'Mount the middleware behind whatever sets req.user; and is the cookie of a session that is logged in?',
  'no-email': 'Give the user record an address, or say with the option "visitor" where it is.',
  unverified: 'Let the user verify the address; a mark of the record says that it is not verified.',
  'invalid-visitor': 'Return { email } with one well-formed address from the option "visitor".',
  skipped: 'The option "skip" excludes this request.',
  late: 'Open the page once more: the token came after maxWaitMs, and is there by now.',
  'held-back':
    'HubSpot failed before, so it is not called for a while: run doctor --email, and look at what onError was told.',
  unavailable: 'HubSpot could not be reached: run doctor --email where the app runs.',
  unauthorized: 'HubSpot does not accept the access token of the app: run doctor --email with it.',
  forbidden: 'The access token lacks a scope, or the plan is too low: run doctor --email with it.',
  rejected: 'HubSpot refuses this visitor: run doctor --email with the address.',
  'rate-limited': 'Too many calls: look for what else calls HubSpot with this access token.',
  'public-cache': 'Send Cache-Control: private on pages for people who are logged in.',
  changed: 'Mount the middleware behind whatever loads req.user anew.',
  'user-came-later':
    'Mount the middleware behind passport.session(), and in a login route behind passport.authenticate().'
}

/** The reason and its hint; `undefined` for any other text, which must not be printed. */
export function explainReason(text: string | undefined): { word: string; hint: string } | undefined {
  const word = (Object.keys(HINTS) as NotIdentifiedReason[]).find((known) => known === text?.trim())
  return word && { word, hint: HINTS[word] }
}
