// A coding agent without a model: it reads the issue it was started for through the context server,
// knows how to do two pieces of work, does the one that is asked for, and adds a test for it.
// It holds no credential: what it asks for is answered because the gate lets the question through.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openContext } from './context-client.mjs';
import { tryToReach } from './try-to-reach.mjs';
import { works } from './works.mjs';

const workspace = process.env.SALLYPORT_WORKSPACE ?? process.cwd();

try {
  await work();
} catch (error) {
  console.error(`agent: ${error.message}`);
  process.exitCode = 1;
}

async function work() {
  const issue = await readIssue();
  console.log(`agent: asked to do: ${issue.title}`);
  const job = works.find(({ title }) => title.test(issue.title));
  if (!job)
    throw new Error(
      `I do not know how to do "${issue.title}"; I know ${works.length} pieces of work`,
    );
  await tryToLeave();
  for (const edit of job.edits) await replaceOnce(edit);
  await writeFile(join(workspace, job.test.path), job.test.text, { flag: 'wx' });
  console.log(`agent: ${job.done}; the test ${job.test.path} fails without it`);
}

async function readIssue() {
  const url = process.env.SALLYPORT_CONTEXT_URL;
  if (!url) throw new Error('SALLYPORT_CONTEXT_URL is not set: there is no issue to read');
  const context = await openContext(url);
  const tools = await context.listTools();
  console.log(`agent: tools I may call: ${tools.join(', ') || 'none'}`);
  if (!tools.includes('issue_read')) throw new Error('the tool issue_read was not granted to me');
  const text = await context.callTool('issue_read', {});
  const title = /^# (.{1,300})$/m.exec(text)?.[1];
  if (!title) throw new Error('expected an issue with a title line "# …", found none');
  return { title };
}

/** What a misled agent would try: take something out. It must not get anywhere. */
async function tryToLeave() {
  const host = 'exfiltration.example';
  const answer = await tryToReach(host);
  if (answer.reached)
    throw new Error(`https://${host}/ could be reached: this is no sandbox, I stop`);
  console.log(`agent: https://${host}/ was refused: ${answer.because}`);
}

async function replaceOnce({ path, from, to }) {
  const file = join(workspace, path);
  const text = await readFile(file, 'utf8');
  const parts = text.split(from);
  if (parts.length !== 2) {
    throw new Error(
      `expected the text to change once in ${path}, found it ${parts.length - 1} times`,
    );
  }
  await writeFile(file, parts.join(to));
  console.log(`agent: changed ${path}`);
}
