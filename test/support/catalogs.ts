import { CatalogFile } from '../../src/catalog/schema.ts'

/** Another product's catalog: what holds for it does not lean on how HydroCore names things. */
export const otherProduct: CatalogFile = CatalogFile.parse({
  version: '7',
  product: 'Pump controller',
  devicePattern: '^PUMP\\.\\d{2}$',
  commands: {
    STOP: {
      title: 'Stop the pump',
      risk: 'medium',
      deadlineSeconds: 30,
      cooldownSeconds: 0,
      requiresOnline: true,
      settlesWhen: 'result',
    },
    FLUSH_LINE: {
      title: 'Flush the line',
      risk: 'low',
      deadlineSeconds: 30,
      cooldownSeconds: 0,
      requiresOnline: true,
      settlesWhen: 'result',
    },
  },
  codes: [
    {
      code: 'ALM-007',
      severity: 'error',
      problem: 'Dry run',
      action: 'Stop the pump',
      command: 'STOP',
      fallback: null,
      symptoms: [],
      clearWindowHours: 1,
    },
    {
      code: 'ALM-012',
      severity: 'error',
      problem: 'Blocked "main" line',
      action: 'Flush the line',
      command: 'FLUSH_LINE',
      fallback: { kind: 'visit', text: 'Call the service.' },
      symptoms: [],
      clearWindowHours: 1,
    },
  ],
})
