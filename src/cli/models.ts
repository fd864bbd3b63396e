import type { Command } from 'commander'
import { addModelCanary } from './model-canary.ts'
import { addModelList } from './model-list.ts'
import { addModelMoves } from './model-moves.ts'
import { addModelRegister } from './model-register.ts'
import type { Terminal } from './program.ts'

/** `models …`: what there is, what is live, what is tried. */
export function addModels(program: Command, terminal: Terminal): void {
  const models = program.command('models').description('which model plays which part')
  addModelList(models, terminal)
  addModelRegister(models, terminal)
  addModelMoves(models, terminal)
  addModelCanary(models, terminal)
}
