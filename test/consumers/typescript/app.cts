// The same library from a TypeScript file that becomes CommonJS.
import library = require('express-hubspot-identification')
import testing = require('express-hubspot-identification/testing')

export const identification = library.hubspotIdentification({ accessToken: 'x' })
export const simulator = testing.startHubSpotSimulator()
