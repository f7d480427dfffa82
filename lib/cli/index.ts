#!/usr/bin/env node
// The command line: what was asked for, and the exit code; the checks live beside it.
import { VERSION } from '../version.js'

process.stdout.write(`express-hubspot-identification ${VERSION}\n`)
