import type { Installation, InstallationQuery, InstallationStore } from '@slack/bolt'
import type { Keyv } from 'keyv'
import { z } from 'zod'
import { UnsealableError } from '../../store/sealing.ts'
import { NotInstalledError } from '../platform/errors.ts'

/** The fields we read; everything else from Slack is kept beside them. */
const Stored = z.looseObject({
  installedAt: z.number(),
  isEnterpriseInstall: z.boolean().optional(),
  team: z.looseObject({ id: z.string() }).nullish(),
  enterprise: z.looseObject({ id: z.string() }).nullish(),
  bot: z.looseObject({
    token: z.string(),
    id: z.string(),
    userId: z.string(),
    refreshToken: z.string().optional(),
  }),
})
export type StoredInstallation = z.infer<typeof Stored>

export type Installations = Required<InstallationStore> & {
  /** By the id of the workspace, or of the organisation for an org-wide installation. */
  find(id: string): Promise<StoredInstallation | null>
  remove(id: string): Promise<void>
}

/** The installations with their tokens. `kept` encrypts its values; `changed` is called after each change. */
export function createInstallations(kept: Keyv<unknown>, changed: () => void, now: () => number): Installations {
  const find: Installations['find'] = async (id) => {
    const value = await kept.get(id)
    if (value === undefined) return null
    const stored = Stored.parse(value)
    // A row moved to another workspace's key decrypts, but isn't used.
    if (ownerOf(stored) === id) return stored
    throw new UnsealableError(
      `the installation stored for ${id} is another one's`,
      `The installation stored for ${id} belongs to another workspace. Have ${id} install the app again.`,
    )
  }
  const remove: Installations['remove'] = async (id) => {
    await kept.delete(id)
    changed()
  }
  return {
    find,
    remove,
    async storeInstallation(installation) {
      // A refreshed token comes back with its installation date; a new installation has none yet.
      const stored = Stored.parse({ installedAt: now(), ...installation })
      const id = ownerOf(stored)
      if (!id) throw new TypeError('Slack named neither the workspace nor the organisation of an installation')
      await kept.set(id, stored)
      changed()
    },
    async fetchInstallation(query) {
      const id = idOf(query)
      const stored = await find(id)
      if (!stored) throw new NotInstalledError(id)
      return stored as unknown as Installation
    },
    deleteInstallation: (query) => remove(idOf(query)),
  }
}

function ownerOf({ isEnterpriseInstall, team, enterprise }: StoredInstallation): string | null {
  return (isEnterpriseInstall ? enterprise?.id : team?.id) ?? null
}

function idOf({ isEnterpriseInstall, enterpriseId, teamId }: InstallationQuery<boolean>): string {
  return (isEnterpriseInstall ? enterpriseId : teamId) ?? ''
}
