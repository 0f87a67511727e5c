import type { ExchangeDeps } from '#broker/broker.ts';
import type { HandOverDeps } from '#broker/hand-over.ts';
import type { NoteUsageDeps } from '#broker/note-usage.ts';
import type { RenewDeps } from '#broker/renew.ts';
import type { ReportDeps } from '#broker/session.ts';
import { openKeys, verifyProof } from '#broker/verify-token.ts';
import { readRole } from '#github/read-permission.ts';
import { readWorkflowRun } from '#github/read-workflow-run.ts';
import type { Grant } from '#model/grant.ts';
import type { Edges } from './edges.ts';
import { newSessionToken } from './new-id.ts';

/** The exchange, wired: keys from configuration, the grant's own place for every live look. */
export function exchangeDeps(edges: Edges): ExchangeDeps {
  const { settings, identity, github, sessions, now } = edges;
  const { oidcIssuer, jwksUrl, releaseRepository, releases, runnerEnvironment } = settings;
  return {
    trust: {
      issuer: oidcIssuer,
      assurance: settings.assurance,
      bearer: settings.bearer,
      botUserId: identity.botId,
      releaseRepository,
      releases,
      runnerEnvironment,
    },
    publicUrl: settings.publicUrl,
    keys: openKeys(jwksUrl, fetch, () => now().getTime()),
    now,
    newSessionToken,
    burn: sessions.burn,
    findGrant: sessions.findGrant,
    readLive: (grant) => readLive(edges, grant),
    readRole: (grant) =>
      readRole(
        github,
        placeOf(grant),
        { id: grant.requesterId, login: grant.requesterLogin },
        'broker',
      ),
    issue: sessions.issue,
    append: sessions.append,
  };
}

/** A grant's workflow run as it is now; null when it has none. */
export function readLive({ github }: Edges, grant: Grant) {
  return grant.workflowRunId === null
    ? Promise.resolve(null)
    : readWorkflowRun(github, placeOf(grant), grant.workflowRunId, grant.attempt);
}

/** What jobs do with their sessions, wired. */
export function sessionDeps({
  sessions,
  settings,
  now,
}: Edges): ReportDeps & HandOverDeps & RenewDeps & NoteUsageDeps {
  return {
    publicUrl: settings.publicUrl,
    findSession: sessions.findSession,
    burn: sessions.burn,
    verifyProof,
    now,
    newSessionToken,
    saveReport: (session, report) => sessions.saveReport(session, { ...report }),
    saveHandOver: sessions.saveHandOver,
    renewSession: sessions.renewSession,
    saveUsage: sessions.saveUsage,
  };
}

function placeOf(grant: Grant) {
  const [owner = '', name = ''] = grant.repository.split('/');
  return {
    installationId: grant.installationId,
    repository: { id: grant.repositoryId, ownerId: grant.ownerId, owner, name },
  };
}
