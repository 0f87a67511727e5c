import { createHmac, randomUUID } from 'node:crypto';
import {
  calculateJwkThumbprint,
  generateKeyPair,
  importJWK,
  type JWK_RSA_Private,
  SignJWT,
} from 'jose';
import { actionsOf } from '#local/actions/actions-service.ts';
import { buildJobClaims } from '#local/oidc/job-claims.ts';
import type { LocalGitHub } from '#local/server.ts';
import { callerWorkflowPath } from '#model/names.ts';
import type { GrantPlace, OpenGrant } from './grant-rows.ts';
import { release } from './served-app.ts';

/** Signs ID tokens as the local GitHub's issuer does, and worse ones. */
export interface TokenMint {
  readonly good: (grant: OpenGrant) => Promise<string>;
  /** The same claims by a key that is not the issuer's, under the issuer's key id. */
  readonly forged: (grant: OpenGrant) => Promise<string>;
  /** A key id that no key set has. */
  readonly unknownKey: (grant: OpenGrant) => Promise<string>;
  /** Text in the form of a token, and nothing inside. */
  readonly garbage: () => string;
}

/** Open a mint with the issuer's own key: asking it over HTTP for each token is not what is measured. */
export async function openMint(
  github: LocalGitHub,
  place: GrantPlace,
  audience: string,
): Promise<TokenMint> {
  const { oidcKey } = actionsOf(github.world).save();
  const { n, e } = oidcKey as JWK_RSA_Private;
  const own = await importJWK(oidcKey, 'RS256');
  const foreign = (await generateKeyPair('RS256')).privateKey;
  const kid = await calculateJwkThumbprint({ kty: 'RSA', n, e });
  const botId = github.world.apps.get(github.app?.id ?? 0)?.botId ?? 0;
  const sign = (grant: OpenGrant, key: typeof own, keyId: string) => {
    const issued = Math.floor(Date.now() / 1000);
    return new SignJWT(claimsOf(grant, place, botId))
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: keyId })
      .setIssuer(github.urls.oidcIssuer)
      .setAudience(audience)
      .setJti(randomUUID())
      .setIssuedAt(issued)
      .setNotBefore(issued - 600)
      .setExpirationTime(issued + 300)
      .sign(key);
  };
  return {
    good: (grant) => sign(grant, own, kid),
    forged: (grant) => sign(grant, foreign, kid),
    unknownKey: (grant) => sign(grant, foreign, randomUUID()),
    garbage: () => `eyJ.${'a'.repeat(1200)}.${createHmac('sha256', randomUUID()).digest('hex')}`,
  };
}

function claimsOf(grant: OpenGrant, place: GrantPlace, botId: number) {
  const repository = `${place.owner}/${place.name}`;
  return buildJobClaims({
    ...{ repository, repositoryId: place.repositoryId, owner: place.owner, ownerId: place.ownerId },
    ...{ visibility: 'public', ref: grant.ref, refProtected: false, sha: grant.sha, headRef: '' },
    ...{ baseRef: '', runId: grant.runId, runNumber: 1, runAttempt: 1 },
    ...{ checkRunId: grant.checkRunId, actor: 'sallyport[bot]', actorId: botId },
    ...{ workflow: 'sallyport', workflowRef: `${repository}/${callerWorkflowPath}@${grant.ref}` },
    ...{ workflowSha: grant.sha, jobWorkflowSha: release, eventName: 'workflow_dispatch' },
    jobWorkflowRef: `sallyport/sallyport/.github/workflows/agent.yml@${release}`,
    ...{ environment: 'sallyport-agent', subjectForm: 'immutable' },
    runnerEnvironment: 'github-hosted',
  });
}
