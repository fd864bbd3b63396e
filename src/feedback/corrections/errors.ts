import { AppError } from '../../lib/errors.ts'
import type { CorrectionStatus } from './status.ts'

export class CorrectionMissingError extends AppError {
  constructor(id: string) {
    super({
      code: 'correction_missing',
      message: `there is no correction ${id}`,
      remedy: `There is no correction ${id}. List the queue to see the ids.`,
    })
  }
}

export class OwnCorrectionError extends AppError {
  constructor(id: string) {
    super({
      code: 'own_correction',
      message: `nobody reviews their own correction (${id})`,
      remedy: 'This is your own correction, so somebody else has to review it.',
    })
  }
}

export class SecondReviewerError extends AppError {
  constructor(id: string) {
    super({
      code: 'second_reviewer',
      message: `the second approval of ${id} has to be another person's`,
      remedy:
        'You approved this already. It changes what people are told to do, so a second reviewer has to approve it as well.',
    })
  }
}

export class OwnWordsNeededError extends AppError {
  constructor(id: string) {
    super({
      code: 'own_words_needed',
      message: `nobody agreed that ${id} is trained on`,
      remedy:
        'Nobody wrote this proposal: it came from a check or a failed command. Edit it, so that the words are yours, and approve it then.',
    })
  }
}

export class NotDuplicateError extends AppError {
  constructor(id: string, of: string, why: string) {
    super({
      code: 'not_duplicate',
      message: `${id} is no duplicate of ${of}: ${why}`,
      remedy: `${id} cannot be merged into ${of}: ${why}.`,
    })
  }
}

export class CatalogAgreesError extends AppError {
  constructor(id: string, why: string) {
    super({
      code: 'catalog_agrees',
      message: `${id} asks for no change of the catalog: ${why}`,
      remedy: `There is nothing to change in the catalog: ${why}.`,
    })
  }
}

export class OtherKindError extends AppError {
  constructor(id: string) {
    super({
      code: 'other_kind',
      message: `${id} is of another kind`,
      remedy: 'A correction of an answer stays one, and so does one of a log line. Make a new one instead.',
    })
  }
}

export class CorrectionTakenError extends AppError {
  /** The user id of the current reviewer. */
  readonly by: string
  constructor(id: string, by: string) {
    super({
      code: 'correction_taken',
      message: `correction ${id} is claimed by ${by}`,
      remedy: 'Somebody else is reviewing this correction. Take another one, or come back in a while.',
    })
    this.by = by
  }
}

export class CorrectionNotClaimedError extends AppError {
  constructor(id: string) {
    super({
      code: 'correction_not_claimed',
      message: `correction ${id} is not claimed by its reviewer`,
      remedy: 'Take this correction for review first.',
    })
  }
}

export class CorrectionClosedError extends AppError {
  readonly status: CorrectionStatus
  constructor(id: string, status: CorrectionStatus) {
    super({
      code: 'correction_closed',
      message: `correction ${id} is ${status}`,
      remedy: `Nothing more can be done with this correction: it is ${status.replaceAll('_', ' ')}.`,
    })
    this.status = status
  }
}

export class NotAuthorError extends AppError {
  constructor(id: string) {
    super({
      code: 'not_author',
      message: `only its author may withdraw correction ${id}`,
      remedy: 'Only the person who wrote a correction can withdraw it. As a reviewer, you can reject it.',
    })
  }
}

export class RejectionReasonError extends AppError {
  constructor() {
    super({
      code: 'rejection_reason',
      message: 'a rejection needs a reason of 1 to 500 characters',
      remedy: 'Please say in a few words (up to 500 characters) why it is rejected: its author will read it.',
    })
  }
}

export class ExportUnwritableError extends AppError {
  constructor(path: string, cause: NodeJS.ErrnoException) {
    super({
      code: 'export_unwritable',
      message: `cannot write the export ${path}`,
      remedy: `${path} cannot be written: ${WHY[cause.code ?? ''] ?? `the system says ${cause.code}`}. Nothing was exported.`,
      cause,
    })
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
  constructor(id: string, cause: unknown) {
    super({
      code: 'export_unrecorded',
      message: `the database has no room to record ${id}`,
      remedy: 'The disk of the database is full; make room and try again. Nothing was exported.',
      cause,
    })
  }
}

export class ExportMissingError extends AppError {
  constructor(id: string) {
    super({
      code: 'export_missing',
      message: `there is no export ${id}`,
      remedy: `There is no export ${id}. The id stands in the manifest beside each exported file.`,
    })
  }
}

export class ExportChangedError extends AppError {
  constructor(id: string, why: 'withdrawn' | 'different') {
    super({
      code: 'export_changed',
      message: `export ${id} cannot be written again: ${why}`,
      remedy:
        why === 'withdrawn'
          ? 'A correction of this export was withdrawn since, so it is not written again. Make a new export instead.'
          : 'This version would write other bytes under the same id. Make a new export instead.',
    })
  }
}

export class ExportUnsettledError extends AppError {
  constructor() {
    super({
      code: 'export_unsettled',
      message: 'corrections were withdrawn during each attempt to export them',
      remedy: 'Corrections were withdrawn while they were exported. Nothing was written; please try again.',
    })
  }
}
