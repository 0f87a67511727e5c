import type { Repository } from '#local/record/repository.ts';
import { isAtLeast } from '../api/access.ts';
import { repositoryPage } from '../api/render-repository.ts';
import { buildConnection, type PageArguments } from './connection.ts';
import type { GraphqlCall } from './graphql-call.ts';

/**
 * What `gh repo view` and its like ask of every repository. Where GitHub has a feature that this one
 * has not (releases, discussions, stars, topics, forks, templates), it answers as for a repository
 * in which nobody has used it yet.
 */
export function viewRepositoryFacts(call: GraphqlCall, repository: Repository) {
  const { world, principal } = call;
  const page = repositoryPage(world, repository);
  const { hostname } = new URL(world.urls.server);
  const none = (arguments_: PageArguments) => buildConnection([], arguments_, (each) => each);
  const viewer = principal.kind === 'user' ? principal.user : undefined;
  return {
    ...viewNothingYet(none),
    sshUrl: `git@${hostname}:${world.fullName(repository)}.git`,
    resourcePath: `/${world.fullName(repository)}`,
    openGraphImageUrl: page,
    isInOrganization: world.users.get(repository.ownerId)?.type === 'Organization',
    viewerCanAdminister:
      viewer !== undefined && isAtLeast(world.roleOf(repository, viewer.id), 'admin'),
    viewerDefaultMergeMethod: 'MERGE',
    viewerDefaultCommitEmail: null,
    viewerPossibleCommitEmails: [],
    viewerHasStarred: false,
    viewerSubscription: 'UNSUBSCRIBED',
  };
}

function viewNothingYet(none: (page: PageArguments) => object) {
  return {
    codeOfConduct: null,
    contactLinks: [],
    diskUsage: 0,
    discussions: none,
    forkCount: 0,
    forks: none,
    fundingLinks: [],
    hasDiscussionsEnabled: false,
    homepageUrl: null,
    isBlankIssuesEnabled: true,
    isMirror: false,
    isSecurityPolicyEnabled: false,
    isTemplate: false,
    isUserConfigurationRepository: false,
    languages: (page: PageArguments) => ({ ...none(page), totalSize: 0 }),
    latestRelease: null,
    licenseInfo: null,
    mirrorUrl: null,
    pinnedIssues: none,
    primaryLanguage: null,
    releases: none,
    repositoryTopics: none,
    securityPolicyUrl: null,
    stargazerCount: 0,
    templateRepository: null,
    usesCustomOpenGraphImage: false,
    watchers: none,
  };
}
