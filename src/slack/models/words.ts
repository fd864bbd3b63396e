export const WORDS = {
  modelMovedAlready: 'Somebody moved this model meanwhile. Nothing was changed; look again.',
  modelUsage:
    'Send `/hydrocore model` alone to see what is live, `/hydrocore model promote MODEL EVALUATION` to make a measured model live, or `/hydrocore model rollback MODEL` to put an earlier one back; a part such as `classifier` may follow.',
} as const
export function modelRolledBack(alias: string, model: string): string {
  return `${alias} is played by \`${model}\` again.`
}

export function nowLiveModel(alias: string, model: string): string {
  return `${alias} is played by \`${model}\` now.`
}

export function canaryEnded(model: string): string {
  return `The trial of \`${model}\` has ended. The live model answers alone.`
}

/** The author's notice that a model taught by their correction is live. */
export function correctionIsLive(code: string): string {
  return `Your correction${code ? ` for ${code}` : ''} is in the model that answers now. Thank you.`
}
