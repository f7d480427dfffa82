// A front end that keeps a bearer token in memory: no session, no cookie. Runs until its standard input ends.
import { once } from 'node:events'
import { build } from 'esbuild'
import type { Express } from 'express'
import { bearerOf } from '../kit/bearer.js'
import type { Name } from '../kit/visits.js'
import { serve } from '../kit/visits.js'

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <title>Shop</title>
    <script>
      window.hsConversationsSettings = { loadImmediately: false }
    </script>
    <script src="https://js.hs-scripts.com/12345.js" async defer></script>
    <script type="module" src="/main.js"></script>
  </head>
  <body>
    <button data-name="ada">Ada</button>
    <button data-name="bob">Bob</button>
    <button data-name="eve">Eve</button>
    <button id="log-out">Log out</button>
  </body>
</html>`

const bundled = await build({
  entryPoints: ['main.js'],
  bundle: true,
  format: 'esm',
  write: false,
  logLevel: 'error'
})
const script = bundled.outputFiles[0]?.text ?? ''
const { app }: { app: Express } = await import('./app.js')
// Browsers request it automatically.
app.get('/favicon.ico', (_req, res) => void res.sendStatus(204))
app.get('/', (_req, res) => void res.send(PAGE))
app.get('/main.js', (_req, res) => void res.type('js').send(script))
app.post('/login/:name', (req, res) => void res.send(bearerOf(req.params.name as Name)))

const { url, close } = await serve(app)
process.stdout.write(`${url}\n`)
process.stdin.resume()
await once(process.stdin, 'end')
close()
