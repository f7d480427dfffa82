export * from 'packed-express-hubspot-identification/browser'
