// A single-page app: a file that is the same for everybody, and a script that asks who is there.
import { build } from 'esbuild'
import { serveRendered } from '../kit/rendered.js'
import { addPages } from './pages.js'

await build({ entryPoints: ['main.js'], outfile: 'public/main.js', bundle: true, format: 'esm', logLevel: 'error' })
await serveRendered(addPages)
