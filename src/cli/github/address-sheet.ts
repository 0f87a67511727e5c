import type { LocalGitHub } from '#local/server.ts';

/** Where a local GitHub is and how to sign in: what `--json` prints. */
export interface AddressSheet {
  readonly restUrl: string;
  readonly graphqlUrl: string;
  /** `git clone <gitUrl>/owner/name.git` works. */
  readonly gitUrl: string;
  /** By the role a person is marked with, else by login. */
  readonly tokens: Readonly<Record<string, string>>;
  /** `owner/name` each. */
  readonly repositories: readonly string[];
}

/** Collect the addresses of a local GitHub that listens. */
export function buildAddressSheet(github: LocalGitHub): AddressSheet {
  const { urls, world, people } = github;
  return {
    restUrl: urls.rest,
    graphqlUrl: urls.graphql,
    gitUrl: urls.origin,
    tokens: Object.fromEntries(people.map(({ login, as, token }) => [as ?? login, token])),
    repositories: [...world.repositories.values()].map((each) => world.fullName(each)),
  };
}

/** The same for people: every line can be pasted as it stands. */
export function renderAddressSheet(github: LocalGitHub, keyFile: string | null): readonly string[] {
  const { restUrl, graphqlUrl, gitUrl, repositories } = buildAddressSheet(github);
  const { people, app, urls } = github;
  const repository = repositories[0];
  const token = people[0]?.token;
  return [
    `A local GitHub is up; ctrl-C ends it.`,
    `  REST      ${restUrl}`,
    `  GraphQL   ${graphqlUrl}`,
    `  git       ${gitUrl}/OWNER/NAME.git`,
    ...repositories.slice(0, 20).map((name) => `  pages     ${urls.server}/${name}`),
    '',
    'Personal tokens:',
    ...people.map(
      ({ login, as, token: own }) => `  ${own}  ${login}${as && as !== login ? ` (${as})` : ''}`,
    ),
    ...(token === undefined || repository === undefined
      ? []
      : renderClients({ restUrl, origin: urls.origin, repository, token })),
    ...(app === null
      ? []
      : [
          '',
          `The App ${app.slug}: id ${app.id}, installation ${app.installationId}, webhook secret ${app.webhookSecret}`,
          ...(keyFile === null ? [] : [`  private key  ${keyFile}`]),
        ]),
  ];
}

interface Example {
  readonly restUrl: string;
  readonly origin: string;
  readonly repository: string;
  readonly token: string;
}

// gh speaks plain HTTP to this one host name, through a proxy that is this server itself.
function renderClients({ restUrl, origin, repository, token }: Example): readonly string[] {
  const credential = origin.replace('://', `://x-access-token:${token}@`);
  return [
    '',
    'With git:',
    `  git clone ${credential}/${repository}.git`,
    'With gh:',
    `  GH_HOST=github.localhost HTTP_PROXY=${origin} GH_TOKEN=${token} gh issue list -R ${repository}`,
    'With Octokit:',
    `  new Octokit({ auth: '${token}', baseUrl: '${restUrl}' })`,
    'With curl:',
    `  curl -H 'Authorization: Bearer ${token}' ${restUrl}/repos/${repository}/issues`,
  ];
}
