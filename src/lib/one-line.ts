/** Collapses white space, so that the text stands on one line. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim()
