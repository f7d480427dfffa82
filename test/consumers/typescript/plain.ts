// An app without types of Express, express-session and Node: the declarations of the package must compile.
import { hubspotIdentification } from 'express-hubspot-identification'
import { startHubSpotSimulator } from 'express-hubspot-identification/testing'

export const simulator = startHubSpotSimulator()
export const identification = hubspotIdentification({ accessToken: 'x', visitor: () => ({ email: 'ada@example.com' }) })
