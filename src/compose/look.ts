import type { LookDeps } from '#dispatch/dispatch.ts';
import { listDispatched } from '#github/dispatch-workflow.ts';
import type { Edges } from './edges.ts';

/** What a workflow run that was asked for is looked for with. */
export function lookDeps({ github, grants, identity, now }: Edges): LookDeps {
  return {
    botUserId: identity.botId,
    now,
    findGrant: grants.findGrant,
    findRequested: grants.findRequested,
    listDispatched: (place, since) => listDispatched(github, place, since),
    listTaken: grants.listTaken,
  };
}
