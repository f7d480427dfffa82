export * from 'packed-express-hubspot-identification/testing'
