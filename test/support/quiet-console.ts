// Many tests make mistakes on purpose, and the library says so on the console: these lines would hide those of Jest.
// Tests of what is said replace console.warn themselves.
const { warn } = console

console.warn = (...args: unknown[]) => {
  if (!String(args[0]).startsWith('express-hubspot-identification: ')) warn.apply(console, args)
}
