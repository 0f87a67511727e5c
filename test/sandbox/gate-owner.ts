// A process of its own that holds a sandbox and its gate: `node gate-owner.ts PORT WORKSPACE LINE`.
import { openTestSandbox, sh } from './open-test-sandbox.ts';

const [port = '', workspace = '', line = ''] = process.argv.slice(2);
const { sandbox } = await openTestSandbox({ port: Number(port), workspace });
await sh(sandbox, line, 60_000);
await sandbox.close();
