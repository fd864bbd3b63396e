import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { BEHAVIOURS, type UnitState } from './unit.ts'

export type UnitStates = Readonly<Record<string, UnitState>>

const StateFile = z.object({
  units: z.record(
    z.string(),
    z.object({ codes: z.array(z.string()), behaviour: z.enum(BEHAVIOURS), powered: z.boolean() }),
  ),
})

export type StateKeeper = {
  /** Writes soon, and only what is newest; nothing waits for it. */
  save(): void
  /** Resolves when all that was asked for is on the disk. */
  saved(): Promise<void>
}

/** What was kept, or nothing: a file that is missing or damaged must not keep a stand-in from starting. */
export async function readUnitStates(path: string, log: (text: string) => void): Promise<UnitStates> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return {}
  }
  try {
    return StateFile.parse(JSON.parse(text)).units
  } catch (error) {
    log(`the devices' state file could not be read and is begun anew: ${String(error)}`)
    return {}
  }
}

/** Keeps the units' states in a file that is whole at every moment. */
export function keepUnitStates(path: string, states: () => UnitStates, log: (text: string) => void): StateKeeper {
  let isAsked = false
  let writing: Promise<void> = Promise.resolve()
  const write = async () => {
    isAsked = false
    try {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(`${path}.new`, `${JSON.stringify({ units: states() }, null, 2)}\n`)
      await rename(`${path}.new`, path)
    } catch (error) {
      log(`the devices' state could not be kept: ${String(error)}`)
    }
  }
  return {
    save() {
      if (isAsked) return
      isAsked = true
      writing = writing.then(write)
    },
    saved: () => writing,
  }
}
