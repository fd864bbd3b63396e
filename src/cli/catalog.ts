import type { Command } from 'commander'
import { loadCatalog, OWN_CATALOG } from '../catalog/loading.ts'
import { readEnvironment } from '../config/env.ts'
import type { Terminal } from './program.ts'

/** `catalog check`: reports all faults of a catalog file, with line and key. */
export function addCatalog(program: Command, terminal: Terminal): void {
  program
    .command('catalog')
    .description('the facts a HydroCore can report')
    .command('check')
    .description('validates a catalog file')
    .argument('[file]', 'CATALOG_FILE or the one we ship, unless given')
    .action(async (file?: string) => {
      const chosen = file ?? readEnvironment(terminal.environment).CATALOG_FILE ?? OWN_CATALOG
      const { version, product, codes, commands } = await loadCatalog(chosen)
      const counts = `${codes.length} codes, ${Object.keys(commands).length} commands`
      terminal.out(`${product}, version ${version}: ${counts}. No faults.`)
    })
}
