/** What a pause covers. Nothing under it starts, nothing is published, what ran was stopped. */
export type PauseScope =
  | { readonly kind: 'app' }
  | { readonly kind: 'installation'; readonly id: number }
  | { readonly kind: 'repository'; readonly id: number }
  | { readonly kind: 'run'; readonly id: string }
  /** A context tool, by its name in policies: nobody is given it, and whoever has it gets no answer. */
  | { readonly kind: 'tool'; readonly name: string };

/** A pause in force. */
export interface Pause {
  readonly scope: PauseScope;
  readonly because: string;
  /** Who paused: `user:<login>#<id>`, or `operator` for the command line. */
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
}

/** Where a run is, as far as pauses go. */
export interface PausePlace {
  readonly installationId: number;
  readonly repositoryId: number;
  readonly runId: string | null;
}

/** `app`, `installation:3`, `repository:5`, `run:<id>`, `tool:issue.read`: how a scope is kept and typed. */
export function pauseKey(scope: PauseScope): string {
  if (scope.kind === 'tool') return `tool:${scope.name}`;
  return scope.kind === 'app' ? 'app' : `${scope.kind}:${scope.id}`;
}

const keyForm =
  /^(?:(app)|(installation|repository):([1-9]\d{0,15})|run:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})|tool:([a-z][a-z0-9_.]{0,60}))$/;

/** The scope that a key names; undefined for anything else. */
export function parsePauseKey(key: string): PauseScope | undefined {
  const [, app, kind, id, run, tool] = keyForm.exec(key) ?? [];
  if (app) return { kind: 'app' };
  if (tool) return { kind: 'tool', name: tool };
  if (run) return { kind: 'run', id: run };
  if (!kind) return undefined;
  return { kind: kind as 'installation' | 'repository', id: Number(id) };
}

/** The keys of every pause that would cover a place, widest first. */
export function keysOver({ installationId, repositoryId, runId }: PausePlace): readonly string[] {
  return [
    'app',
    `installation:${installationId}`,
    `repository:${repositoryId}`,
    ...(runId === null ? [] : [`run:${runId}`]),
  ];
}

/** Whether a pause concerns work that has these tools; a pause of anything but a tool always does. */
export function concernsTools({ scope }: Pause, tools: readonly string[]): boolean {
  return scope.kind !== 'tool' || tools.includes(scope.name);
}

/** What is paused, in words. */
export function describeScope(scope: PauseScope): string {
  switch (scope.kind) {
    case 'app':
      return 'all of Sallyport';
    case 'run':
      return `run ${scope.id}`;
    case 'tool':
      return `the context tool ${scope.name}`;
    default:
      return `${scope.kind} ${scope.id}`;
  }
}
