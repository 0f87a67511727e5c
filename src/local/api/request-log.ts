import type { Principal } from '#local/record/principal.ts';

/** One API call that was answered. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** `user:ada`, `installation:my-app`, `app:my-app`, `client:my-app`, `job:17`, or `anonymous`. */
  readonly principal: string;
  /** The route's pattern, or null when none matched. */
  readonly route: string | null;
}

/** The log is for figures and tests; older calls fall off. */
const REQUESTS_KEPT = 20_000;

export interface RequestLog {
  append(entry: LoggedRequest): void;
  list(): readonly LoggedRequest[];
}

/** Open an empty log of API calls. It holds no header and no body, so no credential. */
export function openRequestLog(): RequestLog {
  const entries: LoggedRequest[] = [];
  return {
    append: (entry) => {
      entries.push(entry);
      if (entries.length > REQUESTS_KEPT) entries.shift();
    },
    list: () => [...entries],
  };
}

/** A name for the log; never a credential. */
export function nameOf(principal: Principal): string {
  switch (principal.kind) {
    case 'anonymous':
      return 'anonymous';
    case 'user':
      return principal.via
        ? `user:${principal.user.login} via ${principal.via.app.slug}`
        : `user:${principal.user.login}`;
    case 'app':
      return `app:${principal.app.slug}`;
    case 'client':
      return `client:${principal.app.slug}`;
    case 'installation':
      return `installation:${principal.app.slug}`;
    case 'job':
      return `job:${principal.workflowRunId}`;
  }
}
