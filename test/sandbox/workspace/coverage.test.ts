import { expect, it } from 'vitest'
import { COVERAGE } from '../../../src/sandbox/workspace/coverage.ts'
import { createMethods } from '../../../src/sandbox/workspace/methods/table.ts'
import { openStage } from './stage.ts'

it('says of exactly the methods that answer what they cover', async () => {
  expect(Object.keys(COVERAGE).toSorted()).toEqual(
    [
      ...createMethods(
        () => '/',
        () => ({}),
      ).keys(),
    ].toSorted(),
  )
  await using stage = await openStage()
  for (const method of Object.keys(COVERAGE)) {
    const response = await fetch(`${stage.workspace.apiUrl}${method}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${stage.workspace.botToken}` },
    })
    expect(await response.json(), method).not.toMatchObject({ error: 'unknown_method' })
  }
})
