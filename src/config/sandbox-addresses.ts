import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Environment, Variable } from './env.ts'

/** Where a running sandbox writes its addresses for commands in another terminal. */
export const ADDRESSES_FILE = 'data/sandbox.json'

const Addresses = z.object({ pid: z.int().positive(), environment: z.record(z.string(), z.string()) })

/** The settings of the sandbox that's running on this machine; null when none is. */
export async function readSandboxAddresses(file: string = ADDRESSES_FILE): Promise<Environment | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  if (text === null) return null
  try {
    const { pid, environment } = Addresses.parse(JSON.parse(text))
    process.kill(pid, 0)
    return environment
  } catch {
    // Left behind by a crash, or half written: no sandbox answers there.
    return null
  }
}

/** Settings of one server go together: another server's key or model is of no use. */
const MODEL_SETTINGS: readonly Variable[] = [
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'ASSISTANT_MODEL',
  'CLASSIFIER_MODEL',
  'BASE_MODEL',
  'FALLBACK_MODEL',
  'JUDGE_MODEL',
]
/** These say that a person means a model of their own; a key alone may be there for something else. */
const OWN_MODEL: readonly Variable[] = ['OPENAI_BASE_URL', 'ASSISTANT_MODEL']

/**
 * The sandbox's settings beneath the person's own, so that one real part can be tried with stand-ins for the rest. The
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
