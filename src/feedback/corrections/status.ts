export const CORRECTION_STATUSES = [
  'proposed',
  'claimed',
  'approved',
  'edited_and_approved',
  'rejected',
  'duplicate',
  'withdrawn',
] as const
export type CorrectionStatus = (typeof CORRECTION_STATUSES)[number]
