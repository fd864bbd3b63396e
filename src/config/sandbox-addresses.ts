import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Environment, Variable } from './env.ts'

/** Where a running sandbox leaves its addresses for commands in another terminal. */
export const ADDRESSES_FILE = 'data/sandbox.json'

const Addresses = z.object({ pid: z.int().positive(), environment: z.record(z.string(), z.string()) })

/** The settings of the sandbox that runs on this machine now; null when none does. */
export async function readSandboxAddresses(file: string = ADDRESSES_FILE): Promise<Environment | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    const { pid, environment } = Addresses.parse(JSON.parse(text))
    process.kill(pid, 0)
    return environment
  } catch {
    // Left behind by a crash, or half a file: no sandbox answers there.
    return null
  }
}

/** Of one server, so that they come from one side: another server's key or model is of no use. */
const MODEL_SETTINGS: readonly Variable[] = [
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'ASSISTANT_MODEL',
  'CLASSIFIER_MODEL',
  'BASE_MODEL',
  'FALLBACK_MODEL',
  'JUDGE_MODEL',
]
/** What says that a person means a model of their own; a key alone may lie about for something else. */
const OWN_MODEL: readonly Variable[] = ['OPENAI_BASE_URL', 'ASSISTANT_MODEL']

/**
 * The sandbox's settings below the person's own, so that one real part can be tried with stand-ins for the rest. The
 * model's settings go together.
 */
export function withSandbox(own: Environment, sandbox: Environment): { settings: Environment; ownModel: boolean } {
  const ownModel = OWN_MODEL.some((name) => own[name])
  const settings = ownModel ? { ...withoutModel(sandbox), ...own } : { ...sandbox, ...withoutModel(own) }
  return { settings, ownModel }
}

function withoutModel(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !MODEL_SETTINGS.includes(name as Variable)))
}
