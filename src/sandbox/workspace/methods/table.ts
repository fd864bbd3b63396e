import type { OAuth } from '../oauth.ts'
import { assistantMethods } from './assistant.ts'
import { basicMethods } from './basics.ts'
import { chatMethods } from './chat.ts'
import { conversationMethods } from './conversations.ts'
import { fileMethods } from './files.ts'
import type { Method } from './method.ts'
import { reactionMethods } from './reactions.ts'
import { streamingMethods } from './streaming.ts'
import { userMethods } from './users.ts'
import { viewMethods } from './views.ts'

/** Every method of the Web API that answers; all others are unknown. */
export const createMethods = (issueTicket: () => string, exchange: OAuth['exchange']): ReadonlyMap<string, Method> =>
  new Map<string, Method>(
    Object.entries({
      ...basicMethods(issueTicket, exchange),
      ...chatMethods,
      ...streamingMethods,
      ...conversationMethods,
      ...userMethods,
      ...reactionMethods,
      ...viewMethods,
      ...assistantMethods,
      ...fileMethods,
    }),
  )
