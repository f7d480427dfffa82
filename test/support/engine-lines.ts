// The line that prints the snippet with each template engine, as in README and docs/views.md, and how Express uses the engine.
import type { Express } from 'express'

/** The lines of one engine. */
export type EngineLines = {
  engine: string
  /** The line for pages for which the middleware always ran. */
  line: string
  /** The line for an error page that may be rendered before the middleware ran. */
  guarded: string
}

/** A test compares the tables of README and docs/views.md with this one. */
export const ENGINE_LINES: readonly EngineLines[] = [
  { engine: 'EJS', line: '<%- hubspot.snippet %>', guarded: "<%- locals.hubspot?.snippet ?? '' %>" },
  { engine: 'Pug', line: '!= hubspot.snippet', guarded: "!= hubspot ? hubspot.snippet : ''" },
  { engine: 'Handlebars', line: '{{{hubspot.snippet}}}', guarded: '{{{hubspot.snippet}}}' },
  { engine: 'Nunjucks', line: '{{ hubspot.snippet | safe }}', guarded: "{{ (hubspot.snippet or '') | safe }}" },
  { engine: 'Eta', line: '<%~ it.hubspot.snippet %>', guarded: "<%~ it.hubspot?.snippet ?? '' %>" }
]

type Setting = {
  /** The extension of the view files, by which Express finds the engine. */
  extension: string
  /** Registers the engine with Express; `views` is the folder. */
  configure(app: Express, views: string): Promise<void>
  /** A page with this line in its head, which also shows `user`. */
  page(line: string): string
}

const html = (line: string, user: string) =>
  `<!doctype html>\n<html><head><title>${user}</title>\n${line}\n</head><body><p id="after"></p></body></html>\n`

/** How each engine is set up, for `res.render` of Express. */
export const ENGINE_SETTINGS: Readonly<Record<string, Setting>> = {
  EJS: {
    extension: 'ejs',
    async configure(app) {
      app.set('view engine', 'ejs')
    },
    page: (line) => html(line, '<%= locals.user?.email %>')
  },
  Pug: {
    extension: 'pug',
    async configure(app) {
      app.set('view engine', 'pug')
    },
    page: (line) =>
      [
        'doctype html',
        'html',
        '  head',
        '    title= user && user.email',
        `    ${line}`,
        '  body',
        '    p#after',
        ''
      ].join('\n')
  },
  Handlebars: {
    extension: 'hbs',
    async configure(app) {
      app.set('view engine', 'hbs')
    },
    page: (line) => html(line, '{{user.email}}')
  },
  Nunjucks: {
    extension: 'njk',
    async configure(app, views) {
      const { default: nunjucks } = await import('nunjucks')
      nunjucks.configure(views, { autoescape: true, express: app })
      app.set('view engine', 'njk')
    },
    page: (line) => html(line, '{{ user.email }}')
  },
  Eta: {
    extension: 'eta',
    async configure(app, views) {
      const { Eta } = await import('eta')
      const eta = new Eta({ views })
      app.engine('eta', (path, locals, callback) => {
        eta.renderAsync(`/${path.slice(views.length + 1)}`, locals).then((text) => callback(null, text), callback)
      })
      app.set('view engine', 'eta')
    },
    page: (line) => html(line, "<%= it.user?.email ?? '' %>")
  }
}
