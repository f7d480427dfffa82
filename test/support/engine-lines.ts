// The one line that each template engine needs, as README and docs/views.md print it, and how Express is told to use the engine.
import type { Express } from 'express'

/** What one engine needs. */
export type EngineLines = {
  engine: string
  /** The line of a page that the middleware has always run for. */
  line: string
  /** The line of an error page that may be reached before the middleware ran. */
  guarded: string
}

/** The tables of README and docs/views.md are held to this one. */
export const ENGINE_LINES: readonly EngineLines[] = [
  { engine: 'EJS', line: '<%- hubspot.snippet %>', guarded: "<%- locals.hubspot?.snippet ?? '' %>" },
  { engine: 'Pug', line: '!= hubspot.snippet', guarded: "!= hubspot ? hubspot.snippet : ''" },
  { engine: 'Handlebars', line: '{{{hubspot.snippet}}}', guarded: '{{{hubspot.snippet}}}' },
  { engine: 'Nunjucks', line: '{{ hubspot.snippet | safe }}', guarded: "{{ (hubspot.snippet or '') | safe }}" },
  { engine: 'Eta', line: '<%~ it.hubspot.snippet %>', guarded: "<%~ it.hubspot?.snippet ?? '' %>" }
]

type Setting = {
  /** Of the view files; Express finds the engine by it. */
  extension: string
  /** Tells Express; `views` is the folder. */
  configure(app: Express, views: string): Promise<void>
  /** A whole page with this line in its head, shown to the person in `user`. */
  page(line: string): string
}

const html = (line: string, user: string) =>
  `<!doctype html>\n<html><head><title>${user}</title>\n${line}\n</head><body><p id="after"></p></body></html>\n`

/** How each engine is set up, with Express's own `res.render`. */
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
