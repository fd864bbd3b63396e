import type { Command } from 'commander'
import type { Terminal } from '../program.ts'
import { addModelCanary } from './canary.ts'
import { addModelList } from './list.ts'
import { addModelMoves } from './promote.ts'
import { addModelRegister } from './register.ts'

/** `models …`: the known models, the live ones and the canary. */
export function addModels(program: Command, terminal: Terminal): void {
  const models = program.command('models').description('which model plays which part')
  addModelList(models, terminal)
  addModelRegister(models, terminal)
  addModelMoves(models, terminal)
  addModelCanary(models, terminal)
}
