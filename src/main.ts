import { keepCompiled } from './lib/compile-cache.ts'

keepCompiled()
await import('./start.ts')
