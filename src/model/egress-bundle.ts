// Data: ways out that many projects need, by name. A host is written out, never a wildcard: on hosts
// that everybody shares it is method and path that keep what is read apart from what is written.

/** The methods of a bundle: reading, and the one POST by which git asks for objects. */
type BundleMethod = 'GET' | 'HEAD' | 'POST';

/** One way out of a bundle. */
export interface BundleEntry {
  readonly host: string;
  readonly methods: readonly BundleMethod[];
  /** Patterns as in a policy; `%2f` stands where a client sends an encoded slash, and nowhere else. */
  readonly paths: readonly string[];
  /** True where anybody with an account can store something at this host; never by what passes here. */
  readonly strangersWrite: boolean;
  readonly why: string;
  /** The page that says so. */
  readonly source: string;
}

const read = ['GET', 'HEAD'] as const;

/** npm's own registry. The bundle is set to the registry of the runner's npm (`egress-policy.ts`). */
const npm: readonly BundleEntry[] = [
  {
    host: 'registry.npmjs.org',
    methods: read,
    paths: ['/*', '/@*%2f*', '/*/*', '/*/-/*', '/@*/*/*', '/@*/*/-/*', '/-/npm/v1/**'],
    strangersWrite: true,
    why: 'descriptions and archives of packages; a scoped name is sent with an encoded slash',
    source: 'https://github.com/npm/registry/blob/main/docs/REGISTRY-API.md',
  },
];

const pypi: readonly BundleEntry[] = [
  {
    host: 'pypi.org',
    methods: read,
    paths: ['/simple/**', '/pypi/*/json', '/pypi/*/*/json'],
    strangersWrite: true,
    why: 'the index of packages',
    source: 'https://docs.pypi.org/api/index-api/',
  },
  {
    host: 'files.pythonhosted.org',
    methods: read,
    paths: ['/packages/**'],
    strangersWrite: true,
    why: 'the archives that the index points to',
    source: 'https://docs.pypi.org/api/index-api/',
  },
];

const crates: readonly BundleEntry[] = [
  {
    host: 'index.crates.io',
    methods: read,
    paths: ['/**'],
    strangersWrite: true,
    why: 'the sparse index of crates',
    source: 'https://doc.rust-lang.org/cargo/reference/registry-index.html',
  },
  {
    host: 'static.crates.io',
    methods: read,
    paths: ['/crates/**'],
    strangersWrite: true,
    why: 'the archives, where the index says that they are',
    source: 'https://doc.rust-lang.org/cargo/reference/registry-index.html',
  },
];

const go: readonly BundleEntry[] = [
  {
    host: 'proxy.golang.org',
    methods: read,
    paths: ['/**'],
    strangersWrite: true,
    why: 'versions and archives of modules; it asks the server that a module’s path names, so a path can carry words out',
    source: 'https://go.dev/ref/mod#goproxy-protocol',
  },
  {
    host: 'sum.golang.org',
    methods: read,
    paths: ['/lookup/**', '/tile/**', '/latest', '/supported'],
    strangersWrite: true,
    why: 'the checksums that archives are held to; it asks as the proxy does',
    source: 'https://go.dev/ref/mod#checksum-database',
  },
  {
    host: 'storage.googleapis.com',
    methods: read,
    paths: ['/proxy-golang-org-prod/*'],
    strangersWrite: true,
    why: 'large archives, to which the proxy redirects; this bucket alone',
    source: 'https://github.com/golang/go/issues/52908',
  },
];

const maven: readonly BundleEntry[] = [
  {
    host: 'repo.maven.apache.org',
    methods: read,
    paths: ['/maven2/**'],
    strangersWrite: true,
    why: 'Maven Central, as Maven itself names it',
    source: 'https://maven.apache.org/repository/index.html',
  },
  {
    host: 'repo1.maven.org',
    methods: read,
    paths: ['/maven2/**'],
    strangersWrite: true,
    why: 'Maven Central, as other tools name it',
    source: 'https://central.sonatype.org/consume/consume-apache-maven/',
  },
];

const nuget: readonly BundleEntry[] = [
  {
    host: 'api.nuget.org',
    methods: read,
    paths: ['/v3/**', '/v3-flatcontainer/**', '/v3-index/**'],
    strangersWrite: true,
    why: 'service index, registrations and archives',
    source: 'https://learn.microsoft.com/nuget/api/overview',
  },
];

const rubygems: readonly BundleEntry[] = [
  {
    host: 'rubygems.org',
    methods: read,
    paths: ['/versions', '/names', '/info/*', '/gems/*', '/quick/**', '/*specs.4.8.gz'],
    strangersWrite: true,
    why: 'indexes and archives of gems',
    source: 'https://guides.rubygems.org/rubygems-org-compact-index-api',
  },
  {
    host: 'index.rubygems.org',
    methods: read,
    paths: ['/versions', '/names', '/info/*'],
    strangersWrite: true,
    why: 'the index that Bundler asks',
    source: 'https://guides.rubygems.org/rubygems-org-compact-index-api',
  },
];

const debian: readonly BundleEntry[] = [
  {
    host: 'deb.debian.org',
    methods: read,
    paths: ['/debian/**', '/debian-security/**'],
    strangersWrite: false,
    why: 'packages and their signed lists; apt’s sources must say https',
    source: 'https://deb.debian.org/',
  },
];

const ubuntu: readonly BundleEntry[] = [
  {
    host: 'snapshot.ubuntu.com',
    methods: read,
    paths: ['/ubuntu/**'],
    strangersWrite: false,
    why: 'the archive at a date, by https; archive.ubuntu.com is made for http, which does not pass',
    source: 'https://documentation.ubuntu.com/server/how-to/software/snapshot-service',
  },
];

const github: readonly BundleEntry[] = [
  {
    host: 'github.com',
    methods: read,
    paths: ['/*/*/info/refs', '/*/*/releases/download/**', '/*/*/archive/**'],
    strangersWrite: true,
    why: 'what git asks first, releases and archives; pushing is refused',
    source: 'https://git-scm.com/docs/http-protocol',
  },
  {
    host: 'github.com',
    methods: ['POST'],
    paths: ['/*/*/git-upload-pack'],
    strangersWrite: true,
    why: 'git fetch and clone: the client says which objects it wants',
    source: 'https://git-scm.com/docs/http-protocol',
  },
  {
    host: 'codeload.github.com',
    methods: read,
    paths: ['/*/*/**'],
    strangersWrite: true,
    why: 'archives of a commit, to which github.com redirects',
    source:
      'https://docs.github.com/en/actions/concepts/runners/communicating-with-self-hosted-runners',
  },
  {
    host: 'raw.githubusercontent.com',
    methods: read,
    paths: ['/*/*/**'],
    strangersWrite: true,
    why: 'single files of a repository',
    source:
      'https://docs.github.com/en/repositories/working-with-files/using-files/viewing-and-understanding-files',
  },
  {
    host: 'release-assets.githubusercontent.com',
    methods: read,
    paths: ['/github-production-release-asset/**'],
    strangersWrite: true,
    why: 'files of releases, to which github.com redirects',
    source:
      'https://docs.github.com/en/actions/concepts/runners/communicating-with-self-hosted-runners',
  },
];

/** Every bundle, by the name that a policy lists. */
export const egressBundles = {
  npm,
  pypi,
  crates,
  go,
  maven,
  nuget,
  rubygems,
  debian,
  ubuntu,
  github,
} as const;

/** The name of a bundle. */
export type BundleName = keyof typeof egressBundles;
export const bundleNames = Object.keys(egressBundles) as readonly BundleName[];
