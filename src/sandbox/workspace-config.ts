// Pure: does a checkout's .git/config carry a credential, or lead to a file that may?

/** The words that carry or fetch one, as git spells them (keys are case-insensitive). */
const carriers = [
  { pattern: /^\s*extraheader\s*=/im, name: 'http.extraheader' },
  { pattern: /^\s*\[\s*include(?:if)?\b/im, name: 'include' },
  { pattern: /^\s*\[\s*credential\b/im, name: 'credential' },
  { pattern: /^\s*url\s*=\s*[a-z+]+:\/\/[^/\s]*:[^/\s]*@/im, name: 'a URL with a password' },
] as const;

/** A sentence when the configuration is unsafe to show to an agent, else null. */
export function findGitCredential(config: string): string | null {
  const found = carriers.find(({ pattern }) => pattern.test(config));
  if (!found) return null;
  return `The workspace's .git/config has ${found.name}: check it out with "persist-credentials: false", so that the agent finds no credential.`;
}
