// Loaded by Jest before each test file while a recording is made: says in the recording of this
// process which test runs, so that a violation can name it.
import { appendFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const file = join(process.env.SALLYPORT_RECORD_DIR, `${process.pid}.jsonl`);

function mark(name) {
  const path = relative(process.cwd(), expect.getState().testPath);
  appendFileSync(file, `${JSON.stringify({ test: name ? `${path} › ${name}` : path })}\n`);
}

mark();
beforeEach(() => mark(expect.getState().currentTestName));
