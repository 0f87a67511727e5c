/** An account: a person, a bot or an organization. Records are plain and mutable; ids come from `nextId`. */
export interface User {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot' | 'Organization';
  readonly name: string | null;
}

/** An organization's team; its role counts for every member. */
export interface Team {
  readonly id: number;
  readonly organizationId: number;
  readonly slug: string;
  readonly name: string;
  /** Account ids. */
  readonly members: Set<number>;
  /** Repository id → role. */
  readonly repositories: Map<number, 'read' | 'triage' | 'write' | 'maintain' | 'admin'>;
}
