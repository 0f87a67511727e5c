import type { FileChange } from '../git/diff.ts';
import { type Html, html } from './html.ts';

/** Lines of one file that are shown; a longer patch is read with git. */
const LINES_MAX = 3000;

/** Changed files with their patches, line by line with the numbers of both sides. */
export function renderDiff(files: readonly FileChange[]): Html {
  const total = (key: 'additions' | 'deletions') => files.reduce((sum, file) => sum + file[key], 0);
  return html`<p>Showing <b>${files.length} changed files</b> with <b class="good">${total('additions')} additions</b> and <b class="bad">${total('deletions')} deletions</b>.</p>${files.map(renderFile)}`;
}

function renderFile(file: FileChange): Html {
  const name = file.previousPath === undefined ? file.path : `${file.previousPath} → ${file.path}`;
  const body =
    file.patch === undefined
      ? html`<div class="row soft">Binary, empty or too large to show.</div>`
      : renderPatch(file.patch);
  return html`<div class="box"><div class="top"><code>${name}</code> <span class="soft">${file.status}</span> <span class="good">+${file.additions}</span> <span class="bad">−${file.deletions}</span></div>${body}</div>`;
}

function renderPatch(patch: string): Html {
  const lines = patch.split('\n');
  let before = 0;
  let after = 0;
  const rows = lines.slice(0, LINES_MAX).map((line) => {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line);
    if (hunk) {
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      return html`<tr class="hunk"><td class="at"></td><td class="at"></td><td>${line}</td></tr>`;
    }
    const isAdded = line.startsWith('+');
    const isRemoved = line.startsWith('-');
    const kind = isAdded ? 'add' : isRemoved ? 'del' : '';
    const left = isAdded ? '' : before++;
    const right = isRemoved ? '' : after++;
    return html`<tr class="${kind}"><td class="at">${left}</td><td class="at">${right}</td><td>${line}</td></tr>`;
  });
  const rest = lines.length - rows.length;
  return html`<div class="code"><table>${rows}</table></div>${rest > 0 && html`<div class="row soft">and ${rest} more lines</div>`}`;
}
