import { z } from 'zod'

const Code = z.string().regex(/^[A-Z]{1,3}-\d{1,4}$/, 'a code is letters, a dash and digits, such as E-02')
const CommandName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]{1,39}$/, 'a command is capitals, digits and _, such as CLEAN_TURB')
const Words = (most: number) => z.string().trim().min(1).max(most)

const DevicePattern = z.string().refine((pattern) => {
  try {
    return Boolean(new RegExp(pattern))
  } catch {
    return false
  }
}, 'devicePattern must be a regular expression')

export const RISKS = ['low', 'medium', 'high'] as const

const CommandEntry = z.strictObject({
  title: Words(60),
  risk: z.enum(RISKS),
  /** How long the device may take until its outcome counts as unknown. */
  deadlineSeconds: z.int().min(1).max(86_400),
  /** How long the same command may not be sent to the same device again. */
  cooldownSeconds: z.int().min(0).max(86_400),
  requiresOnline: z.boolean(),
  /** What says that it worked: the device's result, or that it is online again after having gone. */
  settlesWhen: z.enum(['result', 'back_online']),
})

const CodeEntry = z.strictObject({
  code: Code,
  severity: z.enum(['error', 'warning']),
  problem: Words(200).refine((text) => !text.includes("'"), "a problem may not contain ' (it is quoted in answers)"),
  action: Words(300),
  command: CommandName.nullable(),
  /** What a person does when the action did not help. */
  fallback: z
    .strictObject({
      kind: z.enum(['visit', 'inspect', 'replace']),
      text: Words(300),
      /** How soon somebody has to go then; two weeks unless given. */
      withinDays: z.int().min(1).max(365).optional(),
    })
    .nullable(),
  symptoms: z.array(Words(100)).max(50),
  /** A visit is due within so many days even when nothing failed. */
  visitWithinDays: z.int().min(1).max(365).optional(),
  /** What that visit is for, such as `Battery replacement`. */
  visitTitle: Words(60).optional(),
  /** For how long the code has to stay away for its command to count as having worked. */
  clearWindowHours: z.int().min(1).max(8_760),
})

/** As much of a catalog as it takes to hold its codes and commands against each other. */
const Related = z.object({
  commands: z.record(z.string(), z.unknown()),
  codes: z.array(z.object({ code: z.unknown(), command: z.unknown() })),
})

export const CatalogFile = z
  .strictObject({
    version: Words(40),
    product: Words(80),
    devicePattern: DevicePattern,
    commands: z.record(CommandName, CommandEntry),
    codes: z.array(CodeEntry).min(1),
  })
  .superRefine(
    (file, context) => {
      const first = new Map<string, number>()
      for (const [i, { code, command }] of file.codes.entries()) {
        const earlier = first.get(code)
        if (earlier === undefined) first.set(code, i)
        else if (typeof code === 'string')
          context.addIssue({
            code: 'custom',
            path: ['codes', i, 'code'],
            message: `${code} stands here twice (also at codes.${earlier})`,
          })
        if (typeof command === 'string' && !Object.hasOwn(file.commands, command))
          context.addIssue({
            code: 'custom',
            path: ['codes', i, 'command'],
            message: `${command} is not among the commands`,
          })
      }
    },
    // Told beside the faults of form, wherever the file is whole enough to be asked.
    { when: ({ value }) => Related.safeParse(value).success },
  )

export type CatalogFile = z.infer<typeof CatalogFile>
export type CodeEntry = z.infer<typeof CodeEntry>
export type CommandEntry = z.infer<typeof CommandEntry>
