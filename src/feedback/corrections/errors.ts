import { AppError } from '../../lib/errors.ts'
import type { CorrectionStatus } from './status.ts'

export class CorrectionMissingError extends AppError {
  override readonly name = 'CorrectionMissingError'
  readonly code = 'correction_missing'
  readonly remedy: string
  constructor(id: string) {
    super(`there is no correction ${id}`)
    this.remedy = `There is no correction ${id}. List the queue to see the ids.`
  }
}

export class OwnCorrectionError extends AppError {
  override readonly name = 'OwnCorrectionError'
  readonly code = 'own_correction'
  readonly remedy = 'This is your own correction, so somebody else has to review it.'
  constructor(id: string) {
    super(`nobody reviews their own correction (${id})`)
  }
}

export class SecondReviewerError extends AppError {
  override readonly name = 'SecondReviewerError'
  readonly code = 'second_reviewer'
  readonly remedy = 'You approved this already. It changes a command, so a second reviewer has to approve it as well.'
  constructor(id: string) {
    super(`the second approval of ${id} has to be another person's`)
  }
}

export class OwnWordsNeededError extends AppError {
  override readonly name = 'OwnWordsNeededError'
  readonly code = 'own_words_needed'
  readonly remedy =
    'Nobody wrote this proposal: it came from a check or a failed command. Edit it, so that the words are yours, and approve it then.'
  constructor(id: string) {
    super(`nobody agreed that ${id} is trained on`)
  }
}

export class NotDuplicateError extends AppError {
  override readonly name = 'NotDuplicateError'
  readonly code = 'not_duplicate'
  readonly remedy: string
  constructor(id: string, of: string, why: string) {
    super(`${id} is no duplicate of ${of}: ${why}`)
    this.remedy = `${id} cannot be merged into ${of}: ${why}.`
  }
}

export class CatalogAgreesError extends AppError {
  override readonly name = 'CatalogAgreesError'
  readonly code = 'catalog_agrees'
  readonly remedy: string
  constructor(id: string, why: string) {
    super(`${id} asks for no change of the catalog: ${why}`)
    this.remedy = `There is nothing to change in the catalog: ${why}.`
  }
}

export class OtherKindError extends AppError {
  override readonly name = 'OtherKindError'
  readonly code = 'other_kind'
  readonly remedy = 'A correction of an answer stays one, and so does one of a log line. Make a new one instead.'
  constructor(id: string) {
    super(`${id} is of another kind`)
  }
}

export class CorrectionTakenError extends AppError {
  override readonly name = 'CorrectionTakenError'
  readonly code = 'correction_taken'
  readonly remedy = 'Somebody else is reviewing this correction. Take another one, or come back in a while.'
  /** The user id of who reviews it now. */
  readonly by: string
  constructor(id: string, by: string) {
    super(`correction ${id} is claimed by ${by}`)
    this.by = by
  }
}

export class CorrectionNotClaimedError extends AppError {
  override readonly name = 'CorrectionNotClaimedError'
  readonly code = 'correction_not_claimed'
  readonly remedy = 'Take this correction for review first.'
  constructor(id: string) {
    super(`correction ${id} is not claimed by its reviewer`)
  }
}

export class CorrectionClosedError extends AppError {
  override readonly name = 'CorrectionClosedError'
  readonly code = 'correction_closed'
  readonly remedy: string
  readonly status: CorrectionStatus
  constructor(id: string, status: CorrectionStatus) {
    super(`correction ${id} is ${status}`)
    this.status = status
    this.remedy = `Nothing more can be done with this correction: it is ${status.replaceAll('_', ' ')}.`
  }
}

export class NotAuthorError extends AppError {
  override readonly name = 'NotAuthorError'
  readonly code = 'not_author'
  readonly remedy = 'Only the person who wrote a correction can withdraw it. As a reviewer, you can reject it.'
  constructor(id: string) {
    super(`only its author may withdraw correction ${id}`)
  }
}

export class RejectionReasonError extends AppError {
  override readonly name = 'RejectionReasonError'
  readonly code = 'rejection_reason'
  readonly remedy = 'Please say in a few words (up to 500 characters) why it is rejected: its author will read it.'
  constructor() {
    super('a rejection needs a reason of 1 to 500 characters')
  }
}

export class ExportUnwritableError extends AppError {
  override readonly name = 'ExportUnwritableError'
  readonly code = 'export_unwritable'
  readonly remedy: string
  constructor(path: string, cause: NodeJS.ErrnoException) {
    super(`cannot write the export ${path}`, { cause })
    this.remedy = `${path} cannot be written: ${WHY[cause.code ?? ''] ?? `the system says ${cause.code}`}. Nothing was exported.`
  }
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist; make it first, or name another',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EISDIR: 'it is a folder; name a file in it',
  EACCES: 'you may not write there; name another folder',
  EPERM: 'you may not write there; name another folder',
  EROFS: 'the disk is read-only; name another folder',
  ENOSPC: 'the disk is full; make room and try again',
  EDQUOT: 'your share of the disk is full; make room and try again',
  ENAMETOOLONG: 'its name is too long; name another',
}

export class ExportUnrecordedError extends AppError {
  override readonly name = 'ExportUnrecordedError'
  readonly code = 'export_unrecorded'
  readonly remedy = 'The disk of the database is full; make room and try again. Nothing was exported.'
  constructor(id: string, cause: unknown) {
    super(`the database has no room to record ${id}`, { cause })
  }
}

export class ExportMissingError extends AppError {
  override readonly name = 'ExportMissingError'
  readonly code = 'export_missing'
  readonly remedy: string
  constructor(id: string) {
    super(`there is no export ${id}`)
    this.remedy = `There is no export ${id}. The id stands in the manifest beside each exported file.`
  }
}

export class ExportChangedError extends AppError {
  override readonly name = 'ExportChangedError'
  readonly code = 'export_changed'
  readonly remedy: string
  constructor(id: string, why: 'withdrawn' | 'different') {
    super(`export ${id} cannot be written again: ${why}`)
    this.remedy =
      why === 'withdrawn'
        ? 'A correction of this export was withdrawn since, so it is not written again. Make a new export instead.'
        : 'This version would write other bytes under the same id. Make a new export instead.'
  }
}

export class ExportUnsettledError extends AppError {
  override readonly name = 'ExportUnsettledError'
  readonly code = 'export_unsettled'
  readonly remedy = 'Corrections were withdrawn while they were exported. Nothing was written; please try again.'
  constructor() {
    super('corrections were withdrawn during each attempt to export them')
  }
}
