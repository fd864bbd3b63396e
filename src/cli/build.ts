import { Command } from 'commander'
import { addAsk } from './ask.ts'
import { addCatalog } from './catalog.ts'
import { addCommands } from './commands.ts'
import { addCorrections } from './corrections/corrections.ts'
import { addDataset } from './datasets/dataset.ts'
import { addDoctor } from './doctor.ts'
import { addDecide } from './evaluation/decide.ts'
import { addEvaluate } from './evaluation/evaluate.ts'
import { addEvaluations } from './evaluation/evaluations.ts'
import { addFinetune } from './finetune/finetune.ts'
import { addModels } from './models/model-names.ts'
import type { Terminal } from './program.ts'
import { addReplay } from './replay.ts'
import { addWorkOrders } from './work-orders.ts'

/** Builds the CLI with all its commands. */
export function buildProgram(terminal: Terminal): Command {
  const program = new Command('hydrocore')
    .description('HydroCore Assistant from the terminal')
    .showHelpAfterError('(hydrocore --help lists what there is)')
  addAsk(program, terminal)
  addCatalog(program, terminal)
  addCorrections(program, terminal)
  addDataset(program, terminal)
  addFinetune(program, terminal)
  addEvaluate(program, terminal)
  addEvaluations(program, terminal)
  addDecide(program, terminal)
  addModels(program, terminal)
  addCommands(program, terminal)
  addWorkOrders(program, terminal)
  addReplay(program, terminal)
  addDoctor(program, terminal)
  return program
}
