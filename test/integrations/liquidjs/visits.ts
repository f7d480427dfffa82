// Pages rendered with a template engine.
import { serveRendered } from '../kit/rendered.js'
import { addPages } from './pages.js'

await serveRendered(addPages)
