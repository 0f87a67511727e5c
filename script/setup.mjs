// Prepares this machine for one npm script, and is silent when there is nothing to prepare.
// Called by npm's pre-scripts, so it runs before anything is installed: plain JavaScript, Node 20
// or newer, no dependencies.

import { installPackages } from './setup/npm-packages.mjs';
import { checkPlatform } from './setup/platform.mjs';
import { installTools } from './setup/system-tools.mjs';

const purposes = ['demo', 'serve', 'github', 'test', 'bench', 'check'];
const purpose = process.argv[2] ?? 'serve';

process.exitCode = purposes.includes(purpose) ? prepare() : refuseUnknown();

function prepare() {
  const problem = checkPlatform(purpose) ?? installPackages() ?? installTools(purpose);
  if (!problem) return 0;
  console.error(`sallyport: ${problem}`);
  return 1;
}

function refuseUnknown() {
  console.error(`sallyport: expected one of ${purposes.join(', ')}, got "${purpose}"`);
  return 2;
}
