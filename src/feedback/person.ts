/** Who judged, corrected or reviewed: a Slack user and workspace, or a name at the terminal. */
export type Person = { user: string; team: string }

/** Who proposes what nobody wrote; a name that no Slack user has. */
export const SYSTEM_USER: Person = { user: 'house', team: 'house' }

/**
 * Whether two are one person. One person is seen under several workspaces (Enterprise Grid, Slack Connect), so the user
 * id alone decides: nobody can review their own work from the workspace next door.
 */
export function isSamePerson(a: Person, b: Person): boolean {
  return a.user === b.user
}
