// Data: the one release of each agent that this version of Sallyport runs, by digest.
import type { Policy } from '#model/policy.ts';

/** One npm package that holds a whole program: nothing else is fetched and no script is run. */
export interface AgentRelease {
  /** `name@version`, as `npm pack` takes it. */
  readonly package: string;
  /** SHA-512 of the tarball, base64, as in a lock file (W3C Subresource Integrity). */
  readonly sha512: string;
  /** The folder of the package that is seen inside; all of it when empty. */
  readonly folder: string;
}

/** An agent that has a program of its own. */
export type InstalledAgent = Exclude<Policy['agent']['use'], 'command'>;

/** Releases by `agent.use` and architecture, as Node names it. */
const releases: Readonly<Record<InstalledAgent, Readonly<Record<string, AgentRelease>>>> = {
  'claude-code': {
    x64: {
      package: '@anthropic-ai/claude-code-linux-x64@2.1.197',
      sha512:
        'rIlKmrY0QMyHgPRX/MYWNj039vbypICvI9jVe3rs9Xy2RnNklySjyPxqh62QadznzoftEO23uYQ1tFePcQ//bg==',
      folder: '',
    },
    arm64: {
      package: '@anthropic-ai/claude-code-linux-arm64@2.1.197',
      sha512:
        'sx6SoGj3MNR5CV+YDkNtbLHXa1tn3G8qcYFgm1gnvOi9ODQUKbhiPfankJfkTMDVekOvnKJhm6i9hGFIPzp7cQ==',
      folder: '',
    },
  },
  codex: {
    x64: {
      package: '@openai/codex@0.169.0-linux-x64',
      sha512:
        'o05NyAOCDygSPRo1yinzxvkRSdmsZyBD9E7mbpmjRanSfM8lypqWtQgEo4XfNkwhuCR2aFu8mlGOsQGFXVbVww==',
      folder: 'vendor/x86_64-unknown-linux-musl',
    },
    arm64: {
      package: '@openai/codex@0.169.0-linux-arm64',
      sha512:
        'NZ/DaQUpcQmxmqee7Z9uC1rzw3GhSbooawcaTe1LN5Yk+WlinUKGdTXJgClRT/9ogQEEM9TWxYzvxPfj5G/xFg==',
      folder: 'vendor/aarch64-unknown-linux-musl',
    },
  },
  gemini: {
    x64: geminiOf(),
    arm64: geminiOf(),
  },
  opencode: {
    x64: {
      package: 'opencode-linux-x64-baseline@1.18.33',
      sha512:
        '1KQGBiiDDeL/VHHbHkOvvFo8Jr97WT5+C1tear+p7IcDTnXgVHXqIjU4O4jM4mHQzykTP2i884FCnW5LDa+zCA==',
      folder: '',
    },
  },
};

/** One bundle of JavaScript for every architecture. */
function geminiOf(): AgentRelease {
  return {
    package: '@google/gemini-cli@0.61.0',
    sha512:
      'dbQ9A0qBtFJNi6XBkHvfZ6Azpn6PNgH/P8h2MZ67RLlX8hSAVjup39CRWqdRxZv7YXIuhrFaytr8y0jKnkoxnQ==',
    folder: '',
  };
}

/** Does this agent have a program of its own that is installed first? */
export function isInstalled(use: string): use is InstalledAgent {
  return Object.hasOwn(releases, use);
}

/** The release for a machine; null when there is none for it. */
export function findRelease(use: InstalledAgent, architecture: string): AgentRelease | null {
  return releases[use]?.[architecture] ?? null;
}
