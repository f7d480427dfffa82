// Silences console.warn: many tests make mistakes on purpose, and the hints about them would hide the output of Jest.
// Tests of the console output replace console.warn themselves.
const { warn } = console

console.warn = (...args: unknown[]) => {
  if (!String(args[0]).startsWith('express-hubspot-identification: ')) warn.apply(console, args)
}
