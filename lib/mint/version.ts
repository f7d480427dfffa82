// The package's version, as it is told to HubSpot; a test holds it to package.json.

export const VERSION = '0.1.0'
