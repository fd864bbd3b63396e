import { parseTrainingRow } from '../../formats/reading.ts'
import { type ReadRow, validateFor } from '../../formats/validating.ts'
import { createLeakSearch } from '../checks/near-duplicates.ts'
import { ValidationLeakError } from '../errors.ts'

/**
 * A loss that is measured on rows which are trained on says nothing, and trainers do not look for them. Throws
 * {@link ValidationLeakError}.
 */
export async function refuseLeaks(train: string, validation: string, signal?: AbortSignal): Promise<void> {
  const search = createLeakSearch()
  const forEachRow = (
    file: string,
    use: (row: NonNullable<ReturnType<typeof parseTrainingRow>>, line: number) => void,
  ) =>
    validateFor(file, 'fitting', {
      signal,
      onRow({ number, value, shape }: ReadRow) {
        const taught = shape && parseTrainingRow(value, shape)
        if (taught) use(taught, number)
      },
    })
  await forEachRow(validation, (row, line) => search.add(row, { file: 0, line }))
  await forEachRow(train, (row, line) => search.search(row, { file: 0, line }))
  const { leaks } = search.result()
  if (leaks.count > 0)
    throw new ValidationLeakError(
      validation,
      leaks.count,
      leaks.first.map(({ of }) => of.line),
    )
}
