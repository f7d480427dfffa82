// The package that the recipes import as `express-hubspot-identification`: the packed one, with the simulator instead of HubSpot.
import { hubspotIdentification as real } from 'packed-express-hubspot-identification'

export * from 'packed-express-hubspot-identification'

/** Options that are added to those of a recipe: the `baseUrl`, and a longer wait for busy machines. */
export const hubspotIdentification = (options) => {
  return real({ baseUrl: process.env.HUBSPOT_URL, maxWaitMs: 20_000, ...options })
}
