import type { EntryDraft } from '#model/entry.ts';
import type { JsonObject } from '#model/json.ts';
import { append } from './append.ts';
import type { Database } from './database.ts';

/** A command as it is kept. */
export interface CommandRow {
  readonly repositoryId: number;
  readonly commentId: number;
  readonly nodeId: string;
  readonly issue: number;
  /** Null for what was not understood. */
  readonly name: string | null;
  readonly sender: { readonly id: number; readonly login: string };
  /** RFC 3339. */
  readonly at: string;
}

type CommandKey = Pick<CommandRow, 'repositoryId' | 'commentId'>;

/** What was said after something. */
export interface LaterRow {
  readonly name: 'stop' | 'hold' | 'resume';
  readonly login: string;
  readonly by: string;
}

/** Commands, each kept once by its comment, and what they look up. */
export interface CommandStore {
  /** Row and entry in one transaction; `again` when it is there and was never answered. */
  receive(row: CommandRow, entry: EntryDraft): Promise<'new' | 'again' | 'done'>;
  /** Its sender's role was enough. */
  allow(key: CommandKey, role: string): Promise<void>;
  /** The entry comes before the answer itself. */
  append(entry: EntryDraft): Promise<void>;
  answered(key: CommandKey): Promise<void>;
  /** The comment that is named by a node id; undefined when it gave no command. */
  findCommentId(nodeId: string): Promise<number | undefined>;
  /** Stops, holds and resumes with enough role, after a comment or a time, oldest first. */
  listLater(question: {
    readonly repositoryId: number;
    readonly issue: number;
    readonly after: { readonly commentId: number } | { readonly at: string };
  }): Promise<readonly LaterRow[]>;
  /** The facts of the last `policy.decided` about an issue, and when that was. */
  findDecided(
    repositoryId: number,
    issue: number,
  ): Promise<{ readonly at: string; readonly facts: JsonObject } | undefined>;
}

export function createCommandStore(database: Database, now: () => Date): CommandStore {
  return {
    receive: (row, entry) => receive(database, row, entry, now()),
    allow: async ({ repositoryId, commentId }, role) => {
      await database.query(
        'update command set role = $3 where repository_id = $1 and comment_id = $2',
        [repositoryId, commentId, role],
      );
    },
    append: async (entry) => {
      await database.transaction((tx) => append(tx, entry, now()));
    },
    answered: async ({ repositoryId, commentId }) => {
      await database.query(
        'update command set answered_at = $3 where repository_id = $1 and comment_id = $2',
        [repositoryId, commentId, now()],
      );
    },
    findCommentId: async (nodeId) => {
      const [row] = await database.query<{ id: number }>(
        'select comment_id as id from command where node_id = $1',
        [nodeId],
      );
      return row?.id;
    },
    listLater: async ({ repositoryId, issue, after }) => {
      // GitHub's times are whole seconds: in the same one, what restrains wins.
      const [since, value] =
        'commentId' in after ? ['comment_id >', after.commentId] : ['said_at >=', after.at];
      return database.query<LaterRow>(
        `select name, sender_login as login, 'user:' || sender_login || '#' || sender_id as by
         from command where repository_id = $1 and issue = $2 and ${since} $3
           and name in ('stop', 'hold', 'resume') and role is not null order by comment_id`,
        [repositoryId, issue, value],
      );
    },
    findDecided: async (repositoryId, issue) => {
      const [row] = await database.query<{ at: string; facts: JsonObject }>(
        `select at, facts from entry where kind = 'policy.decided' and repository_id = $1
           and facts ->> 'issue' = $2 order by seq desc limit 1`,
        [repositoryId, String(issue)],
      );
      return row;
    },
  };
}

function receive(database: Database, row: CommandRow, entry: EntryDraft, now: Date) {
  return database.transaction(async (tx) => {
    const kept = await tx.query(
      `insert into command (repository_id, comment_id, node_id, issue, name, sender_id, sender_login, said_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing returning 1 as one`,
      [
        row.repositoryId,
        row.commentId,
        row.nodeId,
        row.issue,
        row.name,
        row.sender.id,
        row.sender.login,
        row.at,
      ],
    );
    if (kept.length > 0) {
      await append(tx, entry, now);
      return 'new';
    }
    const [known] = await tx.query<{ answered_at: Date | null }>(
      'select answered_at from command where repository_id = $1 and comment_id = $2',
      [row.repositoryId, row.commentId],
    );
    return known?.answered_at ? 'done' : 'again';
  });
}
