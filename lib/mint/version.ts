// The version of the package, for the user-agent header; a test compares it with package.json.

export const VERSION = '0.1.0'
