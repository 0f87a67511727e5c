import type { Protection } from '#local/record/protection.ts';
import type { Repository } from '#local/record/repository.ts';
import { toNodeId } from '../api/node-id.ts';
import type { GraphqlCall } from './graphql-call.ts';

/** The protection of one branch, as `gh pr status` asks for it, or null. Rulesets are not part of it. */
export function viewProtection(call: GraphqlCall, repository: Repository, branch: string) {
  const protection = repository.protections.get(branch);
  return protection ? view(call, repository, protection) : null;
}

function view(call: GraphqlCall, repository: Repository, protection: Protection) {
  const contexts = protection.requiredChecks.map(({ context }) => context);
  return {
    id: toNodeId('BranchProtectionRule', `${repository.id}:${protection.branch}`),
    pattern: protection.branch,
    repository: () => call.views.repository(repository),
    allowsDeletions: protection.allowDeletions,
    allowsForcePushes: protection.allowForcePushes,
    blocksCreations: false,
    dismissesStaleReviews: protection.dismissStale,
    isAdminEnforced: protection.enforceAdmins,
    lockAllowsFetchAndMerge: false,
    lockBranch: false,
    requireLastPushApproval: protection.lastPushApproval,
    requiredApprovingReviewCount: protection.pullRequired ? protection.requiredApprovals : null,
    requiredStatusCheckContexts: contexts,
    requiresApprovingReviews: protection.pullRequired,
    requiresCodeOwnerReviews: protection.codeOwners,
    requiresCommitSignatures: false,
    requiresConversationResolution: protection.conversationResolution,
    requiresDeployments: false,
    requiresLinearHistory: protection.linearHistory,
    requiresStatusChecks: contexts.length > 0,
    requiresStrictStatusChecks: protection.strict,
    restrictsPushes: false,
    restrictsReviewDismissals: false,
  };
}
