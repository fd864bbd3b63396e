import type { Selectable } from 'kysely'
import type { CorrectionsTable } from '../../store/tables.ts'

export type CorrectionRow = Selectable<CorrectionsTable>
