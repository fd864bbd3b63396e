/** Who voted, corrected or reviewed: a Slack user and workspace, or a name at the terminal. */
export type Person = { user: string; team: string }

/** The author of automatic proposals; no Slack user has this name. */
export const SYSTEM_USER: Person = { user: 'house', team: 'house' }

/**
 * Whether two are one person. A person appears under several workspaces (Enterprise Grid, Slack Connect), so the user
 * id alone decides: nobody reviews their own work from the workspace next door.
 */
export function isSamePerson(a: Person, b: Person): boolean {
  return a.user === b.user
}
