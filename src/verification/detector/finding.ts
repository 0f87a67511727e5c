import type { Finding } from '#model/verdict.ts';
import { addedLines, type Line, type PatchFile } from '../patch-file.ts';

/** One rule over the whole change. */
export type Detector = (files: readonly PatchFile[]) => readonly Finding[];

/** A finding about a path, or a line of it. */
export function finding(
  id: string,
  severity: Finding['severity'],
  at: { readonly path: string; readonly line?: number },
  sentence: string,
): Finding {
  return { id, severity, path: at.path, line: at.line ?? null, sentence };
}

/** A line longer than this is generated or hides something; patterns are tried on its start only. */
const lineMax = 2000;

/** The first added line that matches one of the patterns, comments left out; undefined when none. */
export function firstAdded(file: PatchFile, patterns: readonly RegExp[]): Line | undefined {
  return addedLines(file).find(({ text }) => {
    const line = text.slice(0, lineMax);
    return !isComment(line) && patterns.some((pattern) => pattern.test(line));
  });
}

/** True for a line that is only a comment in the common languages. */
export function isComment(line: string): boolean {
  return /^\s*(?:\/\/|#(?![[!])|\*|\/\*|<!--|--\s)/.test(line);
}

/** True for program text; prose and data cannot run. */
export function isProgram(path: string): boolean {
  return /\.(?:[cm]?[jt]sx?|vue|svelte|py|go|rs|java|kt|rb|php|cs|swift|scala|sh|bash|pl)$/i.test(
    path,
  );
}
