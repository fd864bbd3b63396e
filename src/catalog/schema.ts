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
  /** Seconds the device may take until the outcome counts as unknown. */
  deadlineSeconds: z.int().min(1).max(86_400),
  /** Seconds before the same command may go to the same device again. */
  cooldownSeconds: z.int().min(0).max(86_400),
  requiresOnline: z.boolean(),
  /** What proves success: the device's result, or the device coming back online. */
  settlesWhen: z.enum(['result', 'back_online']),
})

/** What a code is called, and how people describe it, in another language. */
const Translation = z.strictObject({
  problem: Words(200).optional(),
  action: Words(300).optional(),
  fallback: Words(300).optional(),
  symptoms: z.array(Words(100)).max(50).optional(),
})

const CodeEntry = z.strictObject({
  code: Code,
  severity: z.enum(['error', 'warning']),
  problem: Words(200).refine((text) => !text.includes("'"), "a problem may not contain ' (it is quoted in answers)"),
  action: Words(300),
  command: CommandName.nullable(),
  /** What a person does when the action didn't help. */
  fallback: z
    .strictObject({
      kind: z.enum(['visit', 'inspect', 'replace']),
      text: Words(300),
      /** Days until somebody has to go there; two weeks by default. */
      withinDays: z.int().min(1).max(365).optional(),
    })
    .nullable(),
  symptoms: z.array(Words(100)).max(50),
  /** By language (ISO 639-1). `en` adds ways of describing it that are for finding it, not for training. */
  in: z.record(z.string().regex(/^[a-z]{2}$/, 'a language is two small letters, such as de'), Translation).optional(),
  /** Days until a visit that is due even when nothing failed. */
  visitWithinDays: z.int().min(1).max(365).optional(),
  /** The title of that visit, such as `Battery replacement`. */
  visitTitle: Words(60).optional(),
  /** Hours the code must stay away for its command to count as successful. */
  clearWindowHours: z.int().min(1).max(8_760),
})

/** The part of a catalog needed to compare its codes and commands. */
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
    // Reported beside the schema's faults wherever the file is complete enough.
    { when: ({ value }) => Related.safeParse(value).success },
  )

export type CatalogFile = z.infer<typeof CatalogFile>
export type CodeEntry = z.infer<typeof CodeEntry>
export type CommandEntry = z.infer<typeof CommandEntry>
