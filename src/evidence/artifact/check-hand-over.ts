import type { NamedArtifact } from './read-report.ts';

/**
 * Whether the report names the change set that the agent's job handed over itself (identity E3); else why
 * not. The jobs in between run the change: what they would name is not what the agent left.
 */
export function handOverTrouble(
  reported: NamedArtifact,
  handedOver: NamedArtifact | null,
): string | null {
  if (!handedOver)
    return 'expected the agent’s job to hand over its change set, and it did not: has the workflow the release of this App?';
  const isSame = reported.id === handedOver.id && reported.sha256 === handedOver.sha256;
  return isSame
    ? null
    : `expected the change set that the agent’s job handed over, ${say(handedOver)}, got ${say(reported)}: none is used`;
}

function say({ id, sha256 }: NamedArtifact): string {
  return `artifact ${id} of SHA-256 ${sha256.slice(0, 12)}…`;
}
