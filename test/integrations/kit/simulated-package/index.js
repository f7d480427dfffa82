// What the recipes import as `express-hubspot-identification`: the packed package, with the simulator in place of HubSpot.
import { hubspotIdentification as real } from 'packed-express-hubspot-identification'

export * from 'packed-express-hubspot-identification'

/** Recipes say nothing of a `baseUrl`; and a busy machine may take longer than a page waits by default. */
export const hubspotIdentification = (options) => {
  return real({ baseUrl: process.env.HUBSPOT_URL, maxWaitMs: 20_000, ...options })
}
