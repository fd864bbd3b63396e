import { createLogger } from '../../src/lib/logger.ts'

/** A logger for parts whose log no test reads. */
export const silent = createLogger('silent')
