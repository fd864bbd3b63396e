/**
 * The topics of outbox jobs. The room that enqueues a topic merges its name into this interface, so that no lower room
 * names an upper one's business. The value says what the job's key is.
 */
// biome-ignore lint/suspicious/noEmptyInterface: rooms merge their topics into it
export interface OutboxTopics {}
export type OutboxTopic = keyof OutboxTopics
