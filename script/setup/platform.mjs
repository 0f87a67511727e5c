/** Agents run only in a sandbox, and the sandbox is made of Linux namespaces. */
const needLinux = ['demo', 'test', 'bench'];

/** A sentence when this machine cannot serve the purpose at all, else undefined. */
export function checkPlatform(purpose, platform = process.platform) {
  if (platform === 'linux' || !needLinux.includes(purpose)) return undefined;
  return `the sandbox needs Linux, and this is ${platform}: run "npm run ${purpose}" in a Linux virtual machine or container`;
}
