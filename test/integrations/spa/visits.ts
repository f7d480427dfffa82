// A single-page app: a static file, and a script that calls the token endpoint.
import { build } from 'esbuild'
import { serveRendered } from '../kit/rendered.js'
import { addPages } from './pages.js'

await build({ entryPoints: ['main.js'], outfile: 'public/main.js', bundle: true, format: 'esm', logLevel: 'error' })
await serveRendered(addPages)
