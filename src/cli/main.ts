#!/usr/bin/env -S node --max-semi-space-size=4
import { keepCompiled } from '../lib/compile-cache.ts'

keepCompiled()
await import('./run.ts')
