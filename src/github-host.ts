/** Where the parts of one GitHub are. No trailing slashes. */
export interface GitHubHost {
  readonly kind: 'github.com' | 'data residency' | 'enterprise server';
  readonly restUrl: string;
  readonly oidcIssuer: string;
}

/**
 * Everything about a GitHub that follows from where people look at it: github.com, a data-residency
 * host (`https://SUBDOMAIN.ghe.com`), or a server of one's own. The host name is compared whole:
 * `ghe.com.example.org` is a server of one's own.
 *
 * Source  docs.github.com/enterprise-cloud/admin/data-residency/network-details-for-ghecom;
 *         docs.github.com/enterprise-server/actions/reference/security/oidc
 */
export function gitHubHost(serverUrl: string): GitHubHost {
  const { protocol, host, hostname } = new URL(serverUrl);
  if (host === 'github.com') {
    return {
      kind: 'github.com',
      restUrl: 'https://api.github.com',
      oidcIssuer: 'https://token.actions.githubusercontent.com',
    };
  }
  if (/^[a-z0-9-]+\.ghe\.com$/.test(hostname)) {
    return {
      kind: 'data residency',
      restUrl: `${protocol}//api.${host}`,
      oidcIssuer: `${protocol}//token.actions.${host}`,
    };
  }
  return {
    kind: 'enterprise server',
    restUrl: `${protocol}//${host}/api/v3`,
    oidcIssuer: `${protocol}//${host}/_services/token`,
  };
}
