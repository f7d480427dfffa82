// A template engine's pages.
import { serveRendered } from '../kit/rendered.js'
import { addPages } from './pages.js'

await serveRendered(addPages)
